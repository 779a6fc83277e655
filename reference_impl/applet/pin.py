"""Reference data of the applet: who may try, how often, and what it costs.

Rules JPKI-PIN-01, PIN-02, J-01, J-03, J-10 and REQ-3-2-d. A chip that was never issued has
empty PINs without tries: blocked until the administrator sets them.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from reference_impl.applet.profile import PinKind
from reference_impl.chip.memory import Store, Transaction


@dataclass
class Pin:
    """One PIN: value and try counter (persistent), verification state (RAM)."""

    kind: PinKind
    store: Store
    verified: bool = field(default=False, init=False)

    def install(self, changes: Transaction) -> None:
        """No value and no tries."""
        changes[self.kind.secret_key] = b""
        changes[self.kind.tries_key] = b"\x00"

    def power_on(self) -> None:
        """Volatile state starts afresh; the counter does not (J-10)."""
        self.verified = False

    def application_selected(self) -> None:
        """SELECT by name is the host's log-out (J-01)."""
        self.verified = False

    @property
    def tries(self) -> int:
        return int.from_bytes(self.store[self.kind.tries_key], "big")

    @property
    def blocked(self) -> bool:
        return self.tries == 0

    def limit(self) -> int:
        return self.kind.limit

    def well_formed(self, candidate: bytes) -> bool:
        """Whether a new value may look like this."""
        return self.kind.form.fullmatch(candidate) is not None

    def verify(self, candidate: bytes) -> bool:
        """Compare, and pay for the guess *before* its outcome exists.

        Whoever cuts the power on seeing a mismatch has then paid already.
        """
        self.spend_try()
        if self.matches(candidate):
            self.restore_tries()
            self.verified = True
            return True
        self.mismatched()
        return False

    def matches(self, candidate: bytes) -> bool:
        return hmac.compare_digest(self.store[self.kind.secret_key], candidate)

    def mismatched(self) -> None:
        """A wrong guess ends an earlier verification."""
        self.verified = False

    def spend_try(self) -> None:
        self._write_tries(max(0, self.tries - 1))

    def restore_tries(self) -> None:
        self._write_tries(self.limit())

    def replace(self, value: bytes) -> None:
        """A new value and all its tries, or neither."""
        with self.store.transaction() as changes:
            changes[self.kind.secret_key] = value
            changes[self.kind.tries_key] = bytes([self.limit()])

    def _write_tries(self, tries: int) -> None:
        with self.store.transaction() as changes:
            changes[self.kind.tries_key] = bytes([tries])


@dataclass(frozen=True)
class Pins:
    """The two PINs of the applet."""

    user: Pin
    password: Pin
