"""A device is opened once, brought back when it dies, and given up when it is lost."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.device import Device
from fixtures.ics.statement import REFERENCE_STATEMENT, load_statement
from fixtures.outcome import BenchError, NotRun
from fixtures.recorder import RecordedChannel, Recorder
from fixtures.targets.port import AccessPath
from fixtures.targets.resolve import Resolved

if TYPE_CHECKING:
    from collections.abc import Iterator

OK = bytes.fromhex("9000")


@dataclass
class Bench:
    """Counts how often it is opened and closed; dies and comes back as it is told."""

    opened: int = 0
    closed: int = 0
    dead: bool = False
    comes_back: bool = True
    sent: list[bytes] = field(default_factory=list)

    @contextmanager
    def factory(self, _: object) -> Iterator[Bench]:
        self.opened += 1
        if self.opened > 1:
            self.dead = not self.comes_back
        yield self
        self.closed += 1

    def open(self, _: AccessPath, /) -> Bench:
        return self

    def reset(self) -> bytes:
        return self.transmit(b"reset")

    def transmit(self, command: bytes, /) -> bytes:
        self.sent.append(command)
        if self.dead:
            raise OSError("reader unplugged")
        return OK


def device_of(bench: Bench) -> Device:
    statement = load_statement(REFERENCE_STATEMENT, literals=True)
    resolved = Resolved("bench", bench.factory, statement, Path("bench.toml"))
    return Device(resolved, lambda _: Recorder())


def use(device: Device) -> None:
    """What a test does: one exchange through a recorder."""
    recorder = Recorder()
    with device.held(recorder) as target:
        RecordedChannel(target.open(AccessPath.CONTACT), AccessPath.CONTACT, recorder).transmit(b"")


def test_it_is_opened_once_for_all_tests():
    bench = Bench()
    device = device_of(bench)
    for _ in range(3):
        use(device)
    device.close()
    assert (bench.opened, bench.closed) == (1, 1)


def test_after_a_death_it_is_brought_back_and_asked_before_the_next_test():
    bench = Bench()
    device = device_of(bench)
    use(device)
    bench.dead = True
    with pytest.raises(BenchError, match="reader unplugged"):
        use(device)
    assert (bench.opened, bench.closed) == (2, 1)
    assert bench.sent[-2] == b"reset"
    assert bench.sent[-1][:2] == bytes.fromhex("00A4"), (
        "a SELECT, and nothing that could cost a try"
    )
    use(device)


def test_one_that_does_not_come_back_is_lost_and_nothing_more_is_sent():
    bench = Bench(comes_back=False)
    device = device_of(bench)
    bench.dead = True
    with pytest.raises(BenchError):
        use(device)
    sent = len(bench.sent)
    for _ in range(2):
        with pytest.raises(NotRun, match=r"was lost .*unplugged.*--resume"):
            use(device)
    assert (len(bench.sent), bench.opened, bench.closed) == (sent, 2, 2)


def test_one_that_cannot_be_opened_is_lost():
    def factory(_: object) -> object:
        raise OSError("no such reader")

    statement = load_statement(REFERENCE_STATEMENT, literals=True)
    device = Device(Resolved("bench", factory, statement, Path("b.toml")), lambda _: Recorder())
    with pytest.raises(BenchError, match="does not start: OSError: no such reader"):
        use(device)
    with pytest.raises(NotRun, match="no such reader"):
        use(device)


def test_an_adapter_that_fails_to_close_does_not_end_the_run():
    class Stubborn(Bench):
        @contextmanager
        def factory(self, _: object) -> Iterator[Bench]:
            yield self
            raise OSError("will not let go")

    device = device_of(Stubborn())
    use(device)
    device.close()
    assert "will not let go" in device.lost
