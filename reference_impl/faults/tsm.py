"""What goes wrong in the two TSMs: who may ask, which phone is meant, what is believed."""

from __future__ import annotations

from cryptography import x509
from sqlalchemy import insert
from sqlalchemy.sql import Executable

from reference_impl.faults.registry import fault
from reference_impl.tsm.database import Row
from reference_impl.tsm.deletion import PACKAGE, DeletionScript
from reference_impl.tsm.links import Signed, Standing, Unreachable
from reference_impl.tsm.scripts import Script
from reference_impl.tsm.secure_channel import Host, Session
from reference_impl.tsm.sei import SeiStore, SeiTsm
from reference_impl.tsm.sei_service import SP_TSM, SpTsmGate
from reference_impl.tsm.sei_tables import tokens
from reference_impl.tsm.sp import OldPhone, SpTsm, Wanted
from reference_impl.tsm.sp_steps import Effects, Steps, StepScript
from reference_impl.tsm.sp_store import SpStore


@fault(
    "tsm.application_bound_to_nothing",
    breaks="REQ-5-2-c",
    gain="an application that was signed for one phone issues another",
)
class TakesAnApplicationForAnything(SpTsm):
    """What the card signed is not compared with what the app asks for."""

    def is_bound(self, wanted: Wanted, signed: Signed) -> bool:
        return True


@fault(
    "tsm.number_opens_a_flow",
    breaks="REQ-5-2-c",
    gain="who guesses the number of an application is told of its flow, and answers in its place",
)
class TellsWhoeverKnowsTheNumber(SpTsm):
    """An application with a number that is known is taken for a repeated one, whatever is in it."""

    def repeated(self, known: Row, wanted: Wanted, signed: Signed) -> Row:
        return known


@fault(
    "tsm.revoked_counts_as_old_phone",
    breaks="REQ-5-2-d",
    gain="users are asked to consent to what is long done, and learn to say yes to anything",
)
class CountsTheRevoked(OldPhone):
    """Any certificate that has not expired makes an old phone."""

    def in_force(self, certificate: Standing) -> bool:
        return certificate.not_after >= self.clock.now()


@fault(
    "tsm.suspended_is_no_old_phone",
    breaks="REQ-5-2-d",
    gain="a phone that was reported lost keeps its applet for ever",
)
class OverlooksTheSuspended(OldPhone):
    """Only certificates that are good make an old phone."""

    def in_force(self, certificate: Standing) -> bool:
        return certificate.status == "good"


@fault(
    "tsm.wrong_phone_looked_up",
    breaks="REQ-5-2-h",
    gain="the phone before last is told to delete, and the last one keeps its applet",
)
class LooksUpThePerson(SpTsm):
    """Step 7 finds the first phone of the certificate's person."""

    def looked_up(self, order: Row) -> str | None:
        found = self.store.certificate(order["serial"])
        if found is None:
            return None
        return str(self.store.certificates_of(found["person"])[0]["se_id"])


@fault(
    "tsm.unknown_certificate_guessed",
    breaks="REQ-5-2-h",
    gain="somebody's phone is deleted for a certificate that was never on it",
)
class GuessesThePhone(SpTsm):
    """An unknown certificate is taken to lie on a phone named after it."""

    def looked_up(self, order: Row) -> str | None:
        return super().looked_up(order) or f"se-{order['serial']}"


@fault(
    "tsm.deletes_new_phone",
    breaks="REQ-5-2-i",
    gain="the user's new phone is deleted as soon as it is issued",
)
class NamesTheNewPhone(SpTsm):
    """Deletion is ordered for the SE-ID of the flow, which is the new phone's."""

    def looked_up(self, order: Row) -> str | None:
        old = super().looked_up(order)
        flow = self.store.flow(order["flow"])
        return old if old is None or flow is None else str(flow["se_id"])

    def may_delete(self, order: Row, se_id: str) -> bool:
        return True


@fault(
    "tsm.any_peer_orders_deletion",
    breaks="REQ-5-2-i",
    gain="whoever has any certificate of the network deletes any phone",
)
class AdmitsEveryRole(SpTsmGate):
    """Every server of the network may order deletions."""

    def may(self, role: str, roles: tuple[str, ...]) -> bool:
        return True


@fault(
    "tsm.nobody_orders_deletion",
    breaks="REQ-5-2-i",
    gain="whoever reaches the server deletes any phone",
)
class TakesNobodyForTheSpTsm(SpTsmGate):
    """A peer without a certificate is taken for the only one that is expected."""

    def nobody(self) -> str:
        return SP_TSM


@fault(
    "tsm.stranger_orders_deletion",
    breaks="REQ-5-2-i",
    gain="whoever makes himself a certificate deletes any phone",
)
class BelievesAnyCertificate(SpTsmGate):
    """Who has issued the peer's certificate is not looked at."""

    def stranger(self, presented: x509.Certificate) -> str:
        return self.stated_role(presented)


@fault(
    "tsm.outdated_peer_orders_deletion",
    breaks="REQ-5-2-i",
    gain="a key that was thrown away with an old server deletes any phone",
)
class BelievesOldCertificates(SpTsmGate):
    """A certificate that is not in force does as well."""

    def outdated(self, presented: x509.Certificate) -> str:
        return self.stated_role(presented)


@fault(
    "tsm.first_token_kept",
    breaks="REQ-5-2-j",
    gain="after the app was installed anew, the old phone can never be deleted",
)
class KeepsTheFirstToken(SeiStore):
    """A token is stored where there is none, and not replaced."""

    def token_kept(self, se_id: str, token: str) -> Executable:
        row = {"se_id": se_id, "token": token, "at": self.clock.now().isoformat()}
        return insert(tokens).prefix_with("OR IGNORE").values(**row)


@fault(
    "tsm.certificate_number_sent_along",
    breaks="REQ-5-2-o",
    gain="the issuer of the SE can follow a certificate, and its holder, from phone to phone",
)
class NumbersOrdersByCertificate(SpStore):
    """The number of an order is made of the certificate's, readably."""

    def number_of(self, flow: str, serial: str) -> str:
        return f"{flow}-{serial}"


@fault(
    "tsm.consent_not_stored",
    breaks="REQ-5-2-e",
    gain="nobody can show that the user agreed to have his certificates revoked",
)
class ForgetsConsents(Steps):
    """The user is asked, and what he answered is not kept."""

    def consent_kept(self, flow: Row, document: dict[str, str]) -> list[Executable]:
        return []


@fault(
    "tsm.revocation_in_own_table_only",
    breaks="REQ-5-2-f",
    gain="old certificates are in force until new ones are there, on a phone that may be lost",
)
class TellsNobodyOfTheRevocation(Steps):
    """Step 5 marks the certificates in the SP-TSM's table and asks the JPKI for nothing."""

    def revoke_old(self, flow: Row) -> StepScript:
        yield from ()
        old = flow["data"]["old"]
        states = [self.store.certificate_state(one["serial"], "revoked") for one in old]
        return Effects(statements=(*states, *self.deletion_ordered(flow, old)))


@fault(
    "tsm.renewal_orders_deletion",
    breaks="REQ-5-2-b",
    gain="a phone is deleted by its own renewal, if only the push message is fast",
)
class OrdersTheOwnPhone(Steps):
    """Revoked certificates lead to an order of deletion, also those on the phone at hand."""

    def deletion_ordered(self, flow: Row, old: list[Row]) -> list[Executable]:
        phones = {one["se_id"]: one["serial"] for one in old}
        return [self.store.ordered(flow["id"], serial) for serial in phones.values()]


@fault(
    "tsm.issuance_waits_for_deletion",
    breaks="REQ-5-2-g",
    gain="whoever lost his old phone can never be issued a new one",
)
class WaitsForTheOldPhone(Steps):
    """The last check is begun when the old phone has been deleted."""

    def check_user(self, flow: Row) -> StepScript:
        orders = [o for o in self.store.database.dump("orders") if o["flow"] == flow["id"]]
        waited = [o for o in orders if o["deletion"]]
        if any(self.sei.deletion(o["deletion"])["state"] != "deleted" for o in waited):
            raise Unreachable("the old phone is not deleted yet")
        return (yield from super().check_user(flow))


@fault(
    "tsm.message_to_every_phone",
    breaks="REQ-5-2-k",
    gain="thousands of phones are woken for each one that is to be deleted",
)
class TellsEverybody(SeiTsm):
    """The message is sent to all tokens there are; those it is not for are to ignore it."""

    def notify(self, deletion: Row, token: str) -> None:
        for row in self.store.database.dump("tokens"):
            if row["token"] != token:
                self.push.send(row["token"], {"action": "delete", "deletion": "of another phone"})
        super().notify(deletion, token)


@fault(
    "tsm.late_push_deletes_next_user",
    breaks="REQ-5-2-k",
    gain="the next user of the phone loses his keys to a message that was late",
)
class ForgetsWhoseItIs(SeiTsm):
    """A deletion stays due when the SE is issued to somebody else."""

    def in_use(self, se_id: str) -> None:
        """Nothing is overtaken."""


@fault(
    "tsm.package_deleted_too",
    breaks="REQ-5-2-l",
    gain="no applet can be installed on that phone any more, and others may go with the package",
)
class DeletesThePackage(DeletionScript):
    """The package is named in place of the instance."""

    def named(self) -> bytes:
        return bytes([0x4F, len(PACKAGE)]) + PACKAGE

    def how(self) -> bytes:
        return bytes.fromhex("80E40080")


@fault(
    "tsm.absence_believed_unproved",
    breaks="REQ-5-2-m",
    gain="an app that says there is nothing to delete keeps the applet, and it is called deleted",
)
class BelievesThatNothingIsThere(DeletionScript):
    """6A88 ends the deletion, whoever said it."""

    def absence_proved(self, session: Session) -> Script:
        yield from ()


@fault(
    "tsm.notice_counts_twice",
    breaks="REQ-5-2-m",
    gain="more phones are deleted than there were, and the books never close",
)
class CountsEveryNotice(SeiTsm):
    """A notice that comes again is taken for another one."""

    def is_repeated(self, deletion: Row) -> bool:
        return False


@fault(
    "tsm.untrue_notice_believed",
    breaks="REQ-5-2-m",
    gain="an app that answers at once keeps the applet, and the TSM says that it is deleted",
)
class BelievesTheNotice(SeiTsm):
    """Whether the SE has answered is not looked at."""

    def is_believed(self, deletion: Row) -> bool:
        return True


@fault(
    "tsm.same_challenge_for_ever",
    breaks="REQ-5-2-m",
    gain="what an SE once answered is played to the TSM again, and the applet is kept",
)
class RepeatsItsChallenge(Host):
    """The host's challenge is a constant, so that sessions are told apart by the SE alone."""

    def challenge(self) -> bytes:
        return bytes(8)


@fault(
    "tsm.sent_counts_as_deleted",
    breaks="REQ-5-1-b",
    gain="a phone in a drawer is reported as deleted while its keys are still there",
)
class TakesTheMessageForTheDeed(SeiTsm):
    """A deletion is called done once its message was accepted; it is done all the same later."""

    def once_sent(self) -> str:
        return "deleted"

    def due(self, deletion: Row) -> bool:
        return deletion["state"] != "overtaken" and not deletion["notices"]

    def is_repeated(self, deletion: Row) -> bool:
        return bool(deletion["notices"])


@fault(
    "tsm.dead_token_counts_as_deleted",
    breaks="REQ-5-1-b",
    gain="a phone that was reset and sold is reported as deleted with its keys in the SE",
)
class TakesTheDeadTokenForTheDeed(SeiTsm):
    """An app that is gone is taken for an applet that is gone."""

    def given_up(self, deletion: Row) -> list[Executable]:
        return [*super().given_up(deletion), self.store.changed(deletion["id"], state="deleted")]


@fault(
    "tsm.former_pin_kept",
    breaks="REQ-5-1-d",
    gain="who sold his phone still opens the keys of its next user",
)
class LeavesThePinThatIsThere(Steps):
    """Where the SE was issued before, its PIN is left as it is."""

    def set_pin(self, flow: Row) -> StepScript:
        theirs = self.store.certificates_in(flow["se_id"])
        if any(row["person"] != flow["person"] for row in theirs) and flow["kind"] == "issue":
            return Effects()
        return (yield from super().set_pin(flow))

    def check_user(self, flow: Row) -> StepScript:
        theirs = self.store.certificates_in(flow["se_id"])
        if any(row["person"] != flow["person"] for row in theirs) and flow["kind"] == "issue":
            return Effects()
        return (yield from super().check_user(flow))


@fault(
    "tsm.unblocks_for_anybody",
    breaks="REQ-3-1-b",
    gain="a thief sets a PIN of his own with any My Number Card",
)
class UnblocksForAnybody(SpTsm):
    """Whether the applicant holds the certificates of the phone is not looked at."""

    def holds(self, person: str, se_id: str) -> bool:
        return True


@fault(
    "tsm.suspension_deletes",
    breaks="REQ-3-1-b",
    gain="a phone that was found again in the sofa has lost its keys",
)
class DeletesTheSuspended(SpTsm):
    """A suspended certificate counts as a revoked one."""

    def state_of(self, status: str | None) -> str:
        return "valid" if status == "good" else "revoked"
