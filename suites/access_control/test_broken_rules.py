"""REQ-2-1-m: rules that cannot be read, and elements that do not answer, let nobody in."""

from __future__ import annotations

import pytest

from fixtures.card.global_platform_values import tlv
from fixtures.outcome import expect
from fixtures.targets.omapi import Raised
from suites.access_control.handset import ALL_RULES, PLAIN, REFRESH_TAG, RULE, Handset
from suites.access_control.rules import ALWAYS, NEVER, Rule

pytestmark = [
    pytest.mark.requirement(RULE),
    pytest.mark.needs("platform.omapi_access", "platform.element_double"),
    pytest.mark.destructive,
]
EVERYBODY = Rule(PLAIN, b"", ALWAYS)
GET_RULES, GET_TAG = (b"\xca" + tag.to_bytes(2, "big") for tag in (ALL_RULES, REFRESH_TAG))
OK = b"\x90\x00"


def as_rules(*told: Rule) -> bytes:
    """An answer of the ARA-M, whatever it would have stored."""
    return tlv(ALL_RULES, b"".join(map(bytes, told))) + OK


BROKEN = {
    "no such data object": bytes.fromhex("6A82"),
    "an execution error": bytes.fromhex("6F00"),
    "nothing": OK,
    "half a data object": bytes.fromhex("FF4003E20000") + OK,
    "another data object": bytes.fromhex("E200") + OK,
    "an AID of four bytes": as_rules(EVERYBODY, Rule(bytes(4), b"", ALWAYS)),
    "a hash of 21 bytes": as_rules(EVERYBODY, Rule(PLAIN, bytes(21), ALWAYS)),
    "a filter of nine bytes": as_rules(EVERYBODY, Rule(PLAIN[:-1], b"", bytes(9))),
    "an empty rule on events": as_rules(EVERYBODY, Rule(PLAIN[:-1], b"", None, b"")),
}


def opens(handset: Handset) -> object:
    """What the first app gets that asks for the application all may open."""
    app = handset.of_one_signer[0]
    session = handset.session(app)
    opened = handset.phone.open(session, PLAIN)
    handset.phone.close_session(session)
    return opened.name if isinstance(opened, Raised) else opened is not None


def test_rules_that_cannot_be_read_close_the_element_until_it_comes_back(handset: Handset):
    """Also to those whose own rule is sound, and after the ARA-M has come to its senses."""
    handset.set_rules([EVERYBODY])
    for kind, answer in BROKEN.items():
        handset.phone.answers({GET_RULES: answer})
        expect(RULE, opens(handset), "SecurityException", f"rules: {kind}")
        handset.phone.answers({})
        expect(RULE, opens(handset), "SecurityException", f"rules: {kind}, and sound ones then")
        handset.phone.connected(True)
        expect(RULE, opens(handset), True, "the element has come back with sound rules")
        handset.phone.connected(True)  # so that the rules are read again


def test_a_refresh_tag_that_cannot_be_read_closes_the_element(handset: Handset):
    handset.set_rules([EVERYBODY])
    for answer in ("6A88", "DF20019000", "9000"):
        expect(RULE, opens(handset), True, "a rule for all apps")
        handset.phone.answers({GET_TAG: bytes.fromhex(answer)})
        expect(RULE, opens(handset), "SecurityException", f"the refresh tag is {answer}")
        handset.phone.answers({})
        handset.phone.connected(True)


def test_of_all_single_bytes_only_01_is_a_yes(handset: Handset):
    """For commands; and for events, where there is a byte at all."""
    for said in ("", "00", "02", "81", "FF"):
        told = bytes.fromhex(said)
        handset.phone.connected(True)
        handset.phone.answers({GET_RULES: as_rules(Rule(PLAIN, b"", told))})
        expect(RULE, opens(handset), "SecurityException", f"APDU-AR-DO {said or 'empty'}")
        if told:
            handset.phone.connected(True)
            handset.phone.answers({GET_RULES: as_rules(Rule(PLAIN, b"", ALWAYS, told))})
            expect(RULE, handset.phone.event(PLAIN), (), f"NFC-AR-DO {said}")


def test_a_line_that_fails_decides_nothing(handset: Handset):
    """An IOException now, and at the next opening the rules that are there then."""
    handset.set_rules([Rule(PLAIN, b"", NEVER)])
    expect(RULE, opens(handset), "SecurityException", "nobody may")
    handset.set_rules([EVERYBODY])
    for part in (GET_TAG, GET_RULES):
        handset.phone.answers({part: None})
        expect(RULE, opens(handset), "IOException", f"the line fails at {part.hex().upper()}")
    handset.phone.answers({})
    expect(RULE, opens(handset), True, "the line works again")


def test_without_an_ara_m_nobody_gets_in(handset: Handset):
    """Until there is one."""
    handset.set_rules([EVERYBODY])
    handset.phone.answers({bytes.fromhex("A4040009A00000015141434C00"): bytes.fromhex("6A82")})
    expect(RULE, opens(handset), "SecurityException", "no ARA-M on the element")
    handset.phone.answers({})
    expect(RULE, opens(handset), True, "the ARA-M is there")
