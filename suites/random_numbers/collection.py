"""Random numbers from a card onto the disk, with where they come from; can be taken up again.

A collection is a folder: ``random.bin`` (the numbers, appended block by block), ``blocks.jsonl`` (a
line for each GET CHALLENGE: number, time, nanoseconds it took, status word, length, power cycles so
far) and ``provenance.json`` (target, command, segments, SHA-256). Rules:

1. a block is in ``random.bin`` before its line is in ``blocks.jsonl``, and both before the next
   command is sent, so a run that is killed loses nothing it was given;
2. a refused or short answer ends the collection and is in its last line; nothing is asked twice;
3. numbers on two sides of a power cycle are two segments, and ``provenance.json`` says so;
4. a row of a restart matrix that was not finished is cut off, for it cannot be continued.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixtures.outcome import BenchError, UsageError
from suites.random_numbers.harvest import SequenceEnded, block_of, repeated

if TYPE_CHECKING:
    from fixtures.card.apdu import Response
    from fixtures.card.jpki import JpkiCard

FORMAT = 1
NUMBERS, BLOCKS, PROVENANCE = "random.bin", "blocks.jsonl", "provenance.json"


@dataclass(frozen=True)
class Plan:
    """What is to be collected.

    ``count``: bytes of a sequence, or of each restart; ``restarts``: 0 for one sequence.
    """

    count: int
    restarts: int = 0

    @property
    def total(self) -> int:
        return self.count * max(1, self.restarts)


@dataclass
class Clock:
    """Injected time: seconds since 1970, and nanoseconds that never go back."""

    now: Callable[[], float]
    monotonic_ns: Callable[[], int]


@dataclass
class Collection:
    """A folder that is being filled. ``UsageError`` when it holds something else."""

    folder: Path
    plan: Plan
    target: dict[str, Any]
    clock: Clock
    segments: list[dict[str, Any]] = field(default_factory=list)
    block: int = 0
    resets: int = 0

    def __post_init__(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{self.folder}: cannot be made ({error.strerror})") from None
        if (self.folder / PROVENANCE).exists():
            self._take_up()
        elif any(self.folder.iterdir()):
            raise UsageError(f"{self.folder}: is not empty and no collection; name another folder")

    @property
    def numbers(self) -> Path:
        return self.folder / NUMBERS

    @property
    def collected(self) -> int:
        """Bytes so far."""
        return self.numbers.stat().st_size if self.numbers.exists() else 0

    def run(self, card: JpkiCard, told: Callable[[int], None] = lambda _: None) -> str:
        """Collect what is missing; the reason it ended early, or nothing.

        ``told`` is called with the bytes so far. ``BenchError`` when the disk takes no more.
        """
        reason = ""
        try:
            with (
                self.numbers.open("ab", buffering=0) as numbers,
                (self.folder / BLOCKS).open("ab", buffering=0) as lines,
            ):
                while self.collected < self.plan.total and not reason:
                    self._power_cycle(card)
                    reason = self._segment(card, numbers, lines, told)
        except OSError as error:
            self._cut_to_whole_blocks()
            raise BenchError(
                f"{self.folder}: cannot be written ({error.strerror}); make room and give the same "
                "command again, nothing is lost"
            ) from None
        finally:
            self._close_segment(reason)
            self._write()
        return reason

    def repeated_blocks(self) -> list[tuple[int, int]]:
        """Pairs of blocks that are the same; each is a finding of its own."""
        data = self.numbers.read_bytes()
        size = self.block or 1
        return repeated([data[n : n + size] for n in range(0, len(data), size)])

    # --- one segment ----------------------------------------------------------------------

    def _power_cycle(self, card: JpkiCard) -> None:
        card.power_cycle()
        self.resets += 1
        self.block = self.block or min(block_of(card), self.plan.count)
        self.segments.append(
            {"offset": self.collected, "began": self.clock.now(), "power_cycle": self.resets}
        )
        self._write()

    def _segment(
        self, card: JpkiCard, numbers: Any, lines: Any, told: Callable[[int], None]
    ) -> str:
        """Up to the next power cycle, or the end; why it ended early, or nothing."""
        wanted = self.plan.total if not self.plan.restarts else self.collected + self.plan.count
        while (done := self.collected) < wanted:
            size = min(self.block, wanted - done)
            began = self.clock.monotonic_ns()
            answer = card.challenge(size)
            took = self.clock.monotonic_ns() - began
            good = answer.ok and len(answer.data) == size
            if good:
                _all(numbers, answer.data)
            _all(lines, self._line(done, took, answer))
            if not good:
                return str(SequenceEnded(
                    f"at byte {done:,} GET CHALLENGE of {size} bytes brought {len(answer.data)} "
                    f"with {answer.sw:04X}"
                ))  # fmt: skip
            told(done + size)
        if self.plan.restarts:
            self._close_segment("")
        return ""

    def _line(self, offset: int, took: int, answer: Response) -> bytes:
        line = {
            "offset": offset, "t": round(self.clock.now(), 6), "took_ns": took,
            "sw": f"{answer.sw:04X}", "length": len(answer.data), "power_cycle": self.resets,
        }  # fmt: skip
        return (json.dumps(line) + "\n").encode()

    def _close_segment(self, reason: str) -> None:
        if self.segments and "ended" not in self.segments[-1]:
            last = self.segments[-1]
            last |= {"ended": self.clock.now(), "bytes": self.collected - last["offset"]}
            if reason:
                last["reason"] = reason

    # --- what is on the disk --------------------------------------------------------------

    def _take_up(self) -> None:
        place = self.folder / PROVENANCE
        try:
            known = json.loads(place.read_text(encoding="utf-8"))
            same = (known["format"], known["plan"], known["target"])
            self.segments, self.block = known["segments"], int(known["block"])
            self.resets = int(known["power_cycles"])
        except (OSError, ValueError, KeyError, TypeError):
            raise UsageError(
                f"{place}: is no provenance of a collection; name another folder"
            ) from None
        if same != (FORMAT, asdict(self.plan), self.target):
            raise UsageError(
                f"{self.folder}: holds a collection of another target, size or kind; "
                "name another folder, or give the same command as then"
            )
        self._cut_to_whole_blocks()
        self._close_segment("the run was broken off here")

    def _cut_to_whole_blocks(self) -> None:
        unit = self.plan.count if self.plan.restarts else max(1, self.block)
        whole = self.collected // unit * unit
        if self.collected not in {self.plan.total, whole}:
            os.truncate(self.numbers, whole)

    def _write(self) -> None:
        digest = hashlib.sha256()
        if self.numbers.exists():
            with self.numbers.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256")
        told = {
            "format": FORMAT, "target": self.target, "plan": asdict(self.plan),
            "command": f"00840000{self.block % 256:02X}", "block": self.block,
            "power_cycles": self.resets, "segments": self.segments,
            "bytes": self.collected, "sha256": digest.hexdigest(),
        }  # fmt: skip
        draft = self.folder / (PROVENANCE + ".tmp")
        draft.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        draft.replace(self.folder / PROVENANCE)


def _all(file: Any, data: bytes) -> None:
    """Write every byte; an unbuffered file may take fewer."""
    while data:
        data = data[file.write(data) :]
