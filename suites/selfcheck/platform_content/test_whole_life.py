"""From nothing to use and back to nothing; and what the neighbours are."""

from __future__ import annotations

import pytest

from fixtures.card.apdu import SW, Command, Response
from fixtures.card.content_management import (
    Applet,
    carry_out,
    installing,
    issuing,
    loading,
    removing,
)
from fixtures.card.global_platform import delete, install_for_personalization, store_data
from fixtures.card.global_platform_values import DataFormat
from suites.selfcheck.phone_card import JPKI, KEYS, PhoneCard
from suites.selfcheck.platform_content.scene import (
    ALL,
    PAYMENT,
    PLAIN,
    TICKET,
    TRANSIT,
    free,
    registry,
)


@pytest.mark.parametrize("level", [0x01, 0x03, 0x33])
def test_an_applet_lives_and_leaves_nothing(card: PhoneCard, level: int):
    channel = card.domain(level=level)
    before, memory = registry(channel), free(card, card.open())
    for one in ALL:
        assert carry_out(channel.send, issuing(one, 200)).ok
        assert card.select(one.instance, 1).ok
        card.select(b"", 1)
    assert free(card, 1) < memory
    for one in ALL:
        assert channel.send(removing(one)) == Response(b"\x00", SW.OK)
    assert (registry(channel), free(card, 1)) == (before, memory)


def test_the_jpki_applet_can_be_replaced_by_commands(card: PhoneCard):
    """Its data is gone with it, and the new one is as empty as a new card."""
    channel = card.domain(level=0x33)
    memory = free(card, card.open())
    jpki = Applet("jpki", JPKI[:8], JPKI, JPKI, card.target.load_file())
    assert channel.send(delete(jpki.package, related=True)).ok
    card.select(b"", 1)
    assert card.select(JPKI, 1).sw == SW.FILE_NOT_FOUND
    assert free(card, 1) > memory
    assert carry_out(channel.send, loading(jpki, 200)).ok
    assert channel.send(installing(jpki)).ok
    assert card.select(JPKI, 1).ok
    assert card.send(Command(0x00, 0x20, 0x00, 0x98), 1).sw in (0x63C0, 0x6983)
    certificate = card.send(Command(0x00, 0xB0, 0x8B, 0x00, le=1), 1)
    assert certificate.sw == SW.WRONG_OFFSET, "nothing is left of the old certificate"
    sealed = KEYS.sealed(bytes(range(16)))
    assert channel.send(install_for_personalization(JPKI)).sw == SW.OK
    told = b"\x81\x01\x10" + sealed
    assert channel.send(store_data(told, 0, last=True, form=DataFormat.DGI, encrypted=True)).ok
    assert card.send(Command(0x00, 0x84, 0x00, 0x00, le=16), 1).ok


def test_the_neighbours_work(card: PhoneCard):
    channel = card.domain()
    for one in (TRANSIT, PAYMENT, TICKET):
        assert carry_out(channel.send, issuing(one, PLAIN)).ok
    number = card.open()
    card.select(TRANSIT.instance, number)
    assert card.send(Command(0x80, 0x50, 0, 0, le=4), number).data == bytes(4)
    assert card.send(Command(0x80, 0x54, 0, 0, bytes(4), 4), number).ok
    assert card.send(Command(0x80, 0x54, 0, 0, b"\0\0\0\1", 4), number).sw == 0x6985
    assert card.send(Command(0x00, 0xB2, 1, 0x0C, le=4), number).data == bytes(4)
    assert card.send(Command(0x00, 0xB2, 2, 0x0C, le=4), number).sw == 0x6A83
    card.select(PAYMENT.instance, number)
    large = Command(0x80, 0xAE, 0, 0, b"\0\1\0\0", 10)
    assert card.send(large, number).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    assert card.send(Command(0x00, 0x20, 0, 0x80, b"21"), number).sw == 0x63C2
    assert card.send(Command(0x00, 0x20, 0, 0x80, b"12"), number).ok
    assert card.send(large, number).data[:2] == b"\0\1"
    assert card.send(Command(0x80, 0xCA, 0x9F, 0x17, le=4), number).data[-1] == 3


def test_a_ticket_is_for_one_at_a_time_and_transit_for_many(card: PhoneCard):
    channel = card.domain()
    for one in (TRANSIT, TICKET):
        assert carry_out(channel.send, issuing(one, PLAIN)).ok
    first, second = card.open(), card.open()
    for one, sw in ((TRANSIT, SW.OK), (TICKET, SW.FILE_NOT_FOUND)):
        assert card.select(one.instance, first).ok
        assert card.select(one.instance, second).sw == sw
        card.select(b"", first)
        card.select(b"", second)
