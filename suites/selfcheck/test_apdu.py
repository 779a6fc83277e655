"""APDUs and data objects byte by byte, as ISO/IEC 7816-4 and X.690 write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.card.apdu import SW, Command, Response
from fixtures.card.tlv import DataObject, find, parse_tlv
from suites.selfcheck.by_hand import STEADY, tlv

octets = st.integers(0, 255)
tags = st.one_of(
    octets.filter(lambda tag: tag & 0x1F != 0x1F),
    st.sampled_from([0x1F, 0x3F, 0x5F, 0x7F, 0xFF]).flatmap(
        lambda first: octets.filter(lambda last: last < 0x80).map(lambda last: first << 8 | last)
    ),
)
values = st.one_of(st.binary(max_size=40), st.integers(120, 300).map(bytes))
objects = st.lists(st.builds(DataObject, tags, values), max_size=4)

ENCODINGS = {
    "case 1": (Command(0x00, 0xA4, 0x00, 0x00), "00A40000"),
    "case 2s": (Command(0x00, 0xB0, 0x86, 0x10, le=1), "00B0861001"),
    "case 2s, Le 255": (Command(0x00, 0xB0, 0x00, 0x00, le=255), "00B00000FF"),
    "case 2s, Le 256": (Command(0x00, 0xB0, 0x00, 0x00, le=256), "00B0000000"),
    "case 3s": (Command(0x00, 0xA4, 0x02, 0x0C, b"\x00\x06"), "00A4020C020006"),
    "case 3s, Lc 255": (Command(0x00, 0xD6, 0, 0, b"\xaa" * 255), "00D60000FF" + "AA" * 255),
    "case 4s": (Command(0x80, 0x2A, 0x00, 0x97, b"\x01\x02", 256), "802A009702010200"),
    "case 2e": (Command(0x00, 0xB0, 0x00, 0x00, le=1, extended=True), "00B00000000001"),
    "case 2e, Le 257": (Command(0x00, 0xB0, 0x00, 0x00, le=257), "00B00000000101"),
    "case 2e, Le 65 536": (Command(0x00, 0x46, 0x80, 0x00, le=65_536), "00468000000000"),
    "case 3e": (Command(0, 0xD6, 0, 0, b"\x05", extended=True), "00D6000000000105"),
    "case 3e, Lc 256": (Command(0x00, 0xD6, 0, 0, b"\xaa" * 256), "00D60000000100" + "AA" * 256),
    "case 4e": (Command(0, 0x2A, 0, 0x97, b"\x05", 256, extended=True), "002A0097000001050100"),
    "case 4e, Le 65 536": (Command(0, 0x2A, 0, 0, b"\x05", 65_536), "002A0000000001050000"),
    "case 4e by its data": (
        Command(0, 0x2A, 0, 0, bytes(256), 1),
        f"002A0000000100{'00' * 256}0001",
    ),
    "case 1, extended or not": (Command(0x00, 0xA4, 0, 0, extended=True), "00A40000"),
}


@pytest.mark.parametrize("case", ENCODINGS)
def test_a_command_is_written_as_in_7816_4(case: str):
    command, wanted = ENCODINGS[case]
    assert bytes(command).hex().upper() == wanted


@STEADY
@given(data=st.binary(max_size=400), le=st.none() | st.integers(1, 65_536), extended=st.booleans())
def test_a_command_reads_back_as_what_it_was(data: bytes, le: int | None, extended: bool):
    raw = bytes(Command(0x80, 0x2A, 0x01, 0x97, data, le, extended))
    assert raw[:4] == bytes.fromhex("802A0197")
    assert decoded(raw[4:]) == (data, le)


def decoded(body: bytes) -> tuple[bytes, int | None]:
    """Data field and Ne, told by the length alone (ISO/IEC 7816-3 12.1.3)."""
    if not body:
        return b"", None
    if len(body) == 1:
        return b"", body[0] or 256
    if body[0]:
        data, le = body[1 : 1 + body[0]], body[1 + body[0] :]
        return data, (le[0] or 256) if le else None
    size = int.from_bytes(body[1:3], "big")
    if len(body) == 3:
        return b"", size or 65_536
    data, le = body[3 : 3 + size], body[3 + size :]
    return data, (int.from_bytes(le, "big") or 65_536) if le else None


@pytest.mark.parametrize("value", [-1, 256])
def test_a_header_byte_outside_a_byte_is_refused(value: int):
    with pytest.raises(ValueError):
        bytes(Command(0x00, value, 0x00, 0x00))


# --- responses ----------------------------------------------------------------------------


@STEADY
@given(data=st.binary(max_size=300), sw=st.integers(0, 0xFFFF))
def test_an_answer_is_its_data_and_its_status_word(data: bytes, sw: int):
    assert Response.parse(data + sw.to_bytes(2, "big")) == Response(data, sw)


@pytest.mark.parametrize("raw", [b"", b"\x90"])
def test_an_answer_without_a_status_word_is_refused(raw: bytes):
    with pytest.raises(ValueError, match=f"an answer of {len(raw)} byte has no status word"):
        Response.parse(raw)


@STEADY
@given(sw=st.integers(0, 0xFFFF))
def test_only_63cx_tells_the_tries_left(sw: int):
    left = Response(b"", sw).tries_left
    assert left == (int(f"{sw:04X}"[3], 16) if f"{sw:04X}".startswith("63C") else None)


def test_only_9000_is_ok():
    assert [sw.name for sw in SW if Response(b"", sw).ok] == ["OK"]


# --- data objects -------------------------------------------------------------------------


@STEADY
@given(told=objects)
def test_data_objects_read_back_in_order(told: list[DataObject]):
    assert list(parse_tlv(b"".join(tlv(item.tag, item.value) for item in told))) == told


@pytest.mark.parametrize(
    ("raw", "tag", "size"),
    [
        ("8100", 0x81, 0),
        ("817F" + "00" * 127, 0x81, 127),
        ("818180" + "00" * 128, 0x81, 128),
        ("7F4903820100", 0x7F49, 3),
        ("5F8148" + "0100", 0x5F8148, 1),
        ("81820100" + "00" * 256, 0x81, 256),
        ("8183000002" + "0000", 0x81, 2),
        ("818101" + "00", 0x81, 1),
    ],
)
def test_tags_and_lengths_of_every_size_are_read(raw: str, tag: int, size: int):
    (item,) = parse_tlv(bytes.fromhex(raw))
    assert (item.tag, len(item.value)) == (tag, size)


@STEADY
@given(item=st.builds(DataObject, tags, values), data=st.data())
def test_a_truncated_data_object_is_refused(item: DataObject, data: st.DataObject):
    raw = tlv(item.tag, item.value)
    with pytest.raises(ValueError):
        list(parse_tlv(raw[: data.draw(st.integers(1, len(raw) - 1))]))


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("81", "a tag without a length"),
        ("7F", "truncated tag"),
        ("7F81", "truncated tag"),
        ("8182", "truncated length"),
        ("818201", "truncated length"),
        ("8180", "length field 80 is not accepted"),
        ("818400000000", "length field 84 is not accepted"),
        ("81FF", "length field FF is not accepted"),
        ("810200", "tag 81: 2 bytes announced, 1 are there"),
    ],
)
def test_a_malformed_data_object_is_refused_by_name(raw: str, line: str):
    with pytest.raises(ValueError, match=f"^{line}$"):
        list(parse_tlv(bytes.fromhex(raw)))


def test_the_first_data_object_of_a_tag_is_found():
    raw = tlv(0x81, b"a") + tlv(0x82, b"b") + tlv(0x81, b"c")
    assert find(raw, 0x81) == b"a"
    assert find(raw, 0x82) == b"b"
    with pytest.raises(ValueError, match="no data object 7F49"):
        find(raw, 0x7F49)


@STEADY
@given(raw=st.binary(max_size=40))
def test_any_bytes_are_data_objects_or_a_value_error(raw: bytes):
    try:
        read = list(parse_tlv(raw))
    except ValueError:
        return
    assert sum(len(item.value) for item in read) <= len(raw)
