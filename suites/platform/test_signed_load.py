"""Signatures of load files: what a domain that verifies them has not signed is not loaded.

Judged under REQ-6-3-a, as delegated management is: whoever may load must not bring onto the GP-SE
what a service that shares it has not approved. Card Specification v2.3.1, 9.2.1 and C.3. It names
no status word for this, so any refusal will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from fixtures.bench import Bench
from fixtures.card.apdu import Response
from fixtures.card.content_management import Applet, installing, loading
from fixtures.card.dap import KEY_VERSION, dap_block, signed
from fixtures.card.global_platform import delete, key_block, put_key, put_key_set, set_status
from fixtures.card.global_platform_values import Kind, Privilege, privileges
from fixtures.card.scp03 import ChannelError
from fixtures.card.scp03_keys import StaticKeys
from fixtures.outcome import Inconclusive, expect
from suites.platform.session import RULE, Session, opened, platform_of, unsafe

pytestmark = [
    pytest.mark.requirement(RULE),
    pytest.mark.needs(
        "platform.load", "platform.foreign_applets", "platform.registry", "platform.dap"
    ),
    pytest.mark.destructive,
]
OWN = StaticKeys(*(bytes(range(at, at + 16)) for at in (0x20, 0x30, 0x90)))
SIGNING, OTHER = bytes(range(0xC0, 0xD0)), bytes(range(0xD0, 0xE0))
VERIFIES = Privilege.SECURITY_DOMAIN | Privilege.DAP_VERIFICATION
VERSION, PERSONALIZED = 0x30, 0x0F


@dataclass(frozen=True)
class Signing:
    """The issuer's session, a domain that verifies, and an applet to be loaded."""

    issuer: Session
    domain: bytes
    applet: Applet
    other: Applet

    def send(self, load_file: bytes, into: bytes, digest: bytes | None = None) -> Response:
        """All of the load file into this domain; the last answer."""
        applet = replace(self.applet, load_file=load_file)
        digest = self.applet.digest() if digest is None else digest
        commands = loading(applet, self.issuer.room, domain=into, digest=digest)
        return self.issuer.carry_out(commands)

    def there(self) -> bool:
        return self.applet.package in [entry.aid for entry in self.issuer.registry()]


def done(answer: Response) -> None:
    if not answer.ok:
        raise Inconclusive(f"no domain that verifies signatures: {answer.sw:04X}")


def made(bench: Bench, held: Privilege) -> Signing:
    """A personalised domain with these privileges and a key for them."""
    platform, domain, applets = platform_of(bench), bench.domain_applet, bench.foreign_applets
    issuer = opened(platform)
    for old in (applets[0].package, domain.instance):
        issuer.send(delete(old, related=old == applets[0].package))
    done(issuer.send(installing(domain, held=privileges(held))))
    done(opened(platform, domain=domain.instance).send(put_key_set(VERSION, OWN, platform.keys)))
    try:
        own = Session(platform.session(domain=domain.instance, keys=OWN))
    except (ChannelError, ValueError) as broken:
        raise unsafe(broken) from None
    done(own.send(put_key(KEY_VERSION, [key_block(SIGNING, OWN)])))
    done(own.send(set_status(Kind.APPLICATION, PERSONALIZED, domain.instance)))
    return Signing(opened(platform), domain.instance, applets[0], applets[1])


def removed(bench: Bench, signing: Signing) -> None:
    """So that whoever comes next can load again without a signature."""
    session = opened(platform_of(bench))
    session.send(delete(signing.applet.package, related=True))
    session.send(delete(signing.domain))


@pytest.fixture
def signing(bench: Bench) -> Iterator[Signing]:
    made_ = made(bench, VERIFIES)
    yield made_
    removed(bench, made_)


@pytest.fixture
def mandated(bench: Bench) -> Iterator[Signing]:
    made_ = made(bench, VERIFIES | Privilege.MANDATED_DAP)
    yield made_
    removed(bench, made_)


def refused(signing: Signing, answer: Response, where: str) -> None:
    expect(RULE, answer.ok, False, f"the last LOAD, {where}")
    expect(RULE, signing.there(), False, f"the load file is on the card, {where}")


def loaded(signing: Signing, answer: Response, where: str) -> None:
    expect(RULE, answer.sw, 0x9000, f"the last LOAD, {where}")
    expect(RULE, signing.there(), True, f"the load file is on the card, {where}")


def test_only_what_its_domain_signed_goes_into_it(signing: Signing):
    """No signature, one by another key, of another file, touched, cut short, of who verifies none;
    and at last the right one."""
    applet, domain = signing.applet, signing.domain
    right = signed(applet.load_file, domain, SIGNING, applet.digest())
    end = len(right) - len(applet.load_file)  # of the block with the signature
    wrong = {
        "no signature": applet.load_file,
        "by another key": signed(applet.load_file, domain, OTHER, applet.digest()),
        "of another file": signed(applet.load_file, domain, SIGNING, signing.other.digest()),
        "touched": right[: end - 1] + bytes((right[end - 1] ^ 1,)) + applet.load_file,
        "empty": dap_block(domain, b"") + applet.load_file,
        "of who verifies none": signed(applet.load_file, applet.instance, SIGNING, applet.digest()),
    }
    for where, load_file in wrong.items():
        refused(signing, signing.send(load_file, domain), f"signature: {where}")
    refused(signing, signing.send(right, domain, b""), "signature without the hash it is of")
    loaded(signing, signing.send(right, domain), "right signature")


def test_a_domain_that_verifies_its_own_asks_nothing_of_others(signing: Signing):
    loaded(signing, signing.send(signing.applet.load_file, b""), "into the issuer's domain")


def test_a_mandated_signature_is_asked_of_every_load_file(mandated: Signing):
    applet = mandated.applet
    refused(mandated, mandated.send(applet.load_file, b""), "no signature by who mandates one")
    wrong = signed(applet.load_file, mandated.domain, OTHER, applet.digest())
    refused(mandated, mandated.send(wrong, b""), "signature by another key")
    right = signed(applet.load_file, mandated.domain, SIGNING, applet.digest())
    loaded(mandated, mandated.send(right, b""), "the mandated signature")
