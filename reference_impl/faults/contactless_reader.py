"""What goes wrong in a reader: its loop, what it tells of it, its firmware, its blocks."""

from __future__ import annotations

from reference_impl.contactless.blocks import RBlock
from reference_impl.contactless.pcd_b import Found
from reference_impl.contactless.pcd_blocks import PcdBlocks
from reference_impl.contactless.polling import PollingReader, atr
from reference_impl.contactless.timing import FC
from reference_impl.faults.registry import fault

MS = FC // 1_000


@fault(
    "reader.prefers_type_a",
    breaks="REQ-6-6-d",
    gain="a phone that was tested in type B is met in type A",
)
class PrefersTypeA(PollingReader):
    """Of two answers that of type A is taken, whatever is set."""

    def chosen(self, kinds: tuple[str, ...]) -> str:
        kind = super().chosen(kinds)
        return "A" if "A" in kinds else kind


@fault(
    "reader.guard_too_short",
    breaks="REQ-6-6-d",
    gain="the type changes from touch to touch with how soon the phone is awake",
)
class GuardTooShort(PollingReader):
    """A loop that ends at the first answer leaves 2 ms of silence, if it begins with type A."""

    def guard(self) -> int:
        hurried = self.polling.bail_out and self.polling.order.startswith("A")
        return 2 * MS if hurried else super().guard()


@fault(
    "reader.tells_type_b",
    breaks="REQ-6-6-d",
    gain="a field trial reports type B where all of it was type A",
)
class TellsTypeB(PollingReader):
    """Type B is told, whatever was spoken."""

    def type_told(self, spoken: str) -> str:
        return spoken and "B"


@fault(
    "reader.atr_cut_short",
    breaks="REQ-6-6-d",
    gain="hosts take a card of type B for one of type A",
)
class CutsTheAtr(PollingReader):
    """The ATR of type B has seven bytes of the card in place of eight."""

    def atr_b(self, card: Found, told: bytes) -> bytes:
        return atr(card.application_data + card.protocol[:3])


@fault(
    "reader.retries_hidden",
    breaks="REQ-6-6-f",
    gain="a pair that fails every second time is reported as one that never fails",
)
class HidesItsRetries(PollingReader):
    """A failed activation is begun again, and told as if the first had succeeded."""

    def told(self, retries: int) -> int:
        return 0


@fault(
    "reader.retries_more_than_declared",
    breaks="REQ-6-6-f",
    gain="a maker's figures of first attempts are those of three attempts",
)
class RetriesMoreThanDeclared(PollingReader):
    """A failed activation is begun again twice more than the maker says."""

    def own_retries(self) -> int:
        return super().own_retries() + 2


@fault(
    "reader.field_not_off",
    breaks="REQ-6-6-f",
    gain="what is counted as a second attempt is the first one going on",
)
class FieldHardlyOff(PollingReader):
    """The field is off for 1 ms between two attempts."""

    def rest(self) -> int:
        return MS


@fault(
    "reader.serves_type_a_all_the_same",
    breaks="REQ-6-6-e",
    gain="what its application was never tested for is in use",
)
class ServesTypeA(PollingReader):
    """The application that insists on type B is not asked."""

    def insist(self, spoken: str) -> None:
        """It goes on."""


@fault(
    "reader.new_firmware_is_impatient",
    breaks="REQ-6-6-c",
    gain="the update that was to cure one phone makes another fail",
)
class ImpatientSinceTheUpdate(PollingReader):
    """The latest firmware waits for phones of FWI 8 and gives up those of FWI 7."""

    def patient_enough(self, fwi: int) -> bool:
        return super().patient_enough(fwi) and not (self.profile.firmware == "1.1" and fwi == 7)


@fault(
    "reader.asks_by_the_wrong_number",
    breaks="REQ-6-6-a",
    gain="no answer longer than a frame is ever read",
)
class AsksByTheWrongNumber(PcdBlocks):
    """R(ACK) for the next piece has the number of the last: the card repeats that one."""

    def ready(self) -> RBlock:
        return RBlock(self.number ^ 1, cid=self.cid)


@fault(
    "reader.grants_less_time",
    breaks="REQ-6-6-a",
    gain="phones whose element takes its time are given up in the middle of a signature",
)
class GrantsLessTime(PcdBlocks):
    """S(WTX) is answered by half of what was asked for."""

    def granted(self, wtxm: int) -> int:
        return wtxm // 2


@fault(
    "reader.frames_longer_than_the_card_takes",
    breaks="REQ-6-6-a",
    gain="phones with small frames do not hear the SELECT",
)
class SendsLongFrames(PcdBlocks):
    """Commands are cut to what the reader takes itself."""

    def cut(self, command: bytes) -> list[bytes]:
        size = self.fsd - 4
        return [command[i : i + size] for i in range(0, len(command), size)] or [b""]
