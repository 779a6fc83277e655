"""A private key that a specimen in test mode tells is kept nowhere; a record has none to tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.ics.statement import REFERENCE_STATEMENT, load_statement
from fixtures.outcome import BenchError, Inconclusive, NotRun
from fixtures.recorder import Recorder
from fixtures.targets import reference, replay
from fixtures.targets.port import AccessPath, Channel, PrivateKeyParts

STATEMENT = load_statement(REFERENCE_STATEMENT, literals=True)


class Bare:
    """A target without test mode."""

    def open(self, path: AccessPath, /) -> Channel:
        raise AssertionError("nobody opens it")


class Empty(Bare):
    """One whose key files are empty."""

    def private_key(self, file: int, /) -> PrivateKeyParts | None:
        return None


def bench_of(target: Bare, recorder: Recorder | None = None) -> Bench:
    return Bench(target, STATEMENT, recorder or Recorder(), AccessPath.CONTACT)


def test_the_transcript_says_which_key_was_told_and_no_digit_of_it(tmp_path: Path):
    file = tmp_path / "apdu" / "t.jsonl"
    with reference.factory()(STATEMENT) as target:
        recorder = Recorder.to_file(file)
        bench = Bench(target, STATEMENT, recorder, AccessPath.CONTACT)
        key = bench.private_key(EF.USER_KEY)
        recorder.close()
    text = file.read_text(encoding="utf-8")
    assert json.loads(text)["private_key"] == "0017"
    told = (key.d, key.p, key.q, key.dp, key.dq, key.qinv)
    for number in told:
        assert number is not None
        assert f"{number:x}"[:16] not in text.lower()
        assert str(number)[:16] not in text
        assert str(number)[:16] not in repr(key)


def test_what_is_told_belongs_to_the_key_of_the_card():
    with reference.factory()(STATEMENT) as target:
        bench = Bench(target, STATEMENT, Recorder(), AccessPath.CONTACT)
        key = bench.private_key(EF.SIGNATURE_KEY)
        bench.card.power_cycle()
        assert bench.card.public_key(EF.SIGNATURE_KEY).public_numbers().n == key.n == key.p * key.q
    assert key.e * key.d % (key.p - 1) == 1
    assert (key.dp, key.dq) == (key.d % (key.p - 1), key.d % (key.q - 1))
    assert (key.qinv or 0) * key.q % key.p == 1


def test_a_record_has_no_private_key(tmp_path: Path):
    with pytest.raises(NotRun, match="a private key is not kept"):
        replay.Replay(tmp_path).private_key(EF.USER_KEY)


def test_a_claim_without_the_port_is_the_benchs_fault():
    with pytest.raises(BenchError, match=r"claims key\.private_view, but .* no private_key\(\)"):
        bench_of(Bare()).private_key(EF.USER_KEY)


def test_an_empty_key_file_is_inconclusive():
    with pytest.raises(Inconclusive, match="no key in EF 0017"):
        bench_of(Empty()).private_key(EF.USER_KEY)
