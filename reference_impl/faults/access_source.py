"""What goes wrong in telling who speaks to the applet, and in acting on it."""

from __future__ import annotations

from datetime import date

from reference_impl.applet.access_source import AccessSources, Source, SourceWatch, Table
from reference_impl.applet.apdu import INS, Command, Response
from reference_impl.applet.jpki import JpkiApplet
from reference_impl.applet.source_gate import RECORDS, SourceGate, Verified
from reference_impl.applet.source_policy import EVERYBODY, SourcePolicy
from reference_impl.faults.registry import fault
from reference_impl.platform.media import HCI_OR_TYPE_F, ChipInUse, Product


@fault(
    "access.source_cached_after_select",
    breaks="REQ-6-5-a",
    gain="whoever selects the applet from an app opens it to every reader that comes after",
)
class AsksOnce(SourceWatch):
    """The source is asked for with the first command, and kept."""

    def judged(self, protocol: int, cla: int) -> Source:
        return self.source or super().judged(protocol, cla)


@fault(
    "access.source_of_the_command_before",
    breaks="REQ-6-5-a",
    gain="a reader administers when it speaks right after the app",
)
class AnswersForTheLastCommand(SourceWatch):
    """The source is evaluated after the command, so that a command has that of the one before."""

    def judged(self, protocol: int, cla: int) -> Source:
        before: Source | None = getattr(self, "evaluated", None)
        self.evaluated = super().judged(protocol, cla)
        return before or self.evaluated


@fault(
    "access.class_byte_believed",
    breaks="REQ-6-5-a",
    gain="a reader that sends proprietary commands is taken for the app, whose commands those are",
)
class BelievesTheClassByte(SourceWatch):
    """Proprietary classes are the app's own, it was thought."""

    def judged(self, protocol: int, cla: int) -> Source:
        return Source.DEVICE_WIRED if cla & 0x80 else super().judged(protocol, cla)


@fault(
    "access.low_nibble_only",
    breaks="REQ-6-5-a",
    gain="every reader that speaks T=1 is an app, and may administer",
)
class MasksTheMediumAway(AccessSources):
    """The mask of the protocol (0F) is used where that of the medium (F0) was meant."""

    def medium_of(self, protocol: int) -> int:
        return 0


@fault(
    "access.contacts_taken_for_the_app",
    breaks="REQ-6-5-a",
    gain="a stolen sample in a contact reader may do what only the phone's app may",
)
class IgnoresTheFraming(AccessSources):
    """Contacts and the bus inside the phone have one medium; what tells them apart is not used."""

    def framing_of(self, protocol: int) -> int:
        return 0x01


@fault(
    "access.unknown_value_is_an_app",
    breaks="REQ-6-5-a",
    gain="the next chip reports a value nobody has seen, and every reader administers",
)
class UnknownIsAnApp(AccessSources):
    """The readers are listed, and whatever else comes is taken for the app."""

    def without_entry(self, protocol: int) -> Source:
        return Source.DEVICE_WIRED


@fault(
    "access.b0_is_always_the_app",
    breaks="REQ-6-5-a",
    gain="on a chip that reports B0 for readers of type F, such a reader administers",
)
class TakesTypeFForTheApp(AccessSources):
    """B0 is HCI_APDU_GATE, says the API; that it is CONTACTLESS_TYPE_F as well was overlooked."""

    def of(self, protocol: int) -> Source:
        hci = self.table is not None and self.medium_of(protocol) == HCI_OR_TYPE_F
        return Source.DEVICE_HCI if hci else super().of(protocol)


@fault(
    "access.b0_is_always_a_reader",
    breaks="REQ-6-5-b",
    gain="on chips whose app comes through the NFC controller nothing can be administered",
)
class TakesTheAppForAReader(AccessSources):
    """Any medium but 00 is a reader, which holds on the chips it was tried on."""

    def of(self, protocol: int) -> Source:
        source = super().of(protocol)
        return Source.EXTERNAL_F if source is Source.DEVICE_HCI else source


@fault(
    "access.table_of_another_chip",
    breaks="REQ-6-5-b",
    gain="contacts and app change places on the fourth product",
)
class CopiesATable(SourceGate):
    """The table of product D was copied from A and never corrected."""

    def table(self, chip: ChipInUse) -> Table | None:
        found = super().table(chip)
        return RECORDS[0].sources if found is RECORDS[-1].sources else found


@fault(
    "access.operating_system_ignored",
    breaks="REQ-6-5-c",
    gain="an update changes what the chip reports, and the policy goes on as if it had not",
)
class SameChipAnySystem(SourceGate):
    """A result is looked for by the name of the chip alone."""

    def is_of(self, record: Verified, product: Product) -> bool:
        return record.product == product.name


@fault(
    "access.old_result_will_do",
    breaks="REQ-6-5-c",
    gain="a chip goes on with a result that nobody has looked at for ten years",
)
class NeverTooOld(SourceGate):
    """A result has no last day."""

    def is_fresh(self, record: Verified, today: date) -> bool:
        return record.day <= today


@fault(
    "access.result_of_tomorrow_will_do",
    breaks="REQ-6-5-c",
    gain="a result is entered for a run that is still to come, and the run never comes",
)
class NeverTooNew(SourceGate):
    """A result may be of a day to come."""

    def is_fresh(self, record: Verified, today: date) -> bool:
        return super().is_fresh(record, max(record.day, today))


@fault(
    "access.policy_off_without_a_word",
    breaks="REQ-6-5-c",
    gain="nobody learns that the new chip runs without the policy",
)
class TurnsItOffSilently(SourceGate):
    """The policy is off, and reported as on."""

    def told(self, chip: ChipInUse) -> str:
        return ""


@fault(
    "access.unverified_chip_is_open",
    breaks="REQ-6-5-c",
    gain="on a chip that was never verified any reader administers",
)
class OffMeansOpen(AccessSources):
    """Without a table everybody is the app, so that the new chip can be tried out."""

    def without_table(self) -> Source:
        return Source.DEVICE_WIRED


@fault(
    "access.type_b_administers",
    breaks="REQ-6-5-d",
    gain="a reader of type B beside the holder replaces his keys",
)
class RowWithTypeB(SourcePolicy):
    """Type A was closed, type B forgotten: the readers on the bench speak A."""

    def may_administer(self) -> frozenset[Source]:
        return super().may_administer() | {Source.EXTERNAL_B}


@fault(
    "access.row_of_unblocking_missing",
    breaks="REQ-6-5-d",
    gain="whatever else goes wrong, nothing stands between a reader and a new PIN",
)
class ForgetsUnblocking(SourcePolicy):
    """RESET RETRY COUNTER has no row, so it counts as looking."""

    def allows(self, command: Command, source: Source) -> bool:
        return command.ins == INS.RESET_RETRY_COUNTER or super().allows(command, source)


@fault(
    "access.unknown_source_acts_for_the_holder",
    breaks="REQ-6-5-d",
    gain="a medium nobody thought of enters PINs until they are blocked",
)
class UnknownActsForTheHolder(SourcePolicy):
    """The row of the holder has everybody."""

    def may_act_for_the_holder(self) -> frozenset[Source]:
        return EVERYBODY


@fault(
    "access.session_outlives_its_source",
    breaks="REQ-6-5-d",
    gain="the holder enters his PIN in the app, and the reader in the bag beside him signs",
)
class SessionOutlivesItsSource(JpkiApplet):
    """What was verified stays verified, whoever speaks next."""

    def end_session(self) -> None:
        """Nothing ends."""


@fault(
    "access.refusal_costs_a_try",
    breaks="REQ-6-5-d",
    gain="somebody who may not even try blocks the holder's PIN",
)
class RefusalCostsATry(JpkiApplet):
    """The try is paid before the source is looked at."""

    def refused_by_source(self, command: Command) -> Response:
        if command.ins == INS.VERIFY and command.data:
            self.pins.user.spend_try()
        return super().refused_by_source(command)
