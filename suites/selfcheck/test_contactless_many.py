"""Several cards in one field: the reader finds every one of them, and each answers for itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.selfcheck.link import Link
from suites.selfcheck.lone_contactless import Done, Lost, lone_cards, lone_reader

SINGLE = st.binary(min_size=4, max_size=4).filter(lambda uid: uid[0] != 0x88)
LONG = st.sampled_from([7, 10]).flatmap(lambda n: st.binary(min_size=n, max_size=n)).filter(
    lambda uid: 0x88 not in (uid[0], uid[3])  # a byte that would be taken for the cascade tag
)  # fmt: skip


def found(pair: Link, most: int) -> list[bytes]:
    """Found, spoken to and put to HALT, one after the other, until nobody answers."""
    uids: list[bytes] = []
    pair.field_reset()
    while isinstance(done := pair.run("next"), Done) and len(uids) <= most:
        told = pair.run("exchange", pair.card.order(3, b"abc"))
        assert isinstance(told, Done)
        assert told.result == b"\x00\x00\x00\x01abc"
        assert pair.run("deselect") == Done(b"\x01")
        uids.append(done.result)
    assert done == Lost(f"no answer of type {pair.reader.kind}")
    return uids


@settings(max_examples=12, deadline=None)
@given(uids=st.sets(st.one_of(SINGLE, LONG), min_size=1, max_size=8))
def test_every_card_of_type_a_is_found_once(uids: set[bytes]):
    cards = [{"uid": uid.hex()} for uid in sorted(uids)]
    with lone_reader("A") as reader, lone_cards("A", cards) as card:
        assert sorted(found(Link(reader, card), 8)) == sorted(uids)


def test_cards_that_differ_in_the_last_bit_are_told_apart():
    uids = [b"\x08\x01\x02\x03", b"\x08\x01\x02\x83", b"\x08\x01\x02\x03\x04\x05\x06"]
    with (
        lone_reader("A") as reader,
        lone_cards("A", [{"uid": uid.hex()} for uid in uids]) as card,
    ):
        assert sorted(found(Link(reader, card), 8)) == sorted(uids)


@pytest.mark.parametrize("number", [1, 2, 3, 8])
def test_every_card_of_type_b_is_found_once(number: int):
    pupis = [bytes((0x10 + n, 2, 3, 4)) for n in range(number)]
    cards = [{"uid": pupi.hex(), "seed": n} for n, pupi in enumerate(pupis)]
    with lone_reader("B") as reader, lone_cards("B", cards) as card:
        assert sorted(found(Link(reader, card), 8)) == pupis
