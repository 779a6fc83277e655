"""What goes wrong when content comes and goes: loading, installing, deleting, memory."""

from __future__ import annotations

from contextlib import AbstractContextManager

from reference_impl.applet.apdu import SW, Command, Refused
from reference_impl.applet.profile import USER_PIN
from reference_impl.chip.memory import Transaction
from reference_impl.faults.registry import fault
from reference_impl.platform.allotment import Allotment, ParameterCoding
from reference_impl.platform.dap import DapVerification
from reference_impl.platform.deletion import DeleteContent
from reference_impl.platform.installing import Installer, Instance
from reference_impl.platform.life_cycle import ContentLifeCycle, ContentState
from reference_impl.platform.loading import Loader, Underway
from reference_impl.platform.memory import Memory
from reference_impl.platform.payment import Payment
from reference_impl.platform.registry import Entry, Kind, Registry
from reference_impl.platform.tokens import COUNTER, Tokens


@fault(
    "loading.blocks_in_any_order",
    breaks="REQ-6-3-a",
    gain="code is put together on the card in an order that nobody has signed",
)
class TakesAnyBlock(Loader):
    """The number of a block is not looked at."""

    def in_order(self, number: int, underway: Underway) -> bool:
        return True


@fault(
    "loading.hash_not_checked",
    breaks="REQ-6-3-a",
    gain="what was garbled, or exchanged, on its way is installed under a right name",
)
class TakesAnyHash(Loader):
    """The hash of INSTALL [for load] is not held against the load file."""

    def hash_is_right(self, digest: bytes, block: bytes) -> bool:
        return True


@fault(
    "content.installed_is_selectable",
    breaks="REQ-6-3-a",
    gain="an applet is used before its service has released it",
)
class InstalledIsEnough(ContentLifeCycle):
    """INSTALLED and SELECTABLE are the same."""

    def selectable(self, now: int) -> bool:
        return not self.is_locked(now)


@fault(
    "content.unlocked_is_selectable",
    breaks="REQ-6-3-a",
    gain="locking and unlocking releases an applet that nobody has released",
)
class UnlocksToSelectable(ContentLifeCycle):
    """Unlocking leads to SELECTABLE, whatever the state was before."""

    def unlocked(self, now: int) -> int:
        super().unlocked(now)
        return ContentState.SELECTABLE


@fault(
    "deletion.load_file_in_use",
    breaks="REQ-6-3-a",
    gain="an applet whose code is gone is still listed, and ends in whatever lies there now",
)
class DeletesWhatIsReferredTo(DeleteContent):
    """A load file is deleted although something made of it stays."""

    def referred_to(self, entry: Entry, leaving: set[bytes]) -> bool:
        return False


@fault(
    "deletion.selected_elsewhere",
    breaks="REQ-6-3-a",
    gain="a session on another channel goes on with an applet that does not exist",
)
class DeletesWhatIsSelected(DeleteContent):
    """That the application is selected on another channel is not looked at."""

    def in_use(self, entry: Entry) -> bool:
        return False


@fault(
    "deletion.values_stay",
    breaks="REQ-6-3-a",
    gain="the next owner of the phone finds PIN and keys of the one before him in the applet",
)
class LeavesTheValues(DeleteContent):
    """DELETE takes the application off the registry and leaves keys and data."""

    def erase(self, changes: Transaction, entry: Entry) -> None:
        """They are found again when the application comes back."""


@fault(
    "deletion.entry_stays",
    breaks="REQ-6-3-a",
    gain="a service that was deleted remotely can still be selected and used",
)
class LeavesTheEntry(Registry):
    """An application that is deleted stays in the registry."""

    def remove(self, changes: Transaction, aid: bytes) -> None:
        if self.named(aid).kind is not Kind.APPLICATION:
            super().remove(changes, aid)


@fault(
    "neighbour.shares_a_counter",
    breaks="REQ-6-3-a",
    gain="the PIN of a payment applet, entered rightly, gives back the tries of JPKI's",
)
class SharesACounter(Payment):
    """Tries are written where the JPKI applet keeps those of its user PIN, too."""

    def _write_tries(self, tries: int) -> None:
        super()._write_tries(tries)
        with self.values.store.transaction() as changes:
            changes[USER_PIN.tries_key] = bytes((tries,))


# --- delegated management -----------------------------------------------------------------


@fault(
    "tokens.not_checked",
    breaks="REQ-6-3-a",
    gain="a service loads and installs on everybody's phone what no issuer has permitted",
)
class TakesAnyToken(Tokens):
    """The token is computed and not compared."""

    def believes(self, right: bytes, given: bytes) -> bool:
        return True


@fault(
    "tokens.fields_not_covered",
    breaks="REQ-6-3-a",
    gain="one token permits everything that comes in the same form",
)
class CoversTheHeadOnly(Tokens):
    """The token is over P1, P2 and the length."""

    def signed(self, command: Command, covered: bytes) -> bytes:
        return super().signed(command, covered)[:3]


@fault(
    "receipts.counter_stuck",
    breaks="REQ-6-3-a",
    gain="the receipt of a deletion is shown again for a phone on which nothing was deleted",
)
class CountsNothing(Tokens):
    """The confirmation counter is counted on and not written."""

    def confirmation(self, changes: Transaction, told: bytes) -> bytes:
        answer = super().confirmation(changes, told)
        changes.pop(COUNTER, None)
        return answer


@fault(
    "receipts.say_nothing_of_what",
    breaks="REQ-6-3-a",
    gain="a receipt of one applet's deletion passes for that of another",
)
class CoversTheCounterOnly(Tokens):
    """The receipt is over counter and domain, not over what was done."""

    def confirmation(self, changes: Transaction, told: bytes) -> bytes:
        return super().confirmation(changes, b"")


# --- memory -------------------------------------------------------------------------------


@fault(
    "memory.half_installed",
    breaks="REQ-6-3-c",
    gain="an applet without its data is listed, and its service cannot be installed again",
)
class InstallsInTwoSteps(Installer):
    """The entry is written first, and what the application keeps in a second transaction."""

    def install(self, changes: Transaction, wanted: Instance, load_file: Entry) -> None:
        super().install(changes, wanted, load_file)
        early = {name: changes.pop(name) for name in list(changes) if not name.startswith("app ")}
        self.registry.store.commit(early)


@fault(
    "deletion.one_by_one",
    breaks="REQ-6-3-c",
    gain="a phone that goes out while it is cleaned keeps code that nobody can account for",
)
class DeletesOneByOne(DeleteContent):
    """Each of several related objects goes in a transaction of its own."""

    def carry_out(self, doomed: list[Entry], *, receipt: bool) -> bytes:
        for entry in doomed[:-1]:
            super().carry_out([entry], receipt=False)
        return super().carry_out(doomed[-1:], receipt=receipt)


@fault(
    "memory.quota_one_less",
    breaks="REQ-6-3-c",
    gain="a service that was given exactly what it needs cannot be installed",
)
class QuotaOneLess(Memory):
    """The last byte of a quota cannot be used."""

    def within_quota(self, entry: Entry, used: int) -> bool:
        return super().within_quota(entry, used + 1)


@fault(
    "memory.quota_one_more",
    breaks="REQ-6-3-c",
    gain="one service takes, byte by byte, what was promised to others",
)
class QuotaOneMore(Memory):
    """One byte beyond a quota can be used."""

    def within_quota(self, entry: Entry, used: int) -> bool:
        return super().within_quota(entry, max(0, used - 1))


@fault(
    "memory.quota_not_kept",
    breaks="REQ-6-3-c",
    gain="one service fills the chip, and JPKI cannot be issued any more",
)
class NoQuota(Memory):
    """Quotas are stored and never looked at."""

    def within_quota(self, entry: Entry, used: int) -> bool:
        return True


@fault(
    "memory.reserved_not_taken",
    breaks="REQ-6-3-c",
    gain="what was reserved for JPKI is gone when its certificate is to be renewed",
)
class PromisesOnly(Memory):
    """What is reserved is not charged before it is used."""

    def charge(self, allotted: Allotment, used: int) -> int:
        return super().charge(Allotment(), used)


@fault(
    "memory.quota_below_reserved",
    breaks="REQ-6-3-c",
    gain="none; the first use of what was reserved fails",
)
class PromisesBeyondTheQuota(ParameterCoding):
    """More may be reserved than the quota allows."""

    def consistent(self, made: Allotment) -> bool:
        return True


@fault(
    "memory.minimum_not_checked",
    breaks="REQ-6-3-c",
    gain="minutes of loading over the air before it is said that there is no room",
)
class MinimumIgnored(Loader):
    """The minimum that INSTALL [for load] asks for is not held against what is free."""

    def has_minimum(self, parameters: bytes) -> None:
        """Any."""


@fault(
    "memory.shortage_without_its_word",
    breaks="REQ-6-3-c",
    gain="the app cannot tell the user that he could free memory, and sends him to a shop",
)
class AnyErrorWillDo(Memory):
    """A want of memory is answered as an error of execution."""

    def admit(self, changes: Transaction) -> None:
        try:
            super().admit(changes)
        except Refused:
            raise Refused(SW.EXECUTION_ERROR) from None


@fault(
    "dap.signature_not_checked",
    breaks="REQ-6-3-a",
    gain="whoever may load brings his own code into the domain of another service",
)
class AnySignatureWillDo(DapVerification):
    """That there is a signature is enough."""

    def believes(self, right: bytes, given: bytes) -> bool:
        return True


@fault(
    "dap.mandated_for_its_own_alone",
    breaks="REQ-6-3-a",
    gain="what an approving body never saw runs beside JPKI",
)
class MandatedForItsOwn(DapVerification):
    """Mandated DAP is taken for DAP Verification: only its own load files are asked for one."""

    def asks_always(self, entry: Entry) -> bool:
        return False


@fault(
    "dap.what_is_missing_is_not_asked_for",
    breaks="REQ-6-3-a",
    gain="leaving the signature out is easier than forging it",
)
class ChecksWhatIsThere(DapVerification):
    """Signatures that are there are verified, and that is all."""

    def asked(self, domain: bytes) -> set[bytes]:
        return set()


@fault(
    "content.deleted_left_in_memory",
    breaks="REQ-5-1-d",
    gain="an applet that was reported deleted is read out of the chip with its keys",
)
class LeavesTheDeleted(DeleteContent):
    """DELETE takes the application out of the registry, and its memory is free as it is."""

    def erasing(self) -> AbstractContextManager[Transaction]:
        return self.registry.store.transaction()
