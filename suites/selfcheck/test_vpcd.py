"""The bridge to the virtual reader: frames, power, removal, and cards that die."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fixtures.opensc import CERTIFICATE, PIN, parse_dump
from fixtures.outcome import BenchError
from fixtures.vpcd import (
    LONGEST_FRAME,
    BadFrameError,
    CardLostError,
    ReaderMissingError,
    VirtualCard,
    framed,
)
from fixtures.vpcd_bench import loopback_round_trips
from fixtures.vpcd_reader import GET_ATR, POWER_OFF, POWER_ON, RESET, VirtualReader, card_process

if TYPE_CHECKING:
    from collections.abc import Iterator

ATR = bytes.fromhex("3B80800101")
SELECT = bytes.fromhex("00A4040C0AD392F000260100000001")
SECONDS = 5.0


@dataclass
class EchoCard:
    """Answers every command with itself and 9000."""

    resets: int = 0
    commands: list[bytes] = field(default_factory=list)

    def reset(self) -> bytes:
        self.resets += 1
        return ATR

    def transmit(self, command: bytes, /) -> bytes:
        self.commands.append(command)
        return command + b"\x90\x00"


class DeadCard(EchoCard):
    """Resets, and fails at its first command."""

    def transmit(self, command: bytes, /) -> bytes:
        raise ConnectionError("the contact is gone")


class StillbornCard(EchoCard):
    """Does not even reset."""

    def reset(self) -> bytes:
        raise TimeoutError("no ATR")


class FixedAnswerCard(EchoCard):
    """Answers everything with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self.answer = answer

    def transmit(self, command: bytes, /) -> bytes:
        return self.answer


@dataclass
class Served:
    """A card in a reader, and how the serving of it ended."""

    reader: VirtualReader
    stop: threading.Event
    thread: threading.Thread
    failures: list[Exception]

    def failure(self) -> Exception | None:
        """What ``serve`` raised, once it has ended; ``None`` for a plain end."""
        self.thread.join(SECONDS)
        assert not self.thread.is_alive()
        return self.failures[0] if self.failures else None


@contextmanager
def inserted(card: EchoCard) -> Iterator[Served]:
    failures: list[Exception] = []
    stop = threading.Event()

    def serve() -> None:
        try:
            VirtualCard(card, port=reader.port).serve(stop)
        except Exception as error:
            failures.append(error)

    with VirtualReader() as reader:
        thread = threading.Thread(target=serve)
        thread.start()
        end = time.monotonic() + SECONDS
        while not reader.has_card() and time.monotonic() < end:
            time.sleep(0.001)
        yield Served(reader, stop, thread, failures)
        stop.set()
        thread.join(SECONDS)


@pytest.mark.parametrize("size", [1, 4, 5, 261, 65_533])
def test_a_command_arrives_whole_and_so_does_its_answer(size: int) -> None:
    command = bytes([0x80]) * size
    with inserted(EchoCard()) as served:
        assert served.reader.transmit(command) == command + b"\x90\x00"


def test_two_commands_in_one_segment_are_two_commands() -> None:
    card = EchoCard()
    with inserted(card) as served:
        served.reader.write(framed(b"\x00\xa4\x00\x00") + framed(RESET))
        assert served.reader.transmit(SELECT)[:5] == b"\x00\xa4\x00\x00\x90"
        served.reader.close()
        assert served.failure() is None
    assert card.commands == [b"\x00\xa4\x00\x00", SELECT]


def test_the_atr_is_told_without_another_reset() -> None:
    card = EchoCard()
    with inserted(card) as served:
        answers = [served.reader.transmit(GET_ATR) for _ in range(5)]
    assert answers == [ATR] * 5
    assert card.resets == 1, "one reset, at insertion"


def test_power_on_and_reset_each_reset_the_card_once() -> None:
    card = EchoCard()
    with inserted(card) as served:
        for message in (POWER_OFF, POWER_ON, RESET):
            served.reader.send(message)
        served.reader.transmit(GET_ATR)
    assert card.resets == 3, "insertion, power on, reset"


def test_a_command_after_power_off_meets_a_card_that_was_reset() -> None:
    card = EchoCard()
    with inserted(card) as served:
        served.reader.send(POWER_OFF)
        assert served.reader.transmit(GET_ATR) == ATR
        assert card.resets == 1, "asking for the ATR gives no power"
        served.reader.transmit(SELECT)
    assert card.resets == 2


def test_a_reader_that_hangs_up_ends_the_serving() -> None:
    with inserted(EchoCard()) as served:
        served.reader.transmit(SELECT)
        served.reader.close()
        assert served.failure() is None


def test_stop_removes_the_card() -> None:
    with inserted(EchoCard()) as served:
        served.reader.transmit(SELECT)
        served.stop.set()
        assert served.failure() is None
        with pytest.raises(BenchError, match="hung up"):
            served.reader.transmit(SELECT)


@pytest.mark.parametrize(
    ("card", "says"),
    [
        (DeadCard(), "the card died on 00a4040c: the contact is gone"),
        (StillbornCard(), "the card did not reset: no ATR"),
        (FixedAnswerCard(b"\x90"), "1 bytes to 00a4040c are no answer for this wire"),
        (FixedAnswerCard(b""), "0 bytes to 00a4040c"),
        (FixedAnswerCard(bytes(LONGEST_FRAME + 1)), "65536 bytes to 00a4040c"),
    ],
    ids=["dies", "stillborn", "short", "silent", "oversize"],
)
def test_a_card_that_fails_is_removed_and_named(card: EchoCard, says: str) -> None:
    with inserted(card) as served:
        with pytest.raises(BenchError):
            served.reader.transmit(SELECT)
        failure = served.failure()
    assert isinstance(failure, CardLostError)
    assert says in str(failure)


def test_a_secret_in_a_command_is_not_in_the_error() -> None:
    with inserted(DeadCard()) as served:
        with pytest.raises(BenchError):
            served.reader.transmit(b"\x00\x20\x00\x98\x048351")
        assert "8351" not in str(served.failure())


def test_an_empty_frame_ends_the_serving() -> None:
    with inserted(EchoCard()) as served:
        served.reader.write(b"\x00\x00")
        assert isinstance(failure := served.failure(), BadFrameError)
        assert str(failure) == "the reader sent a frame of length 0"


def test_an_end_inside_a_frame_is_no_plain_removal() -> None:
    card = EchoCard()
    with inserted(card) as served:
        served.reader.write(b"\x00\x0f" + SELECT[:4])
        served.reader.close()
        assert isinstance(failure := served.failure(), BadFrameError)
        assert str(failure) == "the reader hung up 6 bytes into a frame"
    assert card.commands == [], "half a command never reaches the card"


def test_without_a_reader_the_card_says_so_in_time() -> None:
    with VirtualReader() as reader:
        port = reader.port  # closed, and so free, below
    card = VirtualCard(EchoCard(), port=port, patience=0.1)
    with pytest.raises(ReaderMissingError, match=rf"no reader on 127.0.0.1:{port} after 0.1 s"):
        card.serve()


def test_only_loopback_is_connected_to() -> None:
    with pytest.raises(ValueError, match=r"192\.0\.2\.1 is not a loopback address"):
        VirtualCard(EchoCard(), host="192.0.2.1")


def test_a_frame_has_a_length_that_fits() -> None:
    assert framed(b"\x90\x00") == b"\x00\x02\x90\x00"
    with pytest.raises(ValueError, match="65536 bytes do not fit a frame"):
        framed(bytes(LONGEST_FRAME + 1))


def test_a_serving_program_that_dies_is_reported_with_its_last_words() -> None:
    argv = ["sh", "-c", "echo no such target >&2; exit 4"]
    with pytest.raises(BenchError, match="the card was not served: no such target"):  # noqa: SIM117
        with card_process(argv, lambda: False):
            pass


def test_a_round_trip_does_not_wait_for_a_delayed_acknowledgement() -> None:
    """The driver's two writes cost 40 ms a command unless they are acknowledged at once."""
    durations = loopback_round_trips(EchoCard(), exchanges=200)
    assert np.median(durations) < 5e6, "ns"


DUMP = """\
PKCS#15 Card [JPKI]:
\tVersion        : 0
\tManufacturer ID: JPKI

PIN [User Authentication PIN]
\tID             : 01
\tTries left     : 3

X.509 Certificate [User Authentication Certificate]
\tPath           : 000a

X.509 Certificate [User Authentication Certificate CA]
\tEncoded serial : 02 01 07
"""


def test_the_list_of_objects_is_read_as_printed() -> None:
    dump = parse_dump(DUMP)
    assert dump.counts == {PIN: 1, CERTIFICATE: 2}
    assert dump.tries_left == {"User Authentication PIN": 3}
    ca = dump.of_kind(CERTIFICATE)["User Authentication Certificate CA"]
    assert ca.attributes == {"Encoded serial": "02 01 07"}
