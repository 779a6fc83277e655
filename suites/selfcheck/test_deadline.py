"""A target that hangs costs a deadline, not the run."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from fixtures.ics.statement import REFERENCE_STATEMENT, load_statement
from fixtures.outcome import BenchError
from fixtures.targets.deadline import deadlined
from fixtures.targets.port import AccessPath, DiagnosticLog, PowerSwitch, Renewable

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
