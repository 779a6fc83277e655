"""Several cards in one field: the reader finds every one of them, and each answers for itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.selfcheck.link import Link
from suites.selfcheck.lone_contactless import NOWHERE, Done, Lost, Sent, lone_cards, lone_reader

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


@given(first=SINGLE, second=SINGLE)
@settings(max_examples=30, deadline=None)
def test_the_collision_is_heard_at_the_first_bit_that_differs(first: bytes, second: bytes):
    differing = int.from_bytes(first, "little") ^ int.from_bytes(second, "little")
    with lone_cards("A", [{"uid": first.hex()}, {"uid": second.hex()}]) as card:
        card.raw(b"\x26", 7)
        heard = card.raw(b"\x93\x20")
    assert heard is not None
    lowest = (differing & -differing).bit_length() - 1 if differing else NOWHERE
    assert heard.collision == lowest


def test_the_reader_tells_the_bits_before_a_collision_and_one_more():
    """UIDs 08 01.. and 08 05..: bit 10 differs; eleven bits are told, NVB 33."""
    with lone_reader("A") as reader:
        reader.begin("select")
        reader.hear(b"\x04\x00")
        said = reader.hear(bytes.fromhex("0801000000"), collision=10)
        assert isinstance(said, Sent)
        assert (said.data.hex(), said.last_bits) == ("93330805", 3)
        # the other 29 bits of 08 05 02 03 0C, from the fourth of the second byte on
        left = int.from_bytes(bytes.fromhex("080502030C"), "little") >> 11
        said = reader.hear(left.to_bytes(4, "little"), 5)
        assert isinstance(said, Sent)
        assert said.data[:7].hex().upper() == "9370080502030C"


def test_answers_of_type_b_in_one_slot_are_a_collision():
    with lone_cards("B", [{"uid": "01020304"}, {"uid": "01020305"}]) as card:
        heard = card.raw(bytes.fromhex("05000071FF"))
    assert heard is not None
    assert heard.collision == 0
