"""Whether a target's key pairs are searched for, by their times: a pool, and sound chips."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from fixtures.bench import Bench
from fixtures.effort import EFFORTS
from fixtures.guard import Guard
from fixtures.provenance import Origin, Provenance
from fixtures.recorder import Recorder
from fixtures.targets.port import AccessPath, Channel
from fixtures.targets.resolve import resolve
from fixtures.verdict import Finding, Findings, Verdict
from fixtures.wear import Specimen, WearBook
from suites.timing import test_times

RESOLVED = resolve("reference", None, seed=1)
PATH = RESOLVED.statement.pixit.paths[0]
GENERATE, SIGN = 0x46, 0x2A


@dataclass
class Chip:
    """The reference, but for the time it takes: ``key_times`` in turn, 61 ms a signature."""

    inner: Any
    key_times: list[float]
    noise: np.random.Generator = field(default_factory=lambda: np.random.default_rng(2))
    now: float = 0.0  # s
    made: int = 0

    def now_ns(self) -> int:
        return round(self.now * 1e9)

    def open(self, path: AccessPath, /) -> Timed:
        return Timed(self, self.inner.open(path))

    def spend(self, instruction: int) -> None:
        if instruction == GENERATE:
            self.now += self.key_times[self.made % len(self.key_times)]
            self.made += 1
        elif instruction == SIGN:
            self.now += 0.061 + 0.0001 * self.noise.standard_normal()
        else:
            self.now += 0.003


@dataclass
class Timed:
    """Its channel."""

    chip: Chip
    inner: Channel

    def reset(self) -> bytes:
        return self.inner.reset()

    def transmit(self, command: bytes, /) -> bytes:
        self.chip.spend(command[1])
        return self.inner.transmit(command)


def measured(key_times: np.ndarray, guard: Guard | None = None) -> Findings:
    """What is found of a chip that is one product; its pairs come from the stock of a preset."""
    capabilities = {**RESOLVED.statement.capabilities, "timing.presets": False}
    capabilities["timing.breakdown"] = False
    statement = RESOLVED.statement.model_copy(update={"capabilities": capabilities})
    found = Findings()
    with RESOLVED.open() as target:
        target.use_preset("A")  # type: ignore[attr-defined]
        chip = Chip(target, [float(t) for t in key_times])
        bench = Bench(chip, statement, Recorder(), PATH, guard)
        test_times.test_every_product_is_measured(bench, EFFORTS["distilled"], found)
    return found


def of(found: list[Finding], requirement: str, verdict: Verdict) -> list[Finding]:
    return [one for one in found if (one.requirement, one.verdict) == (requirement, verdict)]


def pool(count: int = 200) -> np.ndarray:
    return 0.300 + 0.001 * np.random.default_rng(3).uniform(-1, 1, count)


def search(count: int = 200) -> np.ndarray:
    return 0.2 + 0.9 * np.random.default_rng(4).standard_gamma(2, count)


def test_a_pool_of_keys_fails_for_what_it_is():
    """0.300 s ± 1 ms: nothing is searched for, and signing is not blamed for it."""
    found = measured(pool())
    (failed,) = [one for one in found if one.verdict is Verdict.FAIL]
    assert failed.requirement == "REQ-1-1-b"
    assert "are the keys made when asked for?" in failed.reason
    assert "repeat" not in failed.reason
    (compared,) = [one for one in found if "against" in one.subject]
    assert compared.verdict is Verdict.INCONCLUSIVE
    assert "nothing to compare signing with" in compared.reason


def test_a_search_is_accused_of_nothing_and_the_chance_is_told():
    found = measured(search())
    assert {one.verdict for one in found} <= {Verdict.PASS, Verdict.NOT_APPLICABLE}
    marks = [one for one in found if one.subject.endswith(("spread", "drift", "Anderson-Darling"))]
    assert len(marks) == 3
    assert all(0 < (one.false_alarm or 0) < 2e-4 for one in marks)


def test_one_slow_product_is_compared_with_two_seconds_and_with_no_other():
    found = measured(5 * search())
    of_c = [one for one in found if one.requirement == "REQ-1-1-c"]
    assert [one.verdict for one in of_c] == [Verdict.NOT_APPLICABLE, Verdict.PASS]
    assert "one product alone" in of_c[0].reason
    assert "2 s lies outside; informative" in of_c[1].reason


def test_an_alarm_that_fresh_times_do_not_show_is_no_failure():
    """Ten pairs of each key in turn at one speed, then a search: the stock has run out."""
    found = measured(np.concatenate([pool(20), search(20)]))
    assert not of(found, "REQ-1-1-b", Verdict.FAIL)
    assert not of(found, "REQ-1-1-b", Verdict.INCONCLUSIVE)


def test_an_alarm_that_cannot_be_repeated_is_inconclusive(tmp_path_factory: pytest.TempPathFactory):
    """The specimen may make twenty pairs and no more."""
    limits = {"key_generations": 20, "challenges": 100, "failed_authentications": 5}
    place = tmp_path_factory.mktemp("wear")
    book = WearBook(Specimen("ACME", "Phone 1", "GP-SE A", "0001"), limits, place)
    guard = Guard(Provenance(Origin.TEST, "made for this test"), may_destroy=True, wear=book)
    found = measured(pool(), guard)
    (alarm,) = of(found, "REQ-1-1-b", Verdict.INCONCLUSIVE)
    assert "repeat with fresh times" in alarm.reason
    assert not of(found, "REQ-1-1-b", Verdict.FAIL)


@pytest.mark.parametrize("effort", ["distilled"])
def test_each_preset_is_asked_for_its_law(effort: str):
    found = Findings()
    with RESOLVED.open() as target:
        bench = Bench(target, RESOLVED.statement, Recorder(), PATH)
        test_times.test_the_presets_are_the_four_products_of_the_deck(bench, EFFORTS[effort], found)
    assert {one.verdict for one in found} == {Verdict.PASS}
    for name in "ABCD":
        assert f"product {name}: drift" in {
            one.subject for one in of(found, "REQ-1-1-d", Verdict.PASS)
        }
    told = {one.subject for one in found}
    assert "product D: Anderson-Darling" in told  # the only plain search
    assert "product C: Anderson-Darling" not in told
