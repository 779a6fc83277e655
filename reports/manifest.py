"""The seal of a campaign: every file with its SHA-256, and what became of them since.

``manifest.json`` is written last. One spelling only (keys sorted, UTF-8, LF), one file a line,
so that two manifests can be compared by eye::

    {"files":[
    {"bytes":962,"lines":"5be1…","path":"ics.toml","sha256":"9d0c…"},
    …
    ],
    "format":1,
    "ledger_head":"…",
    "seal":"…"}

The seal is SHA-256 over the same object without ``seal``, spelt without line ends
(``jq -jcS 'del(.seal)' manifest.json | sha256sum``). The rules:

* Sealed is every plain file but ``manifest.json`` itself and drafts (``*.tmp``). Links are never
  followed: a link to equal content is a change.
* ``lines`` holds 8 hex digits of SHA-256 for each line of a text up to 1 MiB. They prove nothing;
  they only say *where* a file was changed. Transcripts and longer ledgers are chained, which says
  the same without a copy. In other files the line is not named.
* What the folder says must agree with itself: the ledger's chain is whole and ends at
  ``ledger_head``, and ``results.jsonl`` is what the ledger's records make.
* Whatever happened to the folder is a ``Change``, never an exception.

Deliberately not claimed: whoever changes a file *and* writes the manifest anew is found out only
by the seal that somebody noted when the campaign ended. Whoever chains a transcript anew without
the manifest is found out, but the line is not named, or, where the file got shorter, wrongly: the
one after its end.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from fixtures.outcome import UsageError
from reports.campaign import RUN
from reports.chains import first_broken_line, follow, line_after_the_end
from reports.folder_stock import (
    DRAFT,
    LINE_DIGITS,
    MANIFEST,
    Entry,
    Stock,
    is_transcript,
    line_digests,
    lines_of,
    open_plain,
    shown,
    take_stock,
)
from reports.ledger import GENESIS, LEDGER, RESULTS, Ledger, canonical, results_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

LEAST_SEAL_DIGITS = 8  # of a seal that somebody noted

CHANGED = "changed"
MISSING = "missing"
ADDED = "added"
OTHER_SEAL = "is not the manifest whose seal was noted"
OTHER_END = "does not end where the manifest says"
NOT_THE_VIEW = "does not follow from the ledger"

TOLD = {
    CHANGED: "was changed after the campaign was sealed",
    MISSING: "was removed after the campaign was sealed",
    ADDED: "was added after the campaign was sealed",
}


class NotSealed(Exception):  # noqa: N818  a state, not an error
    """The campaign has no manifest: its run has not ended."""


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was sealed."""

    path: str  # POSIX, relative to the campaign folder
    line: int | None  # from 1; None where it cannot be told
    what: str


@dataclass(frozen=True)
class Checked:
    """What a campaign folder was found to be."""

    seal: str  # 64 hex digits; empty when the manifest itself is damaged
    changes: tuple[Change, ...]  # the manifest's own first, then by path
    files: int  # read
    bytes: int  # read


class _Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    files: list[Entry]
    format: Literal[1]
    ledger_head: str
    seal: str


def write_manifest(folder: Path, on_file: Callable[[str], None] | None = None) -> str:
    """Seal a campaign folder and return the seal, 64 hex digits; replaces an older manifest.

    ``on_file`` is told each path before it is read. ``UsageError`` when the folder is no campaign,
    its ledger is broken, or something in it cannot be sealed, read or written.
    """
    if not (folder / RUN).exists():
        raise UsageError(f"{folder}: holds no {RUN}; name a campaign folder")
    head = Ledger(folder).head  # first: it drops a torn last line
    stock = take_stock(folder, on_file)
    if stock.strange:
        raise UsageError(
            f"{folder}: {shown(min(stock.strange))} cannot be sealed, it is no plain file or its "
            "name is not UTF-8; remove it"
        )
    text = _text(stock.plain.values(), head)
    try:
        _write_in_one_step(folder / MANIFEST, text)
    except OSError as error:
        raise UsageError(f"{folder / MANIFEST}: cannot be written ({error.strerror})") from None
    return _seal_of(text)


def check_manifest(
    folder: Path, seal: str | None = None, on_file: Callable[[str], None] | None = None
) -> Checked:
    """Compare a campaign folder with its manifest; changes nothing in it.

    ``seal`` is what was noted when the campaign ended, or its first digits. Raises ``UsageError``
    when the folder is no campaign, the noted seal is none, or a file cannot be read, and
    ``NotSealed`` when there is no manifest.
    """
    if seal is not None and not re.fullmatch(rf"[0-9a-fA-F]{{{LEAST_SEAL_DIGITS},64}}", seal):
        raise UsageError(f"--seal {seal!r}: give {LEAST_SEAL_DIGITS} to 64 hex digits of the seal")
    raw = _manifest_bytes(folder)
    stock = take_stock(folder, on_file)
    said = _understood(raw)
    if said is None:
        line = _damaged_line(raw, _text(stock.plain.values(), _head(folder, stock)))
        return _checked("", [Change(MANIFEST, line, CHANGED)], stock)
    changes = list(_differences(folder, said, stock))
    if not {LEDGER, RESULTS} & {change.path for change in changes}:
        changes += _contradictions(folder, said, stock)
    if seal is not None and not said.seal.startswith(seal.lower()):
        changes.append(Change(MANIFEST, None, OTHER_SEAL))
    return _checked(said.seal, changes, stock)


def describe(change: Change) -> str:
    """The change as one line: file, line where known, what happened."""
    place = shown(change.path) + (f" line {change.line}" if change.line is not None else "")
    return f"{place} {TOLD.get(change.what, change.what)}"


# --- the manifest as text -----------------------------------------------------------------


def _text(entries: Iterable[Entry], ledger_head: str) -> bytes:
    """The one spelling of a manifest."""
    dumped = [e.model_dump(exclude_none=True) for e in sorted(entries, key=lambda e: e.path)]
    value = {"files": dumped, "format": 1, "ledger_head": ledger_head}
    seal = hashlib.sha256(canonical(value).encode()).hexdigest()
    lines = ",\n".join(canonical(entry) for entry in dumped)
    tail = f'"format":1,\n"ledger_head":{canonical(ledger_head)},\n"seal":"{seal}"'
    return f'{{"files":[\n{lines}\n],\n{tail}}}\n'.encode()


def _seal_of(text: bytes) -> str:
    """The seal in a text that ``_text`` made."""
    return _Manifest.model_validate_json(text).seal


def _understood(raw: bytes) -> _Manifest | None:
    """The manifest, if these bytes are the one spelling of what they say, seal included."""
    try:
        said = _Manifest.model_validate_json(raw)
    except ValidationError:
        return None
    by_path = {entry.path: entry for entry in said.files}  # a path twice is another spelling
    return said if _text(by_path.values(), said.ledger_head) == raw else None


def _manifest_bytes(folder: Path) -> bytes:
    """The manifest as it lies there; empty when it is no plain file."""
    path = folder / MANIFEST
    try:
        plain = stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        if (folder / RUN).exists():
            raise NotSealed(
                f"{folder}: has no {MANIFEST}, its run has not ended; "
                f"finish it with: jpki-conformance run --resume {folder}"
            ) from None
        raise UsageError(
            f"{folder}: holds neither {RUN} nor {MANIFEST}; name a campaign folder"
        ) from None
    if not plain:
        return b""
    with open_plain(path) as file:
        return file.read()


def _damaged_line(raw: bytes, remade: bytes) -> int | None:
    """Where a manifest was damaged, judged by the one that the folder would get now.

    That one is the original if the files are as they were. Proof of it: its seal still stands in
    the damaged text, or nothing but the seal was touched, or one stretch was cut out.
    """
    line = _first_difference(BytesIO(raw), BytesIO(remade))
    proven = _seal_of(remade).encode() in raw or line == remade.count(b"\n") or _is_cut(raw, remade)
    return line if raw and proven else None


def _is_cut(text: bytes, whole: bytes) -> bool:
    """Whether ``text`` is ``whole`` with one stretch cut out."""
    pairs = enumerate(zip(text, whole, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), len(text))
    return whole.endswith(text[same:])


def _write_in_one_step(path: Path, content: bytes) -> None:
    draft = path.with_suffix(DRAFT)
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    place = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


# --- what differs -------------------------------------------------------------------------


def _differences(folder: Path, said: _Manifest, stock: Stock) -> Iterator[Change]:
    sealed = {entry.path: entry for entry in said.files}
    for path in sealed.keys() | stock.plain.keys() | stock.strange:
        if path not in sealed:
            was_folder = any(known.startswith(f"{path}/") for known in sealed)
            yield Change(path, None, CHANGED if was_folder else ADDED)
        elif path in stock.plain:
            was, now = sealed[path], stock.plain[path]
            if (was.bytes, was.sha256) != (now.bytes, now.sha256):
                yield Change(path, _changed_line(folder, was), CHANGED)
        else:
            gone = _may_be_sealed(path) and path not in stock.strange
            yield Change(path, None, MISSING if gone else CHANGED)


def _may_be_sealed(path: str) -> bool:
    """No way out of the folder, and nothing that is never sealed; such an entry is not ours."""
    inside = not {"", ".", ".."} & set(path.split("/"))
    return inside and path != MANIFEST and not path.endswith(DRAFT)


def _changed_line(folder: Path, was: Entry) -> int | None:
    """The first line that is not as it was, where that can be told."""
    path = folder / was.path
    if was.lines is not None:
        with open_plain(path) as file:
            return _first_difference(_digests(was.lines), line_digests(file))
    if was.path == LEDGER or is_transcript(was.path):
        return first_broken_line(path) or line_after_the_end(path, was)
    return None


def _digests(lines: str) -> Iterator[str]:
    return (lines[at : at + LINE_DIGITS] for at in range(0, len(lines), LINE_DIGITS))


def _first_difference(one: Iterable[object], other: Iterable[object]) -> int | None:
    pairs = enumerate(zip_longest(one, other), 1)
    return next((number for number, (a, b) in pairs if a != b), None)


# --- what contradicts itself --------------------------------------------------------------


def _contradictions(folder: Path, said: _Manifest, stock: Stock) -> Iterator[Change]:
    """Ledger and results are as sealed: do they agree with each other and with the manifest?"""
    if LEDGER in stock.plain and (line := first_broken_line(folder / LEDGER)):
        yield Change(LEDGER, line, CHANGED)
        return
    if _head(folder, stock) != said.ledger_head:
        yield Change(LEDGER, None, OTHER_END)
    view = _view(folder)
    if view is None:
        yield Change(LEDGER, None, CHANGED)  # chained anew around what is no record
    elif RESULTS not in stock.plain:
        yield Change(RESULTS, None, MISSING)
    else:
        with open_plain(folder / RESULTS) as file:
            line = _first_difference(BytesIO(view), lines_of(file))
        if line is not None:
            yield Change(RESULTS, line, NOT_THE_VIEW)


def _view(folder: Path) -> bytes | None:
    """What ``results.jsonl`` must be; None when the ledger's records are no records.

    Only for a ledger whose chain is whole: ``Ledger`` repairs a torn one, and a check must not.
    """
    try:
        return results_text(Ledger(folder).records()).encode()
    except (UsageError, AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None


def _head(folder: Path, stock: Stock) -> str:
    return follow(folder / LEDGER)[0] if LEDGER in stock.plain else GENESIS


# --- the outcome -------------------------------------------------------------------------------


def _checked(seal: str, changes: list[Change], stock: Stock) -> Checked:
    ordered = sorted(changes, key=lambda change: (change.path != MANIFEST, change.path))
    read = sum(entry.bytes for entry in stock.plain.values())
    return Checked(seal, tuple(ordered), len(stock.plain), read)
