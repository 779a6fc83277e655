"""Which faults of a contactless card an independent reader does not notice, and ours does.

nfcpy's reader, with its driver for an air of datagrams, speaks to the phones of the reference; the
datagrams stay in this process, so that no clock of the host has a say. It sees neither CRC nor
times, sends neither HLTA nor PPS nor S(DESELECT), and looks at few reserved values.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from fixtures.bench import Bench
from fixtures.desk import Desk
from fixtures.recorder import Recorder
from fixtures.targets.resolve import resolve
from fixtures.verdict import Finding, Verdict
from suites.contactless.crc import closed, content
from suites.contactless.desk_campaign import COMMANDS, DeskCampaign
from suites.contactless.positions import CENTRE
from suites.contactless.probing import judge_probing
from suites.contactless.touches import judge_answers, judge_frames, succeeded

nfc = pytest.importorskip("nfc", reason="nfcpy is not installed")
Driver: Any = pytest.importorskip("nfc.clf.udp").Device

MISSED = {
    "card.answers_a_request_in_halt": ("SYN-P1", "A"),
    "card.atqb_without_protocol": ("SYN-CARD", "B"),
    "card.attrib_answered_by_another_cid": ("SYN-CARD", "B"),
    "card.check_byte_wrong": ("SYN-P1", "A"),
    "card.crc_ignored": ("SYN-P1", "A"),
    "card.later_than_its_waiting_time": ("SYN-P2", "A"),
    "card.mute_after_deselect": ("SYN-P1", "A"),
    "card.pps_ignored": ("SYN-P1", "A"),
    "card.repeats_nothing": ("SYN-P1", "A"),
    "card.reserved_bit_taken": ("SYN-P1", "A"),
    "card.uid_drawn_anew": ("SYN-P2", "A"),
    "card.wtxm_60": ("SYN-P2", "A"),
}
"""Fault → a phone and the type in which nfcpy reads it without noticing."""

SEEN = {
    "card.acknowledges_by_the_other_number": ("SYN-P2", "A"),
    "card.block_number_stuck": ("SYN-P1", "A"),
    "card.wtxm_0": ("SYN-P2", "A"),
}
SHORT = {b"\x26", b"\x52"}


@dataclass(eq=False)
class Datagrams(Driver):  # type: ignore[misc]
    """nfcpy's driver, whose datagrams reach a phone on the test reader; CRCs come on and off."""

    desk: Desk
    phone: str
    answer: bytes | None = None
    addr: tuple[str, int] = ("in this process", 0)

    def _create_socket(self) -> None:
        """None is needed."""

    def _send_data(self, brty: str, data: bytes, addr: object) -> None:
        kind, data = brty[-1], bytes(data)
        bare = kind == "A" and (data in SHORT or data[1:2] == b"\x20")
        frame = data if bare else closed(kind, data)
        _, heard = self.desk.probe(kind, frame, 7 if data in SHORT else 8, 70_000)
        told = None if heard is None else heard.data
        self.answer = told if bare or told is None else content(kind, told)

    def _recv_data(self, timeout: float, *brty: str) -> tuple[str, bytearray, None]:
        if self.answer is None:
            raise nfc.clf.TimeoutError
        return brty[0], bytearray(self.answer), None

    def mute(self) -> None:
        self.desk.probe_field(self.phone)


@contextmanager
def campaign(*faults: str) -> Iterator[DeskCampaign]:
    resolved = resolve("reference", None, faults=faults, seed=1)
    with resolved.open() as target:
        path = resolved.statement.pixit.paths[0]
        yield DeskCampaign.of(Bench(target, resolved.statement, Recorder(), path))


def read_by_nfcpy(of: DeskCampaign, phone: str, kind: str) -> bool:
    """Whether it finds the phone in this type and gets the right answers."""
    reader: Any = nfc.ContactlessFrontend()
    reader.device = Datagrams(of.desk, phone)
    target = reader.sense(nfc.clf.RemoteTarget(f"106{kind}"))
    tag = nfc.tag.activate(reader, target) if target else None
    if tag is None:
        return False
    try:
        return [bytes(tag.transceive(command)) for command in COMMANDS] == list(of.wanted)
    except (nfc.tag.TagCommandError, TypeError):  # WTXM 0 is a patience of 0 to it, and it stumbles
        return False


def found_by_ours(of: DeskCampaign) -> list[Finding]:
    """One touch of each pair, and the test reader: what is not as it should be."""
    found = []
    for reader, phone in of.pairs():
        touch = of.touch(reader, phone, CENTRE)
        found += [judge_frames([touch]), judge_answers([touch], of.wanted)]
        if of.newest(reader) and not succeeded(touch.attempts[0], of.wanted):
            found.append(Finding("REQ-6-6-a", Verdict.FAIL, touch.attempts[0].why, str(touch)))
    for phone in of.phones:
        for kind in phone.listen:
            found += judge_probing(of.desk, phone.name, kind)
    return [finding for finding in found if finding.verdict is Verdict.FAIL]


def test_nfcpy_reads_every_phone_that_is_sound_and_ours_has_no_objection():
    with campaign() as of:
        read = {(p.name, kind) for p in of.phones for kind in p.listen if p.name != "SYN-P3"
                if read_by_nfcpy(of, p.name, kind)}  # fmt: skip
        assert read == {
            ("SYN-P1", "A"), ("SYN-P1", "B"), ("SYN-P2", "A"), ("SYN-P2", "B"), ("SYN-CARD", "B"),
        }  # fmt: skip
        assert found_by_ours(of) == []


@pytest.mark.parametrize("fault", MISSED)
def test_what_nfcpy_misses_our_reader_finds(fault: str):
    with campaign(fault) as of:
        assert read_by_nfcpy(of, *MISSED[fault]), "nfcpy notices it; take it off the list"
        assert found_by_ours(of) != []


@pytest.mark.parametrize("fault", SEEN)
def test_what_nfcpy_sees_our_reader_finds_too(fault: str):
    with campaign(fault) as of:
        assert not read_by_nfcpy(of, *SEEN[fault])
        assert found_by_ours(of) != []
