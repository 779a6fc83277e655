"""Memory: reserved, limited, full, and given back."""

from __future__ import annotations

import pytest

from fixtures.card.apdu import SW, Command
from fixtures.card.content_management import carry_out, installing, issuing, loading
from fixtures.card.global_platform import delete, install_for_install, install_for_load
from fixtures.card.global_platform_values import system_parameters
from fixtures.card.secure_channel import SecureChannel
from suites.selfcheck.phone_card import PhoneCard
from suites.selfcheck.platform_content.scene import (
    INSTANCE,
    MODULE,
    PACKAGE,
    PAGE,
    PAYMENT,
    PLAIN,
    TICKET,
    TRANSIT,
    free,
    registry,
)


def test_reserved_memory_is_taken_and_a_quota_is_not(card: PhoneCard, loaded: SecureChannel):
    start = free(card, card.open())
    own = b"\xc9\x00"
    quota = own + system_parameters(volatile=1_024, data=20_000)
    assert loaded.send(install_for_install(PACKAGE, MODULE, INSTANCE, parameters=quota)).ok
    assert free(card, 1) == start
    assert loaded.send(delete(INSTANCE)).ok
    reserved = own + system_parameters(
        volatile=1_024, data=20_000, reserved_volatile=512, reserved_data=PAGE * 10
    )
    assert loaded.send(install_for_install(PACKAGE, MODULE, INSTANCE, parameters=reserved)).ok
    assert free(card, 1) == (start[0] - PAGE * 10, start[1] - 512)
    assert loaded.send(delete(INSTANCE)).ok
    assert free(card, 1) == start
    more = own + system_parameters(data=100, reserved_data=101)
    answer = loaded.send(install_for_install(PACKAGE, MODULE, INSTANCE, parameters=more))
    assert answer.sw == SW.WRONG_DATA


@pytest.mark.parametrize("short", [0, 1])
def test_all_that_is_free_can_be_reserved_and_not_a_byte_more(
    card: PhoneCard, loaded: SecureChannel, short: int
):
    memory, _ = free(card, card.open())
    wanted = b"\xc9\x00" + system_parameters(reserved_data=memory + short)
    before = registry(loaded)
    answer = loaded.send(install_for_install(PACKAGE, MODULE, INSTANCE, parameters=wanted))
    assert answer.sw == (SW.NOT_ENOUGH_MEMORY if short else SW.OK)
    assert (registry(loaded) == before) is bool(short)
    assert free(card, 1)[0] == (memory if short else 0)


def test_a_full_card_loads_nothing_and_recovers(card: PhoneCard, loaded: SecureChannel):
    memory, _ = free(card, card.open())
    wanted = b"\xc9\x00" + system_parameters(reserved_data=memory - 1_024)
    assert loaded.send(install_for_install(PACKAGE, MODULE, INSTANCE, parameters=wanted)).ok
    before = registry(loaded)
    assert carry_out(loaded.send, loading(TRANSIT, PLAIN)).sw == SW.NOT_ENOUGH_MEMORY
    assert registry(loaded) == before
    minimum = install_for_load(TRANSIT.package, parameters=system_parameters(code=1_024, data=1))
    assert loaded.send(minimum).sw == SW.NOT_ENOUGH_MEMORY
    assert loaded.send(delete(INSTANCE)).ok
    assert carry_out(loaded.send, issuing(TRANSIT, PLAIN)).ok


def test_an_applet_at_run_time_is_told_that_memory_is_full(card: PhoneCard):
    """A quota of so many bytes is kept up to the last, and a refusal changes nothing."""
    channel = card.domain()
    assert carry_out(channel.send, loading(TICKET, PLAIN)).ok
    number = card.open()
    name = len(f"app {TICKET.instance.hex()}/")
    used = name + len("number") + name + len("stamps") + 8
    for quota, stamps in ((used, 1), (used - 1, 0)):
        more = system_parameters(data=quota)
        assert channel.send(installing(TICKET, parameters=more)).ok
        card.select(TICKET.instance, number)
        assert card.send(Command(0x80, 0x10, 0, 0, bytes(8)), number).ok
        answer = card.send(Command(0x80, 0x10, 1, 0), number)
        assert answer.sw == (SW.OK if stamps else SW.NOT_ENOUGH_MEMORY)
        told = card.send(Command(0x80, 0x12, 0, 0, le=256), number).data
        assert told == bytes(8 * stamps)
        card.select(b"", number)
        assert channel.send(delete(TICKET.instance)).ok


@pytest.mark.parametrize(("limit", "sw"), [(256, SW.OK), (255, SW.NOT_ENOUGH_MEMORY)])
def test_volatile_memory_has_a_limit_of_its_own(card: PhoneCard, limit: int, sw: int):
    """The transit applet needs 256 bytes of RAM (its figure, OUR DESIGN)."""
    channel = card.domain()
    assert carry_out(channel.send, loading(TRANSIT, PLAIN)).ok
    before, memory = registry(channel), free(card, card.open())
    answer = channel.send(installing(TRANSIT, parameters=system_parameters(volatile=limit)))
    assert answer.sw == sw
    if answer.ok:
        assert free(card, 1)[1] == memory[1] - 256
        assert channel.send(delete(TRANSIT.instance)).ok
    assert (registry(channel), free(card, 1)) == (before, memory)


def test_volatile_memory_runs_out_and_comes_back(card: PhoneCard):
    channel = card.domain()
    assert carry_out(channel.send, loading(PAYMENT, PLAIN)).ok
    _, volatile = free(card, card.open())
    names = [PAYMENT.instance + bytes((at,)) for at in range(volatile // 512 + 1)]
    answers = [channel.send(installing(PAYMENT, instance=name)).sw for name in names]
    assert answers == [SW.OK] * (len(names) - 1) + [SW.NOT_ENOUGH_MEMORY]
    for name in names[:-1]:
        assert channel.send(delete(name)).ok
    assert free(card, 1)[1] == volatile


def test_two_applications_of_one_module_keep_their_values_apart(card: PhoneCard):
    channel = card.domain()
    assert carry_out(channel.send, issuing(PAYMENT, PLAIN)).ok
    other = PAYMENT.instance + b"\x02"
    assert channel.send(installing(PAYMENT, instance=other)).ok
    number = card.open()
    card.select(other, number)
    assert card.send(Command(0x00, 0x20, 0, 0x80, b"12"), number).sw == 0x6983
    card.select(b"", number)
    assert channel.send(delete(other)).ok
    card.select(PAYMENT.instance, number)
    assert card.send(Command(0x00, 0x20, 0, 0x80, b"12"), number).ok
