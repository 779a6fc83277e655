"""From what the host sends to what the private key is applied to (RFC 8017, 9.1 and 9.2)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from reference_impl.chip.drbg import RandomBytes

DIGEST_BYTES = 32
SALT_BYTES = DIGEST_BYTES
LEAST_PADDING = 8  # bytes of FF (9.2 step 3)
SHA256_DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")


@dataclass
class Encoding:
    """Encoded messages of the length of the modulus."""

    random: RandomBytes

    def longest(self, size: int) -> int:
        """Most bytes that type 1 padding leaves room for, 245 for RSA-2048."""
        return size - 3 - LEAST_PADDING

    def verbatim(self, data: bytes, size: int) -> bytes:
        """P1 = 00: the host has made the DigestInfo, or whatever it wants to have signed."""
        return self.pkcs1(data, size)

    def pkcs1(self, data: bytes, size: int) -> bytes:
        """EMSA-PKCS1-v1_5, padding of block type 1."""
        return b"\x00\x01" + b"\xff" * (size - 3 - len(data)) + b"\x00" + data

    def digest_info(self, digest: bytes) -> bytes:
        """The digest under the name of its algorithm."""
        return SHA256_DIGEST_INFO + digest

    def salt(self) -> bytes:
        return self.random.generate(SALT_BYTES)

    def pss(self, digest: bytes, bits: int) -> bytes:
        """EMSA-PSS for a modulus of ``bits`` bits, MGF1 with SHA-256."""
        size = -(-(bits - 1) // 8)
        salt = self.salt()
        check = sha256(bytes(8) + digest + salt).digest()
        block = (b"\x01" + salt).rjust(size - DIGEST_BYTES - 1, b"\x00")
        mask = mgf1(check, len(block))
        masked = int.from_bytes(block, "big") ^ int.from_bytes(mask, "big")
        masked &= (1 << (8 * len(block) - (8 * size - bits + 1))) - 1
        return masked.to_bytes(len(block), "big") + check + b"\xbc"


def mgf1(seed: bytes, size: int) -> bytes:
    """RFC 8017, B.2.1."""
    blocks = range(-(-size // DIGEST_BYTES))
    return b"".join(sha256(seed + n.to_bytes(4, "big")).digest() for n in blocks)[:size]
