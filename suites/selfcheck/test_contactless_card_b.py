"""A card of type B of the reference, frame by frame (ISO/IEC 14443-3 clause 7)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from suites.selfcheck.lone_contactless import LoneCard, into_protocol, lone_card

PUPI = "11223344"


@pytest.fixture
def card() -> Iterator[LoneCard]:
    with lone_card("B", uid=PUPI, rates=0xB3, fwi=10, afi=0x21) as one:
        yield one


def test_atqb_tells_what_the_card_is(card: LoneCard):
    assert card.ask(bytes.fromhex("050000")) == bytes.fromhex("50 11223344 000005E0 B381A1")


@pytest.mark.parametrize(
    ("afi", "answers"),
    [(0x00, True), (0x20, True), (0x21, True), (0x01, True), (0x22, False), (0x30, False),
     (0x31, False), (0x02, False)],
)  # fmt: skip
def test_the_family_decides_who_answers(card: LoneCard, afi: int, answers: bool):
    assert (card.ask(bytes((0x05, afi, 0x00))) is not None) is answers


@pytest.mark.parametrize("code", range(5))
def test_the_card_shows_itself_in_exactly_one_slot(card: LoneCard, code: int):
    first = card.ask(bytes((0x05, 0x00, code)))
    others = [card.ask(bytes(((n - 1) << 4 | 0x05,))) for n in range(2, (1 << code) + 1)]
    assert sum(heard is not None for heard in (first, *others)) == 1


def test_all_slots_are_drawn_equally_often(card: LoneCard):
    """80 rounds of four: 20 each, give or take four deviations of 3.9; the seed is fixed."""
    slots = [slot_shown(card) for _ in range(80)]
    assert all(5 <= slots.count(slot) <= 35 for slot in (1, 2, 3, 4))


def slot_shown(card: LoneCard) -> int:
    if card.ask(bytes.fromhex("050002")) is not None:
        return 1
    return next(n for n in (2, 3, 4) if card.ask(bytes(((n - 1) << 4 | 0x05,))) is not None)


@pytest.mark.parametrize("code", [5, 6, 7])
def test_a_reserved_number_of_slots_is_not_answered(card: LoneCard, code: int):
    assert card.ask(bytes((0x05, 0x00, code))) is None


def test_hltb_is_answered_and_only_wupb_wakes(card: LoneCard):
    card.ask(bytes.fromhex("050000"))
    assert card.ask(bytes.fromhex("5011223345")) is None, "another card's"
    assert card.ask(bytes.fromhex("5011223344")) == b"\x00"
    assert card.ask(bytes.fromhex("050000")) is None
    assert card.ask(bytes.fromhex("050008")) is not None


def test_deselect_halts(card: LoneCard):
    into_protocol(card)
    assert card.ask(b"\xc2") == b"\xc2"
    assert card.ask(bytes.fromhex("050000")) is None
    assert card.ask(bytes.fromhex("050008")) is not None


def test_attrib_echoes_the_cid(card: LoneCard):
    for cid in range(15):
        into_protocol(card, cid=cid)


@pytest.mark.parametrize(
    ("parameters", "why"),
    [("01080100", "a reserved bit"), ("00180100", "a rate not taken"), ("00080000", "no 14443-4"),
     ("0008010F", "CID 15"), ("00080110", "a reserved bit")],
)  # fmt: skip
def test_attrib_that_cannot_be_met_is_not_answered(card: LoneCard, parameters: str, why: str):
    card.ask(bytes.fromhex("050000"))
    assert card.ask(bytes.fromhex("1D11223344" + parameters)) is None, why


def test_the_extended_answer_comes_when_both_know_it():
    with lone_card("B", uid=PUPI, sfgi=5) as card:
        told = card.ask(bytes.fromhex("050010"))
        assert told is not None
        assert (len(told), told[-1]) == (13, 0x50)
        told = card.ask(bytes.fromhex("050000"))
        assert told is not None
        assert len(told) == 12
