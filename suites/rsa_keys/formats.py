"""Files of RSA keys, read without insisting that the keys are any good.

A checked loader refuses the very keys that are to be judged. This one takes PEM, DER (PKCS #1,
PKCS #8, SubjectPublicKeyInfo, certificates and requests), the template 7F49 of a card in binary
or hexadecimal, JWK, JWK sets and lists of moduli, known by their content and not by their name.

Rules: no content whatever makes it raise; what cannot be read is one line that names file, place
and remedy; everything else in the file is read all the same; no line quotes a number.
"""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from suites.rsa_keys.containers import keys_in_der
from suites.rsa_keys.der import UnreadableError
from suites.rsa_keys.jwk import keys_in_jwk
from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.moduli_csv import is_list, keys_in_list
from suites.rsa_keys.pem import keys_in_pem

HEAD = 1 << 16  # bytes of which the kind of a file is told
LINES_OF_HEAD = 100  # that may stand before the first line of a list that can be read
LARGEST_BINARY = 1 << 22  # bytes
LARGEST_TEXT = 1 << 28  # bytes of what cannot be read line by line
LONGEST_LINE = 1 << 20  # bytes
RECORD = "provenance.json"  # what a collection of keys keeps beside them; holds none
MOST_TROUBLES = 100  # told of one file, one by one
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
TEMPLATE = re.compile(rb"7f49(?:82....|81..|[0-7].)8[126]", re.IGNORECASE)
NO_TEMPLATE = re.compile(rb"#.*|[\s:]")  # may stand between hexadecimal digits
UNKNOWN = UnreadableError(
    "is none of PEM, DER, JWK, 7F49 or a list of moduli; export the key as one of these, or leave "
    "the file out"
)
EMPTY = UnreadableError("is empty; leave it out or export the key again")

Place = tuple[str, RsaKey | UnreadableError]


@dataclass(frozen=True)
class Trouble:
    """One thing that could not be read."""

    place: str  # file, and place in it
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


@dataclass(frozen=True)
class KeyFile:
    """What a file, or all files of a folder, came to."""

    keys: tuple[RsaKey, ...]
    troubles: tuple[str, ...]  # one line each


def read_keys(file: Path) -> KeyFile:
    """All keys of a file, or of every file in a folder and the folders in it. Never raises."""
    keys: list[RsaKey] = []
    troubles: list[str] = []
    for one, name in files_in([file]):
        found = read_file(one, name)
        keys += found.keys
        troubles += found.troubles
    if not keys and not troubles:
        troubles.append(f"{file}: is a folder without files; name one with keys")
    return KeyFile(tuple(keys), tuple(troubles))


def read_file(file: Path, name: str) -> KeyFile:
    """All keys of one file, which is called ``name`` in what is said. Never raises."""
    keys: list[RsaKey] = []
    troubles: list[str] = []
    more = 0
    for one in each_key(file, name):
        if isinstance(one, RsaKey):
            keys.append(one)
        elif len(troubles) < MOST_TROUBLES:
            troubles.append(str(one))
        else:
            more += 1
    if more:
        troubles.append(f"{name}: {more:,} more places that cannot be read; the first are above")
    return KeyFile(tuple(keys), tuple(troubles))


def each_key(file: Path, name: str = "") -> Iterator[RsaKey | Trouble]:
    """The same one by one: a list of millions is never held whole. Never raises."""
    name = name or file.name
    try:
        with file.open("rb") as stream:
            yield from keys_in(stream, name)
    except OSError as error:
        yield Trouble(name, f"cannot be read ({error.strerror}); check path and permissions")


def keys_in(stream: BinaryIO, name: str) -> Iterator[RsaKey | Trouble]:
    """The keys in a stream at its beginning; ``OSError`` when it cannot be read."""
    none = True
    for place, one in _places(stream):
        none = False
        where = f"{name}, {place}" if place else name
        if isinstance(one, RsaKey):
            yield replace(one, subject=where)
        else:
            yield Trouble(where, str(one))
    if none:
        yield Trouble(name, "holds no key; leave it out")


def files_in(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Every file with a name that tells it from the others; of folders, what is in them, in order.

    Hidden files, and the record of a collection, are passed over in a folder. The name is that of
    the file, or where two have the same, the path from the folder they have in common.
    """
    files = [file for path in paths for file in (_inside(path) if path.is_dir() else [path])]
    names = [file.name for file in files]
    if len(set(names)) < len({file.resolve() for file in files}):
        whole = [file.absolute() for file in files]
        common = os.path.commonpath([file.parent for file in whole])
        names = [file.relative_to(common).as_posix() for file in whole]
    yield from zip(files, map(_printable, names), strict=True)


def _printable(name: str) -> str:
    """A name for one line of a report, whatever the file system allows."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _inside(folder: Path) -> list[Path]:
    found = sorted(f for f in folder.rglob("*") if f.is_file() and f.name != RECORD)
    return [f for f in found if not any(p.startswith(".") for p in f.relative_to(folder).parts)]


def _places(stream: BinaryIO) -> Iterator[Place]:
    head = stream.read(HEAD)
    if not CONTROL.search(head):
        return _of_text(head, stream)
    if head[:1] == b"\x30" or head[:2] == b"\x7f\x49":
        return _whole(head, stream, LARGEST_BINARY, _containers)
    return _nothing()


def _of_text(head: bytes, stream: BinaryIO) -> Iterator[Place]:
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return _whole(head, stream, LARGEST_TEXT, keys_in_jwk)
    if b"-----BEGIN " in head:
        return _numbered(keys_in_pem(_lines(head, stream)))
    if TEMPLATE.match(NO_TEMPLATE.sub(b"", head[:2_048])):
        return _whole(head, stream, LARGEST_TEXT, _templates)
    if is_list(islice(head.splitlines(), LINES_OF_HEAD)):
        return keys_in_list(_lines(head, stream))
    return _nothing() if head.strip() else iter([("", EMPTY)])


def _nothing() -> Iterator[Place]:
    yield "", UNKNOWN


def _whole(
    head: bytes, stream: BinaryIO, largest: int, read: Callable[[bytes], Iterator[Place]]
) -> Iterator[Place]:
    data = head + stream.read(largest - len(head) + 1)
    if len(data) > largest:
        what = f"is larger than {largest >> 20} MiB; split it, or write a list of moduli"
        return iter([("", UnreadableError(what))])
    return _numbered(read(data))


def _numbered(found: Iterator[Place]) -> Iterator[Place]:
    """Without a number where there is only one."""
    first, second = next(found, None), next(found, None)
    if first is None:
        return
    yield first if second else ("", first[1])
    if second:
        yield from chain([second], found)


def _containers(data: bytes) -> Iterator[Place]:
    for number, one in enumerate(keys_in_der(data), 1):
        yield f"key {number}", one


def _templates(text: bytes) -> Iterator[Place]:
    digits = NO_TEMPLATE.sub(b"", text)
    try:
        data = binascii.unhexlify(digits)
    except binascii.Error:
        odd = "an odd number of" if len(digits) % 2 else "others than hexadecimal"
        yield "", UnreadableError(f"begins like 7F49, but has {odd} digits; was it cut short?")
        return
    yield from _containers(data)


def _lines(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    """Lines with their ends, each at most a MiB; what is longer is cut, and counts as one."""
    *lines, last = head.split(b"\n")
    for line in lines:
        yield line + b"\n"
    while line := last + stream.readline(LONGEST_LINE):
        last = b""
        more = line
        while more and not more.endswith(b"\n"):
            more = stream.readline(LONGEST_LINE)
        yield line
