"""Lists of moduli: one key a line in hexadecimal, read line by line, however many there are.

``MODULUS[,EXPONENT]``; separators are comma, semicolon, tab or space; lines that begin with # and
empty ones are passed over. A first line of names may put columns in another order and add private
ones (n or modulus, e or exponent, d, p, q, dp, dq, qinv); other columns are passed over. Without
an exponent it is 65537. Numbers are hexadecimal, with or without 0x; an exponent is decimal where
it can be: ``65537`` and ``3`` are, ``010001``, ``0x3`` and ``10001`` (no exponent anybody would
write in decimal) are not. A list has no end mark: one that is cut short between two lines is a
shorter list, and one cut short within a number is a smaller number, which K01 or K03 sees.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from suites.rsa_keys.containers import insist_on_modulus
from suites.rsa_keys.der import UnreadableError
from suites.rsa_keys.key import RsaKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

USUAL_EXPONENT = 65_537
NAMES = {
    "n": "n", "modulus": "n", "mod": "n", "e": "e", "exponent": "e", "publicexponent": "e",
    "d": "d", "privateexponent": "d", "p": "p", "prime1": "p", "q": "q", "prime2": "q",
    "dp": "dp", "dq": "dq", "qinv": "qinv", "qi": "qinv",
}  # fmt: skip
UNNAMED = ("n", "e")
SEPARATOR = re.compile(rb"[,;\t]")
HEX = re.compile(rb"(?:0[xX])?[0-9a-fA-F]+")
SURELY_A_MODULUS = re.compile(rb"[0-9a-fA-F]{128,}")  # hexadecimal digits, 512 bits
LONGEST = 1 << 16  # characters of a line: 8 numbers of 16,384 bits and more


@dataclass(frozen=True)
class Columns:
    """Which field of a line is what; ``""`` for what is passed over."""

    names: tuple[str, ...]

    @classmethod
    def named(cls, line: bytes) -> Columns | None:
        """The columns that a first line names; ``None`` when it names no modulus."""
        words = [re.sub(r"[^a-z0-9]", "", f.decode("latin-1").lower()) for f in fields(line)]
        names = tuple(NAMES.get(word, "") for word in words)
        known = [name for name in names if name]
        return cls(names) if "n" in known and len(known) == len(set(known)) else None


def fields(line: bytes) -> list[bytes]:
    """What stands between the separators, without quotes and spaces."""
    found = SEPARATOR.search(line)
    if found is None:
        parts = line.split()
    elif b'"' in line:  # a separator may stand within quotes
        text = [line.decode("latin-1")]
        row = next(csv.reader(text, delimiter=found[0].decode(), skipinitialspace=True), [])
        parts = [field.encode("latin-1") for field in row]
    else:
        parts = line.split(found[0])
    return [part.strip().strip(b"\"'").strip() for part in parts]


def is_list(lines: Iterable[bytes]) -> bool:
    """True where the first of these lines names a modulus, or any holds what can only be one."""
    content = [line for line in map(_content, lines) if line]
    return any(map(SURELY_A_MODULUS.search, content)) or bool(content and Columns.named(content[0]))


def keys_in_list(lines: Iterable[bytes]) -> Iterator[tuple[str, RsaKey | UnreadableError]]:
    """Each line that holds anything, as its number and the key or what is wrong with it."""
    columns = None
    for number, raw in enumerate(lines, 1):
        line = _content(raw)
        if not line:
            continue
        place = f"line {number}"
        if columns is None:
            columns = Columns.named(line)
            if columns is not None:
                continue
            columns = Columns(UNNAMED)
        try:
            yield place, _key(line, columns, place)
        except UnreadableError as why:
            yield place, why


def _content(raw: bytes) -> bytes:
    line = raw.removeprefix(b"\xef\xbb\xbf").strip()
    return b"" if line.startswith(b"#") else line


def _key(line: bytes, columns: Columns, place: str) -> RsaKey:
    if len(line) > LONGEST:
        raise UnreadableError(f"is longer than {LONGEST:,} characters; put one key on a line")
    given = dict(zip(columns.names, fields(line), strict=False))
    numbers = {name: _number(name, field) for name, field in given.items() if name and field}
    if "n" not in numbers:
        raise UnreadableError("holds no modulus; correct or remove it")
    insist_on_modulus(numbers["n"])
    e = numbers.pop("e", USUAL_EXPONENT)
    return RsaKey(place, numbers.pop("n"), e, **numbers, container="list")


def _number(name: str, field: bytes) -> int:
    """``UnreadableError`` names the column and never quotes the field: it may be private."""
    sign = -1 if field.startswith(b"-") else 1
    digits = field.removeprefix(b"-")
    if not HEX.fullmatch(digits):
        raise UnreadableError(f"column {name} is no hexadecimal number; correct or remove the line")
    decimal = name == "e" and digits.isdigit() and digits != b"10001" and digits[:1] != b"0"
    return sign * int(digits, 10 if decimal and len(digits) < 80 else 16)
