"""Issuance on a handset in virtual time: nine sections one after the other, and a parallel plan.

REQ-3-1-k to -r. Time is drawn around the handset's means: a normal jitter of a machine's lane, a
wider one of a person's, and key pairs by the law of the product (``chip.presets``). Somebody who
does this for the first time needs 30 to 60 s more (p.18), shared out over what he has to do.

The plan (p.17, OUR DESIGN) makes keys and certificates while the user sets password and PIN. What
waits for what: everything for the application, a certificate for its key, the applet's setting of a
password or PIN for its having been typed, the checks for both certificates and both secrets; the
user and the GP-SE do one thing at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reference_impl.chip.clock import VirtualClock
from reference_impl.chip.entropy import EntropySource
from reference_impl.chip.presets import Preset
from reference_impl.handset.models import MAKES_A_KEY, Handset, Handsets, Row
from reference_impl.handset.time_model import NS, Lane, SectionTime, Stopwatch

FRACTION_BYTES = 6
INEXPERIENCED = (30.0, 60.0)  # s more in all, deck p.18
ON_LINE = (0.9, 1.2, 0.9)  # s: app, applet called by it, verification by the service (p.19: 3 s)
BY_THE_USER = 5.0  # s of an on-line use with biometrics, p.19


@dataclass
class Dice:
    """Random numbers of times; they make no key."""

    entropy: EntropySource

    def fraction(self) -> float:
        """In (0, 1]."""
        drawn = int.from_bytes(self.entropy.read(FRACTION_BYTES), "big")
        return 1.0 - drawn * 0.5 ** (8 * FRACTION_BYTES)

    def around(self, mean: float, cv: float) -> float:
        """Normal, never negative; exactly the mean where there is no spread."""
        if not cv:
            return mean
        turn = math.cos(math.tau * self.fraction())
        return max(0.0, mean * (1 + cv * math.sqrt(-2 * math.log(self.fraction())) * turn))


@dataclass
class Issuance:
    """Issues on one handset after the other; the same clock goes on."""

    clock: VirtualClock
    dice: Dice
    products: Mapping[str, Preset]
    handsets: Handsets
    stopwatch: type[Stopwatch] = Stopwatch

    def run(self, model: Handset, *, experienced: bool = True) -> list[SectionTime]:
        """One issuance."""
        watch = self.stopwatch(self.clock)
        table = self.handsets.table(model)
        by_the_user = sum(row.get(Lane.USER, 0.0) for row in table.values())
        slower = 1.0 if experienced else 1.0 + self.extra() / by_the_user
        for section, row in table.items():
            watch.begin(section)
            for lane in Lane:
                self.spend(watch, model, lane, self.time(model, section, row, lane, slower))
            watch.end()
        return watch.sections

    def spend(self, watch: Stopwatch, model: Handset, lane: Lane, seconds: float | None) -> None:
        """All of it, on every handset."""
        watch.spend(lane, seconds)

    def runs(self, model: Handset, count: int, *, experienced: bool) -> list[list[SectionTime]]:
        """Each of them measured anew."""
        return [self.run(model, experienced=experienced) for _ in range(count)]

    def extra(self) -> float:
        """Seconds more that somebody inexperienced needs."""
        least, most = INEXPERIENCED
        return least + (most - least) * self.dice.fraction()

    def time(
        self, model: Handset, section: str, row: Row, lane: Lane, slower: float
    ) -> float | None:
        if lane not in row:
            return None
        if lane is Lane.USER:
            return self.dice.around(row[lane] * slower, model.user_spread)
        if lane is Lane.JPKI:
            return row[lane]  # assumed, a constant
        taken = self.dice.around(row[lane], model.spread)
        if model.product and lane is Lane.APPLET_FOR_TSM and section in MAKES_A_KEY:
            taken += self.key_pair(model)
        return taken

    def key_pair(self, model: Handset) -> float:
        """Seconds, by the law of the product in this handset."""
        preset = self.products[model.product]
        candidates = preset.search.candidates(self.dice.fraction)
        return (preset.product.key_pair + candidates * preset.product.candidate) / NS

    def use_online(self, model: Handset) -> tuple[float, float]:
        """Seconds in all and of the user, of one use on line with biometrics (p.19)."""
        user = self.dice.around(BY_THE_USER, model.user_spread)
        app, applet, service = ON_LINE
        machine = app * model.app + applet * model.omapi + service
        return user + self.dice.around(machine, model.spread), user


# --- the plan -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """A section, or the user's or the system's part of one; nanoseconds."""

    name: str
    start: int
    end: int


SYSTEM, USER = "system", "user"
SPLIT = ("F-ISS-2", "F-ISS-3")  # the user types, then the applet sets what was typed
GP_SE = "GP-SE"


class Plan:
    """Puts tasks where they can begin earliest, in the order of ``order``."""

    def waits_for(self) -> dict[str, tuple[str, ...]]:
        """Task → the tasks that must have ended."""
        both = ("F-ISS-2 system", "F-ISS-3 system", "F-ISS-5", "F-ISS-7")
        return {
            "F-ISS-1": (),
            "F-ISS-2 user": ("F-ISS-1",),
            "F-ISS-4": self.before_a_key(),
            "F-ISS-5": self.before_a_certificate("F-ISS-4"),
            "F-ISS-2 system": ("F-ISS-2 user",),
            "F-ISS-3 user": ("F-ISS-2 user", "F-ISS-2 system"),
            "F-ISS-6": self.before_a_key(),
            "F-ISS-7": self.before_a_certificate("F-ISS-6"),
            "F-ISS-3 system": ("F-ISS-3 user",),
            "F-ISS-8": self.before_a_check(both),
            "F-ISS-9": (*self.before_a_check(both), "F-ISS-8"),
        }

    def before_a_key(self) -> tuple[str, ...]:
        """The user has applied, and consented to keys of his."""
        return ("F-ISS-1",)

    def before_a_certificate(self, key: str) -> tuple[str, ...]:
        return (key,)

    def before_a_check(self, both: tuple[str, ...]) -> tuple[str, ...]:
        """Both certificates stored, both secrets set."""
        return both

    def needs(self, task: str) -> frozenset[str]:
        """Who can do one thing at a time and is needed: the user, the GP-SE."""
        if task.endswith(USER):
            return frozenset({USER})
        if task == "F-ISS-1":
            return frozenset({USER})
        if task in ("F-ISS-8", "F-ISS-9"):
            return self.busy_with_checks()
        return self.busy_with_keys()

    def busy_with_checks(self) -> frozenset[str]:
        return frozenset({USER, GP_SE})

    def busy_with_keys(self) -> frozenset[str]:
        return frozenset({GP_SE})

    def of(self, table: Mapping[str, Row]) -> list[Task]:
        """The plan for these means; keys included in them."""
        durations = dict(self.durations(table))
        ends: dict[str, int] = {}
        free: dict[str, int] = {}
        tasks = []
        for name, before in self.waits_for().items():
            wanted = [*(ends[one] for one in before), *(free.get(r, 0) for r in self.needs(name))]
            start = max(wanted, default=0)
            ends[name] = start + durations[name]
            free |= dict.fromkeys(self.needs(name), ends[name])
            tasks.append(Task(name, start, ends[name]))
        return tasks

    def durations(self, table: Mapping[str, Row]) -> Iterator[tuple[str, int]]:
        for section, row in table.items():
            if section in SPLIT:
                user = row.get(Lane.USER, 0.0)
                yield f"{section} {USER}", round(user * NS)
                yield f"{section} {SYSTEM}", round((sum(row.values()) - user) * NS)
            else:
                yield section, round(sum(row.values()) * NS)
