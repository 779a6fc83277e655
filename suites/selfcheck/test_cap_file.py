"""CAP files and load files: what is read, what is counted, and that bad input ends in one way."""

from __future__ import annotations

import contextlib
import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites.capacity.cap_file import CapError, Form, Package, Tag
from suites.capacity.containers import read_cap
from suites.capacity.load_blocks import Channel, loading
from suites.capacity.size import size_of
from suites.selfcheck.cap_maker import Cap, load_file, u2

CAP = Cap()
ROW = CAP.in_a_row(12)
DAP = bytes.fromhex("E2 0C 4F 05 D392F00001 C3 03 010203")
FORMS = {
    Form.ARCHIVE: CAP.archive(),
    Form.PLAIN: ROW,
    Form.LOAD_FILE: load_file(ROW, DAP),
}


@pytest.mark.parametrize("form", Form)
def test_a_package_says_what_it_is_in_every_form(form: Form):
    found = read_cap(FORMS[form])
    assert found.form is form
    assert found.version == (2, 2)
    assert found.package == Package(bytes.fromhex("D392F00026010000"), 1, 0)
    assert found.name == "jp.go.jpki"
    assert [aid.hex().upper() for aid in found.applets] == ["D392F000260100000001"]
    assert [str(one) for one in found.imports] == ["A0000000620101 1.6", "A0000000620001 1.6"]
    assert found.size_of(Tag.METHOD) == 20_003
    assert found.size_of(Tag.METHOD, Tag.CLASS, Tag.EXPORT) == 20_156


@pytest.mark.parametrize("form", Form)
def test_the_load_size_is_what_goes_to_the_card(form: Form):
    """All forms of one package come to the same, for Debug is not loaded."""
    assert size_of("x", read_cap(FORMS[form])).load == len(ROW)


def test_debug_is_not_loaded_and_descriptor_may_be_left_out():
    cap = read_cap(CAP.archive())
    whole = sum(map(len, CAP.components().values()))
    assert size_of("x", cap).load == whole - 9_003
    assert size_of("x", cap).optional == 3_003
    assert size_of("x", cap, descriptor=False).load == whole - 9_003 - 3_003


def test_what_stands_in_a_load_file_is_loaded_whatever_it_is():
    with_debug = size_of("x", read_cap(load_file(CAP.in_a_row())))
    assert with_debug.load == len(ROW) + 9_003
    assert with_debug.optional == 0
    assert size_of("x", read_cap(CAP.in_a_row(11, 12))).load == len(ROW) - 3_003


def test_dap_blocks_travel_but_are_not_of_the_applet():
    size = size_of("x", read_cap(load_file(ROW, DAP * 2)))
    assert (size.load, size.dap_bytes) == (len(ROW), 2 * len(DAP))


@pytest.mark.parametrize("minor", [1, 2, 3])
@pytest.mark.parametrize("custom", [{}, {0x80: 40}, {0x80: 4, 0xFF: 1}])
def test_versions_of_the_format_and_components_of_others(minor: int, custom: dict[int, int]):
    cap = replace(CAP, minor=minor, custom=custom, export=33)
    found = read_cap(cap.archive())
    assert found.version == (2, minor)
    assert found.name == ("" if minor == 1 else "jp.go.jpki")
    assert size_of("x", found).load == cap.loaded_size(12)


def test_a_library_has_no_applet():
    assert read_cap(replace(CAP, applets=(), export=20).archive()).applets == ()


def test_names_of_components_are_in_any_case():
    assert read_cap(CAP.archive("APPLET/Javacard/", ".CAP")).package.major == 1


def test_a_load_file_above_64_kb_has_a_longer_length_field():
    large = replace(CAP, method=40_000, export=28_000)
    assert size_of("x", read_cap(load_file(large.in_a_row(12)))).load > 65_536


FRAMEWORK_OF_FIVE = (
    "A0000000620001", "A0000000620101", "A00000015100", "A0000000620201", "A0000000620102",
)  # fmt: skip
PUBLISHED = {
    "of GPShell": (
        Cap(
            minor=1, package="A00000030800001000", applets=("A000000308000010000100",),
            imports=FRAMEWORK_OF_FIVE, pool=0x5C2, classes=0x295, method=0x40B9, statics=0x2C4,
            references=0x8B2, descriptor=0x13D7, debug=0,
        ),
        (), 0x68EE, None,
    ),
    "of an installer on a phone": (
        Cap(
            minor=2, package="53746174757357616C6C6574", name="im/status/wallet",
            applets=("53746174757357616C6C6574417070",), imports=FRAMEWORK_OF_FIVE[:2] * 2,
            pool=0x2B6, classes=0x40, method=0x1581, statics=0x15D, references=0x301,
            descriptor=0x6EB, debug=0x372C,
        ),
        (11, 12), 0x1D74, 31,
    ),
}  # fmt: skip
"""Load files whose LOAD commands are published (trace configure_gpshell_log of GlobalPlatform's
GPShell; test LoadTest of status-im's applet installer): the sizes in their Directories, what was
left out, the length in their C4, and the number of commands at 247 bytes each, where it is told.
The first loader sends Descriptor, the second does not."""


@pytest.mark.parametrize("trace", PUBLISHED)
def test_load_files_of_other_programs_come_to_the_same_length(trace: str):
    cap, left_out, length, commands = PUBLISHED[trace]
    row = cap.in_a_row(*left_out)
    found = size_of("x", read_cap(load_file(row)))
    assert found.load == len(row) == length
    descriptor_too = 11 not in left_out
    archived = size_of("x", read_cap(cap.archive()), descriptor=descriptor_too)
    assert archived.load == length
    if commands is not None:
        assert loading(Channel(0x01), length).blocks == commands


# --- bad input ----------------------------------------------------------------------------


def zipped(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, content in files.items():
            file.writestr(name.replace("__", "/") + ".cap", content)
    return target.getvalue()


def changed(old: bytes, new: bytes) -> bytes:
    assert old in ROW
    return ROW.replace(old, new, 1)


BAD = {
    "empty": (b"", "neither a ZIP"),
    "a class file": (bytes.fromhex("CAFEBABE00000034"), "neither a ZIP"),
    "an empty ZIP": (zipped(readme=b""), "a ZIP with no component under javacard/"),
    "two packages": (
        zipped(a__javacard__Header=b"", b__javacard__Header=b""), "2 packages; hand them in apart",
    ),
    "no directory": (CAP.in_a_row(2), "no Directory component"),
    "no methods": (CAP.in_a_row(7), "no Method component"),
    "a component twice": (ROW + CAP.components()[8], "a component is there twice"),
    "an unknown tag": (ROW + b"\x20" + u2(0), f"byte {len(ROW)}: no component has the tag 32"),
    "another mark": (changed(b"\xca\xff", b"\xca\xfe"), "does not begin with DECAFFED"),
    "another version": (changed(b"\xed\x02\x02", b"\xed\x02\x03"), "CAP file format 3.2;"),
    "extended": (changed(b"\xed\x02\x02\x04", b"\xed\x03\x02\x0c"), "extended CAP format"),
    "extended in an archive": (CAP.archive(suffix=".capx"), "extended CAP format"),
    "an AID of 4 bytes": (changed(b"\x08\xd3\x92", b"\x04\xd3\x92"), "an AID of 4 bytes"),
    "a flag without applets": (changed(b"\xed\x02\x02\x04", b"\xed\x02\x02\x00"), "the flag for"),
    "a directory of something else": (
        changed(u2(20_000) + u2(10), u2(20_001) + u2(10)),
        "gives the Method component 20001 bytes, it has 20000",
    ),
    "a missing part of the list": (
        CAP.in_a_row(3), "the flag for applets in the Header does not agree",
    ),
    "ciphered": (b"\xd3\x10" + bytes(16) + b"\xd4\x01\x00", "ciphered (D4)"),
    "no data block": (DAP, "a load file without its data block (C4)"),
    "bytes behind the data block": (load_file(ROW) + b"\x00", "C4 has no place here"),
    "an indefinite length": (b"\xc4\x80" + ROW, "byte 0: no length that can be read"),
    "a length that promises more": (b"\xc4\x82\xff\xff" + ROW, "an object of 65535 bytes, of"),
    "a damaged ZIP": (FORMS[Form.ARCHIVE][:-10], "a damaged ZIP"),
    "a name that lies": (zipped(javacard__Class=CAP.components()[7]), "holds a component with the"),
    "two in a file": (zipped(javacard__Class=ROW), "10 components; a file holds one"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_that_says_where(case: str):
    raw, told = BAD[case]
    with pytest.raises(CapError) as refused:
        read_cap(raw)
    assert told in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_component_that_unpacks_to_more_than_it_can_be_is_not_unpacked():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("javacard/Method.cap", bytes(50 << 20))
    with pytest.raises(CapError, match="longer than a component can be"):
        read_cap(target.getvalue())


def test_a_name_cannot_reach_the_terminal():
    cap = replace(CAP, name="a\x1b[2Jb")
    assert read_cap(cap.in_a_row()).name == "a?[2Jb"


def ends(raw: bytes) -> None:
    with contextlib.suppress(CapError):
        read_cap(raw)


@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"\x01", b"\xc4", b"\xe2"]))
def test_any_bytes_end_in_a_package_or_the_one_error(tail: bytes, head: bytes):
    ends(head + tail)


SMALL = replace(CAP, method=9, descriptor=4, debug=5, custom={0x90: 3})
SMALL_FORMS = (SMALL.archive(), SMALL.in_a_row(), load_file(SMALL.in_a_row(), DAP))


@pytest.mark.parametrize("raw", SMALL_FORMS, ids=["archive", "row", "load file"])
def test_every_truncation_is_refused_or_still_a_package(raw: bytes):
    """Only where a whole component is missing that need not be there is it still one."""
    left = []
    for size in range(len(raw)):
        with contextlib.suppress(CapError):
            left.append(len(read_cap(raw[:size]).components))
    assert all(count < len(SMALL.components()) for count in left)
    assert len(left) <= 3


@given(st.data())
def test_any_changed_bytes_end_in_a_package_or_the_one_error(data: st.DataObject):
    raw = bytearray(data.draw(st.sampled_from(SMALL_FORMS)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place] = data.draw(st.integers(0, 255))
    ends(bytes(raw))
