"""A second opinion on SCP03: the host of yubikit (yubikey-manager) drives the reference.

It speaks AES-128, S8 and level 33, nothing else. Three habits of it are worth knowing: it encrypts
an empty data field too, it does not look at the status word of EXTERNAL AUTHENTICATE, and it takes
an answer without any data as it comes, although an R-MAC should be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yubikit.core import TRANSPORT, BadResponseError
from yubikit.core.smartcard import ApduError, SmartCardConnection, SmartCardProtocol
from yubikit.core.smartcard.scp import KeyRef, Scp03KeyParams, StaticKeys

from fixtures.card.apdu import SW, Command
from fixtures.card.scp03 import InitializeUpdateAnswer, Level, Session
from fixtures.card.scp03_keys import StaticKeys as OurKeys
from suites.selfcheck.by_hand import STEADY
from suites.selfcheck.lone_domain import ECHO, Domain, LoneCard, lone_card

ISD = bytes.fromhex("A000000151000000")
OTHER = bytes.fromhex("A000000151000001")
KEYS = (bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48)))
LONG_KEYS = (bytes(range(32)),) * 3
VERSION, LONG = 0x30, 0x31
STORE = 0xCA


@dataclass
class Pipe(SmartCardConnection):
    """Bytes to the card and back, and the one place where they can be altered."""

    card: LoneCard
    flip_command: tuple[int, int] | None = None  # INS of the command, and a bit of its data
    flip_answer: int | None = None  # a bit of the next answer
    sent: list[bytes] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)

    @property
    def transport(self) -> TRANSPORT:
        """With NFC it keeps to short commands."""
        return TRANSPORT.NFC

    def send_and_receive(self, apdu: bytes) -> tuple[bytes, int]:
        if self.flip_command and apdu[1] == self.flip_command[0]:
            apdu = apdu[:5] + flipped(apdu[5:], self.flip_command[1])
        answer = self.card.transmit(apdu)
        if self.flip_answer is not None:
            answer = flipped(answer, self.flip_answer)
        self.sent.append(apdu)
        self.received.append(answer)
        return answer[:-2], int.from_bytes(answer[-2:], "big")


def flipped(raw: bytes, bit: int) -> bytes:
    """One bit is another; the count starts over at the end."""
    changed = bytearray(raw)
    changed[bit // 8 % len(raw)] ^= 1 << bit % 8
    return bytes(changed)


@pytest.fixture(scope="module")
def card() -> Iterator[LoneCard]:
    held = {VERSION: KEYS, LONG: LONG_KEYS}
    with lone_card([Domain(ISD, 0x70, held), Domain(OTHER, 0x60, held)]) as running:
        yield running


def opened(card: LoneCard, aid: bytes = ISD) -> tuple[SmartCardProtocol, Pipe]:
    pipe = Pipe(card)
    protocol = SmartCardProtocol(pipe)
    protocol.select(aid)
    protocol.init_scp(Scp03KeyParams(KeyRef(1, VERSION), StaticKeys(*KEYS)))
    return protocol, pipe


@STEADY
@given(
    aid=st.sampled_from((ISD, OTHER)),
    sent=st.lists(st.binary(max_size=239), min_size=1, max_size=4),
)
def test_yubikit_and_the_card_agree_on_any_data(card: LoneCard, aid: bytes, sent: list[bytes]):
    """Pseudo-random challenge and random one; among the commands some without data."""
    protocol, _ = opened(card, aid)
    for data in sent:
        assert protocol.send_apdu(0x80, STORE, 0, 0, data) == data


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 223, 224, 225, 231, 232, 238, 239])
def test_yubikit_and_the_card_agree_around_blocks(card: LoneCard, size: int):
    protocol, _ = opened(card)
    assert protocol.send_apdu(0x80, STORE, 0, 0, bytes(size)) == bytes(size)


@pytest.mark.parametrize("sw", [0x6283, 0x6310, 0x6A88, 0x6985])
def test_yubikit_is_told_any_status_word(card: LoneCard, sw: int):
    protocol, _ = opened(card)
    with pytest.raises(ApduError) as told:
        protocol.send_apdu(0x80, ECHO, sw >> 8, sw & 0xFF, b"data")
    assert told.value.sw == sw
    assert told.value.data == (b"data" if sw >> 8 in (0x62, 0x63) else b"")
    assert protocol.send_apdu(0x80, STORE, 0, 0, b"goes on") == b"goes on"


def test_yubikit_and_our_host_write_the_same_bytes(card: LoneCard):
    """Command by command, from the challenge it drew and the card answered."""
    protocol, pipe = opened(card, OTHER)
    answer = InitializeUpdateAnswer.parse(pipe.received[1][:-2])
    session = Session(OurKeys(*KEYS), pipe.sent[1][5:13], answer)
    assert bytes(session.external_authenticate(Level(0x33))) == pipe.sent[2]
    for size in (1, 16, 100, 239):
        protocol.send_apdu(0x80, STORE, 0x01, 0x02, bytes(size))
        ours = bytes(session.wrap(Command(0x80, STORE, 0x01, 0x02, bytes(size))))
        assert ours == pipe.sent[-1]


# --- each finds what is altered -----------------------------------------------------------------


@STEADY
@given(data=st.binary(max_size=100), bit=st.integers(min_value=0, max_value=1 << 12))
def test_the_card_finds_any_bit_of_a_command_that_is_flipped(card: LoneCard, data: bytes, bit: int):
    protocol, pipe = opened(card)
    pipe.flip_command = STORE, bit
    with pytest.raises(ApduError) as refused:
        protocol.send_apdu(0x80, STORE, 0, 0, data)
    assert refused.value.sw == SW.SECURITY_STATUS_NOT_SATISFIED
    pipe.flip_command = None
    with pytest.raises(ApduError) as over:
        protocol.send_apdu(0x80, STORE, 0, 0, data)
    assert over.value.sw == SW.SECURITY_STATUS_NOT_SATISFIED


@STEADY
@given(data=st.binary(max_size=100), bit=st.integers(min_value=0, max_value=1 << 12))
def test_yubikit_finds_any_bit_of_an_answer_that_is_flipped(card: LoneCard, data: bytes, bit: int):
    protocol, pipe = opened(card)
    pipe.flip_answer = bit
    with pytest.raises((BadResponseError, ApduError)):
        protocol.send_apdu(0x80, STORE, 0, 0, data)


def test_yubikit_refuses_a_card_with_other_keys(card: LoneCard):
    protocol = SmartCardProtocol(Pipe(card))
    protocol.select(ISD)
    wrong = Scp03KeyParams(KeyRef(1, LONG), StaticKeys(*KEYS))
    with pytest.raises(ValueError, match="Incorrect SCP parameters"):
        protocol.init_scp(wrong)


@pytest.mark.parametrize("bit", range(0, 128, 9))
def test_the_card_refuses_yubikit_when_its_cryptogram_or_mac_is_altered(card: LoneCard, bit: int):
    """Yubikit does not notice (it looks at no status word there) before its first command."""
    pipe = Pipe(card, flip_command=(0x82, bit))
    protocol = SmartCardProtocol(pipe)
    protocol.select(ISD)
    protocol.init_scp(Scp03KeyParams(KeyRef(1, VERSION), StaticKeys(*KEYS)))
    assert pipe.received[-1].hex() == ("6300" if bit < 64 else "6982")
    with pytest.raises(ApduError) as refused:
        protocol.send_apdu(0x80, STORE, 0, 0, b"data")
    assert refused.value.sw == SW.SECURITY_STATUS_NOT_SATISFIED
