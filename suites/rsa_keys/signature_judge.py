"""Judging signatures of PKCS #1 v1.5 by what the public key makes of them: bytes in, remarks out.

Rules:

1. the whole encoded message is compared, byte by byte (RFC 8017 8.2.2 step 3: the verifier builds
   the block and compares); nothing is parsed or searched for, so there is nothing to be lax about;
2. a signature has as many bytes as the modulus, zeros in front included (RFC 8017 4.1, 8.2.1), and
   is a number below the modulus (5.2.2 step 1);
3. every signature that fails is asked for a factor: where only one half of a computation by the
   Chinese remainder theorem went wrong, ``gcd(s^e - EM, n)`` is a prime (Lenstra 1996; Boneh,
   DeMillo, Lipton 1997). Whoever has the document has the key then: FAIL-BROKEN;
4. the padding has nothing random, so one key and one message have one signature (8.2);
5. two keys of one card are two: other moduli, no prime in common, and neither verifies what the
   other signed.

Not judged here: what the message is. The host makes the DigestInfo; a signature over a wrong one
is a right signature of something else.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gmpy2 import powmod  # type: ignore[import-untyped]

from suites.applet.signatures import SHA256_DIGEST_INFO
from suites.rsa_keys.key import KeyClass, Remark, RsaKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEAST_PADDING = 8  # bytes of FF, RFC 8017 9.2 step 3
DIGEST_INFO = {
    "sha1": bytes.fromhex("3021300906052B0E03021A05000414"),
    "sha256": SHA256_DIGEST_INFO,
    "sha384": bytes.fromhex("3041300D060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300D060960864801650304020305000440"),
}
"""Name of the hash → what stands before the digest (RFC 8017 9.2 note 1)."""

LENSTRA = "Boneh, DeMillo, Lipton 1997; Lenstra 1996"


@dataclass(frozen=True)
class Signed:
    """One signature as it came: what was handed to the card, and what came back.

    ``data`` is what stands behind the padding, a DigestInfo as a rule: 1 to k - 11 bytes for a
    modulus of k bytes.
    """

    data: bytes
    value: bytes


def digest_info(message: bytes, name: str = "sha256") -> bytes:
    """DigestInfo of a message. ``KeyError`` for a hash that is not in ``DIGEST_INFO``."""
    return DIGEST_INFO[name] + hashlib.new(name, message).digest()


def encoded_message(data: bytes, size: int) -> bytes:
    """``00 01 FF…FF 00 ‖ data``, ``size`` bytes (RFC 8017 9.2).

    ``ValueError`` where fewer than 8 bytes of padding would be left.
    """
    padding = size - len(data) - 3
    if padding < LEAST_PADDING:
        raise ValueError(f"{len(data)} bytes leave {padding} of padding in a block of {size}")
    return b"\x00\x01" + b"\xff" * padding + b"\x00" + data


def raised(s: int, key: RsaKey) -> int:
    """s^e mod n (RFC 8017 5.2.2)."""
    return int(powmod(s, key.e, key.n))


def bytes_of(n: int) -> int:
    """Length of a modulus in bytes."""
    return (n.bit_length() + 7) // 8


def judge_signature(key: RsaKey, signed: Signed) -> list[Remark]:
    """What is wrong with one signature; empty when nothing is.

    ``key`` needs n > 0 and e > 0. ``ValueError`` where the data does not fit its modulus.
    """
    size = bytes_of(key.n)
    wanted = encoded_message(signed.data, size)
    s = int.from_bytes(signed.value, "big")
    found = list(_form(key, signed.value, size))
    got = raised(s, key).to_bytes(size, "big")
    if got != wanted:
        found.append(_failed(key, got, wanted))
        found += _factored(key, s, int.from_bytes(wanted, "big"))
    return found


def judge_determinism(key: RsaKey, first: Signed, second: Signed) -> list[Remark]:
    """Two signatures of the same data by the same key; ``ValueError`` where the data differ."""
    if first.data != second.data:
        raise ValueError("two signatures of different data are different")
    if first.value == second.value:
        return []
    reason = "one message was signed twice and the two signatures differ"
    return [_remark(key, "determinism", "RFC 8017 8.2", reason)]


def judge_distinctness(keys: Sequence[RsaKey]) -> list[Remark]:
    """Whether the keys of one card are as many keys: no modulus twice, no prime in common."""
    found = []
    for place, key in enumerate(keys):
        for other in keys[:place]:
            common = math.gcd(key.n, other.n)
            if key.n == other.n:
                reason = f"the same modulus as {other.subject}"
            elif common > 1:
                reason = f"a prime in common with {other.subject}"
            else:
                continue
            found.append(_broken(key, "distinctness", "SP 800-57 part 1 r5 5.2", reason, common))
    return found


def judge_crosswise(key: RsaKey, other: RsaKey, signed: Signed) -> list[Remark]:
    """``signed`` is by ``key``; a remark where ``other`` verifies it as well."""
    if judge_signature(other, signed):
        return []
    reason = f"what it signs verifies with {other.subject} too"
    return [_remark(key, "crosswise", "SP 800-57 part 1 r5 5.2", reason, KeyClass.BROKEN)]


def fault_factor(key: RsaKey, s: int, em: int) -> int | None:
    """A factor of n from a faulty signature s of the block em; ``None`` where it gives none."""
    common = math.gcd(raised(s, key) - em, key.n)
    return common if 1 < common < key.n else None


# --- words --------------------------------------------------------------------------------


def _form(key: RsaKey, value: bytes, size: int) -> Iterator[Remark]:
    if len(value) != size:
        reason = f"{len(value)} bytes where the modulus has {size}"
        yield _remark(key, "length", "RFC 8017 8.2.1", reason, statistic=len(value), bound=size)
    if int.from_bytes(value, "big") >= key.n:
        yield _remark(key, "range", "RFC 8017 5.2.2 step 1", "the number is not below the modulus")


def _failed(key: RsaKey, got: bytes, wanted: bytes) -> Remark:
    place = next(n for n, (a, b) in enumerate(zip(got, wanted, strict=True)) if a != b)
    reason = (
        f"byte {place} of the encoded message ({_part(place, wanted)}) is {got[place]:02X}, "
        f"not {wanted[place]:02X}"
    )
    return _remark(key, "encoded message", "RFC 8017 8.2.2 and 9.2", reason)


def _part(place: int, wanted: bytes) -> str:
    """What stands at this place of a right block."""
    separator = wanted.index(b"\x00", 1)
    if place < 2:
        return "block type"
    if place < separator:
        return "padding"
    return "separator" if place == separator else "data"


def _factored(key: RsaKey, s: int, em: int) -> list[Remark]:
    factor = fault_factor(key, s, em)
    if factor is None:
        return []
    reason = "the wrong signature gives a factor of the modulus: one half of it was computed wrong"
    return [_broken(key, "crt fault", LENSTRA, reason, factor)]


def _remark(
    key: RsaKey, criterion: str, clause: str, reason: str,
    key_class: KeyClass = KeyClass.CONFORMANCE,
    *, statistic: float | None = None, bound: float | None = None,
) -> Remark:  # fmt: skip
    unit = "byte" if statistic is not None else None
    return Remark(criterion, key_class, clause, reason, key.subject, statistic, bound, unit)


def _broken(key: RsaKey, criterion: str, clause: str, reason: str, factor: int) -> Remark:
    proper = factor if 1 < factor < key.n else None
    return Remark(criterion, KeyClass.BROKEN, clause, reason, key.subject, factor=proper)
