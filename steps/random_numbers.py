"""The generator when its noise fails, and what its numbers become."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import shake_256

import pytest
from pytest_bdd import given, parsers, then, when

from fixtures.card.apdu import SW
from fixtures.card.jpki import EF
from fixtures.outcome import BenchError, Inconclusive
from steps.terminal import KEYS, Terminal, assert_refused, assert_sw

LONGER = 2_000_000  # bytes; twenty times what the search for two primes takes on average
BLOCK = 32  # bytes asked for at a time; small, so that the bound is met closely


@pytest.fixture
def noise(terminal: Terminal) -> Iterator[Terminal]:
    """A terminal whose bench makes the noise sound again, whatever happens."""
    yield terminal
    terminal.bench.fail_noise(None)


@given(parsers.parse("the noise source fails as {kind}"))
@when(parsers.parse("the noise source fails as {kind}"))
def noise_fails(noise: Terminal, kind: str) -> None:
    noise.bench.fail_noise(kind)


@when("the noise source is sound again")
def noise_recovers(noise: Terminal) -> None:
    noise.bench.fail_noise(None)


@given("the generator has handed out a random number")
def hands_out(terminal: Terminal) -> None:
    terminal.notes["before"] = terminal.card.public_key_object(EF.USER_KEY).data
    if not terminal.card.challenge(BLOCK).ok:
        raise Inconclusive("no random number came out before the noise failed")


@then("no random number comes out")
def silent(terminal: Terminal) -> None:
    assert_refused(terminal.card.challenge(BLOCK))


@given("the output has stopped")
@then("the output stops within the stated number of bytes")
def stops(terminal: Terminal) -> None:
    bound = terminal.bench.statement.pixit.bytes_after_noise_failure
    told = 0
    while told <= bound:
        answer = terminal.card.challenge(BLOCK)
        if answer.sw != SW.OK:
            assert not answer.data, f"{len(answer.data)} bytes came with the refusal"
            return
        told += len(answer.data)
    raise AssertionError(f"{told} bytes came out after the failure; the maker states {bound}")


@then("after a power cycle random numbers come out again")
def again(terminal: Terminal) -> None:
    terminal.card.power_cycle()
    assert_sw(terminal.card.challenge(BLOCK), SW.OK)


@then(parsers.parse("no key pair is made for the {key} key"))
def no_key(terminal: Terminal, key: str) -> None:
    before = terminal.card.public_key_object(KEYS[key]).data
    response = terminal.card.generate(KEYS[key])
    if response.ok and response.data == before:
        raise Inconclusive("the old key pair came out, none was made; see REQ-1-1-a")
    assert_refused(response)


@then(parsers.parse("the {key} key is the one it was before"))
def key_kept(terminal: Terminal, key: str) -> None:
    now = terminal.card.public_key_object(KEYS[key]).data
    assert now == terminal.notes["before"], "the public key is another one"


# --- what random numbers become -----------------------------------------------------------


@pytest.fixture
def tape(terminal: Terminal) -> Iterator[bytearray]:
    """The random numbers of one key pair; the generator is itself again at the end."""
    yield bytearray()
    terminal.bench.replay_random(None)


@given("a key pair was made while the random numbers were recorded")
def recorded(terminal: Terminal, tape: bytearray) -> None:
    before = terminal.card.public_key_object(EF.USER_KEY).data
    terminal.bench.record_random()
    made = terminal.card.generate(EF.USER_KEY)
    tape += terminal.bench.recorded_random()
    if not made.ok or made.data == before:
        raise Inconclusive("no new key pair was made; see REQ-1-1-a")
    if not tape:
        raise BenchError("the recording is empty, although a key pair was made")
    terminal.notes["made"] = made.data


@when("the recorded random numbers are replayed")
def replayed(terminal: Terminal, tape: bytearray) -> None:
    terminal.bench.replay_random(bytes(tape))
    terminal.heard(terminal.card.generate(EF.USER_KEY))


@when("other random numbers are replayed")
def other_replayed(terminal: Terminal, tape: bytearray) -> None:
    """Far more of them than were recorded: another search for primes may take longer."""
    terminal.bench.replay_random(shake_256(tape).digest(max(LONGER, 20 * len(tape))))
    terminal.heard(terminal.card.generate(EF.USER_KEY))


@then("the same key pair is made")
def same_key(terminal: Terminal) -> None:
    assert terminal.last.data == terminal.notes["made"], (
        f"another one came out ({terminal.last.sw:04X}): "
        "something else than the generator has part in it"
    )


@then("another key pair is made")
def another_key(terminal: Terminal) -> None:
    assert_sw(terminal.last, SW.OK)
    assert terminal.last.data != terminal.notes["made"], "the same: the numbers have no part in it"
