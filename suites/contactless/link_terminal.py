"""Judged exchanges as a table, as lines for a reader, and as one object."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from fixtures.verdict import Verdict
from suites.contactless.link_files import FRAMES
from suites.contactless.trace import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suites.contactless.link_files import Asked, JudgedLink

SHOWN = 40  # breaches; all of them are in the object
LIMITS = (
    "Judged against ISO/IEC 14443-3 and -4 at 106 kbit/s, one card in the field. Not seen: bits of "
    "a bit-oriented anticollision, and a chain that ends too early."
)
LIMITS_JA = (
    "ISO/IEC 14443-3及び-4(106 kbit/s、フィールド内カード1枚)に照らした判定。"
    "ビット単位の衝突防止と、途中で終わるチェイニングは対象外。"
)
COLOURS = {Verdict.FAIL: "bold red", Verdict.NOT_RUN: "yellow"}


def table(found: JudgedLink) -> Table:
    """One line for each file."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("file", "form", "type"):
        shown.add_column(name, overflow="fold")
    for name in ("reader's frames", "card's", "breaches"):
        shown.add_column(name, justify="right")
    for one, breaches in found.files:
        shown.add_row(
            Text(one.file.name), one.form, one.kinds or "–", str(one.count(Event.READER)),
            str(one.count(Event.CARD)), str(len(breaches)),
        )  # fmt: skip
    return shown


def lines(found: JudgedLink) -> Iterator[Text]:
    """Each breach with the frame, and what was not judged."""
    told = 0
    for one, breaches in found.files:
        for breach in breaches:
            told += 1
            if told <= SHOWN:
                frame = one.frames[breach.index].data.hex().upper()
                line = Text("FAIL         ", COLOURS[Verdict.FAIL])
                yield line.append(f"{one.file.name}: {breach}: {frame}", "default")
    if told > SHOWN:
        yield Text(f"{told - SHOWN} more breaches; --json lists them all")
    for finding in found.findings:
        if finding.verdict is Verdict.NOT_RUN:
            line = Text(f"{finding.verdict:<13}", COLOURS[Verdict.NOT_RUN])
            yield line.append(f"{finding.subject}: {finding.reason}", "default")


def to_json(found: JudgedLink, asked: Asked) -> dict[str, Any]:
    """The one JSON object of ``judge link --json``, without the suite's identity."""
    return {
        "verdict": found.verdict,
        "findings": [{"id": "link.rules", **asdict(one)} for one in found.findings],
        "breaches": [
            {
                "file": one.file.name, "frame": breach.index, "by": breach.by.name.lower(),
                "clause": breach.clause, "what": breach.what,
                "data": one.frames[breach.index].data.hex().upper(),
            }
            for one, breaches in found.files for breach in breaches
        ],
        "metrics": {
            "files": len(found.files),
            "frames": sum(one.count(side) for one, _ in found.files for side in FRAMES),
            "breaches": sum(len(breaches) for _, breaches in found.files),
        },
        "asked": asdict(asked),
        "limits": LIMITS,
        "inputs": [
            {"name": one.file.name, "sha256": one.sha256, "size": one.size}
            for one, _ in found.files
        ],
    }  # fmt: skip
