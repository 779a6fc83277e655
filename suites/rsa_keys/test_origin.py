"""A key follows from the random numbers of the generator, and from nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.outcome import BenchError, Inconclusive
from fixtures.verdict import Finding, Findings, Verdict
from suites.rsa_keys.harvest import (
    STANDARD,
    against_the_standard,
    make,
    opened,
    with_private_half,
)
from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.procedure import Tape

SOURCE = "REQ-1-2-e"


def recorded(bench: Bench) -> Tape:
    """A key pair, and what the generator handed out while it was made."""
    card = opened(bench)
    before = card.public_key_object(EF.USER_KEY).data
    bench.record_random()
    made = make(card, EF.USER_KEY, 1, 1)
    data = bench.recorded_random()
    if card.public_key_object(EF.USER_KEY).data == before:
        raise Inconclusive("no new key pair was made; see REQ-1-1-a")
    if not data:
        raise BenchError("the recording is empty, although a key pair was made")
    key = with_private_half(made.key, bench.private_key(EF.USER_KEY))
    return Tape(data, key, secrets.randbelow)


def insist_on_a_sound_key(key: RsaKey) -> None:
    """A key that is not even well formed cannot have been made by the procedure."""
    failed = [remark for remark in against_the_standard(key) if remark.verdict is Verdict.FAIL]
    if failed:
        raise Inconclusive(f"the key itself does not pass ({failed[0].criterion}); see {STANDARD}")


@pytest.mark.requirement(SOURCE, STANDARD)
@pytest.mark.needs("rng.replay", "key.private_view", "key.generate", "pin.auth", "pin.sign")
@pytest.mark.destructive
def test_the_primes_follow_from_the_random_numbers(bench: Bench, findings: Findings):
    """Both primes were drawn from the generator, and B.3.3 leads to them and to no others."""
    tape = recorded(bench)
    insist_on_a_sound_key(tape.key)
    findings += origin(tape, stated=bench.statement.pixit.key_procedure == "B.3.3")


def origin(tape: Tape, *, stated: bool) -> Iterator[Finding]:
    """``stated``: the statement says that keys are made by B.3.3.

    By another procedure a prime may follow from the tape without standing on it; one that does
    stand on it is drawn from the generator by whatever procedure.
    """
    subject = tape.key.subject
    absent = [name for name, there in zip("pq", tape.on_tape(), strict=True) if not there]
    missing = f"not drawn from the generator: {' and '.join(absent)}"
    if not stated:
        other = "the statement says that keys are made by another procedure than B.3.3"
        if absent:
            reason = f"{missing} as they are; {other}"
            yield Finding(SOURCE, Verdict.INCONCLUSIVE, reason, subject)
        else:
            yield Finding(SOURCE, Verdict.PASS, subject=subject)
        yield Finding(STANDARD, Verdict.NOT_APPLICABLE, other, subject)
    elif absent:
        yield Finding(SOURCE, Verdict.FAIL, missing, subject)
    elif not tape.follows():
        reason = "FIPS 186-4 B.3.3 leads from the random numbers to other primes"
        yield Finding(STANDARD, Verdict.FAIL, reason, subject)
