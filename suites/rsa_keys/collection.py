"""Key pairs from a card onto the disk, with the time each took; can be taken up again.

A collection is a folder: ``keys.csv`` (a line for each key pair: number, product, operation, time,
seconds it took, power cycles so far, modulus, exponent, the template 7F49 as it came: what
``judge keys`` and ``judge timing`` read), ``provenance.json`` (target, segments, SHA-256) and, only
where a specimen in test mode tells its private keys, ``sensitive/keys.csv``. Rules:

1. a key pair is in its file before the next command is sent, so a run that is killed loses none; a
   line that was torn is cut off when the collection is taken up. The private half is written before
   the public one; where it stands alone afterwards, the pair counts as never made. Pairs whose
   private half is missing all the same are named in ``provenance.json``;
2. a refused generation ends the collection and is in ``provenance.json``; nothing is asked twice;
3. pairs for the two uses alternate, so that the times of one are not those of a colder chip;
4. key pairs on two sides of a power cycle are two segments: the first after one is the interesting;
5. ``sensitive/`` is for nobody but who runs the bench: its owner alone may read it, and whoever
   hands the folder on leaves it out;
6. lines that ``provenance.json`` vouches for are still what they were when the collection is taken
   up, or it is not taken up.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixtures.card.apdu import EXTENDED_LE_MAX, SHORT_LE_MAX, Command
from fixtures.card.jpki import EF
from fixtures.outcome import BenchError, UsageError
from suites.applet.signatures import public_numbers

if TYPE_CHECKING:
    from fixtures.card.apdu import Response
    from fixtures.card.jpki import JpkiCard
    from fixtures.targets.port import PrivateKeyParts
    from suites.random_numbers.collection import Clock

FORMAT = 1
KEYS, PROVENANCE, SENSITIVE = "keys.csv", "provenance.json", "sensitive"
COLUMNS = ("key", "product", "operation", "began", "seconds", "power_cycle", "n", "e", "template")
PRIVATE_COLUMNS = ("key", "n", "e", "d", "p", "q", "dp", "dq", "qinv")
USES = {EF.USER_KEY: "keygen user", EF.SIGNATURE_KEY: "keygen signature"}

Line = tuple[object, ...]
View = Callable[[EF], "PrivateKeyParts"]


@dataclass(frozen=True)
class Plan:
    """How many key pairs; ``private``: what a specimen in test mode tells of them, too."""

    count: int
    private: bool = False


@dataclass
class Collection:
    """A folder that is being filled. ``UsageError`` when it holds something else."""

    folder: Path
    plan: Plan
    target: dict[str, Any]
    product: str
    clock: Clock
    segments: list[dict[str, Any]] = field(default_factory=list)
    collected: int = field(default=0, init=False)  # key pairs so far

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
    def keys(self) -> Path:
        return self.folder / KEYS

    @property
    def sensitive(self) -> Path:
        return self.folder / SENSITIVE / KEYS

    @property
    def power_cycles(self) -> int:
        return len(self.segments)

    def run(
        self, card: JpkiCard, ready: Callable[[JpkiCard], None], view: View | None = None,
        *, extended: bool = True, told: Callable[[int], None] = lambda _: None,
    ) -> str:  # fmt: skip
        """Collect what is missing; the reason it ended early, or nothing.

        ``ready`` lets a card that was just switched on know who may have keys made; ``view`` tells
        private keys. ``told`` is called with the key pairs so far. ``BenchError`` when the disk
        takes no more.
        """
        reason = ""
        try:
            if self.collected < self.plan.count:
                card.power_cycle()
                ready(card)
                self._begin_segment()
                reason = self._segment(card, view, extended, told)
        except OSError as error:
            self._cut_torn_lines()
            raise BenchError(
                f"{self.folder}: cannot be written ({error.strerror}); make room and give the same "
                "command again, nothing is lost"
            ) from None
        finally:
            self._close_segment(reason)
            self._write()
        return reason

    def repeated(self) -> list[tuple[int, int]]:
        """Pairs of key pairs with one modulus, by number."""
        seen: dict[str, int] = {}
        found = []
        with self.keys.open(encoding="ascii", newline="") as file:
            for line in csv.DictReader(file):
                number = int(line["key"])
                if (earlier := seen.setdefault(line["n"], number)) != number:
                    found.append((earlier, number))
        return found

    # --- one segment ----------------------------------------------------------------------

    def _segment(
        self, card: JpkiCard, view: View | None, extended: bool, told: Callable[[int], None]
    ) -> str:
        """Up to the end; why it ended early, or nothing."""
        while (done := self.collected) < self.plan.count:
            use = tuple(USES)[done % len(USES)]
            card.select_ef(use)
            at, began = self.clock.now(), self.clock.monotonic_ns()
            answer = generated(card, extended)
            seconds = (self.clock.monotonic_ns() - began) / 1e9
            if not answer.ok:
                return f"key pair {done + 1} was refused with {answer.sw:04X}"
            try:
                n, e = public_numbers(answer.data)
            except ValueError as why:
                return f"key pair {done + 1}: what came is no public key ({why})"
            line = (done + 1, self.product, USES[use], f"{at:.6f}", f"{seconds:.9f}",
                    self.power_cycles, f"{n:x}", f"{e:#x}", answer.data.hex())  # fmt: skip
            if view is not None and self.plan.private:
                self._keep_private_half(use, view, line)
            self._keep(line)
            told(done + 1)
        return ""

    def _keep(self, line: Line) -> None:
        _append(self.keys, COLUMNS, line, 0o644)
        self.collected += 1

    def _keep_private_half(self, use: EF, view: View, line: Line) -> None:
        """Before the public one, so that a run that is killed leaves no pair with one half."""
        try:
            key = view(use)
        except Exception:
            self._keep(line)  # the pair was made, whatever became of its private half
            raise
        self._keep_private(self.collected + 1, key)

    def _keep_private(self, number: int, key: PrivateKeyParts) -> None:
        self.sensitive.parent.mkdir(mode=0o700, exist_ok=True)
        values = (key.n, key.e, key.d, key.p, key.q, key.dp, key.dq, key.qinv)
        line = (number, *("" if value is None else f"{value:#x}" for value in values))
        _append(self.sensitive, PRIVATE_COLUMNS, line, 0o600)

    def _begin_segment(self) -> None:
        self.segments.append({"first": self.collected + 1, "began": self.clock.now()})
        self._write()

    def _close_segment(self, reason: str) -> None:
        if self.segments and "ended" not in self.segments[-1]:
            last = self.segments[-1]
            last |= {"ended": self.clock.now(), "keys": self.collected - last["first"] + 1}
            if reason:
                last["reason"] = reason

    # --- what is on the disk --------------------------------------------------------------

    def _take_up(self) -> None:
        place = self.folder / PROVENANCE
        try:
            known = json.loads(place.read_text(encoding="utf-8"))
            same = (known["format"], known["private"], known["target"])
            self.segments = known["segments"]
            vouched = int(known["keys"]), str(known["sha256"])
        except (OSError, ValueError, KeyError, TypeError):
            raise UsageError(
                f"{place}: is no provenance of a collection of keys; name another folder"
            ) from None
        if same != (FORMAT, self.plan.private, self.target):
            raise UsageError(
                f"{self.folder}: holds a collection of another target or kind; "
                "name another folder, or give the same command as then"
            )
        self._insist_on_lines(*vouched)
        self._cut_torn_lines()
        self._close_segment("the run was broken off here")

    def _insist_on_lines(self, count: int, digest: str) -> None:
        """The lines of so many key pairs are what they were, whatever came after them."""
        data = self.keys.read_bytes() if self.keys.exists() else b""
        lines = data.splitlines(keepends=True)[: count + 1]
        beginnings = (b"".join(lines), b"") if count == 0 else (b"".join(lines),)
        if digest not in {hashlib.sha256(data).hexdigest() for data in beginnings}:
            raise UsageError(
                f"{self.keys}: the first {count:,} key pairs are not what was collected; "
                "name another folder, or put the file back as it was"
            )

    def _cut_torn_lines(self) -> None:
        for file in (self.keys, self.sensitive):
            if file.exists():
                data = file.read_bytes()
                if (whole := data.rfind(b"\n") + 1) != len(data):
                    os.truncate(file, whole)
        lines = self.keys.read_bytes().count(b"\n") if self.keys.exists() else 0
        self.collected = max(0, lines - 1)  # the first names the columns
        self._cut_private_halves_without_a_public_one()

    def _cut_private_halves_without_a_public_one(self) -> None:
        if self.sensitive.exists():
            lines = self.sensitive.read_bytes().splitlines(keepends=True)
            kept = [line for line in lines[1:] if _number(line) <= self.collected]
            os.truncate(self.sensitive, sum(map(len, [*lines[:1], *kept])))

    def without_private_half(self) -> list[int]:
        """Key pairs by number whose private half was asked for and is not there."""
        if not self.plan.private:
            return []
        data = self.sensitive.read_bytes() if self.sensitive.exists() else b""
        there = {_number(line) for line in data.splitlines()[1:]}
        return [number for number in range(1, self.collected + 1) if number not in there]

    def _write(self) -> None:
        digest = hashlib.sha256(self.keys.read_bytes() if self.keys.exists() else b"")
        told = {
            "format": FORMAT, "target": self.target, "product": self.product,
            "count": self.plan.count, "private": self.plan.private, "command": "00468000",
            "segments": self.segments, "keys": self.collected, "sha256": digest.hexdigest(),
        }  # fmt: skip
        if missing := self.without_private_half():
            told["without_private_half"] = missing
        draft = self.folder / (PROVENANCE + ".tmp")
        draft.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        draft.replace(self.folder / PROVENANCE)


def generated(card: JpkiCard, extended: bool) -> Response:
    """GENERATE ASYMMETRIC KEY PAIR for the selected key file, and nothing before it."""
    le = EXTENDED_LE_MAX if extended else SHORT_LE_MAX
    return card.collect(card.send(Command(0x00, 0x46, 0x80, 0x00, le=le, extended=extended)))


def _number(line: bytes) -> int:
    """Of a line of private keys; 0 for one that begins with none."""
    number = line.split(b",", 1)[0]
    return int(number) if number.isdigit() else 0


def _append(file: Path, columns: tuple[str, ...], line: Line, mode: int) -> None:
    """One line more, handed over when this returns; a new file gets the mode and the columns."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, mode)
    with os.fdopen(descriptor, "ab", buffering=0) as out:
        if os.fstat(descriptor).st_size == 0:
            writer.writerow(columns)
        writer.writerow(line)
        data = text.getvalue().encode("ascii")
        while data:
            data = data[out.write(data) :]
