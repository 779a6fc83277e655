"""What a card may say when two want it at once, what that means, and what is done about it. Pure.

The technical verification deck (p.34, 6-3) knows that simultaneous access can end in an error, and
wants the error known and avoided by design. The words are those of the Card Specification v2.3.1
(6.4, 11.7, 11.9), of ISO/IEC 7816-4 and of the Java Card runtime; the table of ``docs/platform.md``
is this one. A word that is not in it is a FAIL of REQ-6-3-b: nobody could have prepared for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

RULE = "REQ-6-3-b"


@unique
class Remedy(StrEnum):
    """The design rules that avoid an error."""

    SERIALISE = "serialise"  # wait until the other session is closed
    RETRY = "retry"  # the same again after a while, a few times; never VERIFY
    OWN_CHANNEL = "own channel"  # keep to a logical channel that nobody else uses
    FREE = "free"  # give something back that is in the way


@dataclass(frozen=True)
class Word:
    """A status word of a conflict."""

    sw: int
    meaning: str
    remedies: tuple[Remedy, ...]


TAKEN = (
    Word(0x6A82, "passed over: active on another channel, and not multi-selectable",
         (Remedy.SERIALISE, Remedy.RETRY)),
    Word(0x6985, "the same, by the words of the Java Card runtime",
         (Remedy.SERIALISE, Remedy.RETRY)),
    Word(0x6999, "the applet itself refuses to be selected now",
         (Remedy.SERIALISE, Remedy.RETRY)),
)  # fmt: skip
"""SELECT of an applet that is selected already, on another channel."""

EXHAUSTED = (
    Word(0x6A81, "no logical channel is free", (Remedy.FREE, Remedy.RETRY)),
    Word(0x6A84, "no memory for another channel", (Remedy.FREE, Remedy.RETRY)),
)  # fmt: skip
"""MANAGE CHANNEL, open, when all are taken."""

NOT_OPEN = (
    Word(0x6881, "the logical channel is not open, or was closed by a reset",
         (Remedy.OWN_CHANNEL,)),
)  # fmt: skip
"""Any command on a channel that is not open."""

NO_MEMORY = (
    Word(0x6A84, "not enough memory: nothing of the command was done", (Remedy.FREE,)),
    Word(0x6581, "the memory failed while it was written: nothing of the command was done",
         (Remedy.RETRY,)),
)  # fmt: skip
"""LOAD, INSTALL and STORE DATA on a card that is full."""

DOCUMENTED = {
    "selecting an applet that is in use": TAKEN,
    "opening a channel when all are taken": EXHAUSTED,
    "a command on a closed channel": NOT_OPEN,
    "loading, installing, storing when memory is short": NO_MEMORY,
}


def documented(sw: int, words: tuple[Word, ...]) -> bool:
    return any(word.sw == sw for word in words)


def table() -> list[str]:
    """The rows of the documentation, in order."""
    return [
        f"| {situation} | {word.sw:04X} | {word.meaning} | {', '.join(word.remedies)} |"
        for situation, words in DOCUMENTED.items()
        for word in words
    ]
