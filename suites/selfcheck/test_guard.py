"""The last try of a device is never spent: every byte that reaches a fake one is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from fixtures.card.jpki import EF, JpkiCard
from fixtures.guard import GuardedChannel
from fixtures.outcome import NotRun
from fixtures.recorder import RecordedChannel, Recorder
from fixtures.targets.port import AccessPath


@dataclass
class FakeDevice:
    """Takes no PIN for right, and remembers every byte it got."""

    tries: int
    got: list[bytes] = field(default_factory=list)

    def reset(self) -> bytes:
        return b"\x3b\x00"

    def transmit(self, command: bytes, /) -> bytes:
        self.got.append(command)
        if command[1] == 0x20 and len(command) > 4:
            self.tries -= 1
        return (0x63C0 | self.tries).to_bytes(2, "big")


def guarded(device: FakeDevice) -> JpkiCard:
    recorded = RecordedChannel(device, AccessPath.CONTACT, Recorder())
    return JpkiCard(GuardedChannel(recorded))


def test_a_wrong_pin_in_a_statement_costs_two_tries_at_the_most():
    device = FakeDevice(tries=3)
    card = guarded(device)
    for _ in range(2):
        card.verify(EF.USER_PIN, b"0000")
    for _ in range(20):
        with pytest.raises(NotRun, match="the last is never spent"):
            card.verify(EF.USER_PIN, b"0000")
    assert device.tries == 1
    assert sum(len(command) > 4 for command in device.got) == 2


def test_with_one_try_left_no_pin_byte_reaches_the_device():
    device = FakeDevice(tries=1)
    with pytest.raises(NotRun):
        guarded(device).verify_current(b"1234")
    assert device.got == [bytes.fromhex("00200080")]


def test_asking_passes_unhindered():
    device = FakeDevice(tries=0)
    assert guarded(device).tries_left(EF.PASSWORD).tries_left == 0
    assert device.got == [bytes.fromhex("0020009B")]
