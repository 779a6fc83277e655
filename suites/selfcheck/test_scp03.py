"""SCP03 between the host of the test bed and the reference, two programs that share no code.

Whatever is sent, both sides agree on it; whatever is altered on the way is refused, by the status
word of the standard, and ends the session (GPC Amendment D v1.1.1, 5.6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.card.apdu import SW, Command, Response
from fixtures.card.scp03 import (
    LEVELS,
    AnswerNotAuthentic,
    CardNotAuthenticated,
    ChannelError,
    InitializeUpdateAnswer,
    Level,
    Session,
    initialize_update,
    length_field,
    segments,
)
from fixtures.card.scp03_keys import StaticKeys, cmac, encrypt
from fixtures.card.secure_channel import ChannelRefused, SecureChannel, class_of
from suites.selfcheck.by_hand import STEADY
from suites.selfcheck.lone_domain import ECHO, Domain, LoneCard, lone_card

KEY_SIZES = (16, 24, 32)
MODES = (0x60, 0x61, 0x70, 0x71)  # random or pseudo-random challenge, S8 or S16
VERSION, OTHER, NO_DEK, UNEQUAL = 0x30, 0x31, 0x32, 0x33
STORE, INSTALL, FREE = 0xCA, 0xE6, 0x44  # any command, one in pieces, one without a session
WORN = bytes.fromhex("A0000001519999")
PLAIN_LEVELS = (bytes.fromhex("A0000001510000"), bytes.fromhex("A0000001510020"))
CHALLENGE = bytes(range(0xA0, 0xB0))
Told = tuple[int, int, bytes]


def keys_of(size: int, seed: int = 1) -> StaticKeys:
    return StaticKeys(*(bytes((seed * n + at) & 0xFF for at in range(size)) for n in (1, 5, 9)))


def aid_of(size: int, i: int) -> bytes:
    return bytes.fromhex("A000000151") + bytes((size, i))


def told(keys: StaticKeys) -> tuple[bytes, bytes, bytes]:
    return keys.enc, keys.mac, keys.dek


def domains() -> Iterator[Domain]:
    for size, i in product(KEY_SIZES, MODES):
        keys, other = told(keys_of(size)), told(keys_of(size, 3))
        without = (*keys[:2], b"")
        unequal = (*keys[:2], bytes(16 if size > 16 else 24))
        held = {NO_DEK: without, VERSION: keys, OTHER: other, UNEQUAL: unequal}
        yield Domain(aid_of(size, i), i, held)
    for aid in PLAIN_LEVELS:
        yield Domain(aid, aid[-1], {VERSION: told(keys_of(16))})
    yield Domain(WORN, 0x70, {VERSION: told(keys_of(16))}, counts={VERSION: 0xFF_FFFD})


@pytest.fixture(scope="module")
def card() -> Iterator[LoneCard]:
    with lone_card(domains()) as running:
        yield running


class Setting:
    """A key length, a mode and a level: the way one session is set up."""

    def __init__(self, size: int, i: int, level: Level, number: int = 0) -> None:
        self.size, self.i, self.level, self.number = size, i, level, number
        self.mac_size = 16 if i & 1 else 8

    def __repr__(self) -> str:
        told = f"AES-{8 * self.size} i={self.i:02X} level={self.level:02X}"
        return told + (f" channel {self.number}" if self.number else "")

    def open(self, card: LoneCard) -> SecureChannel:
        """A new application session and in it a secure channel."""
        card.select(aid_of(self.size, self.i), self.number)
        return SecureChannel.open(
            card.transmit, keys_of(self.size), self.level, CHALLENGE[: self.mac_size],
            key_version=VERSION, number=self.number,
        )  # fmt: skip


settings_of_all = st.builds(
    Setting, st.sampled_from(KEY_SIZES), st.sampled_from(MODES), st.sampled_from(LEVELS),
    st.sampled_from((0, 1, 3, 4, 12, 19)),
)  # fmt: skip
with_mac = st.builds(
    Setting, st.sampled_from(KEY_SIZES), st.sampled_from(MODES), st.sampled_from(LEVELS[1:])
)
with_response_mac = st.builds(
    Setting, st.sampled_from(KEY_SIZES), st.sampled_from(MODES), st.sampled_from(LEVELS[3:])
)
EVERY = [Setting(*each) for each in product(KEY_SIZES, MODES, LEVELS)]
SIMPLE = Setting(16, 0x70, Level(0x33))
octets = st.integers(0, 255)
data_fields = st.binary(max_size=40) | st.integers(200, 222).map(bytes)
commands = st.lists(st.tuples(octets, octets, data_fields), min_size=1, max_size=5)


# --- agreement ------------------------------------------------------------------------------


@STEADY
@given(setting=settings_of_all, sent=commands)
def test_both_sides_agree_on_any_series_of_commands(
    card: LoneCard, setting: Setting, sent: list[Told]
):
    """Commands without data among them, which advance the counter too."""
    channel = setting.open(card)
    for p1, p2, data in sent:
        assert channel.send(Command(0x80, STORE, p1, p2, data, 256)) == Response(data, SW.OK)


@pytest.mark.parametrize("setting", EVERY, ids=repr)
def test_both_sides_agree_around_every_boundary_of_length(card: LoneCard, setting: Setting):
    """Blocks, one byte of Lc with and without the MAC, one answer and the next."""
    channel = setting.open(card)
    for size in (0, 1, 15, 16, 17, 31, 32, 127, 128, 129, 222, 223, 224, 231, 232, 238, 239, 240,
                 246, 247, 248, 249, 254, 255, 256, 257, 478, 511, 512, 513, 1_000):  # fmt: skip
        data = bytes(at & 0xFF for at in range(size))
        assert channel.send(Command(0x80, INSTALL, 0x02, 0x00, data, 256)) == Response(data, SW.OK)


@STEADY
@given(setting=with_mac, data=st.binary(min_size=1, max_size=700))
def test_a_chained_command_is_protected_as_one(card: LoneCard, setting: Setting, data: bytes):
    channel = setting.open(card)
    wrapped = channel.session.wrap(Command(0x80, INSTALL, 0x0C, 0x00, data, 256))
    *first, last = segments(wrapped)
    assert all(piece.p1 == 0x8C and piece.le is None for piece in first)
    assert last.p1 == 0x0C
    assert [card.send(piece) for piece in first] == [Response(b"", SW.OK)] * len(first)
    answer = Response.parse(card.transmit(bytes(last)))
    assert answer.sw >> 8 in (0x61, 0x90)


@pytest.mark.parametrize("setting", EVERY, ids=repr)
def test_a_command_of_iso_7816_4_is_protected_under_its_own_class(card: LoneCard, setting: Setting):
    channel = setting.open(card)
    wrapped = channel.session.wrap(Command(0x00, STORE, 0, 0, b"iso", 256))
    assert wrapped.cla == (0x04 if setting.level else 0x00)
    assert channel.session.unwrap(card.send(wrapped)) == Response(b"iso", SW.OK)


@pytest.mark.parametrize("setting", EVERY, ids=repr)
@pytest.mark.parametrize("sw", [0x9000, 0x6200, 0x6283, 0x6310, 0x63C2])
def test_an_answer_is_protected_with_success_and_with_warnings(
    card: LoneCard, setting: Setting, sw: int
):
    channel = setting.open(card)
    for data in (b"", b"answer", bytes(200)):
        sent = Command(0x80, ECHO, sw >> 8, sw & 0xFF, data, 256)
        raw = Response.parse(card.transmit(bytes(channel.session.wrap(sent))))
        extra = setting.mac_size if setting.level & Level.R_MAC else 0
        assert len(raw.data) >= len(data) + extra
        assert raw.data == data or setting.level & Level.R_MAC
        assert channel.session.unwrap(raw) == Response(data, sw)


@pytest.mark.parametrize("sw", [0x6400, 0x6700, 0x6985, 0x6A80, 0x6A84, 0x6D00, 0x9001])
def test_an_error_is_nothing_but_its_status_word(card: LoneCard, sw: int):
    channel = SIMPLE.open(card)
    sent = Command(0x80, ECHO, sw >> 8, sw & 0xFF, b"data", 256)
    assert card.send(channel.session.wrap(sent)) == Response(b"", sw)
    assert channel.send(Command(0x80, STORE, 0, 0, b"goes on", 256)).data == b"goes on"


def test_each_logical_channel_has_a_session_of_its_own(card: LoneCard):
    opened = [Setting(16, 0x70, Level(0x33), number).open(card) for number in (0, 1, 19)]
    for turn in range(3):
        for channel in opened:
            data = bytes((turn, channel.number))
            assert channel.send(Command(0x80, STORE, 0, 0, data, 256)).data == data
    assert card.send(Command(0x80, STORE, 0, 0)).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    assert opened[1].send(Command(0x80, STORE, 0, 0, b"still", 256)).data == b"still"


# --- what is altered is refused ---------------------------------------------------------------


@STEADY
@given(setting=with_mac, data=st.binary(max_size=60), where=st.integers(min_value=0))
def test_any_flipped_bit_of_a_command_is_refused_and_ends_the_session(
    card: LoneCard, setting: Setting, data: bytes, where: int
):
    """Of INS, P1, P2, data or C-MAC. The channel is not covered, and Lc makes another length."""
    channel = setting.open(card)
    raw = bytearray(bytes(channel.session.wrap(Command(0x80, STORE, 0x00, 0x11, data))))
    places = [1, 2, 3, *range(5, len(raw))]
    place, bit = places[where // 8 % len(places)], 1 << where % 8
    raw[place] ^= bit
    assert card.transmit(bytes(raw)) == b"\x69\x82"
    refuses_everything(card, channel)
    raw[place] ^= bit
    assert card.transmit(bytes(raw)) == b"\x69\x82"


def refuses_everything(card: LoneCard, channel: SecureChannel) -> None:
    """Protected or not; until a session is begun anew."""
    assert card.send(Command(0x80, STORE, 0, 0)).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    again = channel.session.wrap(Command(0x80, STORE, 0, 0, b"again", 256))
    assert card.send(again).sw == SW.SECURITY_STATUS_NOT_SATISFIED


@STEADY
@given(setting=with_response_mac, data=st.binary(max_size=60), where=st.integers(min_value=0))
def test_any_flipped_bit_of_an_answer_is_refused_and_ends_the_session(
    card: LoneCard, setting: Setting, data: bytes, where: int
):
    channel = setting.open(card)
    raw = bytearray(card.transmit(bytes(channel.session.wrap(Command(0x80, STORE, 0, 0, data)))))
    raw[where // 8 % len(raw)] ^= 1 << where % 8
    with pytest.raises(AnswerNotAuthentic):
        channel.session.unwrap(Response.parse(bytes(raw)))
    with pytest.raises(ChannelError, match="the session is over"):
        channel.send(Command(0x80, STORE, 0, 0))


@STEADY
@given(setting=with_mac, where=st.integers(min_value=0))
def test_any_flipped_bit_of_external_authenticate_opens_nothing(
    card: LoneCard, setting: Setting, where: int
):
    """6300 for the cryptogram, 6982 for the C-MAC; and the challenge has served its time."""
    session = begun(card, setting)
    sent = session.external_authenticate(setting.level)
    place = where // 8 % len(sent.data)
    altered = bytearray(sent.data)
    altered[place] ^= 1 << where % 8
    in_cryptogram = place < setting.mac_size
    refused = SW.WRONG_CRYPTOGRAM if in_cryptogram else SW.SECURITY_STATUS_NOT_SATISFIED
    assert card.send(replace(sent, data=bytes(altered))).sw == refused
    assert card.send(sent).sw == SW.CONDITIONS_NOT_SATISFIED
    first = session.wrap(Command(0x80, STORE, 0, 0))
    assert card.send(first).sw == SW.SECURITY_STATUS_NOT_SATISFIED


def begun(card: LoneCard, setting: Setting, version: int = VERSION) -> Session:
    card.select(aid_of(setting.size, setting.i))
    challenge = CHALLENGE[: setting.mac_size]
    answer = card.send(initialize_update(version, challenge))
    assert answer.ok
    return Session(keys_of(setting.size), challenge, InitializeUpdateAnswer.parse(answer.data))


@pytest.mark.parametrize("setting", EVERY, ids=repr)
def test_a_level_cannot_be_changed_on_the_way(card: LoneCard, setting: Setting):
    for level in LEVELS:
        if level != setting.level:
            sent = begun(card, setting).external_authenticate(setting.level)
            altered = card.send(replace(sent, p1=level))
            assert altered.sw == SW.SECURITY_STATUS_NOT_SATISFIED


@pytest.mark.parametrize("level", LEVELS[1:])
def test_a_recorded_command_does_not_serve_twice(card: LoneCard, level: Level):
    channel = Setting(16, 0x60, level).open(card)
    recorded = bytes(channel.session.wrap(Command(0x80, STORE, 0, 0, b"once")))
    assert card.transmit(recorded)[-2:] == b"\x90\x00"
    assert card.transmit(recorded) == b"\x69\x82"


def test_recorded_commands_do_not_serve_out_of_order(card: LoneCard):
    channel = SIMPLE.open(card)
    channel.session.wrap(Command(0x80, STORE, 0, 0, b"first"))
    second = channel.session.wrap(Command(0x80, STORE, 0, 0, b"second"))
    assert card.send(second).sw == SW.SECURITY_STATUS_NOT_SATISFIED


@pytest.mark.parametrize("i", MODES)
def test_a_recorded_session_does_not_open_again(card: LoneCard, i: int):
    """The same host challenge comes again, but the card's is another."""
    setting = Setting(16, i, Level(0x33))
    recorded = begun(card, setting).external_authenticate(setting.level)
    assert card.send(recorded).ok
    begun(card, setting)
    assert card.send(recorded).sw == SW.WRONG_CRYPTOGRAM


# --- what is protected wrongly, by one who has the keys ----------------------------------------


def forged(session: Session, data: bytes) -> Command:
    """A first command with a right C-MAC over any data field."""
    head = bytes((0x84, STORE, 0x00, 0x00)) + length_field(len(data) + session.mac_size)
    opening = session.external_authenticate(session.level)
    chain = cmac(session.keys.mac, bytes(16) + bytes(opening)[: -session.mac_size])
    mac = cmac(session.keys.mac, chain + head + data)
    return Command(0x84, STORE, 0x00, 0x00, data + mac[: session.mac_size])


@pytest.mark.parametrize(
    "plain",
    [bytes(16), b"\x80" + bytes(31), b"data" + bytes(12), b"\x81" + bytes(15), b"\xff" * 16],
    ids=["nothing but 00", "a block too many", "no 80", "81 for 80", "no padding"],
)
def test_wrong_padding_ends_the_session(card: LoneCard, plain: bytes):
    session = begun(card, SIMPLE)
    assert card.send(session.external_authenticate(Level(0x33))).ok
    session.level = Level(0x33)
    vector = encrypt(session.keys.enc, bytes(16), bytes(15) + b"\x01")
    sent = forged(session, encrypt(session.keys.enc, vector, plain))
    assert card.send(sent).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    assert card.send(Command(0x80, STORE, 0, 0)).sw == SW.SECURITY_STATUS_NOT_SATISFIED


@pytest.mark.parametrize("size", [1, 15, 17])
def test_a_cipher_text_of_no_whole_blocks_ends_the_session(card: LoneCard, size: int):
    session = begun(card, SIMPLE)
    assert card.send(session.external_authenticate(Level(0x33))).ok
    assert card.send(forged(session, bytes(size))).sw == SW.SECURITY_STATUS_NOT_SATISFIED


def test_an_encrypted_empty_data_field_is_tolerated(card: LoneCard):
    """The standard encrypts nothing there, and hosts are in use that do."""
    session = begun(card, SIMPLE)
    assert card.send(session.external_authenticate(Level(0x33))).ok
    vector = encrypt(session.keys.enc, bytes(16), bytes(15) + b"\x01")
    sent = forged(session, encrypt(session.keys.enc, vector, b"\x80" + bytes(15)))
    assert card.send(sent).ok


@pytest.mark.parametrize("size", range(8))
def test_a_command_shorter_than_its_mac_ends_the_session(card: LoneCard, size: int):
    channel = SIMPLE.open(card)
    short = Command(0x84, STORE, 0, 0, bytes(size))
    assert card.send(short).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    refuses_everything(card, channel)


# --- rules of the protocol (5.6) ---------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS[1:])
@pytest.mark.parametrize("cla", [0x80, 0x00, 0x88, 0x8C])
def test_a_command_below_the_level_ends_the_session(card: LoneCard, level: Level, cla: int):
    channel = Setting(16, 0x70, level).open(card)
    assert card.send(Command(cla, STORE, 0, 0)).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    refuses_everything(card, channel)


def test_a_command_above_the_level_is_accepted(card: LoneCard):
    channel = Setting(16, 0x70, Level(0x00)).open(card)
    assert channel.send(Command(0x80, STORE, 0, 0, b"in clear")).data == b"in clear"
    channel.session.level = Level.C_MAC
    assert channel.send(Command(0x80, STORE, 0, 0, b"with a C-MAC")).data == b"with a C-MAC"


def test_protection_without_a_session_is_refused(card: LoneCard):
    card.select(aid_of(16, 0x70))
    sent = Command(0x84, STORE, 0, 0, bytes(8))
    assert card.send(sent).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    assert card.send(Command(0x84, 0x82, 0x33, 0, bytes(16))).sw == SW.CONDITIONS_NOT_SATISFIED


def selected_again(card: LoneCard) -> None:
    card.select(aid_of(16, 0x70))


def reset(card: LoneCard) -> None:
    card.reset()
    selected_again(card)


def test_a_command_that_needs_no_session_is_refused_only_after_an_abort(card: LoneCard):
    card.select(aid_of(16, 0x70))
    free = Command(0x80, FREE, 0, 0, b"free")
    assert card.send(free) == Response(b"free", SW.OK)
    begun(card, SIMPLE)
    assert card.send(free) == Response(b"free", SW.OK)
    SIMPLE.open(card)
    assert [card.send(free).sw for _ in range(2)] == [SW.SECURITY_STATUS_NOT_SATISFIED] * 2
    card.send(initialize_update(0xEE, CHALLENGE[:8]))  # fails, and ends what was aborted
    assert card.send(free) == Response(b"free", SW.OK)


BEGIN_ANEW: dict[str, Callable[[LoneCard], None]] = {
    "INITIALIZE UPDATE": lambda card: None,
    "SELECT": selected_again,
    "a reset": reset,
}


@pytest.mark.parametrize("how", BEGIN_ANEW)
def test_an_aborted_session_makes_room_for_a_new_one_by(card: LoneCard, how: str):
    channel = SIMPLE.open(card)
    assert card.send(Command(0x80, STORE, 0, 0)).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    assert card.send(Command(0x84, 0x82, 0x33, 0, bytes(16))).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    refuses_everything(card, channel)
    BEGIN_ANEW[how](card)
    fresh = SecureChannel.open(card.transmit, keys_of(16), Level(0x33), CHALLENGE[:8])
    assert fresh.send(Command(0x80, STORE, 0, 0, b"new", 256)).data == b"new"


@pytest.mark.parametrize("how", BEGIN_ANEW)
def test_an_open_session_is_ended_by(card: LoneCard, how: str):
    channel = SIMPLE.open(card)
    BEGIN_ANEW[how](card)
    card.send(initialize_update(0xEE, CHALLENGE[:8]))  # an attempt that fails is enough
    sent = channel.session.wrap(Command(0x80, STORE, 0, 0))
    assert card.send(sent).sw == SW.SECURITY_STATUS_NOT_SATISFIED


def test_external_authenticate_within_a_session_is_a_command_like_others(card: LoneCard):
    channel = SIMPLE.open(card)
    sent = channel.session.wrap(Command(0x80, 0x82, 0x33, 0, bytes(16)))
    assert card.send(sent).sw == SW.CONDITIONS_NOT_SATISFIED
    assert channel.send(Command(0x80, STORE, 0, 0, b"goes on", 256)).data == b"goes on"


# --- INITIALIZE UPDATE and EXTERNAL AUTHENTICATE -----------------------------------------------


@pytest.mark.parametrize(("size", "i"), [*product(KEY_SIZES, MODES)])
def test_the_answer_to_initialize_update_is_as_long_as_its_parameter_says(
    card: LoneCard, size: int, i: int
):
    card.select(aid_of(size, i))
    for asked, version in ((0x00, VERSION), (VERSION, VERSION), (OTHER, OTHER)):
        answer = card.send(initialize_update(asked, CHALLENGE[: 16 if i & 1 else 8]))
        assert len(answer.data) == {0x60: 29, 0x61: 45, 0x70: 32, 0x71: 48}[i]
        read = InitializeUpdateAnswer.parse(answer.data)
        assert (read.key_version, read.i) == (version, i)


INCORRECT: dict[str, tuple[Command, SW]] = {
    "no such version": (initialize_update(0x44, CHALLENGE[:8]), SW.REFERENCED_DATA_NOT_FOUND),
    "no Key-DEK": (initialize_update(NO_DEK, CHALLENGE[:8]), SW.REFERENCED_DATA_NOT_FOUND),
    "unequal keys": (initialize_update(UNEQUAL, CHALLENGE[:8]), SW.REFERENCED_DATA_NOT_FOUND),
    "a challenge for S16": (initialize_update(0x00, CHALLENGE), SW.WRONG_LENGTH),
    "a challenge of 7": (initialize_update(0x00, CHALLENGE[:7]), SW.WRONG_LENGTH),
    "no challenge": (initialize_update(0x00, b""), SW.WRONG_LENGTH),
    "P2 01": (Command(0x80, 0x50, 0x00, 0x01, CHALLENGE[:8], 256), SW.WRONG_P1_P2),
    "class 00": (initialize_update(0x00, CHALLENGE[:8], cla=0x00), SW.CLA_NOT_SUPPORTED),
}


@pytest.mark.parametrize("case", INCORRECT)
def test_initialize_update_is_refused_for(card: LoneCard, case: str):
    command, sw = INCORRECT[case]
    card.select(aid_of(16, 0x70))
    assert card.send(command) == Response(b"", sw)


def test_the_counter_goes_on_over_resets_and_each_key_set_has_its_own(card: LoneCard):
    aid = aid_of(24, 0x70)
    first = {version: counted(card, aid, version) for version in (VERSION, OTHER)}
    card.reset()
    for more in (1, 2):
        for version, count in first.items():
            assert counted(card, aid, version) == count + more


def counted(card: LoneCard, aid: bytes, version: int) -> int:
    card.select(aid)
    answer = card.send(initialize_update(version, CHALLENGE[:8]))
    counter = InitializeUpdateAnswer.parse(answer.data).counter
    assert counter is not None
    return counter


def test_a_counter_at_its_end_begins_no_more_sessions(card: LoneCard):
    assert counted(card, WORN, VERSION) == 0xFF_FFFE
    assert counted(card, WORN, VERSION) == 0xFF_FFFF
    for _ in range(2):
        answer = card.send(initialize_update(VERSION, CHALLENGE[:8]))
        assert answer == Response(b"", SW.CONDITIONS_NOT_SATISFIED)


@pytest.mark.parametrize("i", MODES)
def test_no_card_challenge_comes_twice(card: LoneCard, i: int):
    card.select(aid_of(32, i))
    sent = initialize_update(VERSION, CHALLENGE[: 16 if i & 1 else 8])
    answers = [InitializeUpdateAnswer.parse(card.send(sent).data) for _ in range(200)]
    assert len({answer.challenge for answer in answers}) == 200


@pytest.mark.parametrize(("aid", "most"), [*zip(PLAIN_LEVELS, (0x03, 0x13), strict=True)])
def test_a_level_beyond_the_parameter_is_refused(card: LoneCard, aid: bytes, most: int):
    """i = 00 has no R-MAC, i = 20 no R-ENCRYPTION (table 5-1)."""
    for level in LEVELS:
        card.select(aid)
        challenge = CHALLENGE[:8]
        answer = card.send(initialize_update(VERSION, challenge))
        session = Session(keys_of(16), challenge, InitializeUpdateAnswer.parse(answer.data))
        opened = card.send(session.external_authenticate(level)).sw
        assert opened == (SW.OK if level <= most else SW.WRONG_P1_P2)


def test_the_host_says_which_command_was_refused(card: LoneCard):
    card.select(PLAIN_LEVELS[0])
    for version, told in ((0xEE, "INITIALIZE UPDATE"), (VERSION, "EXTERNAL AUTHENTICATE")):
        with pytest.raises(ChannelRefused, match=f"{told} is answered by 6A8[86]"):
            SecureChannel.open(
                card.transmit, keys_of(16), Level(0x33), CHALLENGE[:8], key_version=version
            )


@pytest.mark.parametrize("p1", [0x02, 0x10, 0x20, 0x21, 0x23, 0x30, 0x31, 0x34, 0x80, 0xB3])
def test_a_level_that_no_table_has_is_refused(card: LoneCard, p1: int):
    sent = begun(card, SIMPLE).external_authenticate(Level(0x33))
    assert card.send(replace(sent, p1=p1)).sw == SW.WRONG_P1_P2
    assert card.send(sent).sw == SW.CONDITIONS_NOT_SATISFIED


def test_external_authenticate_has_p2_00_and_one_length_and_a_secured_class(card: LoneCard):
    sent = begun(card, SIMPLE).external_authenticate(Level(0x33))
    for wrong, sw in (
        (replace(sent, p2=0x01), SW.WRONG_P1_P2),
        (replace(sent, data=bytes(15)), SW.WRONG_LENGTH),
        (replace(sent, data=bytes(32)), SW.WRONG_LENGTH),
        (replace(sent, cla=0x80), SW.SECURITY_STATUS_NOT_SATISFIED),
    ):
        sent = begun(card, SIMPLE).external_authenticate(Level(0x33))
        assert card.send(wrong).sw == sw
        assert card.send(sent).sw == SW.CONDITIONS_NOT_SATISFIED


def test_the_host_refuses_a_card_without_the_keys(card: LoneCard):
    card.select(aid_of(16, 0x70))
    answer = card.send(initialize_update(OTHER, CHALLENGE[:8]))
    with pytest.raises(CardNotAuthenticated, match="the card cryptogram is wrong"):
        Session(keys_of(16), CHALLENGE[:8], InitializeUpdateAnswer.parse(answer.data))


def test_the_card_refuses_a_host_without_the_keys(card: LoneCard):
    begun(card, SIMPLE)
    assert card.send(Command(0x84, 0x82, 0x33, 0, bytes(16))).sw == SW.WRONG_CRYPTOGRAM


@pytest.mark.parametrize("size", range(60))
def test_an_answer_of_another_length_is_none(size: int):
    raw = (bytes(10) + bytes.fromhex("300370") + bytes(60))[:size]
    if size == 32:
        assert InitializeUpdateAnswer.parse(raw).counter == 0
        return
    with pytest.raises(ValueError):
        InitializeUpdateAnswer.parse(raw)


def test_another_protocol_is_none():
    with pytest.raises(ValueError, match="not an answer of SCP03"):
        InitializeUpdateAnswer.parse(bytes(10) + bytes.fromhex("200200") + bytes(16))


# --- chained commands (Card Specification 11.1.5.1) ---------------------------------------------


def test_a_stranger_between_the_pieces_is_refused_and_the_session_goes_on(card: LoneCard):
    channel = SIMPLE.open(card)
    assert card.send(Command(0x84, INSTALL, 0x80, 0, b"piece")) == Response(b"", SW.OK)
    stranger = channel.session.wrap(Command(0x80, STORE, 0, 0, b"stranger"))
    assert card.send(stranger) == Response(b"", SW.CONDITIONS_NOT_SATISFIED)
    answer = channel.session.unwrap(card.send(stranger))
    assert answer == Response(b"stranger", SW.OK)


@pytest.mark.parametrize("head", ["84E60100", "84E60001", "84E40000", "80E60000"])
def test_another_header_breaks_the_chain(card: LoneCard, head: str):
    SIMPLE.open(card)
    assert card.send(Command(0x84, INSTALL, 0x80, 0, b"piece")).ok
    last = bytes.fromhex(head) + b"\x05piece"
    assert card.transmit(last) == b"\x69\x85"


def test_a_chain_has_a_limit(card: LoneCard):
    SIMPLE.open(card)
    piece = Command(0x84, INSTALL, 0x80, 0, bytes(255))
    answers = [card.send(piece).sw for _ in range(9)]
    assert answers == [SW.OK] * 8 + [SW.WRONG_P1_P2]


@STEADY
@given(data=st.binary(min_size=256, max_size=700), where=st.integers(min_value=0))
def test_any_flipped_bit_in_any_piece_is_refused_at_the_end(
    card: LoneCard, data: bytes, where: int
):
    channel = SIMPLE.open(card)
    pieces = list(segments(channel.session.wrap(Command(0x80, INSTALL, 0, 0, data))))
    piece = pieces[where % len(pieces)]
    altered = bytearray(piece.data)
    altered[where % len(altered)] ^= 1 << where % 8
    pieces[where % len(pieces)] = replace(piece, data=bytes(altered))
    *first, last = [card.send(each).sw for each in pieces]
    assert first == [SW.OK] * len(first)
    assert last == SW.SECURITY_STATUS_NOT_SATISFIED
    refuses_everything(card, channel)


def test_chaining_by_the_class_byte_is_not_offered(card: LoneCard):
    SIMPLE.open(card)
    assert card.send(Command(0x94, INSTALL, 0, 0, b"piece")).sw == SW.CLA_NOT_SUPPORTED


@pytest.mark.parametrize("size", [240, 247, 248, 249, 256, 257, 512, 513])
def test_a_long_answer_has_one_mac_at_its_end(card: LoneCard, size: int):
    channel = Setting(16, 0x70, Level(0x11)).open(card)
    answer = channel.send(Command(0x80, INSTALL, 0, 0, bytes(size), 256))
    assert answer == Response(bytes(size), SW.OK)
    assert card.send(Command(0x00, 0xC0, 0, 0, le=256)).sw == SW.CONDITIONS_NOT_SATISFIED


# --- the host by itself ------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(20))
def test_channels_and_protection_are_told_by_the_class_byte(card: LoneCard, number: int):
    channel = Setting(16, 0x70, Level(0x01), number).open(card)
    wrapped = channel.session.wrap(Command(class_of(0x80, number), STORE, 0, 0))
    assert wrapped.cla == (0x84 | number if number < 4 else 0xE0 | (number - 4))


@pytest.mark.parametrize("number", [-1, 20])
def test_there_is_no_other_channel(number: int):
    with pytest.raises(ValueError, match="no logical channel"):
        class_of(0x80, number)


def test_data_that_nothing_protects_is_no_answer(card: LoneCard):
    channel = SIMPLE.open(card)
    channel.session.wrap(Command(0x80, STORE, 0, 0))
    with pytest.raises(AnswerNotAuthentic, match="6A80 with data that nothing protects"):
        channel.session.unwrap(Response(b"?", 0x6A80))


def test_an_answer_whose_mac_was_taken_away_is_none(card: LoneCard):
    channel = SIMPLE.open(card)
    channel.session.wrap(Command(0x80, STORE, 0, 0))
    with pytest.raises(AnswerNotAuthentic, match="the R-MAC is wrong"):
        channel.session.unwrap(Response(b"", 0x9000))


def test_a_session_shows_none_of_its_keys(card: LoneCard):
    channel = SIMPLE.open(card)
    shown = repr(channel) + repr(channel.session) + repr(channel.session.keys)
    for key in (channel.session.keys.enc, channel.session.keys.mac, channel.session.keys.rmac):
        assert repr(key) not in shown
        assert key.hex() not in shown
