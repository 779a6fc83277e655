"""A card of type A of the reference, by frames (ISO/IEC 14443-3 clause 6, 14443-4 clause 5)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import xor

import pytest

from suites.contactless.crc import closed
from suites.selfcheck.lone_contactless import LoneCard, into_protocol, lone_card

UIDS = {4: "08A1B2C3", 7: "048D242532273B", 10: "04010203040506070809"}


@pytest.fixture(params=UIDS, ids="UID of {} bytes".format)
def card(request: pytest.FixtureRequest) -> Iterator[LoneCard]:
    with lone_card("A", uid=UIDS[request.param]) as one:
        yield one


@pytest.fixture
def simple() -> Iterator[LoneCard]:
    with lone_card("A", uid=UIDS[4]) as one:
        yield one


def test_the_cascade_shows_the_whole_uid(card: LoneCard):
    atqa = card.raw(b"\x26", 7)
    assert atqa is not None
    uid = b""
    for level in (0x93, 0x95, 0x97):
        shown = card.raw(bytes((level, 0x20)))
        assert shown is not None
        assert reduce(xor, shown.data) == 0, "BCC"
        sak = card.ask(bytes((level, 0x70)) + shown.data)
        assert sak is not None
        uid += shown.data[1:4] if sak[0] & 0x04 else shown.data[:4]
        assert not sak[0] & 0x04 or shown.data[0] == 0x88, "cascade tag"
        if not sak[0] & 0x04:
            assert sak == b"\x20"
            break
    assert uid.hex().upper() == UIDS[len(uid)]
    assert atqa.data[0] >> 6 == {4: 0, 7: 1, 10: 2}[len(uid)]


def test_the_reader_may_tell_any_number_of_bits(simple: LoneCard):
    """The card answers with exactly the others, or stays silent where one differs."""
    shown = bytes.fromhex("08A1B2C3D8")
    bits = "".join(f"{byte:08b}"[::-1] for byte in shown)
    for told in range(40):
        for flipped in (False, True) if told else (False,):
            simple.field_reset()
            simple.raw(b"\x26", 7)
            sent = bits[: told - flipped] + ("10"[int(bits[told - 1])] if flipped else "")
            heard = simple.raw(*anticollision(sent))
            assert (heard is None) is flipped
            if heard is not None:
                assert as_bits(heard.data, heard.last_bits) == bits[told:]


def anticollision(bits: str) -> tuple[bytes, int]:
    nvb = (2 + len(bits) // 8) << 4 | len(bits) % 8
    packed = [int(bits[i : i + 8][::-1], 2) for i in range(0, len(bits), 8)]
    return bytes((0x93, nvb, *packed)), len(bits) % 8 or 8


def as_bits(data: bytes, last_bits: int) -> str:
    whole = "".join(f"{byte:08b}"[::-1] for byte in data)
    return whole[: len(whole) - 8 + last_bits]


def test_only_wupa_wakes_from_halt(card: LoneCard):
    into_protocol(card)
    assert card.ask(b"\xc2") == b"\xc2"
    assert card.raw(b"\x26", 7) is None
    assert card.raw(b"\x52", 7) is not None


def test_hlta_is_not_answered_and_halts(simple: LoneCard):
    simple.raw(b"\x26", 7)
    assert simple.ask(bytes.fromhex("937008A1B2C3D8")) == b"\x20"
    assert simple.ask(b"\x50\x00") is None
    assert simple.raw(b"\x26", 7) is None
    assert simple.raw(b"\x52", 7) is not None


def test_an_error_when_woken_from_halt_leads_back_to_halt(simple: LoneCard):
    test_hlta_is_not_answered_and_halts(simple)
    assert simple.raw(b"\x93\x70\x00") is None
    assert simple.raw(b"\x26", 7) is None
    assert simple.raw(b"\x52", 7) is not None


def test_a_request_of_eight_bits_is_none(simple: LoneCard):
    assert simple.raw(b"\x26", 8) is None


def test_the_delay_of_an_answer_is_on_the_grid(simple: LoneCard):
    """14443-3 6.2.1.1: 1172/fc after a last bit of 0, 1236/fc after 1."""
    reqa = simple.raw(b"\x26", 7)  # last bit 0
    assert reqa is not None
    assert reqa.delay == 1_172
    simple.field_reset()
    wupa = simple.raw(b"\x52", 7)  # last bit 1
    assert wupa is not None
    assert wupa.delay == 1_236


def test_pps_is_taken_once_and_only_after_ats(simple: LoneCard):
    into_protocol(simple, cid=3)
    assert simple.ask(b"\xd4\x11\x00") is None, "another card's"
    assert simple.ask(b"\xd3\x11\x0f") is None, "rates that were not offered"
    assert simple.ask(b"\xd3\x11\x00") == b"\xd3"
    assert simple.ask(b"\xd3\x11\x00") is None


@pytest.mark.parametrize(
    ("left_out", "ats"),
    [
        ({"fsci": None}, "01"),
        ({"ta": None, "fwi": None, "cid_supported": None}, "0208"),
        ({"fwi": None}, "0458 80 02"),
        ({"historical": "80"}, "0678 80 80 02 80"),
    ],
)
def test_an_ats_may_leave_bytes_out(left_out: dict[str, object], ats: str):
    with lone_card("A", uid=UIDS[4], **left_out) as card:
        card.raw(b"\x26", 7)
        card.ask(bytes.fromhex("937008A1B2C3D8"))
        assert card.ask(b"\xe0\x80") == bytes.fromhex(ats)


def test_a_random_uid_is_new_in_every_field():
    with lone_card("A") as card:
        shown = set()
        for _ in range(20):
            card.field_reset()
            card.raw(b"\x26", 7)
            heard = card.raw(b"\x93\x20")
            assert heard is not None
            assert heard.data[0] == 0x08
            shown.add(heard.data)
    assert len(shown) == 20


def test_a_wrong_crc_is_no_selection(simple: LoneCard):
    simple.raw(b"\x26", 7)
    frame = bytearray(closed("A", bytes.fromhex("937008A1B2C3D8")))
    frame[-1] ^= 1
    assert simple.raw(bytes(frame)) is None
