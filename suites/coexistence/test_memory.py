"""Short memory: a clean refusal, all or nothing, and recovery after freeing (REQ-6-3-c)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Command, Response
from fixtures.card.content_management import Applet, installing, loading
from fixtures.card.global_platform import delete
from fixtures.card.global_platform_values import system_parameters
from fixtures.card.jpki import EF, JpkiCard
from fixtures.effort import Effort
from fixtures.outcome import Inconclusive, Violation, expect
from suites.coexistence.conflicts import NO_MEMORY, documented
from suites.coexistence.memory import MARGIN, RULE, Chip, Errand, errands
from suites.coexistence.storm import SIGNED
from suites.platform.session import platform_of

pytestmark = [
    pytest.mark.requirement(RULE),
    pytest.mark.needs(
        "platform.load", "platform.memory_fill", "platform.registry", "platform.foreign_applets"
    ),
    pytest.mark.destructive,
]
LONG = 50  # commands of an errand, beyond which the smallest search tries one rest only
LONGEST_PARAMETERS = 160  # bytes of C9 that are tried


@pytest.fixture
def chip(bench: Bench) -> Iterator[Chip]:
    """With the last foreign applet to fill it; it is taken off again."""
    chip = Chip(platform_of(bench), bench.foreign_applets[-1])
    yield chip
    bench.channel.reset()
    chip.empty()


def tried(bench: Bench) -> list[Applet]:
    """What is brought onto a short card: the second foreign applet, and where a specimen can be
    renewed the JPKI applet itself, which is taken off for it."""
    own = [bench.jpki_applet] if bench.statement.has("specimen.renew") else []
    return [bench.foreign_applets[1], *own]


def refused_cleanly(sw: int, where: str) -> None:
    if not documented(sw, NO_MEMORY):
        raise Violation(RULE, sw, " or ".join(f"{word.sw:04X}" for word in NO_MEMORY), where)


def short_of(chip: Chip, applet: Applet, errand: Errand, rest: int, needed: int) -> None:
    """One errand with ``rest`` bytes free, of which it needs ``needed``."""
    left = chip.fill(rest)
    before = chip.listed(applet)
    answer = chip.attempt(errand)
    where = f"{errand.name} of {applet.name} with {left:,} bytes free, {needed:,} needed"
    if answer.ok:
        if left < needed and chip.free() == left:
            raise Inconclusive(f"{where}, took none: of an earlier one something is left (6-3-a)")
        expect(RULE, left >= needed, True, f"{where}, was accepted: enough memory")
        expect(RULE, chip.free(), left - needed, f"{where}; free memory")
        return
    refused_cleanly(answer.sw, where)
    expect(RULE, left < needed + MARGIN + len(applet.load_file), True, f"{where}; refused")
    expect(RULE, chip.listed(applet), before, f"{where}; the registry after the refusal")
    expect(RULE, chip.free(), left, f"{where}; free memory after the refusal")
    chip.empty()
    again = chip.attempt(errand)
    expect(RULE, again.sw, SW.OK, f"{where}; again, after memory was freed")


def test_an_errand_on_a_short_card_is_done_or_not(bench: Bench, chip: Chip, effort: Effort):
    """Loading, installing, storing with free memory from 0 to more than is needed, in steps."""
    for applet in tried(bench):
        chip.remove(applet)
        steps = errands(applet, chip.session().room)
        for number, errand in enumerate(steps):
            before = chip.free()
            chip.done([errand])
            needed = before - chip.free()
            for rest in rests(needed, effort, long=len(errand.commands) > LONG):
                chip.empty()
                chip.remove(applet)
                chip.done(steps[:number])
                short_of(chip, applet, errand, rest, needed)
            chip.empty()
            chip.remove(applet)
            chip.done(steps[: number + 1])


def rests(needed: int, effort: Effort, *, long: bool) -> list[int]:
    """What is left free: nothing, around what is needed, and with a margin."""
    if effort.name == "distilled" and long:
        return [needed - 1]
    edges = {0, needed - 1, needed, needed + MARGIN}
    parts = 0 if effort.name == "distilled" else 8
    between = {needed * part // parts for part in range(parts)}
    return sorted(rest for rest in edges | between if rest >= 0)


def test_a_minimum_that_is_not_there_is_refused_at_once(bench: Bench, chip: Chip):
    """INSTALL [for load] with more than is free (9.7.2); what is there is not taken by asking."""
    applet = bench.foreign_applets[0]
    chip.remove(applet)
    free = chip.free()
    for wanted, sw in ((free + 1, SW.NOT_ENOUGH_MEMORY), (free, SW.OK)):
        first = next(iter(loading(applet, 200, parameters=system_parameters(code=wanted))))
        answer = chip.session().send(first)
        expect(RULE, answer.sw, sw, f"INSTALL [for load], {wanted:,} of {free:,} bytes asked for")
        expect(RULE, chip.free(), free, "a minimum was asked for; free memory")


def test_what_is_reserved_is_taken_at_once(bench: Bench, chip: Chip):
    """Up to what is free, and not a byte beyond; deleting gives it back (9.7.3)."""
    applet = bench.foreign_applets[0]
    chip.remove(applet)
    chip.done(errands(applet, chip.session().room)[:1])
    free = chip.free()
    reserving = system_parameters(reserved_data=free + 1)
    answer = chip.session().send(installing(applet, parameters=reserving))
    refused_cleanly(answer.sw, f"{free + 1:,} bytes are reserved of {free:,}")
    expect(RULE, chip.free(), free, "more was reserved than there is; free memory")
    reserving = system_parameters(reserved_data=free // 2)
    expect(RULE, chip.session().send(installing(applet, parameters=reserving)).sw, SW.OK, "INSTALL")
    expect(RULE, chip.free() <= free - free // 2, True, f"{free // 2:,} bytes were reserved")
    chip.remove(applet)


def test_nobody_is_promised_more_than_he_may_have(bench: Bench, chip: Chip):
    """A quota below what is reserved is refused; one that is equal is not (9.7.3)."""
    applet = bench.foreign_applets[0]
    chip.remove(applet)
    chip.done(errands(applet, chip.session().room)[:1])
    for quota, right in ((511, False), (512, True)):
        told = system_parameters(data=quota, reserved_data=512)
        answer = chip.session().send(installing(applet, parameters=told))
        expect(RULE, answer.ok, right, f"512 bytes reserved under a quota of {quota}")
    chip.remove(applet)


def test_a_quota_is_kept_to_the_byte(bench: Bench, chip: Chip):
    """Where one byte more takes more memory, what is there is exactly what was charged: that is
    enough as a quota, and one byte less is not (OUR READING of 9.7.3: a quota counts the same
    bytes as the free memory that is told).
    """
    applet = replace(bench.foreign_applets[0], personalization=())
    chip.remove(applet)
    chip.done(errands(applet, chip.session().room)[:1])
    size, charged = last_before_a_step(chip, applet)
    applet = replace(applet, parameters=bytes(size))
    for quota, right in ((charged - 1, False), (charged, True)):
        answer = chip.session().send(installing(applet, parameters=system_parameters(data=quota)))
        where = f"{charged:,} bytes are needed, {quota:,} allowed"
        if right:
            expect(RULE, answer.sw, SW.OK, where)
        else:
            refused_cleanly(answer.sw, where)
            expect(RULE, applet.instance in chip.listed(applet), False, f"{where}; the registry")
    chip.remove(applet)


def last_before_a_step(chip: Chip, applet: Applet) -> tuple[int, int]:
    """The length of C9 after which one byte more takes more memory, and what it takes."""
    before: int | None = None
    for size in range(LONGEST_PARAMETERS):
        charged = charge_of(chip, replace(applet, parameters=bytes(size)))
        if before is not None and charged > before:
            return size - 1, before
        before = charged
    raise Inconclusive(f"{applet.name} keeps nothing of its parameters (C9)")


def charge_of(chip: Chip, applet: Applet) -> int:
    """Bytes that installing takes; it is deleted again."""
    before = chip.free()
    chip.done([Errand("install", (installing(applet),))])
    after = chip.free()
    chip.done([Errand("delete", (delete(applet.instance),))])
    return before - after


@pytest.mark.needs("key.generate", "pin.auth", "pin.unblock", "specimen.renew")
def test_jpki_on_a_full_card_does_it_or_leaves_it(bench: Bench, chip: Chip):
    """A new key pair and a longer certificate, with no memory left: the old ones, or the new."""
    rehearsed(bench)
    bench.renew()
    platform_of(bench)
    chip.fill(0)
    card = at_work(bench)
    certificate = card.read_file(EF.USER_CERTIFICATE)
    public, signed = card.public_key_object(EF.USER_KEY).data, card.sign(EF.USER_KEY, SIGNED)
    answer = lengthened(card, len(certificate.data))
    if not answer.ok:
        refused_cleanly(answer.sw, "UPDATE BINARY beyond the end of a file on a full card")
        told = card.read_file(EF.USER_CERTIFICATE)
        expect(RULE, told, certificate, "UPDATE BINARY was refused; the certificate")
    answer = card.generate(EF.USER_KEY)
    if not answer.ok:
        refused_cleanly(answer.sw, "GENERATE ASYMMETRIC KEY PAIR on a full card")
        expect(RULE, card.public_key_object(EF.USER_KEY).data, public, "it was refused; the key")
        expect(RULE, card.sign(EF.USER_KEY, SIGNED), signed, "it was refused; the signature")
    else:
        expect(RULE, signs_with_its_key(card), True, "a key pair was made on a full card")


def at_work(bench: Bench) -> JpkiCard:
    """The holder and the administrator are there."""
    card = bench.card
    card.power_cycle()
    card.verify(EF.USER_PIN, bench.user_pin)
    card.authenticate_administrator(bench.administrator_key)
    return card


def rehearsed(bench: Bench) -> None:
    """``Inconclusive`` where a card with room does not do it either, or not as it should."""
    card = at_work(bench)
    certificate = card.read_file(EF.USER_CERTIFICATE)
    again = card.sign(EF.USER_KEY, SIGNED)
    fine = certificate.ok and again.ok and again == card.sign(EF.USER_KEY, SIGNED)
    fine = fine and lengthened(card, len(certificate.data)).ok and card.generate(EF.USER_KEY).ok
    if not fine or not signs_with_its_key(card):
        raise Inconclusive("on a card with room JPKI does not work as it should")


def lengthened(card: JpkiCard, size: int) -> Response:
    """UPDATE BINARY behind the end of the user certificate."""
    card.select_ef(EF.USER_CERTIFICATE)
    return card.send(Command(0x00, 0xD6, *divmod(size, 256), bytes(200)))


def signs_with_its_key(card: JpkiCard) -> bool:
    """Whether what the user key signs opens with the public key beside it."""
    try:
        key = card.public_key(EF.USER_KEY)
    except ValueError:
        return False
    return opens(key, card.sign(EF.USER_KEY, SIGNED).data)


def opens(key: RSAPublicKey, signature: bytes) -> bool:
    """Whether the signature was made by the private key of this one."""
    numbers = key.public_numbers()
    block = pow(int.from_bytes(signature, "big"), numbers.e, numbers.n)
    return block.to_bytes(key.key_size // 8, "big").endswith(b"\x00" + SIGNED)
