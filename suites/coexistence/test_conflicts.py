"""Two want the card at once: the error is provoked, known, and avoided by design (REQ-6-3-b)."""

from __future__ import annotations

import pytest

from fixtures.bench import Bench
from fixtures.card.apdu import SW
from fixtures.card.global_platform import get_data
from fixtures.card.jpki import EF, JpkiCard
from fixtures.card.logical_channel import LogicalChannel
from fixtures.card.platform import Platform
from fixtures.card.secure_channel import ChannelRefused
from fixtures.outcome import Inconclusive, Violation, expect
from suites.coexistence.conflicts import EXHAUSTED, NOT_OPEN, RULE, TAKEN, Word, documented
from suites.coexistence.storm import SIGNED
from suites.platform.session import platform_of

pytestmark = [pytest.mark.requirement(RULE), pytest.mark.needs("platform.channels", "pin.auth")]
HIGHEST = 19
STILL_OPEN = 0x6200  # warning of MANAGE CHANNEL: it was closed already
RETRIES = 3


@pytest.fixture
def platform(bench: Bench) -> Platform:
    return platform_of(bench)


def channel_of(platform: Platform) -> int:
    try:
        return platform.new_channel()
    except (ChannelRefused, ValueError) as error:
        raise Violation(RULE, str(error), "a logical channel") from None


def jpki_on(bench: Bench, number: int) -> JpkiCard:
    return JpkiCard(LogicalChannel(bench.channel, number))


def logged_in(bench: Bench, number: int) -> JpkiCard:
    """A JPKI session with the user PIN verified."""
    card = jpki_on(bench, number)
    card.select_ap()
    card.verify(EF.USER_PIN, bench.user_pin)
    card.select_ap()
    if card.sign(EF.USER_KEY, SIGNED).ok:
        raise Inconclusive("a verification outlives SELECT; see JPKI-J-01")
    card.verify(EF.USER_PIN, bench.user_pin)
    if not card.sign(EF.USER_KEY, SIGNED).ok:
        raise Inconclusive("no JPKI session on a card in its known state")
    return card


def known(sw: int, words: tuple[Word, ...], where: str) -> None:
    """The word is one that the table of conflicts explains."""
    if not documented(sw, words):
        raise Violation(RULE, sw, " or ".join(f"{word.sw:04X}" for word in words), where)


def unharmed(card: JpkiCard, where: str) -> None:
    """The key obeys without another VERIFY."""
    expect(RULE, card.sign(EF.USER_KEY, SIGNED).sw, SW.OK, f"PIN verified, then {where}")


def shut(card: JpkiCard, where: str) -> None:
    """The key does not obey: here nobody has verified a PIN."""
    told = card.sign(EF.USER_KEY, SIGNED).sw
    expect(RULE, told, SW.SECURITY_STATUS_NOT_SATISFIED, where)


def test_a_second_session_is_refused_by_a_known_word_or_works(bench: Bench, platform: Platform):
    """JPKI on a second channel: the first session keeps its rights and lends none of them."""
    second = channel_of(platform)
    first = logged_in(bench, 0)
    card = jpki_on(bench, second)
    answer = card.select_ap()
    where = f"JPKI is selected on channel {second} too"
    unharmed(first, where)
    if answer.ok:
        shut(card, f"{where}, where the PIN was verified on channel 0")
        stated = bench.jpki_applet.multi_selectable
        expect(RULE, stated, True, f"{where}, and no word refuses it; multi_selectable is stated")
    else:
        known(answer.sw, TAKEN, where)


def test_who_waits_or_asks_again_gets_in(bench: Bench, platform: Platform):
    """Serialise: after the first session is closed. Retry: it is asked until then."""
    first, second = channel_of(platform), channel_of(platform)
    logged_in(bench, first)
    card = jpki_on(bench, second)
    for turn in range(RETRIES):
        if turn == RETRIES - 1:
            platform.close_channel(first)
        answer = card.select_ap()
    expect(RULE, answer.sw, SW.OK, "SELECT again after the other session was closed")
    shut(card, "the PIN was verified in a session that is closed")


def test_a_channel_of_ones_own_is_left_alone(bench: Bench, platform: Platform):
    """Own channel: whatever is selected beside, the session goes on."""
    own = channel_of(platform)
    card = logged_in(bench, own)
    for number in (0, channel_of(platform)):
        platform.select(number=number)
        platform.send(get_data(0x00E0), number)
        unharmed(card, f"the issuer's domain is selected on channel {number}")


def test_all_channels_taken_is_said_by_a_known_word(bench: Bench, platform: Platform):
    """As many as the statement says; then a known refusal, nobody harmed, and one that is closed
    can be had again."""
    claimed = int(bench.statement.capabilities["platform.channels"])
    card = logged_in(bench, 0)
    taken: list[int] = []
    while (answer := platform.open_channel()).ok and len(taken) < HIGHEST:
        taken.append(answer.data[0])
    expect(RULE, len(taken), claimed, "MANAGE CHANNEL until none is free")
    expect(RULE, len(set(taken)), len(taken), "numbers of channels that were opened")
    known(answer.sw, EXHAUSTED, "one channel more than there are")
    unharmed(card, "all channels were taken")
    expect(RULE, platform.close_channel(taken[-1]).sw, SW.OK, "MANAGE CHANNEL, close")
    again = platform.open_channel()
    expect(RULE, (again.sw, again.data), (SW.OK, bytes(taken[-1:])), "open after one was closed")


def test_a_closed_channel_is_said_by_a_known_word(bench: Bench, platform: Platform):
    """Nobody answers there, neither before it was opened, nor after it was closed or a reset."""
    number = channel_of(platform)
    platform.close_channel(number)
    known(platform.select(number=number).sw, NOT_OPEN, "SELECT on a channel that was closed")
    expect(RULE, platform.close_channel(number).sw, STILL_OPEN, "closing it again")
    again = channel_of(platform)
    bench.channel.reset()
    known(platform.select(number=again).sw, NOT_OPEN, "SELECT on a channel that a reset closed")
    known(platform.select(number=HIGHEST).sw, NOT_OPEN, "SELECT on a channel never opened")


def test_what_is_left_to_fetch_stays_on_its_channel(bench: Bench, platform: Platform):
    """GET RESPONSE on another channel gets nothing of an answer that comes in pieces."""
    beside = channel_of(platform)
    card = logged_in(bench, 0)
    card.select_ef(EF.USER_KEY)
    whole = card.public_key_object(EF.USER_KEY, extended=False)
    platform.select(number=beside)
    card.select_ef(EF.USER_KEY)
    began = card.send_raw(bytes.fromhex("0046810000"))
    if began.sw & 0xFF00 != SW.BYTES_REMAINING:
        return  # it fits one answer, or comes otherwise; nothing is left to fetch
    stolen = platform.send_raw(bytes.fromhex("00C0000000"), beside)
    expect(RULE, stolen.data, b"", "GET RESPONSE on another channel")
    rest = card.collect(began)
    expect(RULE, rest, whole, "the answer fetched after that")
