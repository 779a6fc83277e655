"""What samples of random numbers look like, on one page without a network; SVGs beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fixtures.verdict import worst
from reports.html_report import environment
from reports.page_folder import PAGE, writable
from suites.pictures import Picture
from suites.random_numbers import pictures
from suites.random_numbers.ais31_2011 import SEQUENCES
from suites.random_numbers.ais31_tests import SEQUENCE
from suites.random_numbers.bits import BitOrder, unpacked
from suites.random_numbers.files import LIMITS, LIMITS_JA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from suites.random_numbers.files import Asked, JudgedFile


@dataclass(frozen=True)
class Shown:
    """A sample as the page shows it."""

    name: str
    size: int
    sha256: str
    procedures: list[tuple[str, str, str]]
    pictures: list[Picture]


def write(found: Sequence[JudgedFile], asked: Asked, folder: Path) -> Path:
    """The page, with each picture as a file beside it. ``UsageError`` when it cannot be written."""
    samples = [_shown(one, asked) for one in found]
    text = environment().get_template("random.html.j2").render(
        samples=samples, profile=asked.profile, limits=LIMITS, limits_ja=LIMITS_JA,
        verdict=str(worst(one.verdict for one in found)),
    )  # fmt: skip
    with writable(folder):
        for number, sample in enumerate(samples, 1):
            for picture in sample.pictures:
                place = folder / f"{number}_{picture.name}.svg"
                place.write_text(picture.svg, encoding="utf-8")
        (folder / PAGE).write_text(text, encoding="utf-8")
    return folder / PAGE


def _shown(one: JudgedFile, asked: Asked) -> Shown:
    data: NDArray[np.uint8] = np.memmap(one.file, np.uint8, "r")
    told = [(part.name, str(part.verdict), part.reason) for part in one.procedures]
    order = BitOrder(asked.order)
    drawn = pictures.of_sample(data, order)
    if asked.restarts:
        drawn.append(pictures.restart_map(np.asarray(data).reshape(1_000, 1_000)))
    elif asked.profile != "sp800-90b" and data.size * 8 >= SEQUENCE:
        most = SEQUENCES * SEQUENCE // 8
        drawn.append(pictures.of_sequences(unpacked(np.asarray(data[:most]), order)))
    return Shown(one.file.name, one.size, one.sha256, told, drawn)
