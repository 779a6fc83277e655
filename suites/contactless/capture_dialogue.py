"""A person is led through a campaign of positions: one question for each attempt.

Input, output, the clock and the reader are handed in. An end of the input is a wish to stop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from suites.contactless.capture import Attempt, Plan, Stage, Step, finished, next_step
from suites.contactless.capture_log import CaptureLog
from suites.contactless.capture_words import Words, drawn, told_place
from suites.contactless.negotiation import Technology
from suites.contactless.positions import Pair, Position, ResultClass

TYPED = {"a": Technology.A, "b": Technology.B, "y": None}


@dataclass(frozen=True)
class Tapped:
    """What a reader made of one attempt."""

    stage: Stage
    spoken: Technology | None = None
    sure: str = ""
    why: str = ""
    ms: float | None = None
    atr: str = ""


class Tapper(Protocol):
    """A reader that makes attempts."""

    def tap(self) -> Tapped:
        """Wait for a phone for the time of an attempt, and select and read; once."""

    def wait_until_removed(self, told: Callable[[], None]) -> None:
        """Until nothing is in the field; ``told`` is called when there is something to wait for."""


class Stopped(Exception):  # noqa: N818  a wish
    """The person has had enough for now."""


@dataclass
class Dialogue:
    """``tapper=None``: results are typed. ``ask`` shows a line and returns what was entered."""

    log: CaptureLog
    plan: Plan
    pair: Pair
    words: Words
    ask: Callable[[str], str]
    tell: Callable[[str], None]
    now: Callable[[], str]
    tapper: Tapper | None = None
    seconds: float = 5.0
    _shown: Position | None = None

    @property
    def done(self) -> int:
        """Taps of this pair within the plan that are over."""
        within = set(self.plan.grid.positions)
        return sum(
            tap.pair == self.pair and tap.position in within and tap.number <= self.plan.tries
            for tap, _ in finished(self.log.attempts)
        )

    def run(self) -> bool:
        """True when the plan is fulfilled, False when the person stopped. Anything else raises."""
        self.tell(self._filled(self.words.begin))
        self.tell(self.words.axes)
        if self.log.torn:
            self.tell(self.words.torn.format(file=self.log.path))
        while step := next_step(self.plan, self.pair, self.log.attempts):
            try:
                self._introduce(step)
                self._typed(step) if self.tapper is None else self._captured(step, self.tapper)
            except (Stopped, EOFError):
                return False
        return True

    def farewell(self, complete: bool) -> str:
        return self._filled(self.words.complete if complete else self.words.kept)

    def _filled(self, words: str) -> str:
        return words.format(
            reader=self.pair.reader, firmware=self.pair.firmware, phone=self.pair.phone,
            done=self.done, total=self.plan.total, table=self.log.table,
        )  # fmt: skip

    def _introduce(self, step: Step) -> None:
        if step.attempt > 1 and step.position == self._shown:
            return
        if step.position != self._shown:
            self._shown = step.position
            self.tell("")
            for line in drawn(step.position, self.seen()):
                self.tell(line)
        place = told_place(self.words, step.position)
        self.tell(self.words.place.format(place=place, number=step.number, tries=self.plan.tries))

    def seen(self) -> dict[Position, ResultClass]:
        """The worst class at each position of this pair so far."""
        found: dict[Position, ResultClass] = {}
        for tap, _ in finished(self.log.attempts):
            if tap.pair == self.pair:
                worst = max(found.get(tap.position, tap.result), tap.result, key=lambda c: c.rank)
                found[tap.position] = worst
        return found

    # --- captured --------------------------------------------------------------------------

    def _captured(self, step: Step, tapper: Tapper) -> None:
        """One attempt of the reader, written down whatever came of it."""
        tapper.wait_until_removed(lambda: self.tell(self.words.remove))
        if step.attempt > 1:
            self.tell(self.words.again)
        wish = self.ask(self.words.hold.format(attempt=step.attempt, seconds=self.seconds))
        if wish.strip().lower() == "q":
            raise Stopped
        try:
            got = tapper.tap()
        except KeyboardInterrupt:
            self.log.note_interrupted(step)
            raise
        made = self._attempt(step, got.stage, got.spoken)
        made = replace(made, sure=got.sure, why=got.why, ms=got.ms, atr=got.atr)
        self.log.add(made)
        words = self.words.took if made.ok else self.words.failed
        self.tell(words.format(told=self._told(made)))

    # --- typed -----------------------------------------------------------------------------

    def _typed(self, step: Step) -> None:
        asked = self.words.typed_first if step.attempt == 1 else self.words.typed_second
        wish = self.ask(asked).strip().lower()
        if wish == "q":
            raise Stopped
        if wish == "u":
            self._withdraw()
        elif wish in TYPED:
            made = self._attempt(step, Stage.READ, TYPED[wish])
            sure = "typed" if TYPED[wish] else ""
            self.log.add(replace(made, typed=True, sure=sure))
        elif wish == "n":
            self.log.add(replace(self._attempt(step, Stage.TYPED, None), typed=True))
        else:
            self.tell(self.words.not_understood)

    def _withdraw(self) -> None:
        """The last attempt, if it is of this pair and was typed."""
        last = self.log.attempts[-1] if self.log.attempts else None
        if last is None or last.pair != self.pair or self.log.withdraw() is None:
            self.tell(self.words.nothing_to_withdraw)
            return
        place = told_place(self.words, last.position)
        self.tell(
            self.words.withdrawn.format(place=place, number=last.number, attempt=last.attempt)
        )

    def _told(self, made: Attempt) -> str:
        """What an attempt came to, on one line."""
        if not made.ok:
            return f"{self.words.stages[made.stage]}{f': {made.why}' if made.why else ''}"
        spoken = f"Type {made.spoken} ({made.sure})" if made.spoken else self.words.type_unknown
        return spoken + ("" if made.ms is None else f", {made.ms:.0f} ms")

    def _attempt(self, step: Step, stage: Stage, spoken: Technology | None) -> Attempt:
        return Attempt(
            self.pair, step.position, step.number, step.attempt, stage, spoken, at=self.now()
        )
