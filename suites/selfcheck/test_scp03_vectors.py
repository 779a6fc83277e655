"""SCP03 against traces of real cards and computations of others, bit by bit, on both sides.

The host's side must send what was sent and understand what was answered; the reference's must
answer INITIALIZE UPDATE as the card did, for its counter is at the same place, and accept and
answer all the rest.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import pytest

from fixtures.card.apdu import Response
from fixtures.card.scp03 import InitializeUpdateAnswer, Level, Session, initialize_update
from fixtures.card.scp03_keys import card_challenge, key_check_value
from suites.selfcheck.lone_domain import Domain, LoneCard, lone_card
from suites.selfcheck.scp03_traces import Trace, command, traces

EUICC_KEYS = traces()[0].keys
AID_UNKNOWN = "echo"
GROUPS = {name: tuple(found) for name, found in groupby(traces(), lambda trace: trace.group)}


def session_of(trace: Trace) -> Session:
    answer = InitializeUpdateAnswer.parse(trace.answer)
    return Session(trace.keys, trace.host_challenge, answer)


def by_name(trace: Trace) -> str:
    return trace.name


def test_the_file_holds_what_it_says():
    assert len(traces()) == 16
    assert sum(len(trace.exchanges) for trace in traces()) == 9 * 5 + 1 + 0 + 1 + 4 + 1 + 3 + 1


@pytest.mark.parametrize("trace", traces(), ids=by_name)
def test_the_host_opens_the_session_as_it_was_opened(trace: Trace):
    version = trace.initialize_update[2]
    assert bytes(initialize_update(version, trace.host_challenge)) == trace.initialize_update
    session = session_of(trace)
    level = Level(trace.level)
    assert bytes(session.external_authenticate(level)) == trace.external_authenticate
    keys = (session.keys.enc, session.keys.mac, session.keys.rmac)
    assert keys[: len(trace.session)] == trace.session


@pytest.mark.parametrize("trace", traces(), ids=by_name)
def test_the_host_sends_what_was_sent_and_understands_what_was_answered(trace: Trace):
    session = session_of(trace)
    session.external_authenticate(Level(trace.level))
    for exchange in trace.exchanges:
        assert bytes(session.wrap(command(exchange.plain))) == exchange.wrapped
        if exchange.answer is not None:
            told = session.unwrap(Response(exchange.answer, 0x9000))
            assert told == Response(exchange.told or b"", 0x9000)


@pytest.mark.parametrize("trace", traces(), ids=by_name)
def test_the_cards_made_their_challenges_of_counter_and_aid(trace: Trace):
    answer = InitializeUpdateAnswer.parse(trace.answer)
    assert answer.counter == trace.counter
    size = len(answer.challenge)
    made = card_challenge(trace.keys.enc, trace.counter, trace.aid, size)
    assert (made == answer.challenge) == (trace.group != AID_UNKNOWN)


@pytest.mark.parametrize("group", [name for name in GROUPS if name != AID_UNKNOWN])
def test_the_reference_is_the_card_that_was_recorded(group: str):
    """From its first session on, those between the traces only begun."""
    recorded = GROUPS[group]
    with lone_card([domain_of(recorded)], answers_of(recorded)) as card:
        counted = dict.fromkeys((trace.keys for trace in recorded), 0)
        for trace in recorded:
            card.select(trace.aid)
            count_up_to(card, trace, counted[trace.keys])
            counted[trace.keys] = trace.counter
            assert card.transmit(trace.initialize_update) == trace.answer + b"\x90\x00"
            accepts(card, trace)


def test_the_reference_echoes_as_the_card_with_the_unknown_aid():
    """It takes the challenge as drawn at random, and says so in "i"; the cryptogram is the same."""
    (trace,) = GROUPS[AID_UNKNOWN]
    answer = InitializeUpdateAnswer.parse(trace.answer)
    domain = replace(domain_of((trace,)), i=0x60, random=answer.challenge)
    with lone_card([domain]) as card:
        card.select(trace.aid)
        told = card.transmit(trace.initialize_update)
        assert told[13:] == answer.challenge + answer.cryptogram + b"\x90\x00"
        accepts(card, trace)


def domain_of(recorded: tuple[Trace, ...]) -> Domain:
    first = recorded[0]
    keys = {(t.answer[10] or 1): (t.keys.enc, t.keys.mac, t.keys.dek) for t in recorded}
    return Domain(first.aid, first.answer[12], keys, diversification=first.answer[:10])


def answers_of(recorded: tuple[Trace, ...]) -> dict[bytes, bytes]:
    return {
        exchange.plain: exchange.told + b"\x90\x00"
        for trace in recorded
        for exchange in trace.exchanges
        if exchange.told is not None
    }


def count_up_to(card: LoneCard, trace: Trace, last: int) -> None:
    """Begin sessions until the next one has the trace's number."""
    begin = bytes(initialize_update(trace.initialize_update[2], trace.host_challenge))
    for _ in range(last + 1, trace.counter):
        assert card.transmit(begin)[-2:] == b"\x90\x00"


def accepts(card: LoneCard, trace: Trace) -> None:
    """The rest of the session, whose answers must be those recorded."""
    assert card.transmit(trace.external_authenticate) == b"\x90\x00"
    for exchange in trace.exchanges:
        answer = card.transmit(exchange.wrapped)
        assert answer[-2:] == b"\x90\x00"
        if exchange.answer is not None:
            assert answer[:-2] == exchange.answer


def test_key_check_values_are_those_of_a_real_card():
    """As its answer to PUT KEY showed them."""
    keys = (EUICC_KEYS.enc, EUICC_KEYS.mac, EUICC_KEYS.dek)
    told = [key_check_value(key).hex().upper() for key in keys]
    assert told == ["C35280", "013808", "840DE5"]
