"""What goes wrong on the phone: in the app, and in what the system does around the SE."""

from __future__ import annotations

from typing import Any, cast

from reference_impl.faults.registry import fault
from reference_impl.handset.jpki_app import JpkiApp, Told
from reference_impl.handset.phone import Phone
from reference_impl.handset.smart_card import CardRefused
from reference_impl.platform.card import Card


@fault(
    "handset.app_consents_for_the_user",
    breaks="REQ-5-2-e",
    gain="whoever holds card and password revokes the phone of its holder without his knowing",
)
class ConsentsForTheUser(JpkiApp):
    """The app takes it that whoever applies agrees."""

    def consent(self, details: Told) -> Told:
        user = self.phone.user
        user.consents, before = True, user.consents
        answer = super().consent(details)
        user.consents = before
        return answer


@fault(
    "handset.tries_the_password_again",
    breaks="REQ-5-2-c",
    gain="a typing error costs two tries of the card's password",
)
class EntersTwice(JpkiApp):
    """Where reading the card fails, the app begins once more by itself."""

    def signed_by_card(self, document: Told) -> dict[str, str]:
        try:
            return super().signed_by_card(document)
        except CardRefused:
            return super().signed_by_card(document)


@fault(
    "handset.factory_reset_erases_the_se",
    breaks="JPKI-LIFE-04",
    gain="certificates in force vanish unrevoked, and the holder of the phone hides that it is his",
)
class ErasesTheSe(Phone):
    """A factory reset wipes the SE too."""

    def after_factory_reset(self) -> None:
        cast(Card, self.element).store.medium.replace(b"")
        super().after_factory_reset()


@fault(
    "handset.app_data_survives_factory_reset",
    breaks="JPKI-LIFE-04",
    gain="the next user of the phone goes on with the flow of the last one",
)
class KeepsTheAppsData(Phone):
    """The app's storage is restored from a backup."""

    def kept_over_factory_reset(self) -> dict[str, Any]:
        return self.storage


@fault(
    "handset.reports_what_it_did_not_do",
    breaks="REQ-5-2-l",
    gain="a modified app keeps keys and applet on a phone that was sold",
)
class ReportsAtOnce(JpkiApp):
    """The app answers the message with the notice, and the script is not carried out."""

    def erased_before(self) -> bool:
        return True


@fault(
    "handset.asks_before_deleting",
    breaks="REQ-5-2-a",
    gain="who found or bought the phone answers no, and keeps the applet",
)
class AsksBeforeDeleting(JpkiApp):
    """A message to delete is shown to whoever holds the phone, for him to agree."""

    def received(self, data: dict[str, str]) -> None:
        if self.phone.user.agrees():
            super().received(data)
