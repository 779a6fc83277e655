"""Keys that are publicly known, from lists the user supplies; none are shipped here.

A list is a file of text, one entry to a line, ``#`` begins a comment, the kinds may be mixed:

=============================  ==================================================================
20 hexadecimal digits          tail of the SHA-1 of ``Modulus=<HEX>`` and a line feed, as in the
                               package openssl-blacklist of Debian (CVE-2008-0166)
40 digits                      the whole of that SHA-1
30 or 64 digits                SHA-256 of n as big-endian bytes, its first 15 bytes or the whole
32 digits                      15 bytes of it and the number of a list, as badkeys stores them
96 digits or more              a modulus, or one prime of one: also finds moduli that share a prime
=============================  ==================================================================

or a binary file of the last-but-one kind, 16 bytes an entry, ascending (``blocklist.dat`` of
badkeys), which is searched where it lies and never held.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from codecs import getincrementaldecoder
from collections.abc import Sequence
from dataclasses import dataclass, field

import gmpy2  # type: ignore[import-untyped]
from gmpy2 import mpz

LOOKED_AT = 256  # bytes, to tell text from hashes
RECORD = 16  # bytes of a binary entry
HASHED = 15  # of them of the SHA-256
LEAST_NUMBER = 96  # digits of a modulus or prime


@dataclass(frozen=True)
class Blocklist:
    """One list: hashes to look up, numbers to compare, and the product of the numbers."""

    name: str
    debian: frozenset[bytes] = frozenset()  # last 10 bytes of the SHA-1
    hashed: frozenset[bytes] = frozenset()  # first 15 bytes of the SHA-256
    records: memoryview = field(default=memoryview(b""), repr=False)
    numbers: frozenset[int] = frozenset()
    product: mpz = field(default=mpz(1), repr=False)

    def names(self, n: int) -> bool:
        """Whether the modulus ``n`` > 0 itself is in the list."""
        return n in self.numbers or self._has_hash(n) or debian_tail(n) in self.debian

    def shared_factor(self, n: int) -> int | None:
        """A factor of ``n`` that it has in common with a number of the list other than n."""
        factor = gmpy2.gcd(self.product % n, n)
        if factor == n:  # two numbers of the list, one for each prime, or n itself
            shared = (gmpy2.gcd(number, n) for number in self.numbers)
            factor = next((f for f in shared if 1 < f < n), mpz(1))
        return int(factor) if factor > 1 else None

    def _has_hash(self, n: int) -> bool:
        wanted = truncated_sha256(n)
        if wanted in self.hashed:
            return True
        at = bisect_left(_Records(self.records), wanted)
        return bytes(self.records[RECORD * at : RECORD * at + HASHED]) == wanted


def parse(name: str, content: memoryview) -> Blocklist:
    """A list from the content of its file.

    Raises ValueError with the number of the line for an entry that is of no kind, and for a binary
    file that is not made of ascending entries of 16 bytes.
    """
    if _is_binary(content):
        return _binary(name, content)
    return _text(name, bytes(content).decode("utf-8-sig", "replace"))


def debian_tail(n: int) -> bytes:
    """The last ten bytes of the SHA-1 of what ``openssl rsa -modulus`` prints."""
    return hashlib.sha1(f"Modulus={n:X}\n".encode(), usedforsecurity=False).digest()[10:]


def truncated_sha256(n: int) -> bytes:
    """The first fifteen bytes of the SHA-256 of n without leading zeros."""
    return hashlib.sha256(n.to_bytes((n.bit_length() + 7) // 8, "big")).digest()[:HASHED]


class _Records(Sequence[bytes]):
    """The hashes of a binary list, read one by one."""

    def __init__(self, content: memoryview) -> None:
        self.content = content

    def __len__(self) -> int:
        return len(self.content) // RECORD

    def __getitem__(self, index: int) -> bytes:  # type: ignore[override]  # never asked for slices
        return bytes(self.content[RECORD * index : RECORD * index + HASHED])


def _is_binary(content: memoryview) -> bool:
    """Hashes have bytes that no UTF-8 text has, within the first few of them.

    A character that is cut at the end of these is none of them.
    """
    beginning = bytes(content[:LOOKED_AT])
    try:
        text = getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        return True
    return any(character < "\t" or character == "\x7f" for character in text)


def _binary(name: str, content: memoryview) -> Blocklist:
    if len(content) % RECORD:
        raise ValueError(f"has {len(content)} bytes, not a multiple of {RECORD}: fetch it again")
    entries = _Records(content)
    some = [entries[i] for i in range(0, len(entries), max(1, len(entries) // 1000))]
    if some != sorted(some):
        raise ValueError("is not in ascending order: fetch it again")
    return Blocklist(name, records=content)


def _text(name: str, content: str) -> Blocklist:
    debian, hashed, numbers = set(), set(), set()
    for line, text in enumerate(re.split("\r\n?|\n", content), 1):
        entry = text.split("#")[0].strip().removeprefix("Modulus=")
        if not entry:
            continue
        if set(entry.lower()) - set("0123456789abcdef"):
            raise ValueError(f"line {line}: no hexadecimal digits; comments begin with #")
        if len(entry) in (20, 40):
            debian.add(bytes.fromhex(entry)[-10:])
        elif len(entry) in (30, 32, 64):
            hashed.add(bytes.fromhex(entry)[:HASHED])
        elif len(entry) >= LEAST_NUMBER and int(entry, 16) > 1:
            numbers.add(int(entry, 16))
        else:
            raise ValueError(f"line {line}: {len(entry)} digits are neither a hash nor a modulus")
    return Blocklist(
        name, frozenset(debian), frozenset(hashed), numbers=frozenset(numbers),
        product=_product([mpz(number) for number in numbers]),
    )  # fmt: skip


def _product(numbers: Sequence[mpz]) -> mpz:
    if len(numbers) < 2:
        return numbers[0] if numbers else mpz(1)
    middle = len(numbers) // 2
    return _product(numbers[:middle]) * _product(numbers[middle:])
