"""The ledger of a campaign: what was found, in order of arrival, each line chained to the last.

``ledger.jsonl`` is append-only and flushed line by line, so a run that dies loses at most the
test it was in. ``results.jsonl`` is a view: the same records sorted by test id, written at the
end and rebuilt from the ledger after a crash. Same seed, same ``results.jsonl``, but for times.

Line = ``{"chain": sha256(previous chain ‖ record), "record": {…}}``, keys sorted, UTF-8, LF.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fixtures.outcome import UsageError
from fixtures.verdict import Finding, Verdict
from reports.verdicts import TestRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LEDGER = "ledger.jsonl"
RESULTS = "results.jsonl"
GENESIS = "0" * 64


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces: one text for one value."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def to_json(record: TestRecord) -> dict[str, Any]:
    return asdict(record) | {"verdict": record.verdict}


def from_json(value: dict[str, Any]) -> TestRecord:
    findings = tuple(Finding(**(f | {"verdict": Verdict(f["verdict"])})) for f in value["findings"])
    return TestRecord(
        id=value["id"],
        requirements=tuple(value["requirements"]),
        findings=findings,
        t_start=value["t_start"],
        t_end=value["t_end"],
        evidence=value["evidence"],
        seed=value["seed"],
    )


class Ledger:
    """The ledger of one campaign folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / LEDGER
        self._head = GENESIS
        for chain, _ in self._lines():
            self._head = chain

    @property
    def head(self) -> str:
        """The chain value of the last line: it stands for the whole ledger."""
        return self._head

    def append(self, record: TestRecord) -> None:
        """Add a record and bring it to disk before returning."""
        value = to_json(record)
        self._head = link(self._head, value)
        with self.path.open("ab") as file:
            file.write(_line(self._head, value) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def records(self) -> list[TestRecord]:
        """All records; of a test that was run again after an interruption, the last."""
        found = {record["id"]: from_json(record) for _, record in self._lines()}
        return sorted(found.values(), key=lambda record: record.id)

    def _lines(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Chain value and record of every whole line; ``UsageError`` where the chain breaks."""
        if not self.path.exists():
            return
        self._drop_torn_tail()
        chain = GENESIS
        for number, line in enumerate(self.path.read_bytes().split(b"\n")[:-1], 1):
            try:
                value = json.loads(line)
                chain = link(chain, value["record"])
                intact = line == _line(chain, value["record"])
            except (ValueError, KeyError, TypeError):
                intact = False
            if not intact:
                raise UsageError(
                    f"{self.path}: line {number} was changed after it was written; "
                    "the campaign cannot be continued or believed"
                )
            yield chain, value["record"]

    def _drop_torn_tail(self) -> None:
        """A line without its end was being written when the run died; it never counted."""
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole != len(content):
            with self.path.open("r+b") as file:
                file.truncate(whole)


def link(previous: str, record: dict[str, Any]) -> str:
    """The chain value after ``record``: SHA-256 over the previous value and the record."""
    return hashlib.sha256((previous + canonical(record)).encode()).hexdigest()


def _line(chain: str, record: dict[str, Any]) -> bytes:
    """The one spelling of a line, without its LF."""
    return canonical({"chain": chain, "record": record}).encode()


def results_text(records: Iterable[TestRecord]) -> str:
    """The sorted view: a line for each record, by test id."""
    return "".join(canonical(to_json(r)) + "\n" for r in sorted(records, key=lambda r: r.id))


def write_results(folder: Path, records: Iterable[TestRecord]) -> Path:
    """Write the sorted view; replaces an older one in one step."""
    path = folder / RESULTS
    draft = path.with_suffix(".tmp")
    draft.write_text(results_text(records), encoding="utf-8")
    draft.replace(path)
    return path
