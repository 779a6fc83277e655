"""What measured times look like, on one page without a network; SVGs beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reports.html_report import environment
from reports.page_folder import PAGE, writable
from suites.timing import pictures, touch
from suites.timing.judged import Asked, Kind
from suites.timing.summary import LONGEST_MEAN, summary
from suites.timing.terminal import LIMITS, LIMITS_JA

if TYPE_CHECKING:
    from suites.pictures import Picture
    from suites.timing.judged import JudgedTimes, Measured
    from suites.timing.summary import Summary


@dataclass(frozen=True)
class Shown:
    """An operation as the page shows it: of one product, or of all side by side."""

    name: str
    figures: list[tuple[str, Summary]]
    findings: list[tuple[str, str, str, str]]  # requirement, verdict, subject, reason
    pictures: list[Picture]


def write(found: JudgedTimes, asked: Asked, folder: Path) -> Path:
    """The page, with each picture as a file beside it. ``UsageError`` when it cannot be written."""
    shown = [*_side_by_side(found, asked), *(_alone(one, found, asked) for one in found.measured)]
    text = environment().get_template("timing.html.j2").render(
        files=found.files, shown=shown, verdict=str(found.verdict), limits=LIMITS,
        limits_ja=LIMITS_JA,
    )  # fmt: skip
    with writable(folder):
        for number, part in enumerate(shown, 1):
            for picture in part.pictures:
                place = folder / f"{number}_{picture.name}.svg"
                place.write_text(picture.svg, encoding="utf-8")
        (folder / PAGE).write_text(text, encoding="utf-8")
    return folder / PAGE


def _side_by_side(found: JudgedTimes, asked: Asked) -> list[Shown]:
    """Each operation, of all products; what is said of several stands with the first."""
    shown: list[Shown] = []
    for operation in sorted({one.operation for one in found.measured}):
        of_all = [one for one in found.measured if one.operation == operation]
        touched = of_all[0].kind(asked) is Kind.TOUCH
        bound = touch.LONGEST_MEAN if touched else LONGEST_MEAN
        names = [one.product for one in of_all]
        drawn = pictures.boxes([one.series for one in of_all], names, bound)
        figures = [(one.product, summary(one.series)) for one in of_all]
        told = [] if shown else _told(found, "")
        shown.append(Shown(operation, figures, told, [drawn]))
    return shown


def _alone(one: Measured, found: JudgedTimes, asked: Asked) -> Shown:
    drawn = [pictures.in_order(one.series)]
    if one.kind(asked) is Kind.KEYGEN:
        drawn.insert(0, pictures.keygen_histogram(one.series))
    return Shown(one.subject, [], _told(found, one.subject), drawn)


def _told(found: JudgedTimes, of: str) -> list[tuple[str, str, str, str]]:
    findings = [one.finding for one in found.judged if one.of == of]
    return [(f.requirement, str(f.verdict), f.subject, f.reason) for f in findings]
