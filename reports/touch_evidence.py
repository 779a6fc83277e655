"""The touches of a campaign, taken back out of its transcripts: who was read, where, how often."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fixtures.desk import attempt_of
from fixtures.targets.desk_port import DeskPhone, DeskReader, PollingLoop
from suites.contactless.matrix import Entry, entries
from suites.contactless.positions import DECK, Cell, Position, Try, cells_of
from suites.contactless.touches import Touch, as_try, succeeded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.targets.desk_port import TouchAttempt
    from reports.judgement import CampaignResult
    from suites.pictures import Picture

REQUIREMENT = "REQ-6-6-a"
MAPS = 4  # pairs of which a map is drawn, the worst ones
NO_LOOP = PollingLoop("")


def tries(file: Path) -> Iterator[Try]:
    """Of one transcript. A second attempt is the next one of the same pair and place."""
    answers: dict[str, bytes] = {}  # by the way the applet is known to work by
    pending: list[TouchAttempt] = []
    numbers: dict[str, int] = {}
    with file.open(encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if ">" in line and "<" in line:
                answers[line[">"]] = bytes.fromhex(line["<"]) if _is_hex(line["<"]) else b""
            if "touch" not in line:
                continue
            *pair, commands = line["touch"]
            wanted = [answers.get(command, b"") for command in commands]
            pending.append(attempt_of(line["told"]))
            if succeeded(pending[-1], wanted) or len(pending) > 1:
                number = numbers[str(pair)] = numbers.get(str(pair), 0) + 1
                yield as_try(_touch(pair, number, pending), wanted)
                pending = []


def cells_in(result: CampaignResult) -> list[Cell]:
    """All of the tests of REQ-6-6-a."""
    found: list[Try] = []
    for record in result.records:
        if REQUIREMENT in record.requirements and record.evidence:
            file = result.folder / record.evidence
            found += tries(file) if file.exists() else ()
    return cells_of(found)


def pictures_of_touches(result: CampaignResult) -> list[Picture]:
    """The matrix of all pairs at the positions of the deck, and maps of the worst pairs."""
    cells = cells_in(result)
    of_deck = entries([cell for cell in cells if cell.position in DECK])
    if not of_deck:
        return []
    from suites.contactless import pictures  # noqa: PLC0415  matplotlib takes its time

    maps = sorted(entries(cells), key=_badness, reverse=True)[:MAPS]
    return [
        pictures.matrix(of_deck),
        *(pictures.planes(entry.pair, entry.cells) for entry in maps),
    ]


def _badness(entry: Entry) -> tuple[int, float]:
    on_deck = [cell for cell in entry.cells if cell.position in DECK]
    worst = max((cell.worst.rank for cell in on_deck), default=0)
    return worst, entry.second_attempts / entry.tries


def _touch(pair: list[Any], number: int, attempts: list[TouchAttempt]) -> Touch:
    reader, firmware, phone, place = pair
    return Touch(
        DeskReader(reader, firmware, NO_LOOP), DeskPhone(phone, "", False, {}, 0.0),
        Position(*place), number, tuple(attempts),
    )  # fmt: skip


def _is_hex(text: object) -> bool:
    return isinstance(text, str) and all(letter in "0123456789ABCDEF" for letter in text)
