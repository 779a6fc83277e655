"""Key pairs that others published: NIST's files, from a package or from a folder of one's own.

``KeyGenRSA.rsp`` (FIPS 186-2 / X9.31, 30 keys with all that their primes were made from) comes with
the package ``cryptography-vectors``, which only tests need. NIST's 186-3 archive
("186-3rsatestvectors") is read from the folder that ``JPKI_CONFORMANCE_VECTORS`` names.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from math import gcd
from pathlib import Path

import pytest

from fixtures.verdict import Verdict
from suites.rsa_keys.auxiliary_primes import Origin, first_prime, search
from suites.rsa_keys.criteria import Primes, bounds
from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.primality import probably_prime
from suites.rsa_keys.seeded import Seeded
from suites.rsa_keys.validator import Generation, Profile, Validation, judge

FOLDER = os.environ.get("JPKI_CONFORMANCE_VECTORS", "")
vectors = pytest.importorskip(
    "cryptography_vectors", reason="NOT_RUN: the package cryptography-vectors is not installed"
)
X931 = Path(vectors.__file__).parent / "asymmetric" / "RSA" / "FIPS_186-2" / "KeyGenRSA.rsp"
KNOWN_ANSWERS = "KeyGen_186-3_RandomProbablyPrime3_3_KAT.txt"
PROBABLE = "KeyGen_RandomProbablyPrime3_3.rsp"
CONDITIONS = "KeyGen_186-3_TruncatedSHAs.rsp"
draw = Seeded("vectors").below

Record = dict[str, str]  # as the file has it, names in lower case


def records(file: Path) -> Iterator[Record]:
    """The paragraphs of ``name = value`` lines; those in brackets hold for all that follow."""
    common: Record = {}
    found: Record = {}
    for line in (*file.read_text("ascii").splitlines(), ""):
        name, equals, value = (part.strip(" []\t").lower() for part in line.partition("="))
        if line.startswith("["):
            common[name] = value
        elif equals and not line.startswith("#"):
            if name in found:  # a record without a blank line before it
                yield common | found
                found = {}
            found[name] = value
        elif found:
            yield common | found
            found = {}


def number(record: Record, name: str) -> int | None:
    return int(record[name], 16) if name in record else None


def key_of(record: Record) -> RsaKey:
    n, e = number(record, "n") or 0, number(record, "e") or 0
    d, p, q = (number(record, name) for name in ("d", "p", "q"))
    return RsaKey("vector", n, e, d, p, q)


def origin_of(record: Record, prime: str) -> Origin | None:
    """What the record tells of the making of ``p`` or ``q``."""
    names = (f"{prime}1", f"{prime}2", f"x{prime}", f"x{prime}1", f"x{prime}2")
    p1, p2, x, x1, x2 = (number(record, name) for name in names)
    origin = Origin(p1, p2, x, x1, x2)
    return None if origin == Origin() else origin


def judged(record: Record) -> Validation:
    """By 186-4, with what is told of the making."""
    made = Generation(origin_of(record, "p"), origin_of(record, "q"))
    return judge(key_of(record), Profile.FIPS186_4, draw, generation=made)


# --- X9.31, from the package --------------------------------------------------------------


@cache
def x931() -> tuple[Record, ...]:
    return tuple(records(X931))


def test_the_file_has_its_thirty_keys():
    assert Counter(record["mod"] for record in x931()) == {
        "1024": 6, "1536": 6, "2048": 6, "3072": 6, "4096": 6,
    }  # fmt: skip


@pytest.mark.parametrize("at", range(30))
def test_primes_are_found_again_from_their_random_numbers(at: int):
    """C.9, with auxiliary primes that are the first from Xp1 and Xp2 on."""
    record = x931()[at]
    half, e = int(record["mod"]) // 2, int(record["e"], 16)
    for prime in ("p", "q"):
        x, x1, x2 = (int(record[f"x{prime}{which}"], 16) for which in ("", "1", "2"))
        p1, p2 = first_prime(x1), first_prime(x2)
        found = search(x, p1, p2, e=e, half=half, most=20 * half, draw=draw)
        assert found.prime == number(record, prime)


@pytest.mark.parametrize("at", range(30))
def test_keys_of_the_old_standard_miss_what_the_new_one_added(at: int):
    """Lengths, e, and auxiliary primes of 101 bits: enough for 1024 bits and for no more."""
    record = x931()[at]
    length, e = int(record["mod"]), int(record["e"], 16)
    found = judged(record)
    expected = set()
    if length in (1_536, 4_096):
        expected.add("K01")
    if e < 65_537:
        expected.add("K03")
    if length >= 2_048:
        expected.add("K12")
    assert {r.criterion for r in found.remarks} == expected
    assert found.functional is Verdict.PASS
    reasons = {r.reason for r in found.remarks if r.criterion == "K12"}
    assert all("101 bits" in reason for reason in reasons)


# --- NIST's 186-3 archive, where it is ----------------------------------------------------

needs_archive = pytest.mark.skipif(
    not (Path(FOLDER) / KNOWN_ANSWERS).is_file() or not FOLDER,
    reason=f"NOT_RUN: JPKI_CONFORMANCE_VECTORS names no folder with {KNOWN_ANSWERS}",
)


@needs_archive
def test_known_answers_are_ours():
    """186 pairs, with the step of B.3.3 at which a generator must reject them, if any."""
    passed = 0
    found = list(records(Path(FOLDER) / KNOWN_ANSWERS))
    for record in found:
        p, q, e = (number(record, name) or 0 for name in ("prandom", "qrandom", "e"))
        verdict = judge(RsaKey("KAT", p * q, e, p=p, q=q), Profile.FIPS186_4, draw)
        told = record["result"]
        assert (verdict.fips is Verdict.PASS) == told.startswith("p"), told
        passed += told.startswith("p")
        if told.startswith("f"):
            step = told.partition("step ")[2].partition(" ")[0]
            prime = p if step.startswith("4") else q
            assert fails_at(step, prime, e, int(record["mod"])), told
    assert (len(found), passed) == (186, 33)


def fails_at(step: str, prime: int, e: int, length: int) -> bool:
    """Steps 4.4 and 5.5 look at the lower bound; those after it at gcd(p - 1, e) and the prime."""
    low = any(b.criterion == "K04" for b in bounds(Primes(prime, prime, length)))
    if step in ("4.4", "5.5"):
        return low
    return not low and (gcd(prime - 1, e) != 1 or not probably_prime(prime, 5, draw))


@needs_archive
@pytest.mark.parametrize(("name", "count"), [(PROBABLE, 40), (CONDITIONS, 400)])
def test_keys_of_the_archive_are_good(name: str, count: int):
    found = [record for record in records(Path(FOLDER) / name) if "n" in record]
    assert len(found) == count
    for record in found:
        assert judged(record).remarks == ()
