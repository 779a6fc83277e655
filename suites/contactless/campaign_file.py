"""Taps that were taken elsewhere, typed in or captured: a CSV file, read line by line.

The first line names the columns, in any order and case, in English or Japanese: ``reader``,
``firmware``, ``phone``, ``position``, ``try``, ``result``; and where they are known ``type``,
``reader_types`` and ``phone_types`` (what each can speak: A, B, AB), ``type_sure`` (``likely``
where the type is a guess from an ATR), ``retries`` (of the reader by
itself, within the first attempt), ``off_ms`` (field off before the second attempt) and ``date``.
Other columns are passed over. Comma, semicolon or tab, UTF-8. A line that cannot be read is named
by its number, and the others are judged.

A retry is never hidden inside the first attempt: a line that says success at once although the
reader retried, or a second attempt though the field was not off for 5 ms, is no try.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from fixtures.outcome import UsageError
from suites.contactless.negotiation import Technology
from suites.contactless.positions import Pair, Position, ResultClass, Try
from suites.csv_lines import BrokenLine, cell_in, content_of, insist_on_different, rows_of

COUNT = re.compile(r"[0-9]{1,6}")
NEEDED = ("reader", "firmware", "phone", "position", "try", "result")
EXAMPLE = "reader,firmware,phone,position,try,result,type"
NOTHING = "no taps after the first line; one line each is expected"
LEAST_OFF = 5.0  # ms that the field is off before a second attempt (NFC Forum Activity 2.2)
REMOVED = {"removed", "離脱"}  # in place of them: the phone was taken away
JAPANESE = {
    "リーダ": "reader", "リーダー": "reader", "ファームウェア": "firmware", "端末": "phone",
    "機種": "phone", "位置": "position", "試行": "try", "結果": "result", "タイプ": "type",
    "リトライ": "retries", "日付": "date",
}  # fmt: skip
RESULTS = {
    **dict.fromkeys(("○", "〇", "◯", "o", "ok", "first", "1st"), ResultClass.FIRST),
    **dict.fromkeys(("△", "second", "2nd"), ResultClass.SECOND),
    **dict.fromkeys(("×", "✕", "x", "ng", "neither", "fail"), ResultClass.NEITHER),
}
GUESSED = {"likely", "推定"}
NO_TYPE = {"", "?", "-", "none", "unknown", "不明"}


@dataclass(frozen=True)
class Row:
    """One tap, where it stood, and what the line says of both sides; ``None`` is not known."""

    tap: Try
    line: int
    reader_types: frozenset[Technology] | None = None
    phone_types: frozenset[Technology] | None = None
    day: date | None = None
    guessed: bool = False  # the type is likely only, from an ATR


@dataclass(frozen=True)
class CampaignFile:
    """What a file held; ``troubles`` has one line for each line that could not be read."""

    file: Path
    size: int  # bytes
    sha256: str
    rows: tuple[Row, ...]
    troubles: tuple[str, ...]


def read_campaign(file: Path) -> CampaignFile:
    """``UsageError`` when it cannot be read at all, or no line of it can."""
    content, text = content_of(file, "taps")
    rows, troubles = rows_of(text, partial(_columns, file), _row, "correct it or repeat the tap")
    if not rows:
        raise UsageError(f"{file}: {troubles[0] if troubles else NOTHING}")
    digest = hashlib.sha256(content).hexdigest()
    return CampaignFile(file, len(content), digest, tuple(rows), tuple(troubles))


def _columns(file: Path, names: list[str]) -> dict[str, int]:
    """Which column has which name."""
    plain = [name.strip().lower() for name in names]
    known = [JAPANESE.get(name, name) for name in plain]
    insist_on_different(file, known)
    if missing := [name for name in NEEDED if name not in known]:
        told = f"line 1: no column {', '.join(missing)}; begin with a line such as {EXAMPLE}"
        raise UsageError(f"{file}: {told}")
    return {name: place for place, name in enumerate(known)}


def _row(columns: dict[str, int], cells: list[str], line: int) -> Row:
    cell = partial(cell_in, columns, cells)
    reader, firmware, phone = (_named(cell, name) for name in ("reader", "firmware", "phone"))
    result = _result(cell("result"))
    _insist_on_honest_attempts(result, cell("retries"), cell("off_ms"), "off_ms" in columns)
    tap = Try(
        Pair(reader, firmware, phone), _position(cell("position")), _count(cell("try")), result,
        _type(cell("type")),
    )  # fmt: skip
    of_reader, of_phone = (_types(name, cell(name)) for name in ("reader_types", "phone_types"))
    guessed = tap.spoken is not None and cell("type_sure").lower() in GUESSED
    return Row(tap, line, of_reader, of_phone, _day(cell("date")), guessed)


def _insist_on_honest_attempts(
    result: ResultClass, retries: str, off_ms: str, off_is_recorded: bool
) -> None:
    """What the reader retried by itself is no first success; a second attempt begins afresh."""
    if retries and not COUNT.fullmatch(retries):
        raise BrokenLine(f"retries {retries!r} is no number")
    if result is ResultClass.FIRST:
        if retries and int(retries):
            told = f"{result} though the reader retried {retries} times within the first attempt"
            raise BrokenLine(f"{told}, which has then failed")
    elif off_is_recorded and off_ms not in REMOVED and not _milliseconds(off_ms) >= LEAST_OFF:
        told = f"the field was off for {off_ms} ms before the second attempt"
        raise BrokenLine(f"{told}: below {LEAST_OFF:g} ms it is a retry inside the first")


def _named(cell: Callable[[str], str], name: str) -> str:
    if not (found := cell(name)):
        told = "; write unknown if it cannot be read" if name == "firmware" else ""
        raise BrokenLine(f"{name} is empty{told}")
    return found


def _result(text: str) -> ResultClass:
    if (found := RESULTS.get(text.lower())) is None:
        raise BrokenLine(f"result {text!r} is not one of ○, △, ×")
    return found


def _position(text: str) -> Position:
    try:
        return Position.parse(text)
    except ValueError as why:
        raise BrokenLine(str(why)) from None


def _count(text: str) -> int:
    if not COUNT.fullmatch(text) or not int(text):
        raise BrokenLine(f"try {text!r} is no number from 1")
    return int(text)


def _milliseconds(text: str) -> float:
    try:
        return float(text)  # a NaN is below every bound
    except ValueError:
        raise BrokenLine(f"off_ms {text!r} is no number of milliseconds, nor removed") from None


def _type(text: str) -> Technology | None:
    plain = text.lower()
    if plain in NO_TYPE:
        return None
    try:
        return Technology(plain.removeprefix("type").strip().upper())
    except ValueError:
        raise BrokenLine(f"type {text!r} is not A, B or unknown") from None


def _types(name: str, text: str) -> frozenset[Technology] | None:
    if text.lower() in NO_TYPE:
        return None
    try:
        return frozenset(Technology(letter) for letter in text.upper() if letter not in "/+ ")
    except ValueError:
        raise BrokenLine(f"{name} {text!r} is not A, B or AB") from None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BrokenLine(f"date {text!r} is no day such as 2026-04-01") from None
