"""What a reader saw of an attempt, as a campaign of positions keeps it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fixtures.card.apdu import SW, Response
from fixtures.targets.pcsc_tap import RawTap, TapReader
from suites.contactless import atr_type
from suites.contactless.capture import Stage
from suites.contactless.capture_dialogue import Tapped
from suites.contactless.negotiation import Technology


@dataclass(frozen=True)
class ReaderTapper:
    """``polls_only``: the one type this reader was set to poll, if it was."""

    reader: TapReader
    polls_only: Technology | None = None

    def tap(self) -> Tapped:
        return tapped(self.reader.tap(), self.polls_only)

    def wait_until_removed(self, told: Callable[[], None]) -> None:
        self.reader.wait_until_removed(told)


def tapped(seen: RawTap, polls_only: Technology | None = None) -> Tapped:
    """Pure: how far it came, and the type as far as it can be told."""
    stage = reached(seen)
    if seen.atr is None:
        return Tapped(stage, why=seen.failure)
    guess = type_of(seen, polls_only)
    return Tapped(
        stage, guess.technology, str(guess.confidence), seen.failure or why_not(seen), seen.ms,
        seen.atr.hex().upper(),
    )  # fmt: skip


def reached(seen: RawTap) -> Stage:
    if seen.atr is None:
        return Stage.DETECTED if seen.detected else Stage.NOTHING
    if seen.selected is None or not seen.selected.ok:
        return Stage.ACTIVATED
    if seen.read is None or not _has_data(seen.read):
        return Stage.SELECTED
    return Stage.READ


def why_not(seen: RawTap) -> str:
    """The status word that ended the attempt; 6A82 over a sound radio is another endpoint."""
    if seen.selected is not None and not seen.selected.ok:
        told = f"SELECT answered {seen.selected.sw:04X}"
        elsewhere = seen.selected.sw == SW.FILE_NOT_FOUND
        return f"{told}: this type may be routed elsewhere" if elsewhere else told
    if seen.read is not None and not _has_data(seen.read):
        return f"READ answered {seen.read.sw:04X} and {len(seen.read.data)} bytes"
    return ""


def type_of(seen: RawTap, polls_only: Technology | None) -> atr_type.TypeGuess:
    guess = atr_type.from_atr(seen.atr or b"")
    if polls_only is not None:
        return atr_type.polled_only(guess, polls_only)
    if seen.uid is not None and seen.uid.ok and len(seen.uid.data) in {4, 7, 10}:
        guess = atr_type.with_identifier(guess, atr_type.Identifier(seen.uid.data))
    if seen.ats is not None:
        guess = atr_type.with_ats(guess, seen.ats.data, seen.ats.sw)
    return guess


def _has_data(answer: Response) -> bool:
    return bool(answer.data) and answer.sw in (SW.OK, SW.END_OF_FILE)
