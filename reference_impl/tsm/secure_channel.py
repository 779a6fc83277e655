"""SCP03 as a TSM keeps it: the host's half of a session with a security domain.

GPC Amendment D v1.1.1, S8 mode, security level 13 (C-MAC, C-DECRYPTION and R-MAC): what is asked
of the SE can neither be read nor changed on its way through the app, and that it was done is told
by the SE itself.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from reference_impl.chip import aes
from reference_impl.platform.derivation import Derivation, SessionKeys
from reference_impl.platform.key_sets import KeySet
from reference_impl.tsm.scripts import Commands, Script, ScriptFailed, succeeded

LEVEL = 0x13
SIZE = 8  # bytes of a challenge, a cryptogram and a MAC
CHALLENGE_AT = 13  # after diversification (10), key version, protocol and i
SUCCESS = b"\x90\x00"


@dataclass
class Session:
    """An open session; the chaining value grows with every command."""

    keys: SessionKeys
    chain: bytes = field(default=bytes(aes.BLOCK_BYTES))
    counter: int = 0  # of commands after EXTERNAL AUTHENTICATE (6.2.6)

    def command(self, head: bytes, data: bytes) -> bytes:
        """A command with data, ciphered and with its C-MAC; it expects an answer."""
        self.counter += 1
        vector = aes.one_block(self.keys.enc, self.counter.to_bytes(aes.BLOCK_BYTES, "big"))
        filled = data + b"\x80" + bytes(-(len(data) + 1) % aes.BLOCK_BYTES)
        return self.wrapped(head, aes.cbc_encrypted(self.keys.enc, vector, filled), b"\x00")

    def wrapped(self, head: bytes, data: bytes, le: bytes = b"") -> bytes:
        """A short command with its C-MAC; ``head``: CLA 80 or 84, INS, P1, P2."""
        secured = bytes([head[0] | 0x04]) + head[1:] + bytes([len(data) + SIZE])
        self.chain = aes.mac(self.keys.mac, self.chain, secured, data)
        return secured + data + self.chain[:SIZE] + le

    def opened(self, response: bytes) -> bytes:
        """The data of a good answer. Raises ScriptFailed where its R-MAC is wrong."""
        body, sw = response[:-2], response[-2:]
        data, told = body[:-SIZE], body[-SIZE:]
        right = aes.mac(self.keys.rmac, self.chain, data, sw)[:SIZE]
        if sw != SUCCESS or not hmac.compare_digest(right, told):
            raise ScriptFailed(f"the SE answered {sw.hex().upper()}, or somebody in its place")
        return data


@dataclass(frozen=True)
class Host:
    """Opens sessions with the keys of a domain."""

    keys: KeySet
    derivation: Derivation = field(default_factory=Derivation)

    def challenge(self) -> bytes:
        """New for every session, so that no answer of another one can stand for this one's."""
        return secrets.token_bytes(SIZE)

    def opened(self, select: bytes) -> Script:
        """INITIALIZE UPDATE and EXTERNAL AUTHENTICATE; returns a ``Session``."""
        mine = self.challenge()
        begin = bytes([0x80, 0x50, self.keys.version, 0x00, SIZE]) + mine + b"\x00"
        told = succeeded((yield Commands((select, begin))))[-1]
        theirs = told[CHALLENGE_AT : CHALLENGE_AT + SIZE]
        context = mine + theirs
        session = Session(self.derivation.session_keys(self.keys, context))
        right = self.derivation.card_cryptogram(session.keys, context, SIZE)
        if not hmac.compare_digest(right, told[CHALLENGE_AT + SIZE : CHALLENGE_AT + 2 * SIZE]):
            raise ScriptFailed("the SE does not know its keys")
        proof = self.derivation.host_cryptogram(session.keys, context, SIZE)
        authenticate = session.wrapped(bytes([0x84, 0x82, LEVEL, 0x00]), proof)
        succeeded((yield Commands((authenticate,))))
        return session
