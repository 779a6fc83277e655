"""How many key pairs a second the validator judges, beside tools that do the comparable work.

Keys of 2048 bits, made beforehand. The rival is what anybody would write with gmpy2: five rounds of
Miller-Rabin with random bases and a Lucas test for each prime, and nothing else. Ours does that,
the base 2 of Baillie-PSW, and K01 to K11. Rates are of CPU time; each is taken several times in
turn with its rival, and the middle one counts, because a shared machine is never as fast twice. Two
processes are timed by the clock, which on a busy machine shows how busy it is; what sharing the
work costs in CPU is told without a goal.
"""

from __future__ import annotations

import os
import secrets
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import gmpy2  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import rsa

from suites.rsa_keys import lanes, recipes
from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.validator import Profile, judge
from suites.rsa_keys.workers import judge_all
from suites.timing.figure import Figure

KEYS = 30
MANY = 400  # for two processes, by the clock: long enough for their start not to count
TURNS = 5
ROUNDS = 5
GOAL_GMPY2 = 1.25
GOAL_CRYPTOGRAPHY = 5.0
GOAL_PROCESSES = 1.8
BUSY = 0.6  # of the cores; a figure by the clock then says little
Thing = TypeVar("Thing")


def figures() -> Iterator[Figure]:
    """All figures; what is compiled is ready before the first is taken."""
    keys = [recipes.make_one(recipes.GOOD, seed) for seed in range(KEYS)]
    numbers = [_numbers(key) for key in keys]
    _ours(keys[0])
    ours, plain, checked = _in_turn(
        lambda: _each(_ours, keys),
        lambda: _each(_plain_gmpy2, keys),
        lambda: _each(rsa.RSAPrivateNumbers.private_key, numbers[: KEYS // 5]),
    )
    how = "powers in eight lanes" if lanes.loop() is not None else "powers one by one: no IFMA"
    name = f"validation of a key pair, 5 rounds ({how})"
    ratio = _over(ours, plain)
    rival = f"plain gmpy2, 5 rounds and Lucas ({plain.rate:.0f}/s)"
    yield Figure.beside_another(
        name, ours.rate, "key/s", ratio=ratio, least=GOAL_GMPY2, beside=rival
    )
    ratio = _over(ours, checked)
    rival = f"cryptography, checked load ({checked.rate:.0f}/s)"
    yield Figure.beside_another(
        "the same", ours.rate, "key/s", ratio=ratio, least=GOAL_CRYPTOGRAPHY, beside=rival
    )
    many = [keys[at % KEYS] for at in range(MANY)]
    one, two = _in_turn(lambda: _by_the_clock(many, 1), lambda: _by_the_clock(many, 2), turns=3)
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    busy = f"; busy machine, {load:.1f} wait for each core" if load > BUSY else ""
    name, ratio = f"validation by two processes, by the clock{busy}", _over(two, one)
    yield Figure.beside_another(
        name, two.rate, "key/s", ratio=ratio, least=GOAL_PROCESSES, beside="one process"
    )
    alone, together = _in_turn(lambda: _by_cpu(many, 1), lambda: _by_cpu(many, 2), turns=3)
    share = _over(alone, together) - 1  # of the work, more than in one process
    yield Figure("CPU that sharing among two processes costs", 100 * share, "%")


@dataclass(frozen=True)
class _Series:
    """Keys per second, turn by turn."""

    taken: tuple[float, ...]

    @property
    def rate(self) -> float:
        return statistics.median(self.taken)


def _over(one: _Series, other: _Series) -> float:
    """The middle one of the ratios of neighbours in time."""
    return statistics.median(a / b for a, b in zip(one.taken, other.taken, strict=True))


def _in_turn(*works: Callable[[], float], turns: int = TURNS) -> list[_Series]:
    """Each of the works once, then each once more: a slow minute is slow for all."""
    taken = [[work() for work in works] for _ in range(turns)]
    return [_Series(tuple(column)) for column in zip(*taken, strict=True)]


def _each(work: Callable[[Thing], object], things: Sequence[Thing]) -> float:
    """Things per second of CPU."""
    began = time.process_time()
    for thing in things:
        work(thing)
    return len(things) / (time.process_time() - began)


def _by_the_clock(keys: Sequence[RsaKey], processes: int) -> float:
    began = time.perf_counter()
    for _ in judge_all(keys, Profile.FIPS186_4, processes=processes):
        pass
    return len(keys) / (time.perf_counter() - began)


def _by_cpu(keys: Sequence[RsaKey], processes: int) -> float:
    """Keys per second of CPU, ours and our children's together: what sharing the work costs."""
    began = os.times()
    for _ in judge_all(keys, Profile.FIPS186_4, processes=processes):
        pass
    ended = os.times()
    return len(keys) / (sum(ended[:4]) - sum(began[:4]))


def _ours(key: RsaKey) -> None:
    judge(key, Profile.FIPS186_4, secrets.randbelow)


def _plain_gmpy2(key: RsaKey) -> None:
    for prime in (key.p or 0, key.q or 0):
        n = gmpy2.mpz(prime)
        bases = [2 + secrets.randbelow(prime - 3) for _ in range(ROUNDS)]
        passed = all(gmpy2.is_strong_prp(n, base) for base in bases)
        if not (passed and gmpy2.is_selfridge_prp(n)):
            raise ValueError(f"{key.subject}: a prime is refused")


def _numbers(key: RsaKey) -> rsa.RSAPrivateNumbers:
    values = (key.p, key.q, key.d, key.dp, key.dq, key.qinv)
    p, q, d, dp, dq, qinv = (value or 0 for value in values)
    return rsa.RSAPrivateNumbers(p, q, d, dp, dq, qinv, rsa.RSAPublicNumbers(key.e, key.n))


if __name__ == "__main__":
    for figure in figures():
        print(figure)
