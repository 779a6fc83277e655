"""DELETE: what stays, what goes, and for good."""

from __future__ import annotations

from fixtures.card.apdu import SW, Command
from fixtures.card.content_management import carry_out, installing, issuing, loading, removing
from fixtures.card.global_platform import delete
from fixtures.card.global_platform_values import Privilege, tlv
from fixtures.card.secure_channel import SecureChannel
from suites.selfcheck.phone_card import JPKI, PhoneCard
from suites.selfcheck.platform_content.scene import (
    DOMAIN,
    INSTANCE,
    OTHER_KEYS,
    PACKAGE,
    PAYMENT,
    PLAIN,
    TICKET,
    UNKNOWN,
    new_domain,
)


def test_what_is_in_use_or_referred_to_stays(card: PhoneCard, loaded: SecureChannel):
    number = card.open()
    assert loaded.send(installing(UNKNOWN)).ok
    assert loaded.send(delete(PACKAGE)).sw == SW.CONDITIONS_NOT_SATISFIED
    card.select(INSTANCE, number)
    assert loaded.send(delete(INSTANCE)).sw == SW.CONDITIONS_NOT_SATISFIED
    assert loaded.send(delete(PACKAGE, related=True)).sw == SW.CONDITIONS_NOT_SATISFIED
    assert card.send(Command(0x00, 0xEE, 0, 0), number).sw == SW.INS_NOT_SUPPORTED
    card.close(number)
    assert loaded.send(delete(INSTANCE)).ok
    assert loaded.send(delete(INSTANCE)).sw == SW.REFERENCED_DATA_NOT_FOUND
    assert loaded.send(delete(PACKAGE)).ok


def test_a_domain_that_owns_something_stays(card: PhoneCard):
    new_domain(card)
    issuer = card.domain()
    assert carry_out(issuer.send, loading(UNKNOWN, PLAIN, domain=DOMAIN)).ok
    assert issuer.send(installing(UNKNOWN)).ok
    assert issuer.send(delete(DOMAIN)).sw == SW.CONDITIONS_NOT_SATISFIED
    assert issuer.send(removing(UNKNOWN)).ok
    assert issuer.send(delete(DOMAIN)).ok
    assert card.select(DOMAIN, card.open()).sw == SW.FILE_NOT_FOUND


def test_global_delete_reaches_what_is_others(card: PhoneCard):
    held = Privilege.SECURITY_DOMAIN | Privilege.AUTHORIZED_MANAGEMENT
    new_domain(card, held=held)
    own = card.domain(DOMAIN, OTHER_KEYS)
    assert own.send(delete(JPKI)).sw == SW.CONDITIONS_NOT_SATISFIED
    assert carry_out(own.send, issuing(UNKNOWN, PLAIN)).ok, "its own content it manages itself"
    new_domain(card, DOMAIN + b"\x02", held | Privilege.GLOBAL_DELETE)
    own = card.domain(DOMAIN + b"\x02", OTHER_KEYS)
    assert own.send(delete(JPKI)).ok


def test_what_was_deleted_when_the_power_failed_is_gone_for_good(card: PhoneCard):
    """Another applet under the same name has nothing of the one before."""
    channel = card.domain()
    assert carry_out(channel.send, issuing(PAYMENT, PLAIN)).ok
    number = card.open()
    card.select(PAYMENT.instance, number)
    assert card.send(Command(0x00, 0x20, 0, 0x80, b"12"), number).ok
    card.select(b"", number)
    wrapped = bytes(channel.session.wrap(removing(PAYMENT)))
    card.target.transmit_and_cut(wrapped, after=10_000)
    card.reset()
    channel = card.domain()
    assert carry_out(channel.send, loading(TICKET, PLAIN)).ok
    assert channel.send(installing(TICKET, instance=PAYMENT.instance)).ok
    assert card.select(PAYMENT.instance, card.open()).ok
    assert card.send(Command(0x00, 0x20, 0, 0x80, b"12"), 1).sw == SW.INS_NOT_SUPPORTED


def test_delete_refuses_what_is_not_coded_so(loaded: SecureChannel):
    for data in (b"", b"\x4f", b"\x4f\x05" + bytes(4), tlv(0x4F, PACKAGE) * 2, b"\x4f\x00\x99\x00"):
        assert not loaded.send(Command(0x80, 0xE4, 0, 0, data, 256)).ok
    assert loaded.send(Command(0x80, 0xE4, 0, 1, tlv(0x4F, PACKAGE), 256)).sw == SW.WRONG_P1_P2
    assert loaded.send(delete(PACKAGE)).ok
