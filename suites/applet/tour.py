"""The exhaustive tour: every dialogue up to a length over a small alphabet, shortest first.

Random walks alone miss faults that need one particular order of steps; a tour of length 4 over
eight letters (4,681 dialogues) does not. A dialogue that contains a story already told (the same
observation after a part of the same steps) is no new finding.

For a device that must not be worn, ``distilled`` is a handful of dialogues that find what the
tour finds on every named fault of the reference (``distil``: greedy cover).
"""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from suites.applet.dialogue import ALPHABET, Story, contains, minimise, play
from suites.applet.model import CardModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from fixtures.bench import Bench

DISTILLED = Path(__file__).with_name("distilled.toml")
WRONG_LETTERS = {"w": ("V", 3), "p": ("P", 5)}  # letter → its right one, and the tries


@dataclass(frozen=True)
class Told:
    """A story and the letters it was found with."""

    letters: str
    story: Story


def sequences(length: int) -> Iterator[str]:
    """All dialogues of 0 … ``length`` letters, shortest first."""
    for count in range(length + 1):
        for letters in itertools.product(ALPHABET, repeat=count):
            yield "".join(letters)


def tour(bench: Bench, dialogues: Iterable[str]) -> list[Told]:
    """Play every dialogue; the distinct stories of disagreement."""
    told: list[Told] = []
    for letters in dialogues:
        mismatch = play(bench, [ALPHABET[letter] for letter in letters])
        if mismatch is None or _known(letters, mismatch.observation, told):
            continue
        story = minimise(bench, [ALPHABET[letter] for letter in letters], mismatch)
        if all(old.story != story for old in told):
            told.append(Told(_letters(story), story))
    return told


def distilled() -> list[str]:
    """The distilled dialogues, in the order in which they pay most."""
    dialogues: list[str] = tomllib.loads(DISTILLED.read_text(encoding="utf-8"))["dialogues"]
    return dialogues


def sparing(dialogues: Iterable[str], keep: int = 1) -> list[str]:
    """Those that never bring a counter below ``keep`` tries: for a device that is not renewed."""
    return [letters for letters in dialogues if _fewest_tries(letters) >= keep]


def distil(found: Mapping[str, Mapping[str, frozenset[str]]]) -> list[str]:
    """Fewest dialogues, greedily, that find every fault at least once.

    ``found`` maps dialogue → fault → requirements it reports; ties go to the shorter dialogue.
    """
    waiting = {fault for faults in found.values() for fault in faults}
    chosen: list[str] = []
    while waiting:
        best = max(found, key=lambda d: (len(waiting & set(found[d])), -len(d)))
        chosen.append(best)
        waiting -= set(found[best])
    return chosen


def _known(letters: str, observation: str, told: list[Told]) -> bool:
    return any(
        old.story.observation == observation and contains(letters, old.letters) for old in told
    )


def _letters(story: Story) -> str:
    by_sentence = {step.sentence: letter for letter, step in ALPHABET.items()}
    return "".join(by_sentence[sentence] for sentence in story.steps)


def _fewest_tries(letters: str) -> int:
    model = CardModel(phone=True)
    left = {ef: pin.tries for ef, pin in model.pins.items()}
    fewest = min(left.values())
    for letter in letters:
        for wrong, (right, limit) in WRONG_LETTERS.items():
            ef = next(ef for ef, pin in model.pins.items() if pin.limit == limit)
            if letter == right:
                left[ef] = limit
            elif letter == wrong:
                left[ef] -= 1
                fewest = min(fewest, left[ef])
    return fewest
