"""Captured exchanges from files, judged frame by frame. Pure but for its files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fixtures.outcome import UsageError
from fixtures.verdict import Finding, Verdict, worst
from suites.contactless.link_segments import Segment, breaches, looked, segments
from suites.contactless.observed import Breach
from suites.contactless.pcap_reading import is_capture, read_pcap
from suites.contactless.proxmark import read_proxmark
from suites.contactless.proxmark_list import is_list, read_list
from suites.contactless.trace import Event, Passed
from suites.contactless.transcript_frames import is_transcript, read_transcript

REQUIREMENT = "REQ-6-6-e"  # phone and reader, each against a standard of its own
REMEDY = (
    "bring a pcap or pcapng of link type 264, a Proxmark3 .trace, what its list prints, or a "
    "transcript of touches out of a campaign"
)
FRAMES = (Event.READER, Event.CARD)
PROXMARK = "Proxmark3"
LISTENED = 16  # ticks: one that listens counts periods of the subcarrier (public traces show it)
UNTIMED = (
    "its times cannot tell frame delays; capture with nanoseconds, or --untimed leaves them out"
)


@dataclass(frozen=True)
class LinkFile:
    """What a file held. ``timed``: whether frame delays can be judged by its times; ``accuracy``:
    ticks by which these may be wrong."""

    file: Path
    size: int  # bytes
    sha256: str
    form: str
    frames: tuple[Passed, ...]
    timed: bool
    accuracy: int = 0

    @property
    def segments(self) -> list[Segment]:
        return segments(self.frames)

    def count(self, event: Event) -> int:
        return sum(one.event is event for one in self.frames)

    @property
    def kinds(self) -> str:
        return "".join(sorted({segment.kind for segment in self.segments}))


@dataclass(frozen=True)
class Asked:
    """``lossless``: every frame reached the other end, so silence and repeats are breaches too.
    ``untimed``: leave frame delays out."""

    lossless: bool = False
    untimed: bool = False


@dataclass(frozen=True, eq=False)
class JudgedLink:
    """All files, each with its breaches."""

    files: tuple[tuple[LinkFile, tuple[Breach, ...]], ...]
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        return worst(finding.verdict for finding in self.findings)


def read_link(file: Path) -> LinkFile:
    """``UsageError`` for what cannot be read, with the place and what to bring instead."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror}); {REMEDY}") from None
    try:
        form, frames, exact = _frames(content)
    except ValueError as error:
        raise UsageError(f"{file}: {error}; {REMEDY}") from None
    if not any(one.event in FRAMES for one in frames):
        raise UsageError(f"{file}: holds no frame; {REMEDY}")
    digest = hashlib.sha256(content).hexdigest()
    clocked = exact and any(frames[0].tick != one.tick for one in frames)
    accuracy = LISTENED if form.startswith(PROXMARK) else 0
    return LinkFile(file, len(content), digest, form, tuple(frames), clocked, accuracy)


def _frames(content: bytes) -> tuple[str, Sequence[Passed], bool]:
    """What it is, its frames, and whether its times are exact."""
    if is_capture(content):
        capture = read_pcap(content)
        return "capture", capture.frames, capture.exact
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if is_transcript(text):
        return "transcript", read_transcript(text), True
    if is_list(text):
        frames: Sequence[Passed] = read_list(text)
        return f"{PROXMARK} list", frames, _of_type_a(frames)
    if b"\0" not in content:  # a trace has them in the length of every frame
        raise ValueError("is neither a capture nor what a Proxmark3 writes or lists")
    frames = read_proxmark(content)
    return f"{PROXMARK} trace", frames, _of_type_a(frames)


def _of_type_a(frames: Sequence[Passed]) -> bool:
    """A Proxmark3 keeps exact times of type A only (its doc/trace_notes.md)."""
    return all(segment.kind == "A" for segment in segments(frames))


def judge_files(files: Sequence[Path], asked: Asked) -> JudgedLink:
    """``UsageError`` for a file that cannot be read or is given twice."""
    read: list[LinkFile] = []
    for file in files:
        taken = read_link(file)
        if any(taken.sha256 == other.sha256 for other in read):
            raise UsageError(f"{file}: the same frames are in another file here; name each once")
        read.append(taken)
    judged = []
    findings: list[Finding] = []
    for one in read:
        timed = one.timed and not asked.untimed
        found = tuple(
            breaches(one.frames, lossless=asked.lossless, timed=timed, accuracy=one.accuracy)
        )
        judged.append((one, found))
        findings += _findings(one, found, asked)
    return JudgedLink(tuple(judged), tuple(findings))


def _findings(one: LinkFile, found: Sequence[Breach], asked: Asked) -> list[Finding]:
    """Both ends of each file, each by its own breaches; and what cannot be judged."""
    sides = []
    seen = looked(one.frames)
    for side, count in zip(FRAMES, (seen.reader, seen.card), strict=True):
        of_side = [breach for breach in found if breach.by is side]
        more = f", and {len(of_side) - 1} more" if len(of_side) > 1 else ""
        told = f"{of_side[0]}{more}" if of_side else ""
        verdict = Verdict.FAIL if of_side else Verdict.PASS
        subject = f"{one.file.name}: {side.name.lower()}"
        if not of_side and not count:
            verdict, told = Verdict.NOT_RUN, "holds no frame of this side that a rule looks at"
        sides.append(Finding(REQUIREMENT, verdict, told, subject, len(of_side), 0, "breaches"))
    if seen.before:
        subject = f"{one.file.name}: beginning"
        told = f"{seen.before} frames before an activation not judged"
        sides.append(Finding(REQUIREMENT, Verdict.NOT_RUN, told, subject))
    if not one.timed and not asked.untimed:
        subject = f"{one.file.name}: times"
        sides.append(Finding(REQUIREMENT, Verdict.NOT_RUN, UNTIMED, subject))
    return sides
