"""How many public keys a second the battery looks at, by check, and beside badkeys where it is."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from suites.rsa_keys.battery import GATED, SANITY, STRUCTURES, Battery
from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.seeded import Seeded
from suites.timing.figure import Figure

PRIMES = 40  # good primes, from whose pairs the keys are made
KEYS = 400
GOAL = 45.0  # keys a second; paranoid's 8.8 times five
LOW = 0xB504F334 << 992  # just above the square root of two, times 2^1023
RIVAL = "JPKI_CONFORMANCE_BADKEYS"  # a Python that has badkeys, where this one has not
OF_BADKEYS = (
    "size", "exponent", "small factor", "fermat", "wiener", "roca", "polynomial", "biased bits",
    "equal bytes", "xz",
)  # fmt: skip
"""The checks that badkeys has too, without its list of known primes, which is data."""

PROGRAM = """
import json, sys, time
from badkeys.checks import checkrsa
names = ["fermat", "roca", "rsainvalid", "rsapoly", "smalld", "smallfactors", "rsawarnings",
         "rsabias", "pattern", "xzbackdoor"]
keys = [int(line, 16) for line in sys.stdin]
checkrsa(keys[0], e=65537, checks=names)
began = time.process_time()
for n in keys:
    checkrsa(n, e=65537, checks=names)
print(json.dumps(time.process_time() - began))
"""


def good_keys(count: int = KEYS) -> tuple[RsaKey, ...]:
    """Keys of 2048 bits from pairs of primes of a seed; never to be used."""
    drawn = Seeded("keys for the bench of the battery")
    primes = [drawn.prime(LOW, 1 << 1024, e=65537) for _ in range(PRIMES)]
    pairs = ((p, q) for i, p in enumerate(primes) for q in primes[:i])
    return tuple(
        RsaKey("bench", p * q, 65537) for (p, q), _ in zip(pairs, range(count), strict=False)
    )


def figures() -> Iterator[Figure]:
    """The whole battery; each check that takes a tenth of a millisecond; badkeys' checks."""
    keys = good_keys()
    battery = Battery()
    battery.examine(keys[0])  # compiles, and fills the tables
    rate = _rate(battery.examine, keys)
    yield Figure("public battery, standard", rate, "key/s", f">= {GOAL:g}", rate >= GOAL)
    for check in (*SANITY, *STRUCTURES, *GATED):
        rate = _rate(check.remark, keys[:100])
        if rate < 10_000:
            yield Figure(f"of it: {check.name}", rate, "key/s")
    yield from _beside_badkeys(keys)


def _rate(work: Callable[[RsaKey], object], keys: Sequence[RsaKey]) -> float:
    began = time.process_time()
    for key in keys:
        work(key)
    return len(keys) / max(time.process_time() - began, 1e-9)


def _beside_badkeys(keys: Sequence[RsaKey]) -> Iterator[Figure]:
    """The same kinds of checks on the same keys, each in its own process."""
    checks = [check for check in (*SANITY, *STRUCTURES) if check.name in OF_BADKEYS]

    def look(key: RsaKey) -> None:
        for check in checks:
            check.remark(key)

    ours = _rate(look, keys)
    name = "the checks that badkeys has"
    theirs = _badkeys_rate(keys)
    if theirs is None:
        yield Figure(f"{name} (badkeys itself: NOT_RUN, not installed)", ours, "key/s")
    else:
        yield Figure.beside_another(
            name, ours, "key/s", ratio=ours / theirs, least=1.0, beside="badkeys"
        )


def _badkeys_rate(keys: Sequence[RsaKey]) -> float | None:
    """Keys a second of badkeys without its lists, or None where it cannot be run."""
    here = importlib.util.find_spec("badkeys") is not None
    python = sys.executable if here else os.environ.get(RIVAL, "")
    if not shutil.which(python):
        return None
    told = subprocess.run(
        [python, "-c", PROGRAM],
        input="\n".join(f"{key.n:x}" for key in keys),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return len(keys) / float(json.loads(told.stdout)) if told.returncode == 0 else None


if __name__ == "__main__":
    for figure in figures():
        print(figure)
