"""What goes wrong below the applets: memory and log."""

from __future__ import annotations

from reference_impl.applet.apdu import INS, Command
from reference_impl.chip.memory import Store
from reference_impl.faults.registry import fault
from reference_impl.platform.diagnostics import DiagnosticLog


@fault(
    "store.trusts_torn_records",
    breaks="REQ-3-2-d",
    gain="a power cut leaves half-written counters and PINs, which block the card or open it",
)
class TrustsTornRecords(Store):
    """Records are taken in without looking at their length and check value."""

    def intact(self, length: int, check: int, payload: bytes) -> bool:
        return True


@fault(
    "store.erased_values_left_in_the_log",
    breaks="REQ-5-1-d",
    gain="who takes the chip of a sold phone apart reads the keys of its former user",
)
class LeavesWhatIsErased(Store):
    """What is to be erased is only taken off the list; the log keeps it until it has grown."""

    def commit_and_erase(self, changes: dict[str, bytes]) -> None:
        self.commit(changes)


@fault(
    "log.writes_the_pin",
    breaks="REQ-4-2-b",
    gain="the PIN is found in the crash report, on the server it was sent to, and in its backups",
)
class LogsThePin(DiagnosticLog):
    """VERIFY is logged with its data field, to see why it fails in the field."""

    def describe(self, command: Command) -> str:
        header = super().describe(command)
        if command.ins != INS.VERIFY:
            return header
        return f"{header} DATA={command.data.decode('latin-1')!r}"


@fault(
    "store.compacts_after_every_record",
    breaks="REQ-3-2-d",
    gain="none; the memory wears much faster",
    equivalent="A compaction swaps the image for one with the same values, atomically and after "
    "the record is complete: whether the supply fails before or after it, the values are equal.",
)
class CompactsAfterEveryRecord(Store):
    """The log is compacted after every transaction, not only once it has grown."""

    def commit(self, changes: dict[str, bytes]) -> None:
        super().commit(changes)
        self.compact()
