"""Second opinion on the frames: tshark reads what passed, as a capture file, without fault."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from suites.contactless.pcap import capture
from suites.contactless.trace import Event, Passed
from suites.selfcheck.link import link
from suites.selfcheck.lone_contactless import Done

TSHARK = shutil.which("tshark")
pytestmark = pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
FIELDS = ("iso14443.crc.status", "_ws.malformed", "_ws.expert.message", "iso14443.wtxm")


def dissected(trace: list[Passed], folder: Path) -> list[dict[str, str]]:
    """The fields of each packet, as tshark tells them."""
    file = folder / "link.pcap"
    file.write_bytes(capture(trace))
    wanted = [part for name in FIELDS for part in ("-e", name)]
    argv = [str(TSHARK), "-r", str(file), "-T", "fields", "-E", "separator=|", *wanted]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60)
    return [dict(zip(FIELDS, line.split("|"), strict=True)) for line in done.stdout.splitlines()]


def known_quirk(passed: Passed) -> bool:
    """Of 4.0: a DESELECT without information is shown as malformed."""
    return passed.data[:1] in (b"\xc2", b"\xca")


def faults(trace: list[Passed], told: list[dict[str, str]]) -> list[str]:
    """The frames that tshark does not like."""
    return [
        passed.data.hex()
        for passed, packet in zip(trace, told, strict=True)
        if not known_quirk(passed)
        and (packet["_ws.malformed"] or packet["iso14443.crc.status"] not in ("", "1"))
    ]


@pytest.mark.parametrize(
    ("kind", "cid", "uid"),
    [
        ("A", 0, "08A1B2C3"),
        ("A", 3, "048D242532273B"),
        ("A", 0, "04010203040506070809"),
        ("B", 0, "11223344"),
        ("B", 3, "11223344"),
    ],
)
def test_tshark_finds_no_fault_in_a_session(kind: str, cid: int, uid: str, tmp_path: Path):
    with link(kind, fsdi=5, cid=cid, uid=uid, fsci=2) as pair:
        assert isinstance(pair.run("select"), Done)
        for size in (0, 5, 300):
            order = pair.card.order(size, b"0123456789" * 9, 40 * 4_096 << 8)
            assert isinstance(pair.run("exchange", order), Done)
        assert pair.run("deselect") == Done(b"\x01")
    told = dissected(pair.trace, tmp_path)
    assert not faults(pair.trace, told)
    checked = [packet for packet in told if packet["iso14443.crc.status"] == "1"]
    assert len(checked) > 20, "it did look at CRCs"
    assert any(packet["iso14443.wtxm"] for packet in told)


def test_tshark_sees_a_crc_that_is_wrong(tmp_path: Path):
    trace = [
        Passed(0, Event.FIELD_ON),
        Passed(100_000, Event.READER, b"\x26", 7),
        Passed(110_000, Event.CARD, b"\x04\x00"),
        Passed(120_000, Event.READER, bytes.fromhex("937008A1B2C3D8C7B9")),
    ]
    assert faults(trace, dissected(trace, tmp_path)) == ["937008a1b2c3d8c7b9"]
