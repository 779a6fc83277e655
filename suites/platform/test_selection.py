"""SELECT by name: who is found, in which order, and who is passed over (REQ-6-3-a).

Card Specification v2.3.1, 6.4.2.1.2 and 6.4.3.1.2.
"""

from __future__ import annotations

import pytest

from fixtures.bench import Bench
from fixtures.card.apdu import SW
from fixtures.card.global_platform import set_status
from fixtures.card.global_platform_values import Kind
from fixtures.card.jpki import EF, JPKI_AP
from fixtures.card.platform import Platform
from fixtures.outcome import Inconclusive, expect
from suites.platform.session import RULE, opened, platform_of

pytestmark = [pytest.mark.requirement(RULE), pytest.mark.needs("platform.registry", "pin.auth")]
PARTIAL = JPKI_AP[:5]  # the registered provider, as short as a name may be
SIGNED = bytes(range(32))
NOBODY = bytes.fromhex("F0000000010203")
LOCK, UNLOCK = 0x80, 0x00  # b8 of P2 of SET STATUS; the rest is ignored
LOCKED, INSTALLED = 0x80, 0x03


@pytest.fixture
def platform(bench: Bench) -> Platform:
    return platform_of(bench)


def selectable(platform: Platform, name: bytes) -> list[bytes]:
    """Applications of this name that are ready, in the order of the registry."""
    return [
        entry.aid
        for entry in opened(platform).registry()
        if entry.privileges is not None and entry.aid.startswith(name)
        and entry.life_cycle != INSTALLED and not entry.life_cycle & LOCKED
    ]  # fmt: skip


def is_jpki(bench: Bench) -> bool:
    """Whether the JPKI applet is the one that is selected."""
    return bench.card.tries_left(EF.USER_PIN).tries_left is not None


@pytest.mark.destructive
def test_next_goes_on_from_the_one_that_is_selected(bench: Bench, platform: Platform):
    """A partial name walks through all that bear it, each once, and then ends."""
    bearers = selectable(platform, PARTIAL)
    bench.channel.reset()
    walked: list[bool] = []
    answer = platform.select(PARTIAL)
    while answer.ok and len(walked) <= len(bearers):
        walked.append(is_jpki(bench))
        answer = platform.select(PARTIAL, following=True)
    where = f"SELECT next of {PARTIAL.hex().upper()}"
    expect(RULE, answer.sw, SW.FILE_NOT_FOUND, where)
    expect(RULE, walked, [aid == JPKI_AP for aid in bearers], where)


def test_a_name_that_nobody_has_changes_nothing(bench: Bench, platform: Platform):
    """What was selected stays so, with all its rights."""
    bench.card.select_ap()
    if not bench.card.verify(EF.USER_PIN, bench.user_pin).ok:
        raise Inconclusive("the user PIN of the statement is refused")
    if not bench.card.sign(EF.USER_KEY, SIGNED).ok:
        raise Inconclusive("the user key does not sign; see JPKI-SIG-01, JPKI-J-05")
    expect(RULE, platform.select(NOBODY).sw, SW.FILE_NOT_FOUND, "SELECT of nobody")
    expect(RULE, platform.select(NOBODY, following=True).sw, SW.FILE_NOT_FOUND, "SELECT next")
    told = bench.card.sign(EF.USER_KEY, SIGNED).sw
    expect(RULE, told, SW.OK, "the user PIN was verified, then nobody was selected")


@pytest.mark.destructive
def test_a_locked_applet_is_passed_over_until_it_is_unlocked(bench: Bench, platform: Platform):
    """A session that is open goes on; the next SELECT finds nobody; unlocked, it is as before."""
    tries = _tries(bench)
    answer = opened(platform).send(set_status(Kind.APPLICATION, LOCK, JPKI_AP))
    if not answer.ok:
        raise Inconclusive(f"the issuer's domain may not lock it: {answer.sw:04X}")
    platform.select()  # what is dispatched to a domain with a session is judged by that first
    expect(RULE, platform.select(JPKI_AP).sw, SW.FILE_NOT_FOUND, "SELECT of a locked applet")
    bench.channel.reset()
    expect(RULE, platform.select(JPKI_AP).sw, SW.FILE_NOT_FOUND, "the same after a power cycle")
    answer = opened(platform).send(set_status(Kind.APPLICATION, UNLOCK, JPKI_AP))
    expect(RULE, answer.sw, SW.OK, "SET STATUS, unlock")
    expect(RULE, _tries(bench), tries, "locked and unlocked")


def _tries(bench: Bench) -> int:
    selected = bench.card.select_ap()
    if not selected.ok:
        expect(RULE, selected.sw, SW.OK, "SELECT of the JPKI applet")
    tries = bench.card.tries_left(EF.USER_PIN).sw
    if bench.card.tries_left(EF.USER_PIN).sw != tries:
        raise Inconclusive("the tries left cannot be asked reliably; see JPKI-J-03")
    return tries
