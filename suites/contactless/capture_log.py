"""Where a campaign of positions is kept while it is taken: a log of attempts, and a table of taps.

``OUT.attempts.jsonl`` has a line for each attempt, written through to the disk before the next
question is asked; nothing is ever taken out of it. ``OUT.csv`` is made from it anew after each tap
and moved into place whole, so it is what ``judge positions`` reads at any moment, whenever the
power fails. A last line that was torn by that is left out and told.
"""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Self

from fixtures.outcome import UsageError
from suites.contactless.capture import Attempt, Stage, Step, finished
from suites.contactless.negotiation import Technology
from suites.contactless.positions import Pair, Position, ResultClass

COLUMNS = (
    "reader", "firmware", "phone", "position", "try", "result", "type", "off_ms", "date",
    "type_sure", "reached", "why", "ms", "typed",
)  # fmt: skip
REMOVED = "removed"


@dataclass
class CaptureLog:
    """The log and the table beside it; held by one process at a time."""

    table: Path
    attempts: list[Attempt] = field(default_factory=list)
    torn: bool = False  # the last line was cut off and is left out
    interrupted: int = 0  # attempts that had begun and were broken off by the person
    _file: BinaryIO | None = None

    @property
    def path(self) -> Path:
        return self.table.with_suffix(".attempts.jsonl")

    def __enter__(self) -> Self:
        """``UsageError`` for files that are not what this left, or that another process holds."""
        insist_on_csv(self.table)
        try:
            self._file = self.path.open("a+b")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            told = "another process is adding to it; end that one, or name another file"
            raise UsageError(f"{self.table}: {told}") from None
        except OSError as error:
            told = f"cannot be written ({error.strerror}); name a file in a folder of yours"
            raise UsageError(f"{self.path}: {told}") from None
        try:
            self._recall()
        except UsageError:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def add(self, attempt: Attempt) -> None:
        """On the disk when this returns."""
        self._append(line_of(attempt))
        self.attempts.append(attempt)
        self.write_table()

    def withdraw(self) -> Attempt | None:
        """Take back the last attempt, if it was typed (rule 3); it is returned."""
        if not self.attempts or not self.attempts[-1].typed:
            return None
        self._append('{"withdrawn":true}')
        last = self.attempts.pop()
        self.write_table()
        return last

    def note_interrupted(self, step: Step) -> None:
        """An attempt had begun and nobody waited for its end; it stays in the log, and is none."""
        told = {"interrupted": place(step.position), "number": step.number, "attempt": step.attempt}
        self._append(json.dumps(told, separators=(",", ":")))
        self.interrupted += 1

    def write_table(self) -> None:
        """The table of all taps that are over, moved into place whole."""
        fresh = self.table.with_suffix(".csv.new")
        with fresh.open("w", encoding="utf-8", newline="") as out:
            out.write(table_of(self.attempts))
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self.table)

    def _append(self, line: str) -> None:
        if self._file is None:
            raise ValueError("the log is not open")
        self._file.write(line.encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _recall(self) -> None:
        """What is there already; the table must be what it makes."""
        if self._file is None:
            raise ValueError("the log is not open")
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        lines = content[:whole].splitlines()
        self.attempts = attempts_of(self.path, lines)
        if self.table.exists():
            insist_on_own(self.table, self.attempts, attempts_of(self.path, lines[:-1]))
        self.interrupted = sum(line.startswith(b'{"interrupted"') for line in lines)
        self.torn = whole < len(content)
        if self.torn:
            self._file.truncate(whole)
        self.write_table()  # also with no tap in it yet, so that it is there


def insist_on_csv(table: Path) -> None:
    if table.suffix != ".csv":
        raise UsageError(f"{table}: taps are kept in a CSV file; name one that ends with .csv")
    if table.exists() and not table.with_suffix(".attempts.jsonl").exists():
        told = "is there already and has no log of attempts beside it; name a new file"
        raise UsageError(f"{table}: {told}")


def insist_on_own(table: Path, attempts: list[Attempt], before: list[Attempt]) -> None:
    """The table is that of the log, or of the log ``before`` its last line (a failing power)."""
    try:
        there = table.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        there = ""
    if there not in {table_of(attempts), table_of(before)}:
        told = "was changed by another hand since its last tap; name a new file, and judge both"
        raise UsageError(f"{table}: {told}")


def attempts_of(path: Path, lines: Iterable[bytes]) -> list[Attempt]:
    """All attempts that were not withdrawn. ``UsageError`` names the line that is none."""
    found: list[Attempt] = []
    for number, line in enumerate(lines, 1):
        try:
            told = json.loads(line)
            if told.get("withdrawn") is True:
                found.pop()
            elif "interrupted" not in told:
                found.append(attempt_of(told))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError):
            lost = f"line {number} is no attempt; restore the file, or name a new one"
            raise UsageError(f"{path}: {lost}") from None
    return found


def attempt_of(told: dict[str, Any]) -> Attempt:
    return Attempt(
        **told
        | {
            "pair": Pair(**told["pair"]),
            "position": Position(**told["position"]),
            "stage": Stage(told["stage"]),
            "spoken": None if told["spoken"] is None else Technology(told["spoken"]),
        }
    )


def line_of(attempt: Attempt) -> str:
    return json.dumps(asdict(attempt), ensure_ascii=False, separators=(",", ":"))


def table_of(attempts: Iterable[Attempt]) -> str:
    """A line for each tap that is over, as ``judge positions`` reads it."""
    out = io.StringIO(newline="")
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for tap, last in finished(attempts):
        again = tap.result is not ResultClass.FIRST
        rows.writerow([
            tap.pair.reader, tap.pair.firmware, tap.pair.phone, place(tap.position), tap.number,
            tap.result, tap.spoken or "unknown", REMOVED if again else "", last.at[:10],
            last.sure, last.stage, last.why, "" if last.ms is None else f"{last.ms:.1f}",
            "yes" if last.typed else "no",
        ])  # fmt: skip
    return out.getvalue()


def place(position: Position) -> str:
    """In mm, in the form that every position has."""
    return f"{position.x}/{position.y}/{position.z}"
