"""Proof that the suite finds faults: each named fault of the reference against all the tests.

For each fault a campaign runs on a reference that has it. *Found*: the requirement the fault
declares is FAIL. *Localised*: every FAIL lies in the closure of that requirement. A fault that is
*equivalent* changes nothing that shows outside, and carries the proof; if it is found after all,
the proof is wrong. *False alarm*: any FAIL on the clean reference.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from fixtures.bench import Bench
from fixtures.catalogue.load import load_catalogue
from fixtures.effort import EFFORTS
from fixtures.recorder import Recorder
from fixtures.targets.reference import KnownFault, known_faults
from fixtures.targets.resolve import resolve
from fixtures.verdict import Verdict
from reports.campaign import RunOptions
from reports.judgement import CampaignResult
from reports.reach import Reach, reach
from reports.run import resolve_options, run_here
from suites.applet.dialogue import ALPHABET, play
from suites.applet.tour import distil, sequences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LEFT_OUT = {
    "JPKI-REAL-01": "starts a PC/SC daemon for each test",
    "REQ-3-2-a": "cuts every flow at many places, which takes longer than all the rest",
    "REQ-3-2-b": "as REQ-3-2-a",
    "REQ-3-2-c": "as REQ-3-2-a",
    "REQ-1-2-c": "judges the judges on samples of its own; no target has part in it",
}
"""Left out of detection unless it is the fault's own, or the effort is full."""
FEW = 2  # faults for each process that are searched in full sooner than one clean run is watched

BENCH_HEALTH = "suites/selfcheck/test_bench_health.py"
SERVICES = ("handset.", "tsm.", "services.")
AROUND_THE_CARD = {
    "contactless": ("contactless.",),
    "handset": ("platform.omapi_access", *SERVICES),
    "tsm": SERVICES,
    "jpki": SERVICES,
    "relying_party": SERVICES,
    "cloud": SERVICES,
    "web": SERVICES,
}
"""Rooms of the reference without which its card is built (an architecture test holds that), and the
capabilities of the requirements that can notice a fault there: only these are searched where all
is that ``reach`` cannot narrow. They take long, so that for a fault of the card they are left out
in turn."""


@unique
class Detection(StrEnum):
    LOCALISED = "localised"  # found, and nothing else blamed
    FOUND = "found"  # found, but an unrelated requirement is blamed as well
    MISSED = "missed"
    EQUIVALENT = "equivalent"
    DISPROVED = "found although declared equivalent"


@dataclass(frozen=True)
class Detected:
    """What the suite made of one fault."""

    fault: KnownFault
    detection: Detection
    failed: tuple[str, ...]
    reason: str  # of the primary requirement
    broken: tuple[str, ...]  # requirements that came to ERROR: the bench, not the fault

    @property
    def good(self) -> bool:
        return self.detection in (Detection.LOCALISED, Detection.EQUIVALENT) and not self.broken


def judge_detection(
    fault: KnownFault, verdicts: dict[str, Verdict], closure: frozenset[str], reason: str
) -> Detected:
    """Pure: the verdicts of a campaign against what the fault declares."""
    failed = tuple(id_ for id_, verdict in verdicts.items() if verdict is Verdict.FAIL)
    broken = tuple(id_ for id_, verdict in verdicts.items() if verdict is Verdict.ERROR)
    if fault.equivalent is not None:
        kind = Detection.DISPROVED if failed else Detection.EQUIVALENT
    elif fault.breaks not in failed:
        kind = Detection.MISSED
    else:
        kind = Detection.LOCALISED if set(failed) <= closure else Detection.FOUND
    return Detected(fault, kind, failed, reason, broken)


def campaign_on(
    faults: tuple[str, ...],
    effort: str,
    seed: int,
    select: tuple[str, ...] = (),
    tests: frozenset[str] | None = None,
) -> CampaignResult:
    """A campaign on the reference with these faults, in a folder that is thrown away.

    ``tests``: only these, of the selected requirements.
    """
    options = RunOptions(
        "reference",
        None,
        select or _searched_for(faults),
        seed,
        effort,
        faults,
        True,
        1,
        str(Path.cwd()),
    )
    with tempfile.TemporaryDirectory(prefix="jpki-fault-") as folder:
        return run_here(options, resolve_options(options), Path(folder), tests, _files(tests))


def _searched_for(faults: tuple[str, ...]) -> tuple[str, ...]:
    planted = [known_faults()[name] for name in faults]
    return _searched({fault.room for fault in planted}, {fault.breaks for fault in planted})


def _searched(rooms: set[str], own: set[str], effort: str = "distilled") -> tuple[str, ...]:
    left_out = set(LEFT_OUT) - own if effort != "full" else set()
    ids = load_catalogue().automated
    return tuple(
        id_ for id_ in ids if id_ in own or (id_ not in left_out and _within_reach(id_, rooms))
    )


def _within_reach(requirement: str, rooms: set[str]) -> bool:
    """Whether a fault of one of the rooms (none: no fault) can show in this requirement."""
    needed = load_catalogue().requirements[requirement].capability
    wanted = {kind for room in rooms for kind in AROUND_THE_CARD.get(room, ())}
    if rooms and rooms <= AROUND_THE_CARD.keys():
        return any(id_.startswith(kind) for id_ in needed for kind in wanted)
    apart = {kind for kinds in AROUND_THE_CARD.values() for kind in kinds} - wanted
    return not rooms or not any(id_.startswith(kind) for id_ in needed for kind in apart)


def detect(name: str, effort: str, seed: int = 1, *, narrowed: bool = True) -> Detected:
    """Run the suite against one fault; ``narrowed``: the tests that follow its rule."""
    fault = known_faults()[name]
    tests = _reached(effort, seed).of(fault) if narrowed and effort != "full" else None
    select = _searched({fault.room}, {fault.breaks}, effort)
    if tests is not None:
        may_change = _reached(effort, seed).requirements_of(tests)
        select = tuple(id_ for id_ in select if id_ in may_change)
    result = campaign_on((name,), effort, seed, select, tests)
    verdicts = {id_: judged.verdict for id_, judged in result.verdicts.items()}
    closure = load_catalogue().closure(fault.breaks)
    return judge_detection(fault, verdicts, closure, result.verdicts[fault.breaks].reason)


def _files(tests: frozenset[str] | None) -> list[str] | None:
    """Where the tests are; reading all that a campaign may run takes longer than most faults."""
    if tests is None:
        return None
    return sorted({BENCH_HEALTH, *(test.partition("::")[0] for test in tests)})


@cache
def _reached(effort: str, seed: int) -> Reach:
    """Once for each process that looks for faults."""
    return reach(lambda: campaign_on((), effort, seed))


def detect_all(
    names: Iterable[str], effort: str, workers: int, told: Callable[[Detected], None]
) -> list[Detected]:
    """All of them in parallel processes; ``told`` is called as each comes in, in order."""
    names, found = list(names), []
    narrowed = len(names) > FEW * workers
    with _pool(workers) as pool:
        for one in pool.map(partial(detect, effort=effort, narrowed=narrowed), names):
            found.append(one)
            told(one)
    return found


def false_alarms(
    seeds: Iterable[int], effort: str, workers: int, told: Callable[[int], None]
) -> dict[int, list[str]]:
    """Seed → requirements that do not pass on the clean reference; empty lists are wanted."""
    alarms = {}
    with _pool(workers) as pool:
        for seed, failed in pool.map(partial(_not_passed, effort=effort), seeds):
            alarms[seed] = failed
            told(seed)
    return alarms


def _not_passed(seed: int, effort: str) -> tuple[int, list[str]]:
    judged = campaign_on((), effort, seed).verdicts.values()
    return seed, [v.id for v in judged if v.verdict is not Verdict.PASS]


def _pool(workers: int) -> ProcessPoolExecutor:
    """Fresh processes, each of which loads the suites once and runs many campaigns."""
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def dialogues_that_tell(name: str) -> tuple[str, frozenset[str]]:
    """The fault, and every dialogue of the exhaustive tour on which it disagrees with the model."""
    resolved = resolve("reference", None, faults=(name,), seed=1)
    with resolved.open() as target:
        path = resolved.statement.pixit.paths[0]
        bench = Bench(target, resolved.statement, Recorder(), path)
        length = EFFORTS["quick"].tour_length
        telling = frozenset(
            letters
            for letters in sequences(length)
            if play(bench, [ALPHABET[letter] for letter in letters]) is not None
        )
    return name, telling


def distilled_dialogues(workers: int, told: Callable[[str], None]) -> tuple[list[str], int]:
    """The fewest dialogues that tell every fault the tour tells, and how many faults that are."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    with _pool(workers) as pool:
        for name, telling in pool.map(dialogues_that_tell, known_faults()):
            told(name)
            for letters in telling:
                found.setdefault(letters, {})[name] = frozenset({known_faults()[name].breaks})
    faults = {name for by_fault in found.values() for name in by_fault}
    return distil(found), len(faults)


def verdict_of(requirement: str, faults: tuple[str, ...]) -> Verdict:
    """The verdict of one requirement on the reference with these faults."""
    return campaign_on(faults, "distilled", 1, (requirement,)).verdicts[requirement].verdict
