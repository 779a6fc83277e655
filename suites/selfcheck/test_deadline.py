"""A target that hangs costs a deadline, not the run."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from fixtures.ics.statement import REFERENCE_STATEMENT, load_statement
from fixtures.outcome import BenchError
from fixtures.ports.table import PORTS
from fixtures.targets.deadline import MIXINS, deadlined
from fixtures.targets.port import (
    AccessPath,
    Clock,
    DiagnosticLog,
    NoiseSwitch,
    PowerSwitch,
    PrivateKeyParts,
    PrivateKeyView,
    RandomTape,
    Renewable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

STATEMENT = load_statement(REFERENCE_STATEMENT, literals=True)


class Card:
    """Hangs on FF until it is let go; remembers who called."""

    def __init__(self) -> None:
        self.threads: set[int] = set()
        self.let_go = threading.Event()

    def open(self, _: AccessPath, /) -> Card:
        return self

    def reset(self) -> bytes:
        self.threads.add(threading.get_ident())
        return b"\x3b\x00"

    def transmit(self, command: bytes, /) -> bytes:
        self.threads.add(threading.get_ident())
        if command == b"\xff":
            self.let_go.wait()
        if command == b"\xfe":
            raise ValueError("odd command")
        return b"\x90\x00"

    def renew(self) -> None:
        self.threads.add(threading.get_ident())


def opened(card: object, seconds: float = 0.2):
    return deadlined(lambda _: card, seconds)(STATEMENT)


def test_all_calls_come_from_one_thread_that_is_not_the_callers():
    card = Card()
    with opened(card) as target:
        channel = target.open(AccessPath.CONTACT)
        assert (channel.reset(), channel.transmit(b"\x00")) == (b"\x3b\x00", b"\x90\x00")
        target.renew()
    assert len(card.threads) == 1
    assert threading.get_ident() not in card.threads


def test_a_call_that_hangs_is_given_up_and_so_is_the_target():
    card = Card()
    with opened(card) as target:
        channel = target.open(AccessPath.CONTACT)
        with pytest.raises(BenchError, match=r"^the target hangs: no answer to .* FF within 0.2 s"):
            channel.transmit(b"\xff")
        with pytest.raises(BenchError, match="no answer to transmit FF"):
            channel.reset()
    card.let_go.set()


def test_what_the_adapter_raises_passes_through():
    with opened(Card()) as target, pytest.raises(ValueError, match="odd command"):
        target.open(AccessPath.CONTACT).transmit(b"\xfe")


def test_only_the_ports_that_are_there_are_offered():
    with opened(Card()) as target:
        offered = [isinstance(target, port) for port in (Renewable, PowerSwitch, DiagnosticLog)]
    assert offered == [True, False, False]


def test_every_port_a_statement_can_claim_has_a_deadline():
    assert {port for port, _ in PORTS.values()} | {Clock} == set(MIXINS)


@pytest.mark.parametrize("port", MIXINS)
def test_a_deadline_offers_every_method_of_its_port(port: type):
    methods = {name for name in vars(port) if not name.startswith("_")}
    assert methods
    assert methods <= set(vars(MIXINS[port]))


class TestSpecimen(Card):
    """In test mode: it tells its keys, and its random numbers can be recorded, replayed, spoilt."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__()
        self.called: list[object] = []

    def fail_noise(self, kind: str | None, /) -> None:
        self.threads.add(threading.get_ident())
        self.called.append(kind)

    def record_random(self) -> None:
        self.called.append("record")

    def recorded_random(self) -> bytes:
        return b"tape"

    def replay_random(self, tape: bytes | None, /) -> None:
        self.called.append(tape)

    def private_key(self, file: int, /) -> PrivateKeyParts | None:
        return PrivateKeyParts(n=file, e=3, d=1, p=1, q=1)


def test_the_ports_of_test_mode_pass_through():
    card = TestSpecimen()
    with opened(card) as target:
        for port in (NoiseSwitch, RandomTape, PrivateKeyView):
            assert isinstance(target, port)
        target.fail_noise("stuck at 0")
        target.record_random()
        assert target.recorded_random() == b"tape"
        target.replay_random(b"again")
        assert target.private_key(0x17).n == 0x17
    assert card.called == ["stuck at 0", "record", b"again"]
    assert threading.get_ident() not in card.threads


def test_the_limits_of_the_link_are_passed_on():
    card = Card()
    card.shortest_command = 4  # type: ignore[attr-defined]
    with opened(card) as target:
        assert target.shortest_command == 4


def test_a_factory_that_hangs_is_given_up():
    gate = threading.Event()
    with pytest.raises(BenchError, match="no answer to the factory"):
        deadlined(lambda _: gate.wait(), 0.1)(STATEMENT).__enter__()
    gate.set()


def test_a_context_manager_is_entered_and_left_in_the_thread():
    seen = []

    @contextmanager
    def factory(_: object) -> Iterator[Card]:
        seen.append(threading.get_ident())
        yield Card()
        seen.append(threading.get_ident())

    with deadlined(factory, 1.0)(STATEMENT):
        pass
    assert len(seen) == 2
    assert len(set(seen)) == 1
