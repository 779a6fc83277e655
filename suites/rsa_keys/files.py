"""Keys that were taken elsewhere: read, judged one by one and together, shown, or told as JSON.

Every key goes to the validator and to the battery of public-key checks, all of them together to
the population. What could not be read makes the whole INCONCLUSIVE at best: not everything that
was handed in has been judged.
"""

from __future__ import annotations

import multiprocessing
import secrets
import signal
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fixtures.outcome import UsageError
from fixtures.verdict import Verdict, worst
from suites.progress import Told, silent
from suites.rsa_keys import population
from suites.rsa_keys.battery import Battery
from suites.rsa_keys.blocklist_files import read_blocklist
from suites.rsa_keys.key import KeyClass, Remark, RsaKey
from suites.rsa_keys.reading import Input, collect
from suites.rsa_keys.validator import Assurance, Profile, judge

REQUIREMENT = "REQ-1-2-d"  # keys as the standard asks for
UNREADABLE = "unreadable"  # id of the finding about what could not be read
LONGEST = 8_192  # bits of a modulus that the battery looks at; longer ones take it minutes
ALONE = 32  # so many keys are judged before a second process would have started


@dataclass(frozen=True)
class Asked:
    """How keys are to be judged. ``UsageError`` for what is not known."""

    profile: str = "fips186-4"
    assurance: str = "table"
    deep: bool = False
    blocklists: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        for option, value, known in (
            ("--profile", self.profile, Profile),
            ("--assurance", self.assurance, Assurance),
        ):
            if value not in list(known):
                raise UsageError(f"{option} {value!r} is not known; use {' or '.join(known)}")


@dataclass(frozen=True)
class JudgedKey:
    """One key and what was found out about it; none of its private numbers."""

    subject: str
    bits: int  # of the modulus
    e: int
    is_private: bool
    functional: Verdict
    fips: Verdict
    remarks: tuple[Remark, ...]
    not_checked: tuple[str, ...]  # criteria that could not be, and why

    @property
    def verdict(self) -> Verdict:
        """The worst of all, and INCONCLUSIVE at best where the battery was not asked."""
        battery = Verdict.PASS if self.bits <= LONGEST else Verdict.INCONCLUSIVE
        return worst([self.functional, self.fips, battery, *(one.verdict for one in self.remarks)])


@dataclass(frozen=True)
class Judged:
    """All keys of all files, and what was found out about them together."""

    keys: tuple[JudgedKey, ...]
    together: tuple[Remark, ...]  # said of many, and of none of them alone
    bounds: tuple[str, ...]  # what a clean result says
    false_alarm: float  # probability that sound keys are remarked on together
    troubles: tuple[str, ...]  # what could not be read, one line each
    notes: tuple[str, ...]  # what was read, but not judged as a key of its own
    inputs: tuple[Input, ...]
    moduli: tuple[int, ...] = field(repr=False)

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """Everything that was found, keys first."""
        return (*(one for key in self.keys for one in key.remarks), *self.together)

    @property
    def verdict(self) -> Verdict:
        unread = [Verdict.INCONCLUSIVE] if self.troubles else []
        found = [key.verdict for key in self.keys] + [one.verdict for one in self.together]
        return worst(found + unread)

    def count(self, kind: KeyClass) -> int:
        return sum(one.key_class is kind for one in self.remarks)


def judge_files(
    paths: Sequence[Path],
    asked: Asked,
    told: Told = silent,
    *,
    processes: int = 1,
    draw: Callable[[int], int] = secrets.randbelow,
) -> Judged:
    """Judge the keys of files and folders.

    ``draw``, uniform in [0, n), chooses the bases of the primality tests; a second process draws
    its own. ``UsageError`` where there is no key that can be read, with the first reason.
    """
    told("reading")
    collected = collect(paths)
    if not collected.keys:
        others = len(collected.troubles) - 1
        more = f" (and {others} more)" if others else ""
        raise UsageError(f"no RSA key to judge: {collected.troubles[0]}{more}")
    keys = []
    with _workers(asked, draw, len(collected.keys), processes) as each:
        for number, one in enumerate(each(collected.keys), 1):
            keys.append(one)
            told(f"key {number:,} of {len(collected.keys):,}", number / len(collected.keys))
    whole = population.examine(collected.keys, told)
    named, together = _by_key(whole.remarks, {key.subject for key in keys})
    keys = [replace(key, remarks=key.remarks + named.get(key.subject, ())) for key in keys]
    return Judged(
        tuple(keys), together, whole.bounds, whole.false_alarm, collected.troubles, collected.notes,
        collected.inputs, tuple(key.n for key in collected.keys),
    )  # fmt: skip


def _by_key(
    remarks: Sequence[Remark], subjects: Set[str]
) -> tuple[dict[str, tuple[Remark, ...]], tuple[Remark, ...]]:
    """What was found between keys: by the key it is said of, and what is said of many."""
    named: dict[str, tuple[Remark, ...]] = {}
    for one in remarks:
        if one.subject in subjects:
            named[one.subject] = (*named.get(one.subject, ()), one)
    return named, tuple(one for one in remarks if one.subject not in subjects)


class _Judge:
    """Validator and battery on one key."""

    def __init__(self, asked: Asked, draw: Callable[[int], int]) -> None:
        self._profile = Profile(asked.profile)
        self._assurance = Assurance(asked.assurance)
        self._draw = draw
        lists = [read_blocklist(file) for file in asked.blocklists]
        self._battery = Battery(lists, asked.deep)

    def __call__(self, key: RsaKey) -> JudgedKey:
        found = judge(key, self._profile, self._draw, assurance=self._assurance)
        short = key.n.bit_length() <= LONGEST
        seen = self._battery.examine(key) if short else []
        gap = () if short else (f"battery of public-key checks: n has more than {LONGEST:,} bits",)
        return JudgedKey(
            key.subject, key.n.bit_length(), key.e, key.is_private, found.functional, found.fips,
            (*found.remarks, *seen), (*found.not_checked, *gap),
        )  # fmt: skip


Each = Callable[[Sequence[RsaKey]], Iterator[JudgedKey]]
_in_process: list[_Judge] = []  # of a worker: what its initializer put there


def _begin(asked: Asked, draw: Callable[[int], int]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started us ends us
    _in_process[:] = [
        _Judge(asked, draw)
    ]  # a blocklist is read where it is needed: it may be large


def _judge_in_process(key: RsaKey) -> JudgedKey:
    return _in_process[0](key)


@contextmanager
def _workers(asked: Asked, draw: Callable[[int], int], keys: int, processes: int) -> Iterator[Each]:
    """What judges keys in their order: here where they are few, else in processes of its own.

    ``UsageError`` for a blocklist that cannot be read.
    """
    judge_one = _Judge(asked, draw)
    if processes < 2 or keys < (2 if asked.deep else ALONE):
        yield lambda these: map(judge_one, these)
        return
    chunk = 1 if asked.deep else max(1, min(64, keys // (8 * processes)))
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _begin, (asked, draw)) as pool:
        yield lambda these: pool.imap(_judge_in_process, these, chunksize=chunk)


def to_json(found: Judged, asked: Asked) -> dict[str, Any]:
    """The one JSON object of ``judge keys --json``, without the suite's identity."""
    return {
        "verdict": found.verdict,
        "findings": list(_findings(found, asked)),
        "keys": [
            {
                "subject": key.subject, "bits": key.bits, "exponent": f"{key.e:#x}",
                "private": key.is_private, "functional": key.functional, "fips": key.fips,
                "not_checked": list(key.not_checked),
            }
            for key in found.keys
        ],
        "metrics": {
            "files": len(found.inputs),
            "keys": len(found.keys),
            "keys_with_failure": sum(key.verdict is Verdict.FAIL for key in found.keys),
            "unreadable": len(found.troubles),
            "family_wise_false_alarm": found.false_alarm,
            "classes": {str(kind): found.count(kind) for kind in KeyClass},
        },
        "profile": {
            "profile": asked.profile, "assurance": asked.assurance, "deep": asked.deep,
            "blocklists": [file.name for file in asked.blocklists],
        },
        "bounds": list(found.bounds),
        "notes": list(found.notes),
        "inputs": [
            {"name": one.name, "sha256": one.sha256, "size": one.size} for one in found.inputs
        ],
    }  # fmt: skip


def _findings(found: Judged, asked: Asked) -> Iterator[dict[str, Any]]:
    for key in found.keys:
        for name, verdict in (("functional", key.functional), (asked.profile, key.fips)):
            reason = "" if verdict is Verdict.PASS else "; ".join(_why(key, verdict))
            yield _finding(name, verdict, key.subject, reason)
    for one in found.remarks:
        measured = {"statistic": one.statistic, "bound": one.bound, "unit": one.unit}
        more = {"class": str(one.key_class), "clause": one.clause}
        yield _finding(one.criterion, one.verdict, one.subject, one.reason) | measured | more
    for line in found.troubles:
        place, _, reason = line.partition(": ")
        yield _finding(UNREADABLE, Verdict.INCONCLUSIVE, place, reason)


def _finding(id_: str, verdict: Verdict, subject: str, reason: str) -> dict[str, Any]:
    return {
        "id": id_, "verdict": verdict, "requirement": REQUIREMENT, "subject": subject,
        "statistic": None, "bound": None, "unit": None, "reason": reason,
    }  # fmt: skip


def _why(key: JudgedKey, verdict: Verdict) -> tuple[str, ...]:
    """What stands behind a verdict other than PASS: criteria that failed, or were not checked."""
    if verdict is not Verdict.FAIL:
        return key.not_checked
    return tuple({one.criterion: None for one in key.remarks if one.verdict is Verdict.FAIL})
