"""What the keys of a security domain are turned into (GPC Amendment D v1.1.1, 4.1.5 and 6.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, unique

from reference_impl.chip import aes
from reference_impl.platform.key_sets import KeySet

LABEL_BYTES = 11  # of 00, before the constant


@unique
class Purpose(IntEnum):
    """Data derivation constants (table 4-1)."""

    CARD_CRYPTOGRAM = 0x00
    HOST_CRYPTOGRAM = 0x01
    CARD_CHALLENGE = 0x02
    S_ENC = 0x04
    S_MAC = 0x06
    S_RMAC = 0x07


@dataclass(frozen=True)
class SessionKeys:
    """Keys of one session, as long as the static ones (6.2.1)."""

    enc: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    rmac: bytes = field(repr=False)


class Derivation:
    """SP 800-108 in counter mode over AES-CMAC."""

    def session_keys(self, keys: KeySet, context: bytes) -> SessionKeys:
        """``context``: host challenge and card challenge."""
        return SessionKeys(
            self.derive(keys.enc, Purpose.S_ENC, len(keys.enc), context),
            self.derive(keys.mac, Purpose.S_MAC, len(keys.mac), context),
            self.derive(keys.mac, Purpose.S_RMAC, len(keys.mac), context),
        )

    def card_challenge(self, keys: KeySet, counter: int, aid: bytes, size: int) -> bytes:
        """Pseudo-random; ``aid`` is that of the application that asks for the channel (6.2.2.1)."""
        context = counter.to_bytes(3, "big") + aid
        return self.derive(keys.enc, Purpose.CARD_CHALLENGE, size, context)

    def card_cryptogram(self, session: SessionKeys, context: bytes, size: int) -> bytes:
        return self.derive(session.mac, Purpose.CARD_CRYPTOGRAM, size, context)

    def host_cryptogram(self, session: SessionKeys, context: bytes, size: int) -> bytes:
        return self.derive(session.mac, Purpose.HOST_CRYPTOGRAM, size, context)

    def derive(self, key: bytes, purpose: Purpose, size: int, context: bytes) -> bytes:
        """The first ``size`` bytes."""
        output = b""
        while len(output) < size:
            rounds = len(output) // aes.BLOCK_BYTES + 1
            output += aes.mac(key, self.fixed_input(purpose, 8 * size, rounds), context)
        return output[:size]

    def fixed_input(self, purpose: Purpose, bits: int, rounds: int) -> bytes:
        """Label, separation indicator, length L and counter i, in this order."""
        head = bytes(LABEL_BYTES) + bytes((purpose, 0x00))
        return head + bits.to_bytes(2, "big") + bytes((rounds,))
