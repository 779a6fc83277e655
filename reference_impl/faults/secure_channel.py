"""What goes wrong with the secure channel to a security domain, and with its keys."""

from __future__ import annotations

from reference_impl.applet.apdu import Command
from reference_impl.chip.memory import Transaction
from reference_impl.faults.registry import fault
from reference_impl.platform.derivation import Derivation, SessionKeys
from reference_impl.platform.domain import DomainSession
from reference_impl.platform.key_commands import PutKey
from reference_impl.platform.key_sets import KeySet, KeySets
from reference_impl.platform.scp03 import Offer, SecureChannel
from reference_impl.platform.secure_messaging import Level, SecureMessaging


@fault(
    "scp03.mac_not_checked",
    breaks="REQ-6-3-a",
    gain="whoever sits between TSM and chip changes INSTALL and DELETE as he likes",
)
class TakesAnyMac(SecureMessaging):
    """The C-MAC is computed and never compared."""

    def matches(self, right: bytes, given: bytes) -> bool:
        return True


@fault(
    "scp03.mac_compared_in_its_first_half",
    breaks="REQ-6-3-a",
    gain="2^32 attempts instead of 2^64 for a command that nobody has sent",
)
class ComparesHalfTheMac(SecureMessaging):
    """Four bytes of the C-MAC count, as with an old retail MAC."""

    def matches(self, right: bytes, given: bytes) -> bool:
        return super().matches(right[: self.mac_size // 2], given[: self.mac_size // 2])


@fault(
    "scp03.parameters_not_covered",
    breaks="REQ-6-3-a",
    gain="GET STATUS becomes DELETE of something else: P1 and P2 are free on the way",
)
class LeavesParametersOut(SecureMessaging):
    """P2 is taken for 00 in what the C-MAC covers."""

    def header(self, command: Command) -> bytes:
        head = bytearray(super().header(command))
        head[3] &= 0xFE
        return bytes(head)


@fault(
    "scp03.counter_not_incremented",
    breaks="REQ-6-3-a",
    gain="equal commands look equal on the air: the key stream of the first is that of all",
)
class CounterStands(SecureMessaging):
    """The encryption counter stays at 1 after the first command."""

    def count(self) -> None:
        self.counter = 1


@fault(
    "scp03.empty_commands_not_counted",
    breaks="REQ-6-3-a",
    gain="none; sessions break as soon as a host sends a command without data",
)
class CountsDataOnly(SecureMessaging):
    """A command without data does not advance the encryption counter."""

    def opened(self, command: Command) -> Command:
        plain = super().opened(command)
        if not plain.data:
            self.counter -= 1
        return plain


@fault(
    "scp03.r_mac_constant",
    breaks="REQ-6-3-a",
    gain="a TSM is told that the old phone's applet is deleted, and it is not",
)
class AnswersUnderOneMac(SecureMessaging):
    """Answers end in eight zeros where the R-MAC belongs."""

    def response_mac(self, data: bytes, sw: int) -> bytes:
        return bytes(self.mac_size)


@fault(
    "scp03.plain_command_passes",
    breaks="REQ-6-3-a",
    gain="who gets a command into a TSM's session needs no key",
)
class LetsPlainCommandsPass(SecureMessaging):
    """A command that claims no protection is not asked for any, whatever the level."""

    def sufficient(self, command: Command) -> bool:
        return True


@fault(
    "scp03.level_downgraded",
    breaks="REQ-6-3-a",
    gain="keys and personal data go in the clear while the TSM believes them encrypted",
)
class GrantsLess(SecureChannel):
    """Whatever level is asked for, C-MAC alone is put into force."""

    def granted_level(self, asked: int) -> Level:
        return Level(asked) & Level.C_MAC


@fault(
    "scp03.session_survives_an_error",
    breaks="REQ-6-3-a",
    gain="as many guesses at a MAC as time allows, in one session",
)
class GoesOnAfterAnError(SecureChannel):
    """A command with a wrong MAC is refused, and the session goes on."""

    def insecure(self) -> None:
        """Nothing happens."""


@fault(
    "scp03.cryptogram_not_checked",
    breaks="REQ-6-3-a",
    gain="a host that knows Key-MAC alone, or replays a MAC, is taken for the TSM",
)
class BelievesAnyHost(SecureChannel):
    """The host cryptogram is never compared."""

    def believes(self, right: bytes, given: bytes) -> bool:
        return True


@fault(
    "scp03.challenge_serves_again",
    breaks="REQ-6-3-a",
    gain="a session that was recorded once is opened again by whoever recorded it",
)
class KeepsItsOffer(SecureChannel):
    """After a failed EXTERNAL AUTHENTICATE the same challenge may be answered again."""

    def use_up_offer(self) -> Offer | None:
        return self._offer


@fault(
    "scp03.sequence_counter_stuck",
    breaks="REQ-6-3-a",
    gain="the challenge is the same each time, and so is every session that answers it",
)
class CounterNotWritten(KeySets):
    """The sequence counter is counted on in RAM and never written."""

    def next_count(self, version: int) -> int:
        return self.count(version) + 1


@fault(
    "scp03.diversification_skipped",
    breaks="REQ-6-3-a",
    gain="one session's keys are those of all sessions: what is recorded once stays readable",
)
class StaticSessionKeys(Derivation):
    """Sessions work with the static keys."""

    def session_keys(self, keys: KeySet, context: bytes) -> SessionKeys:
        return SessionKeys(keys.enc, keys.mac, keys.mac)


@fault(
    "domain.content_without_session",
    breaks="REQ-6-3-a",
    gain="any app with a logical channel locks, loads and deletes",
)
class NeedsNoSession(DomainSession):
    """The table of commands that need no authentication was never filled in: all are free."""

    def free(self, plain: Command) -> bool:
        return True


@fault(
    "keys.deleted_keys_stay",
    breaks="REQ-6-3-a",
    gain="a TSM that was dismissed still gets in with the keys that were deleted",
)
class ForgetsTheNameOnly(KeySets):
    """DELETE takes a key set off the list and leaves the keys where they are."""

    def remove(self, changes: Transaction, version: int, identifier: int) -> None:
        super().remove(changes, version, identifier)
        del changes[self._name("key", version, identifier)]


@fault(
    "keys.check_value_not_checked",
    breaks="REQ-6-3-a",
    gain="a key that was garbled on its way is stored, and nobody gets in any more",
)
class TakesAnyKey(PutKey):
    """PUT KEY does not hold the key against its check value."""

    def checked(self, told: bytes, clear: bytes) -> bool:
        return True
