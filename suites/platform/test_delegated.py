"""Delegated management: a step without its token is none, and a receipt tells which step it was.

Judged under REQ-6-3-a: a service whose domain manages its own content must not reach what nobody
has permitted it. Card Specification v2.3.1, 9.2 and C.4 to C.6.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Command, Response
from fixtures.card.content_management import Applet, installing, loading
from fixtures.card.global_platform import (
    delete,
    delete_keys,
    install_for_load,
    key_block,
    loads,
    put_key,
    put_key_set,
    set_status,
)
from fixtures.card.global_platform_answers import confirmation
from fixtures.card.global_platform_values import Kind, Privilege, privileges
from fixtures.card.scp03 import ChannelError
from fixtures.card.scp03_keys import StaticKeys
from fixtures.card.tokens import RECEIPT_VERSION, TOKEN_VERSION, DelegationKeys
from fixtures.outcome import Inconclusive, expect
from suites.platform.session import RULE, Session, opened, platform_of, unsafe

pytestmark = [
    pytest.mark.requirement(RULE),
    pytest.mark.needs(
        "platform.load", "platform.foreign_applets", "platform.registry", "platform.delegated"
    ),
    pytest.mark.destructive,
]
OWN = StaticKeys(*(bytes(range(at, at + 16)) for at in (0x20, 0x30, 0x90)))
KEYS = DelegationKeys(token=bytes(range(0xA0, 0xB0)), receipt=bytes(range(0xB0, 0xC0)))
HELD = Privilege.SECURITY_DOMAIN | Privilege.DELEGATED_MANAGEMENT
VERSION, PERSONALIZED = 0x30, 0x0F


@dataclass(frozen=True)
class Delegated:
    """A session with a domain that needs a token for every step, and what it may load."""

    session: Session
    domain: bytes
    applet: Applet


@pytest.fixture
def delegated(bench: Bench) -> Delegated:
    """A domain of a service beside the issuer's: ``Inconclusive`` where it cannot be had."""
    platform, domain, applet = platform_of(bench), bench.domain_applet, bench.foreign_applets[0]
    issuer = opened(platform)
    for old in (applet.package, domain.instance):
        issuer.send(delete(old, related=old == applet.package))
    steps = [installing(domain, held=privileges(HELD))]
    for version, key in ((TOKEN_VERSION, KEYS.token), (RECEIPT_VERSION, KEYS.receipt)):
        issuer.send(delete_keys(version=version))
        steps.append(put_key(version, [key_block(key, platform.keys)]))
    done(issuer.carry_out(steps))
    first = opened(platform, domain=domain.instance)
    done(first.send(put_key_set(VERSION, OWN, platform.keys)))
    try:
        session = Session(platform.session(domain=domain.instance, keys=OWN))
    except (ChannelError, ValueError) as broken:
        raise unsafe(broken) from None
    done(session.send(set_status(Kind.APPLICATION, PERSONALIZED, domain.instance)))
    return Delegated(session, domain.instance, applet)


def done(answer: Response) -> None:
    if not answer.ok:
        raise Inconclusive(f"no domain with delegated management: {answer.sw:04X}")


def first_step(delegated: Delegated) -> Command:
    """INSTALL [for load], its token still missing."""
    applet = delegated.applet
    return install_for_load(applet.package, delegated.domain, applet.digest())


def nothing_happened(delegated: Delegated, answer: Response, where: str) -> None:
    refused = answer.sw in (SW.SECURITY_STATUS_NOT_SATISFIED, SW.CONDITIONS_NOT_SATISFIED)
    expect(RULE, refused, True, f"{where} ({answer.sw:04X})")
    block = next(loads(delegated.applet.load_file, delegated.session.room))
    expect(RULE, delegated.session.send(block).ok, False, f"LOAD after {where}")


@pytest.mark.parametrize("wrong", ["none", "of another key", "of another step", "touched"])
def test_a_step_without_its_token_is_none(delegated: Delegated, wrong: str):
    plain = first_step(delegated)
    right = KEYS.permitted(plain)
    other = DelegationKeys(KEYS.receipt, KEYS.token)
    sent = {
        "none": plain,
        "of another key": other.permitted(plain),
        "of another step": Command(
            plain.cla, plain.ins, plain.p1, plain.p2,
            plain.data[:-1] + KEYS.permitted(installing(delegated.applet)).data[-17:], plain.le,
        ),
        "touched": Command(
            right.cla, right.ins, right.p1, right.p2,
            right.data[:-1] + bytes((right.data[-1] ^ 1,)), right.le,
        ),
    }[wrong]  # fmt: skip
    nothing_happened(delegated, delegated.session.send(sent), f"INSTALL, token {wrong}")


def test_every_step_has_a_receipt_of_its_own(delegated: Delegated):
    """Loading, installing and deleting with their tokens; the counter goes on by one."""
    applet, session = delegated.applet, delegated.session
    _, *blocks = loading(applet, session.room)
    steps: list[tuple[Command, tuple[bytes, ...]]] = [
        (KEYS.permitted(first_step(delegated)), ()),
        *((block, ()) for block in blocks[:-1]),
        (blocks[-1], (applet.package, delegated.domain)),
        (KEYS.permitted(installing(applet)), (applet.package, applet.instance)),
        (KEYS.permitted(delete(applet.instance)), (applet.instance,)),
        (KEYS.permitted(delete(applet.package)), (applet.package,)),
    ]
    counters = []
    for command, fields in steps:
        answer = session.send(command)
        where = f"INS {command.ins:02X} with its token"
        expect(RULE, answer.sw, SW.OK, where)
        if fields:
            told = confirmation(answer.data)
            if told is None:
                raise Inconclusive("this domain's steps are confirmed by no receipt")
            expect(RULE, KEYS.believes(told, *fields), True, f"the receipt of {where}")
            counters.append(told.counter)
    began = counters[0]
    expect(RULE, counters, list(range(began, began + len(counters))), "counters of four receipts")
