"""The size of an applet against what the deck says of it (p.34, 6-4). Pure.

Rules:

1. KB are 1,024 bytes (the limit of 64 KB is 65,536);
2. the load file is what goes to the card: all components but Debug, which is not loaded (Java Card
   Virtual Machine Specification 6.3). Of a CAP file Descriptor is counted, although a loader may
   leave it out: a limit holds whoever loads. A load file holds what it holds, and all of it counts;
3. REQ-6-4-a: load file and installed footprint up to 65,536 bytes each. Beyond it FAIL, or
   DEVIATION where a record of countermeasures covers it (``plan``);
4. REQ-6-4-b and -c are information of the deck. An applet that is declared to be the verification
   applet of the deck is held to both: below 30 KB, up to 45 KB. Of a product the deck knows no
   smaller applet, and 45 KB is an expectation ("about"): going beyond it is a *warning*, which the
   reason says, and no FAIL;
5. REQ-6-4-d: above the limit a record must cover it; where nothing is above, none is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from fixtures.verdict import Finding, Verdict
from suites.capacity.cap_file import CapFile, Form, Tag
from suites.capacity.load_blocks import CHANNELS, Loading, loading
from suites.capacity.plan import LIMIT, Plan, objections

if TYPE_CHECKING:
    from datetime import date

KB = 1_024
VERIFICATION_APPLET = 30 * KB  # bytes; the deck's applet is below
EXPECTED = 45 * KB  # bytes, with error handling and secure coding
PAGES = 1_024  # bytes by which memory given away may differ from what is told: pages and heads

LIMIT_HOLDS, DECK_VALUE, EXPECTATION, COUNTERMEASURE = (f"REQ-6-4-{c}" for c in "abcd")
WARNING = "warning: "


@unique
class Stage(StrEnum):
    """Which of the deck's figures speak of an applet."""

    VERIFICATION = "verification"  # the applet of a technical verification, as the deck's
    PRODUCT = "product"


@dataclass(frozen=True)
class Size:
    """How large one applet is, in bytes; ``installed`` None where nobody told."""

    subject: str
    load: int  # components that are loaded
    installed: int | None
    optional: int = 0  # of ``load``: Descriptor of a CAP file, which a loader may leave out
    dap_bytes: int = 0

    @property
    def largest(self) -> int:
        return max(self.load, self.installed or 0)

    @property
    def is_beyond(self) -> bool:
        return self.largest > LIMIT

    @property
    def loadings(self) -> tuple[Loading, ...]:
        """At every level of SCP03."""
        return tuple(loading(channel, self.load, self.dap_bytes) for channel in CHANNELS)


def size_of(
    subject: str, cap: CapFile, installed: int | None = None, *, descriptor: bool = True
) -> Size:
    """``descriptor``: whether the Descriptor of a CAP file is loaded."""
    whole = sum(one.size for one in cap.components)
    if cap.form is not Form.ARCHIVE:
        return Size(subject, whole, installed, dap_bytes=cap.dap_bytes)
    optional = cap.size_of(Tag.DESCRIPTOR)
    loaded = whole - cap.size_of(Tag.DEBUG)
    if descriptor:
        return Size(subject, loaded, installed, optional)
    return Size(subject, loaded - optional, installed)


def judge_size(size: Size, stage: Stage, plan: Plan | None, as_of: date) -> list[Finding]:
    """All four requirements of one applet on that day."""
    uncovered = ["no record of countermeasures was given"]
    if plan is not None:
        uncovered = objections(plan, size.largest, as_of)
    covered = str(plan) if not uncovered else ""
    return [
        judge_limit(size, "load file", size.load, covered),
        judge_limit(size, "installed", size.installed, covered),
        judge_deck_value(size, stage),
        judge_expectation(size, stage),
        judge_countermeasure(size, covered, uncovered),
    ]


def judge_limit(size: Size, what: str, found: int | None, covered: str = "") -> Finding:
    """64 KB; ``covered``: the countermeasure decided on, if one is and it holds."""
    subject = f"{size.subject}: {what}"
    if found is None:
        told = "the installed footprint was not told, so that half of the limit is not judged"
        return Finding(LIMIT_HOLDS, Verdict.INCONCLUSIVE, told, subject, None, LIMIT, "bytes")
    verdict, told = Verdict.PASS, _head_room(found)
    if found > LIMIT:
        verdict, told = Verdict.FAIL, f"{found:,} bytes, {found - LIMIT:,} beyond the limit"
        if what == "load file" and found - size.optional <= LIMIT:
            told += f"; {found - size.optional:,} where the loader leaves Descriptor out"
        if covered:
            verdict, told = Verdict.DEVIATION, f"{told}; as recorded: {covered}"
    if what == "load file":
        told += _not_loadable(size)
    return Finding(LIMIT_HOLDS, verdict, told, subject, found, LIMIT, "bytes")


def _head_room(found: int) -> str:
    return f"{found:,} bytes, head-room {LIMIT - found:,}"


def _not_loadable(size: Size) -> str:
    """At which levels 256 blocks are not enough: nothing the deck forbids, and good to know."""
    short = [one for one in size.loadings if not one.fits]
    if not short:
        return ""
    all_of_them = len(short) == len(size.loadings)
    levels = "any level" if all_of_them else ", ".join(str(one.channel) for one in short)
    return f"; more than 256 LOAD blocks, so that it cannot be loaded, at {levels} of SCP03"


def judge_deck_value(size: Size, stage: Stage) -> Finding:
    """Below 30 KB: the verification applet of the deck."""
    if stage is Stage.PRODUCT:
        verdict, told = Verdict.NOT_APPLICABLE, "a product; 30 KB is of the verification applet"
    elif size.load < VERIFICATION_APPLET:
        verdict, told = Verdict.PASS, ""
    else:
        verdict, told = Verdict.FAIL, f"{size.load:,} bytes are not below {VERIFICATION_APPLET:,}"
    return Finding(
        DECK_VALUE, verdict, told, f"{size.subject}: load file", size.load, VERIFICATION_APPLET,
        "bytes",
    )  # fmt: skip


def judge_expectation(size: Size, stage: Stage) -> Finding:
    """About 45 KB with error handling and secure coding; a product beyond it is warned."""
    verdict, told = Verdict.PASS, ""
    if size.load > EXPECTED:
        told = f"{size.load:,} bytes, {size.load - EXPECTED:,} more than expected"
        told += f"; head-room to the limit {LIMIT - size.load:,}" if size.load <= LIMIT else ""
        if stage is Stage.PRODUCT:
            told = WARNING + told
        else:
            verdict = Verdict.FAIL
    return Finding(
        EXPECTATION, verdict, told, f"{size.subject}: load file", size.load, EXPECTED, "bytes"
    )


def judge_countermeasure(size: Size, covered: str, uncovered: list[str]) -> Finding:
    """A record that holds, where one is asked for; ``uncovered``: why it does not."""
    if size.is_beyond:
        verdict = Verdict.PASS if covered else Verdict.FAIL
        told = covered or "; ".join(uncovered)
    elif size.installed is None:
        verdict = Verdict.INCONCLUSIVE
        told = "the installed footprint was not told: it may call for a record"
    else:
        verdict, told = Verdict.PASS, "nothing is beyond the limit: no record is asked for"
    return Finding(COUNTERMEASURE, verdict, told, size.subject, size.largest, LIMIT, "bytes")


@dataclass(frozen=True)
class Footprint:
    """What is told of an applet's installed footprint, and what free memory says; in bytes."""

    told: int
    free_before: int  # without the applet
    free_after: int  # with it

    @property
    def taken(self) -> int:
        return self.free_before - self.free_after


def judge_footprint(subject: str, footprint: Footprint, cap: CapFile) -> Finding:
    """What is told is what the memory lost, and the code alone is not larger than that."""
    told, code = "", cap.size_of(Tag.METHOD)
    verdict = Verdict.PASS
    if abs(footprint.told - footprint.taken) > PAGES:
        verdict = Verdict.FAIL
        told = f"{footprint.told:,} bytes are told, the memory lost {footprint.taken:,}"
    elif footprint.taken < code:
        verdict = Verdict.INCONCLUSIVE
        told = f"{footprint.taken:,} bytes are less than its methods, {code:,} in the load file"
    return Finding(
        LIMIT_HOLDS, verdict, told, f"{subject}: footprint as told", footprint.told,
        footprint.taken, "bytes",
    )  # fmt: skip
