"""The holder's attributes in a signature certificate: six otherName entries, read from DER; pure.

Last arcs and their order on cards: 1 name, 4 birth date, 3 sex, 5 address, 2 and 6 the substitute
flags of name and address, one digit a character.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from suites.rsa_keys.der import Element, UnreadableError, elements

if TYPE_CHECKING:
    from collections.abc import Iterator

ARC = bytes.fromhex("2A83088C9B55080505")
"""1.2.392.200149.8.5.5, without its tag and length (X.690 8.19)."""
OTHER_NAME, EXPLICIT, OBJECT_IDENTIFIER, UTF8_STRING = 0xA0, 0xA0, 0x06, 0x0C
ORDER = (1, 4, 3, 5, 2, 6)
FLAGS_OF = {2: 1, 6: 5}  # substitute flags → the text they speak of
SEXES = ("1", "2", "9")  # JIS X 0303
ERAS = {
    "1": (18680908, 19120730),
    "2": (19120730, 19261225),
    "3": (19261225, 19890107),
    "4": (19890108, 20190430),
    "5": (20190501, 99991231),
}
"""Era digit → first and last day; the day an era ended belongs to both of the first three."""


@dataclass(frozen=True)
class OtherName:
    """One entry: the last arc of its type, and the text it holds."""

    arc: int
    text: str


def other_names(certificate: x509.Certificate) -> list[OtherName]:
    """The entries in their order; none where there is no such extension.

    ``UnreadableError`` (a ``ValueError``) for an entry that is not otherName { arc.n, UTF8String }.
    """
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    (names,) = elements(found.value.public_bytes())
    return [_read(entry) for entry in names.parts() if entry.tag == OTHER_NAME]


def judge_attributes(names: list[OtherName]) -> Iterator[str]:
    """Every miss of the six entries."""
    arcs = tuple(name.arc for name in names)
    if arcs != ORDER:
        yield f"otherName entries {arcs}; want {ORDER}, in this order"
    texts = {name.arc: name.text for name in names}
    for flags, arc in FLAGS_OF.items():
        if flags in texts and arc in texts:
            yield from _flags(arc, texts[arc], texts[flags])
    if 3 in texts and texts[3] not in SEXES:
        yield f"sex is {texts[3]!r}; want 1, 2 or 9 (JIS X 0303)"
    if 4 in texts and not is_birth_date(texts[4]):
        yield f"birth date is {texts[4]!r}; want EYYYYMMDD with a day of the era E"


def is_birth_date(text: str) -> bool:
    """EYYYYMMDD: a day of the Gregorian calendar within the era; era 0 is unknown."""
    if len(text) != 9 or not (text.isascii() and text.isdigit()):
        return False
    if text[0] == "0":
        return True
    year, month, day = int(text[1:5]), int(text[5:7]), int(text[7:9])
    if text[0] not in ERAS or not (1 <= month <= 12 and year):
        return False
    first, last = ERAS[text[0]]
    return 1 <= day <= calendar.monthrange(year, month)[1] and first <= int(text[1:]) <= last


def _flags(arc: int, text: str, flags: str) -> Iterator[str]:
    if len(flags) != len(text) or set(flags) - {"0", "1"}:
        yield (
            f"{len(flags)} substitute flags for the {len(text)} characters of entry {arc}; "
            "want one 0 or 1 each"
        )


def _read(entry: Element) -> OtherName:
    try:
        kind, value = entry.parts()
        (text,) = value.parts()
    except ValueError:
        raise UnreadableError("an otherName that is not a type and one value") from None
    if (kind.tag, value.tag, text.tag) != (OBJECT_IDENTIFIER, EXPLICIT, UTF8_STRING):
        raise UnreadableError("an otherName that is no UTF8String under [0]")
    if kind.content[:-1] != ARC or kind.content[-1] >= 0x80:
        raise UnreadableError("an otherName outside the arc of the JPKI attributes")
    return OtherName(kind.content[-1], text.content.decode("utf-8"))
