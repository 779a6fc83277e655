"""EXTERNAL AUTHENTICATE (INS 82), and the administrator who authenticates with it.

OUR DESIGN: the administrator stands for the TSM as long as there is no secure channel. He
proves an AES-128 key by the CMAC (SP 800-38B) of a challenge of this power-up.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.chip.memory import Store, Transaction

KEY = "admin"  # name in the store
SHORTEST_CHALLENGE = 8  # bytes
MAC_BYTES = 16


@dataclass
class Administrator:
    """The key (persistent), the challenge and the right (RAM)."""

    store: Store
    challenge: bytes = field(default=b"", init=False)
    authenticated: bool = field(default=False, init=False)

    def install(self, changes: Transaction, key: bytes) -> None:
        changes[KEY] = key

    @property
    def keyed(self) -> bool:
        """Whether the applet was given the key yet."""
        return bool(self.store.get(KEY))

    def power_on(self) -> None:
        self.challenge = b""
        self.authenticated = False

    def application_selected(self) -> None:
        self.challenge = b""
        self.authenticated = False

    def remember(self, challenge: bytes) -> None:
        """The last challenge counts; one that could be guessed does not."""
        if len(challenge) >= SHORTEST_CHALLENGE:
            self.challenge = challenge

    def use_up_challenge(self) -> None:
        """One attempt per challenge, right or wrong."""
        self.challenge = b""

    def authenticate(self, cryptogram: bytes) -> bool:
        mac = CMAC(AES(self.store[KEY]))
        mac.update(self.challenge)
        self.use_up_challenge()
        self.authenticated = self.believes(cryptogram, mac.finalize())
        return self.authenticated

    def believes(self, cryptogram: bytes, right: bytes) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(right, cryptogram)


@dataclass
class ExternalAuthenticate:
    """``00 82 00 81 10 <CMAC>``."""

    administrator: Administrator

    def __call__(self, command: Command) -> Response:
        if (command.p1, command.p2) != (0x00, 0x81):
            raise Refused(SW.INCORRECT_P1_P2)
        if len(command.data) != MAC_BYTES:
            raise Refused(SW.WRONG_LENGTH)
        if not self.administrator.challenge or not self.administrator.keyed:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        right = self.administrator.authenticate(command.data)
        return Response(SW.OK if right else SW.AUTHENTICATION_FAILED)
