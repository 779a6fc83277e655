"""What an ATR lets one guess of a card, in words. Pure.

The type of a contactless card is ``suites.contactless.atr_type``'s to guess; here are names for
ATRs of public lists that tell no type, because the reader has a mapping of its own or the card is
touched by contacts. No phone has any of them, so nothing is ever refused by its ATR.
"""

from __future__ import annotations

from suites.contactless import atr_type

WITHOUT_TYPE = {
    bytes.fromhex(atr): name
    for atr, name in {
        "3B F5 91 00 FF 91 81 71 FE 40 00 42 00 01 B3 A1 15": "My Number card, old reader mapping",
        "3B F5 91 00 FF 91 81 71 FE 40 00 42 00 01 00 D1 D6": "JPKI card, old reader mapping",
        "3B DA 13 FF 81 31 FB 46 80 12 39 2F 31 C1 73 C6 01 C0 3B": "My Number card, contact",
        "3B E0 00 FF 81 31 FE 45 14": "Juki or JPKI card, contact",
    }.items()
}


def what_kind(atr: bytes) -> str:
    """A guess: a card's name, ``Type A``, ``Type B likely``, ``storage card``, ``contact …``."""
    if atr in WITHOUT_TYPE:
        return WITHOUT_TYPE[atr]
    historical = atr_type.historical_bytes(atr)
    if historical is None:
        return "contact, or a reader with a mapping of its own"
    if historical.startswith(atr_type.STORAGE):
        return "storage card"
    guess = atr_type.from_atr(atr)
    if guess.technology is None:
        return "Type A or B"
    sure = "" if guess.confidence is atr_type.Confidence.CERTAIN else f" {guess.confidence}"
    name = f"{atr_type.PUBLISHED_B[atr]}, " if atr in atr_type.PUBLISHED_B else ""
    return f"{name}Type {guess.technology}{sure}"
