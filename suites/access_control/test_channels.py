"""REQ-2-1-m: a channel of an app is its own, begins where it asked for, and ends when it should."""

from __future__ import annotations

from itertools import product

import pytest

from fixtures.card.apdu import SW, Response
from fixtures.outcome import expect
from fixtures.targets.omapi import Raised, SignedApp
from suites.access_control import cts
from suites.access_control.handset import LONG, MISSING, PLAIN, RULE, Handset, shown
from suites.access_control.rules import ALWAYS, Rule

ANOTHER = cts.AIDS[0]
EVERYTHING = (Rule(b"", b"", ALWAYS), Rule(None, b"", ALWAYS))
MOST = 19  # logical channels that an element can have (ISO/IEC 7816-4 5.4.1)
HELLO = bytes.fromhex("00060000")
TELL_P2 = bytes.fromhex("00F4000000")  # P2 of the SELECT by which the test applet was selected
OPENED = (
    ((PLAIN[:1], 0x00), "IllegalArgumentException"),
    ((PLAIN[:4], 0x00), "IllegalArgumentException"),
    ((PLAIN + b"\x00", 0x00), "IllegalArgumentException"),
    ((MISSING, 0x00), "NoSuchElementException"),
    ((PLAIN, 0x01), "UnsupportedOperationException"),
    ((PLAIN, 0x02), "UnsupportedOperationException"),
    ((PLAIN, 0x10), "UnsupportedOperationException"),
    ((PLAIN, 0xF0), "UnsupportedOperationException"),
    ((PLAIN, 0x00), "a channel"),
    ((PLAIN, 0x0C), "a channel"),
    ((b"", 0x00), "a channel"),
)
"""AID and P2, and what an app gets that may do everything."""

pytestmark = [
    pytest.mark.requirement(RULE),
    pytest.mark.needs("platform.omapi_access"),
    pytest.mark.destructive,
]


@pytest.fixture
def app(handset: Handset) -> SignedApp:
    """One that may do everything, like all others."""
    handset.set_rules(EVERYTHING)
    return handset.of_one_signer[0]


def test_opening_by_name(handset: Handset, app: SignedApp):
    """On both kinds of channel; an empty name is none at all."""
    for ((aid, p2), wanted), basic in product(OPENED, (False, True)):
        session = handset.session(app)
        opened = handset.phone.open(session, aid, p2, basic=basic)
        got = "a channel" if isinstance(opened, int) else shown(opened)
        kind = "basic" if basic else "logical"
        expect(RULE, got, wanted, f"AID {aid.hex().upper()}, P2 {p2:02X}, {kind} channel")
        handset.phone.close_session(session)


def test_p2_arrives_at_the_applet(handset: Handset, app: SignedApp):
    for p2 in (0x00, 0x04, 0x08, 0x0C):
        answer = handset.phone.send(handset.channel(app, PLAIN, p2), TELL_P2)
        expect(RULE, answer, Response(bytes((p2,)), SW.OK), f"selected with P2 {p2:02X}")


def test_the_answer_to_select_is_there_whole(handset: Handset, app: SignedApp):
    """Of the applet whose answer is long; and none where nothing was named."""
    answer = handset.phone.select_response(handset.channel(app, LONG))
    assert isinstance(answer, bytes)
    body, sw = answer[:-2], answer[-2:]
    long = body[:2] == b"\x6f\x81" and len(body) == 3 + body[2]
    expect(RULE, (sw, long), (b"\x90\x00", True), "a BER-TLV data object, complete")
    unnamed = handset.phone.select_response(handset.channel(app, None))
    expect(RULE, unnamed, None, "no application was named")


def test_select_next_goes_from_one_to_the_next_and_to_no_other(handset: Handset, app: SignedApp):
    """By a part of the name, until there is none; who is selected then stays so."""
    channel = handset.channel(app, PLAIN[:-1])
    names = [handset.phone.select_response(channel)]
    while (found := handset.phone.select_next(channel)) is True and len(names) <= 40:
        names.append(handset.phone.select_response(channel))
    expect(RULE, found, False, f"after {len(names)} applications")
    met = {aid for aid in (PLAIN, LONG, *cts.AIDS) if any(aid in (n or b"") for n in names)}  # type: ignore[operator]
    expect(RULE, len(met), 18, "test applets with that name")
    expect(RULE, handset.phone.send(channel, TELL_P2), Response(b"\x02", SW.OK), "the last one")
    unnamed = handset.phone.select_next(handset.channel(app, None))
    expect(RULE, unnamed, Raised("UnsupportedOperationException"), "no application was named")


def test_channels_run_out_and_come_back(handset: Handset, app: SignedApp):
    """Null is no error; and one that is closed, or could not be opened, is free again."""
    session = handset.session(app)
    opened = [handset.phone.open(session, PLAIN) for _ in range(MOST + 2)]
    held = [one for one in opened if isinstance(one, int)]
    expect(RULE, opened[len(held) :], [None] * (MOST + 2 - len(held)), f"{len(held)} are open")
    expect(RULE, 1 <= len(held) <= MOST, True, f"{len(held)} channels were to be had")
    for channel in held[:3]:
        handset.phone.close(channel)
    for _ in range(MOST + 2):
        refused = handset.phone.open(session, MISSING)
        expect(RULE, refused, Raised("NoSuchElementException"), "no such applet, channels are free")
    again = [handset.phone.open(session, PLAIN) for _ in range(2)]
    expect(RULE, all(isinstance(one, int) for one in again), True, "two of three closed ones")


def test_no_two_apps_have_the_basic_channel(handset: Handset, app: SignedApp):
    other = handset.of_one_signer[1]
    session = handset.session(app)
    channel = handset.phone.open(session, PLAIN, basic=True)
    expect(RULE, isinstance(channel, int), True, "the basic channel is free")
    taken = handset.phone.open(handset.session(other), PLAIN, basic=True)
    expect(RULE, taken, None, "another app has the basic channel")
    handset.phone.close_session(session)
    handset.channel(other, PLAIN, basic=True)


def test_the_basic_channel_comes_back_without_the_applet_of_before(
    handset: Handset, app: SignedApp
):
    """Who names no application must not meet the one that somebody else was talking to."""
    handset.channel(app, ANOTHER, 0x04, basic=True)
    session = handset.session(app)
    handset.phone.process_dies(app.name)
    left = handset.phone.open(session, PLAIN)
    expect(RULE, isinstance(left, int), False, "a session of a process that is no more")
    other = handset.of_one_signer[1]
    answer = handset.phone.send(handset.channel(other, None, basic=True), TELL_P2)
    still = isinstance(answer, Response) and answer.ok and answer.data == b"\x04"
    expect(RULE, still, False, "the applet of the app before answers")


def test_a_process_that_dies_takes_its_own_channels_with_it(handset: Handset, app: SignedApp):
    other = handset.of_one_signer[1]
    mine, others = handset.channel(app, PLAIN), handset.channel(other, PLAIN)
    handset.phone.process_dies(app.name)
    gone = handset.phone.transmit(mine, HELLO)
    expect(RULE, gone, Raised("IllegalStateException"), f"{app.name} died")
    expect(RULE, handset.phone.transmit(others, HELLO), b"\x90\x00", f"{app.name} died")


def test_what_is_closed_stays_closed(handset: Handset, app: SignedApp):
    """A channel, and a session with its channels."""
    closed = Raised("IllegalStateException")
    session = handset.session(app)
    one, two = (handset.phone.open(session, PLAIN) for _ in range(2))
    assert isinstance(one, int)
    assert isinstance(two, int)
    handset.phone.close(one)
    expect(RULE, handset.phone.transmit(one, HELLO), closed, "the channel was closed")
    expect(RULE, handset.phone.select_next(one), closed, "the channel was closed")
    expect(RULE, handset.phone.transmit(two, HELLO), b"\x90\x00", "another was closed")
    handset.phone.close_session(session)
    expect(RULE, handset.phone.transmit(two, HELLO), closed, "the session was closed")
    expect(RULE, handset.phone.open(session, PLAIN), closed, "the session was closed")


@pytest.mark.needs("platform.element_double")
def test_no_channel_survives_that_the_element_was_away(handset: Handset, app: SignedApp):
    """Nor does anything open while it is."""
    session = handset.session(app)
    channel = handset.phone.open(session, PLAIN)
    assert isinstance(channel, int)
    handset.phone.connected(False)
    away = handset.phone.open(session, PLAIN)
    expect(RULE, away, Raised("IOException"), "the element is away")
    handset.phone.connected(True)
    left = handset.phone.transmit(channel, HELLO)
    expect(RULE, left, Raised("IllegalStateException"), "the element was away")
    expect(RULE, handset.seen(app, PLAIN, [HELLO]).sends, (True,), "the element is back")


@pytest.mark.needs("platform.element_double")
def test_a_warning_at_selection_is_a_success(handset: Handset, app: SignedApp):
    for sw in ("6283", "6310", "9100"):
        handset.phone.answers({bytes.fromhex("A4040010") + PLAIN: bytes.fromhex("6F00" + sw)})
        answer = handset.phone.select_response(handset.channel(app, PLAIN))
        expect(RULE, answer, bytes.fromhex("6F00" + sw), f"SELECT answered {sw}")
