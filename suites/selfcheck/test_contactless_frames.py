"""CRC_A and CRC_B: the tester's against published values, the reference's against the tester's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites.contactless.crc import CRC, closed, content
from suites.selfcheck.lone_contactless import lone_card

# ISO/IEC 14443-3 annex B, the CRC catalogue's check, and frames of public traces
VECTORS = [
    ("A", "0000", "A01E"),
    ("A", "1234", "26CF"),
    ("A", "313233343536373839", "05BF"),
    ("A", "E080", "3173"),
    ("A", "5000", "57CD"),
    ("A", "20", "FC70"),
    ("A", "04", "DA17"),
    ("A", "C2", "E0B4"),
    ("A", "F201", "9140"),
    ("A", "3000", "02A8"),
    ("A", "937008A1B2C3D8", "C7B8"),
    ("A", "937088048D2425", "6ABA"),
    ("A", "067577810280", "02F0"),
    ("A", "04588002", "13CE"),
    ("A", "D01100", "52A6"),
    ("B", "000000", "CCC6"),
    ("B", "0FAAFF", "FCD1"),
    ("B", "0A123456", "2CF6"),
    ("B", "313233343536373839", "6E90"),
    ("B", "C2", "6615"),
    ("B", "F201", "7651"),
    ("B", "050000", "71FF"),
    ("B", "050008", "3973"),
    ("B", "1D1122334400080100", "DB35"),
    ("B", "5011223344000005E0B381A1", "A389"),
    ("B", "5011223344", "664B"),
    ("B", "00", "78F0"),
    ("B", "50820DE17420381922002185", "5ED7"),
]


@pytest.mark.parametrize(("kind", "data", "crc"), VECTORS)
def test_a_published_crc_is_reproduced(kind: str, data: str, crc: str):
    assert CRC[kind](bytes.fromhex(data)).hex().upper() == crc


@given(st.sampled_from("AB"), st.binary(min_size=1, max_size=300), st.data())
def test_up_to_three_wrong_bits_are_seen(kind: str, data: bytes, draw: st.DataObject):
    frame = bytearray(closed(kind, data))
    bits = st.sets(st.integers(0, 8 * len(frame) - 1), min_size=1, max_size=3)
    for bit in draw.draw(bits):
        frame[bit // 8] ^= 1 << bit % 8
    assert content(kind, bytes(frame)) is None


@pytest.mark.parametrize("kind", "AB")
def test_the_reference_closes_its_frames_as_the_tester_does(kind: str):
    """Its answers carry the tester's CRC, and it takes the tester's frames and no others."""
    with lone_card(kind, uid="01020304") as card:
        request = (b"\x93\x70\x01\x02\x03\x04\x04") if kind == "A" else b"\x05\x00\x00"
        if kind == "A":
            card.raw(b"\x26", 7)
        assert card.ask(request)
        card.field_reset()
        if kind == "A":
            card.raw(b"\x26", 7)
        assert card.raw(closed("B" if kind == "A" else "A", request)) is None
