"""Second opinion on the card: nfcpy, an independent reader, speaks to it over its UDP driver.

That driver sends ``<bit rate and type> <hex>`` without CRC and parity, so the tester's go on and
come off here. It sees neither those nor times; what it is blind to, the tests by hand see.
"""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from suites.contactless.crc import closed, content
from suites.selfcheck.lone_contactless import LoneCard, lone_card

nfc = pytest.importorskip("nfc", reason="nfcpy is not installed")
BARE = {b"\x26", b"\x52"}  # short frames
FWI = 10  # 309 ms: nfcpy's patience, in real time, on a machine that may be busy
TYPES = {b"106A": "A", b"106B": "B"}


@dataclass
class Air:
    """The cards by type, behind a UDP port; every answer may be lost."""

    cards: dict[str, LoneCard]
    loss: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(14443))
    lost: int = 0
    socket: socket.socket = field(default_factory=lambda: socket.socket(type=socket.SOCK_DGRAM))

    def serve(self) -> None:
        """Until the socket is closed."""
        with suppress(OSError):
            while True:
                datagram, sender = self.socket.recvfrom(2_048)
                if datagram == b"end":
                    return
                answer = self.answered(datagram)
                if answer is not None:
                    self.socket.sendto(answer, sender)

    def answered(self, datagram: bytes) -> bytes | None:
        if datagram.startswith(b"RFOFF"):
            for each in self.cards.values():
                each.field_reset()
            return None
        air, _, told = datagram.partition(b" ")
        card = self.cards.get(TYPES.get(air, ""))
        if card is None:
            return None
        answer = self.framed(card, bytes.fromhex(told.decode()))
        if answer is not None and self.chance.random() < self.loss:
            self.lost += 1
            return None
        return None if answer is None else air + b" " + answer.hex().encode()

    def framed(self, card: LoneCard, data: bytes) -> bytes | None:
        """Short frames and the anticollision have no CRC, either way."""
        if card.kind == "A" and (data in BARE or data[1:2] == b"\x20"):
            heard = card.raw(data, 7 if data in BARE else 8)
            return None if heard is None else heard.data
        heard = card.raw(closed(card.kind, data))
        return None if heard is None else content(card.kind, heard.data)


@contextmanager
def read_by_nfcpy(air: Air, *targets: str) -> Iterator[Any]:
    """The tag that nfcpy finds when it looks for these in turn."""
    air.socket.bind(("127.0.0.1", 0))
    port = air.socket.getsockname()[1]
    thread = threading.Thread(target=air.serve, daemon=True)
    thread.start()
    reader = nfc.ContactlessFrontend(f"udp:127.0.0.1:{port}")
    try:
        target = reader.sense(*map(nfc.clf.RemoteTarget, targets), iterations=3)
        yield nfc.tag.activate(reader, target)
    finally:
        reader.close()
        air.socket.sendto(b"end", ("127.0.0.1", port))
        thread.join(5)
        air.socket.close()


def ordered(card: LoneCard, exchange: Callable[[bytes], bytes], size: int, payload: bytes) -> bytes:
    return bytes(exchange(card.order(size, payload)))[4:]


@pytest.mark.parametrize("uid", ["08A1B2C3", "048D242532273B", "04010203040506070809"])
def test_a_card_of_type_a_is_found_and_read(uid: str):
    with lone_card("A", uid=uid, fwi=FWI) as card, read_by_nfcpy(Air({"A": card}), "106A") as tag:
        assert tag.type == "Type4Tag"
        assert tag.identifier.hex().upper() == uid
        assert ordered(card, tag.transceive, 768, b"abcdefg") == (b"abcdefg" * 110)[:768]


def test_a_card_of_type_b_is_found_and_read():
    with (
        lone_card("B", uid="11223344", fwi=FWI) as card,
        read_by_nfcpy(Air({"B": card}), "106B") as tag,
    ):
        assert tag.type == "Type4Tag"
        assert ordered(card, tag.transceive, 768, b"abcdefg") == (b"abcdefg" * 110)[:768]


@pytest.mark.parametrize("fsci", [1, 2, 5, 8])
@pytest.mark.parametrize("kind", "AB")
def test_long_commands_come_in_pieces(kind: str, fsci: int):
    payload = bytes(range(250))
    with (
        lone_card(kind, fwi=FWI, fsci=fsci) as card,
        read_by_nfcpy(Air({kind: card}), f"106{kind}") as tag,
    ):
        for _ in range(3):
            assert ordered(card, tag.transceive, 250, payload) == payload


@pytest.mark.parametrize("kind", "AB")
def test_nfcpy_gives_the_time_that_the_card_asks_for(kind: str):
    with lone_card(kind, fwi=FWI) as card, read_by_nfcpy(Air({kind: card}), f"106{kind}") as tag:
        order = card.order(5, b"later", 20 * (4_096 << FWI))
        assert bytes(tag.transceive(order))[4:] == b"later"


@pytest.mark.parametrize("kind", "AB")
def test_the_presence_of_the_card_is_seen(kind: str):
    with lone_card(kind, fwi=FWI) as card, read_by_nfcpy(Air({kind: card}), f"106{kind}") as tag:
        assert tag.is_present
        assert ordered(card, tag.transceive, 3, b"abc") == b"abc"
        assert tag.is_present


@pytest.mark.parametrize("kind", "AB")
def test_one_answer_in_ten_lost_makes_no_difference(kind: str):
    with lone_card(kind, fwi=9) as card:  # 155 ms for each loss
        air = Air({kind: card})
        with read_by_nfcpy(air, f"106{kind}") as tag:
            air.loss = 0.1
            for turn in range(1, 21):
                answer = bytes(tag.transceive(card.order(764, b"hijklmn")))
                assert answer == turn.to_bytes(4, "big") + (b"hijklmn" * 110)[:764]
        assert air.lost >= 5


@pytest.mark.parametrize(("order", "spoken"), [(("106A", "106B"), "A"), (("106B", "106A"), "B")])
def test_what_is_asked_first_is_spoken_with_a_card_of_both_types(
    order: tuple[str, str], spoken: str
):
    """REQ-6-6-d as an independent reader shows it."""
    with (
        lone_card("A", fwi=FWI) as a,
        lone_card("B", fwi=FWI) as b,
        read_by_nfcpy(Air({"A": a, "B": b}), *order) as tag,
    ):
        assert type(tag).__name__ == f"Type4{spoken}Tag"
        assert ordered(a, tag.transceive, 3, b"abc") == b"abc"
