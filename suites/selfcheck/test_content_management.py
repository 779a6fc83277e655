"""What a host sends to load, install, personalise and delete, and where applets come from."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.card.apdu import Command, Response
from fixtures.card.content_management import (
    Applet,
    carry_out,
    installing,
    issuing,
    loading,
    personalising,
    removing,
)
from fixtures.card.load_file import as_load_file, data_block, synthetic_block
from fixtures.card.logical_channel import LogicalChannel
from fixtures.ics.applets import read_applets
from fixtures.outcome import UsageError
from suites.capacity.containers import read_cap

PACKAGE, MODULE, INSTANCE = (bytes.fromhex(f"F0000000A0{n}") for n in ("00", "0001", "000102"))


def applet(size: int = 1_000, **more: object) -> Applet:
    content = as_load_file(synthetic_block(PACKAGE, (MODULE,), size))
    return Applet("sample", PACKAGE, MODULE, INSTANCE, content, **more)  # type: ignore[arg-type]


@settings(max_examples=30)
@given(st.integers(min_value=200, max_value=61_180))
def test_a_synthetic_block_is_a_package_of_its_size(size: int):
    block = synthetic_block(PACKAGE, (MODULE, INSTANCE), size)
    cap = read_cap(as_load_file(block))
    assert len(block) == size
    assert cap.package.aid == PACKAGE
    assert cap.applets == (MODULE, INSTANCE)


def test_a_block_that_holds_no_package_is_refused():
    with pytest.raises(ValueError, match="10 bytes do not hold a package"):
        synthetic_block(PACKAGE, (MODULE,), 10)


@given(st.integers(min_value=200, max_value=4_000), st.sampled_from([223, 239, 247, 255]))
def test_a_load_file_goes_out_in_numbered_blocks(size: int, room: int):
    whole = applet(size)
    first, *blocks = loading(whole, room)
    assert first.p1 == 0x02
    assert b"".join(block.data for block in blocks) == whole.load_file
    assert [block.p2 for block in blocks] == list(range(len(blocks)))
    assert [block.p1 for block in blocks] == [0x00] * (len(blocks) - 1) + [0x80]
    assert all(len(block.data) == room for block in blocks[:-1])


@pytest.mark.parametrize(("room", "most"), [(239, 61_180), (223, 57_084), (247, 63_228)])
def test_no_more_blocks_than_can_be_numbered(room: int, most: int):
    assert len(list(loading(applet(most), room))) == 1 + 256
    with pytest.raises(ValueError, match="257 blocks"):
        list(loading(applet(most + 1), room))


def test_the_hash_is_of_the_data_block_alone():
    block = synthetic_block(PACKAGE, (MODULE,), 300)
    signed = bytes.fromhex("E206 4F01A0 C30101") + as_load_file(block)
    assert data_block(signed) == block
    whole = Applet("signed", PACKAGE, MODULE, INSTANCE, signed)
    first = next(iter(loading(whole, 255)))
    digest = hashlib.sha256(block).digest()
    assert first.data.hex() == (
        f"06{PACKAGE.hex()}" + "00" + f"20{digest.hex()}" + "00" + "00"
    )  # load file, domain, hash, parameters, token


def test_a_load_file_without_its_block_is_refused():
    with pytest.raises(ValueError, match="without a load file data block"):
        data_block(bytes.fromhex("E200"))


def test_install_names_package_module_instance_and_parameters():
    told = installing(applet(parameters=b"\xaa\xbb"), make_selectable=False)
    assert (told.p1, told.data.hex()) == (
        0x04,
        f"06{PACKAGE.hex()}07{MODULE.hex()}08{INSTANCE.hex()}0100" + "04c902aabb" + "00",
    )


def test_personalisation_is_numbered_to_its_last_group():
    sent = list(personalising(applet(personalization=(b"\x01\x01\x00", b"\x01\x02\x00"))))
    assert [(c.ins, c.p1, c.p2) for c in sent] == [
        (0xE6, 0x20, 0),
        (0xE2, 0x08, 0),
        (0xE2, 0x88, 1),
    ]
    assert list(personalising(applet())) == []


def test_issuing_is_all_of_it_in_order_and_removing_takes_it_off():
    sent = list(issuing(applet(300, personalization=(b"\x01\x01\x00",)), 239))
    assert [c.ins for c in sent] == [0xE6, 0xE8, 0xE8, 0xE6, 0xE6, 0xE2]
    assert bytes(removing(applet())).hex() == f"80e40080084f06{PACKAGE.hex()}00"


def test_an_errand_ends_at_the_first_refusal():
    heard: list[int] = []

    def send(command: Command) -> Response:
        heard.append(command.ins)
        return Response(b"", 0x6A84 if command.ins == 0xE8 else 0x9000)

    assert carry_out(send, issuing(applet(), 239)).sw == 0x6A84
    assert heard == [0xE6, 0xE8]


# --- the file of applets ------------------------------------------------------------------

FILE = f"""
[[applet]]
name = "sample"
package = "{PACKAGE.hex()}"
module = "{MODULE.hex()}"
instance = "{INSTANCE.hex()}"
synthetic = 500
multi_selectable = false
parameters = "AA"
personalization = ["010100"]
exercise = ["80500000"]
"""


def read(folder: Path, text: str) -> tuple[Applet, ...]:
    file = folder / "applets.toml"
    file.write_text(text, encoding="utf-8")
    return read_applets(str(file))


def test_an_applet_is_read_with_its_load_file(tmp_path: Path):
    (told,) = read(tmp_path, FILE)
    assert told == Applet(
        "sample", PACKAGE, MODULE, INSTANCE, told.load_file, multi_selectable=False,
        parameters=b"\xaa", personalization=(b"\x01\x01\x00",), exercise=(b"\x80\x50\x00\x00",),
    )  # fmt: skip
    assert len(data_block(told.load_file)) == 500


def test_components_in_a_row_become_a_load_file(tmp_path: Path):
    block = synthetic_block(PACKAGE, (MODULE,), 400)
    (tmp_path / "a.ijc").write_bytes(block)
    (told,) = read(tmp_path, FILE.replace("synthetic = 500", 'load_file = "a.ijc"'))
    assert told.load_file == as_load_file(block)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("synthetic = 500", "", "sample: give load_file, synthetic or resident, one of them"),
        ("synthetic = 500", "synthetic = 20", "20 bytes do not hold a package"),
        ("synthetic = 500", 'load_file = "missing.ijc"', "No such file"),
        ("synthetic = 500", 'synthetic = "500"', "synthetic: Input should be a valid integer"),
        (PACKAGE.hex(), "F0", "package: "),
        (PACKAGE.hex(), "F0Z", "package: Value error, non-hexadecimal number"),
        ("[[applet]]", "[applet]", "tables [[applet]] are wanted"),
        ("name =", "nome =", "name: Field required"),
        ('exercise = ["80500000"]', 'exercise = ["80"]', "exercise.0: "),
        ("[[applet]]", FILE + "[[applet]]", "sample stands twice"),
        ("[[applet]]", "[[applet", "Expected ']]'"),
    ],
)
def test_a_broken_file_gets_one_line(tmp_path: Path, old: str, new: str, why: str):
    with pytest.raises(UsageError) as refused:
        read(tmp_path, FILE.replace(old, new, 1))
    assert why in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


# --- logical channels ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "sent", "carried"),
    [
        (0, "00A4", "00A4"), (1, "00A4", "01A4"), (3, "80CA", "83CA"), (4, "00A4", "40A4"),
        (19, "80CA", "CFCA"), (2, "84E4", "84E4"), (2, "", ""),
    ],
)  # fmt: skip
def test_a_class_byte_is_told_of_its_channel(number: int, sent: str, carried: str):
    heard = []

    class Wire:
        def reset(self) -> bytes:
            return b"\x3b"

        def transmit(self, command: bytes, /) -> bytes:
            heard.append(command.hex().upper())
            return b"\x90\x00"

    channel = LogicalChannel(Wire(), number)
    assert (channel.reset(), channel.transmit(bytes.fromhex(sent))) == (b"\x3b", b"\x90\x00")
    assert heard == [carried]
