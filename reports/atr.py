"""What an ATR lets one guess of a card, and no more. Pure.

PC/SC part 3 (3.1.3.2.3) maps contactless cards to ``3B 8n 80 01`` and n bytes: for Type A the
historical bytes of the ATS, for Type B always eight: application data, protocol information and
MBLI. A Type A card may have eight as well, so Type B is never certain from the shape alone.
"""

from __future__ import annotations

JAPANESE = {
    bytes.fromhex(atr): name
    for atr, name in {
        "3B 88 80 01 00 00 05 E0 B3 81 A1 00 7F": "JPKI / My Number card, Type B",
        "3B 88 80 01 00 00 41 E0 B3 81 A1 00 3B": "ID card issued by Japan's government, Type B",
        "3B 88 80 01 00 00 14 E0 B3 81 91 00 5E": "Juki card, Type B",
        "3B 88 80 01 00 00 00 00 91 81 C1 00 D8": "Japanese IC driving licence, Type B",
        "3B F5 91 00 FF 91 81 71 FE 40 00 42 00 01 B3 A1 15": "My Number card, old reader mapping",
        "3B F5 91 00 FF 91 81 71 FE 40 00 42 00 01 00 D1 D6": "JPKI card, old reader mapping",
        "3B E0 00 FF 81 31 FE 45 14": "Juki or JPKI card, contact",
    }.items()
}
"""ATRs of public lists; a phone has none of them, so nothing is ever refused by its ATR."""

CONTACTLESS = bytes.fromhex("8001")
STORAGE = bytes.fromhex("804F0C")
TYPE_B_LENGTH = 8


def what_kind(atr: bytes) -> str:
    """A guess in words: ``Type A``, ``Type B likely``, ``storage card``, ``contact``."""
    known = JAPANESE.get(atr)
    if known:
        return known
    if len(atr) < 5 or atr[0] != 0x3B or atr[1] & 0xF0 != 0x80 or atr[2:4] != CONTACTLESS:
        return "contact, or a reader with a mapping of its own"
    historical = atr[4 : 4 + (atr[1] & 0x0F)]
    if historical.startswith(STORAGE):
        return "storage card"
    return "Type B likely" if _could_be_type_b(historical) else "Type A"


def _could_be_type_b(historical: bytes) -> bool:
    """Eight bytes whose protocol information is possible (ISO/IEC 14443-3 7.9.4)."""
    if len(historical) != TYPE_B_LENGTH:
        return False
    frame_sizes, waiting, mbli = historical[5], historical[6], historical[7]
    sizes_are_possible = frame_sizes >> 4 <= 12 and not frame_sizes & 0x08
    return sizes_are_possible and waiting >> 4 != 0xF and not mbli & 0x0F
