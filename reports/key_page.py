"""What a population of keys looks like, on one page without a network; SVGs beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.html_report import environment
from reports.page_folder import PAGE, writable
from suites.rsa_keys import pictures
from suites.rsa_keys.terminal import LIMITS, LIMITS_JA

if TYPE_CHECKING:
    from pathlib import Path

    from suites.rsa_keys.files import Asked, Judged

MOST_SHOWN = 1_000  # remarks; --json has them all


def write(found: Judged, asked: Asked, folder: Path) -> Path:
    """The page, with each picture as a file beside it. ``UsageError`` when it cannot be written."""
    drawn = pictures.of_population(found.moduli)
    remarks = sorted(found.remarks, key=lambda one: one.key_class)  # FAIL before INFO
    text = environment().get_template("keys.html.j2").render(
        found=found, profile=asked.profile, remarks=remarks[:MOST_SHOWN],
        hidden=max(0, len(remarks) - MOST_SHOWN), pictures=drawn, least=pictures.LEAST,
        limits=LIMITS, limits_ja=LIMITS_JA,
    )  # fmt: skip
    with writable(folder):
        for picture in drawn:
            (folder / f"{picture.name}.svg").write_text(picture.svg, encoding="utf-8")
        (folder / PAGE).write_text(text, encoding="utf-8")
    return folder / PAGE
