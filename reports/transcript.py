"""Reading the transcript of one test back: the part of it a reader wants to see.

A transcript can have a hundred thousand lines. Kept in memory are its first and last few.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.apdu_words import command_words, status_words

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Exchange:
    """One line of a transcript, in words and in hex."""

    number: int
    asked: str  # hex; empty for what is no command
    asked_words: str
    answered: str  # hex
    answered_words: str
    milliseconds: float


@dataclass(frozen=True)
class Excerpt:
    """The beginning and the end of a transcript, and how much lies between."""

    head: tuple[Exchange, ...]
    left_out: int
    tail: tuple[Exchange, ...]


def excerpt(file: Path, head: int, tail: int) -> Excerpt:
    """At most ``head`` lines from the beginning and ``tail`` from the end."""
    first: list[Exchange] = []
    last: deque[str] = deque(maxlen=tail)  # parsed once it is known which stay
    count = 0
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            count += 1
            if len(first) < head:
                first.append(_exchange(json.loads(line)))
            else:
                last.append(line)
    told = tuple(_exchange(json.loads(line)) for line in last)
    return Excerpt(tuple(first), count - len(first) - len(told), told)


def _exchange(line: dict[str, Any]) -> Exchange:
    asked = str(line.get(">", ""))
    answered = str(line.get("<", ""))
    return Exchange(
        number=int(line["n"]),
        asked=asked,
        asked_words=_asked(line, asked),
        answered=answered,
        answered_words=_answered(line, answered),
        milliseconds=int(line.get("took_ns", 0)) / 1e6,
    )


ASIDES = {
    "noise": "the noise source fails: {}",
    "tape": "random numbers inside the chip: {}",
    "private_key": "the private key in EF {} is told",
    "preset": "timing model: {}",
    "delay_ns": "every exchange is made longer by {} ns",
    "ask": "the bench is asked for its {}",
}
"""What goes through a narrower port, in words; the value of the key stands in them."""


OUTCOMES = {"pages": "{} pages written", "log": "{} characters", "raised": "{}", "told": "{}"}
"""What came of it where that is no APDU, in words."""


def _asked(line: dict[str, Any], asked: str) -> str:
    if "call" in line:
        return f"{_called(line)}: {command_words(asked)}" if asked else _called(line)
    if line.get("reset"):
        return "power off and on"
    if line.get("renewed"):
        return "specimen as delivered"
    if "log" in line:
        return "the target's log is read"
    for key, told in ASIDES.items():
        if key in line:
            return told.format(line[key])
    words = command_words(asked)
    return f"{words}, power lost after {line['cut_after']} pages" if "cut_after" in line else words


def _called(line: dict[str, Any]) -> str:
    """What an app did, or the bench to the element behind the phone."""
    how = (f"{name} {'null' if value is None else value}" for name, value in line["how"].items())
    return " ".join((line["call"], *how))


def _answered(line: dict[str, Any], answered: str) -> str:
    if line.get("died"):
        return "no answer: the target died"
    if line.get("reset"):
        return "ATR"
    for key, told in OUTCOMES.items():
        if key in line:
            value = line[key]
            words = ", ".join(map(str, value)) if isinstance(value, list) else value
            return told.format(words)
    return status_words(answered[-4:])
