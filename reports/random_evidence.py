"""The random numbers of a campaign, taken back out of its transcripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from reports.judgement import CampaignResult
    from suites.pictures import Picture

REQUIREMENT = "REQ-1-2-a"
GET_CHALLENGE = '">":"0084'
RESET = '"reset":true'
LEAST = 100_000  # bytes; below, a picture shows nothing


def sequences(file: Path) -> Iterator[bytes]:
    """What GET CHALLENGE brought between two power cycles, one after the other."""
    found: list[str] = []
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if RESET in line:
                yield bytes.fromhex("".join(found))
                found = []
            elif GET_CHALLENGE in line:
                answer = str(json.loads(line).get("<", ""))
                if answer.endswith("9000"):
                    found.append(answer[:-4])
    yield bytes.fromhex("".join(found))


def sample_of(result: CampaignResult) -> NDArray[np.uint8] | None:
    """The longest sequence that was judged for REQ-1-2-a; ``None`` where there is none to show."""
    longest = b""
    for record in result.records:
        if REQUIREMENT in record.requirements and record.evidence:
            file = result.folder / record.evidence
            if file.exists():
                longest = max(longest, *sequences(file), key=len)
    return np.frombuffer(longest, np.uint8) if len(longest) >= LEAST else None


def pictures_of(result: CampaignResult) -> list[Picture]:
    """Pictures of that sequence."""
    data = sample_of(result)
    if data is None:
        return []
    from suites.random_numbers import pictures  # noqa: PLC0415  matplotlib takes its time
    from suites.random_numbers.bits import unpacked  # noqa: PLC0415

    return [*pictures.of_sample(data), pictures.of_sequences(unpacked(data))]
