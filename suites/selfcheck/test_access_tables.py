"""Android's decision tables: by the model of the tester, and by the reference phone itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.card.apdu import Command
from suites.access_control import cts
from suites.access_control.model import decide
from suites.access_control.rules import parse_rules
from suites.selfcheck.lone_phone import Phone, lone_phone

CONFIGURATION = {
    "apps": {name: {"hashes": [told.hex()]} for name, told in cts.APPS.items()},
    "readers": {"eSE1": {"names": [aid.hex() for aid in cts.AIDS]}},
}
RULES = tuple(cts.rules())
ON_AIDS = tuple(cts.on_aids())
ON_COMMANDS = tuple(cts.on_commands())


@pytest.fixture(scope="module")
def phone() -> Iterator[Phone]:
    with lone_phone(CONFIGURATION) as running:
        running.store(*RULES)
        yield running


def test_the_tables_have_the_size_that_was_published():
    """39 rules of 1,642 bytes, 48 decisions on AIDs, 76 on commands."""
    raw = b"".join(map(bytes, RULES))
    assert (len(RULES), len(raw)) == (39, 1642)
    never = bytes.fromhex("E21BE1144F10") + cts.AIDS[0] + bytes.fromhex("C100E303D00100")
    to_app1 = bytes.fromhex("E23EE1284F10") + cts.AIDS[0] + b"\xc1\x14" + cts.APPS["app1"]
    filters = bytes.fromhex("E312D01000060000FFFF0000A0060000FFFF0000")
    assert raw.startswith(never + to_app1 + filters)
    assert (len(ON_AIDS), len(ON_COMMANDS)) == (48, 76)
    assert parse_rules(raw) == RULES


@pytest.mark.parametrize("told", ON_AIDS, ids=lambda told: f"{told.app}-{told.aid[-1]:02X}")
def test_the_model_decides_on_aids_as_the_table(told: cts.OnAid):
    assert decide(RULES, told.aid, [cts.APPS[told.app]]).open is told.opens


def named(told: cts.OnCommand) -> str:
    return f"{told.app}-{told.aid[-1]:02X}-{told.command.hex().upper()}"


@pytest.mark.parametrize("told", ON_COMMANDS, ids=named)
def test_the_model_decides_on_commands_as_the_table(told: cts.OnCommand):
    decision = decide(RULES, told.aid, [cts.APPS[told.app]])
    assert decision.open
    assert decision.sends(told.command) is told.passes


@pytest.mark.parametrize("told", ON_AIDS, ids=lambda told: f"{told.app}-{told.aid[-1]:02X}")
def test_the_phone_opens_channels_as_the_table(phone: Phone, told: cts.OnAid):
    session = phone.session(told.app)
    asked = {"session": session, "aid": told.aid.hex()}
    assert phone.raised("open_logical", **asked) == (None if told.opens else "SecurityException")
    phone.do("close_session", session=session)


@pytest.mark.parametrize("told", ON_COMMANDS, ids=named)
def test_the_phone_lets_commands_pass_as_the_table(phone: Phone, told: cts.OnCommand):
    session = phone.session(told.app)
    channel = phone.open(session, told.aid)
    phone.do("wire")
    raised = phone.raised("transmit", channel=channel, command=told.command.hex())
    assert raised == (None if told.passes else "SecurityException")
    assert bool(phone.do("wire")) is told.passes, "what is refused does not reach the element"
    phone.do("close_session", session=session)


def test_the_phone_has_read_the_very_rules(phone: Phone):
    answer = phone.ara(Command(0x80, 0xCA, 0xFF, 0x40, le=256))
    held = answer.data
    for _ in range(6):
        held += phone.ara(Command(0x80, 0xCA, 0xFF, 0x60, le=256)).data
    assert held == bytes.fromhex("FF4082066A") + b"".join(map(bytes, RULES))
