"""The supply fails in every command of an applet's life: the card is as before it or as after it.

All or nothing is what REQ-6-3-c asks for; a power cut is the shortest of all shortages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from fixtures.bench import Bench
from fixtures.card.apdu import Command
from fixtures.card.content_management import Applet, issuing, removing
from fixtures.card.global_platform import set_status
from fixtures.card.global_platform_values import Kind
from fixtures.card.jpki import EF, another
from fixtures.effort import Effort
from fixtures.outcome import BenchError, Inconclusive, Violation
from suites.applet.tearing import cut_everywhere
from suites.platform.content_model import LOCKED
from suites.platform.session import Session, opened, platform_of

RULE = "REQ-6-3-c"
NEEDS = (
    "platform.load", "platform.registry", "platform.foreign_applets", "power.cut", "specimen.renew",
)  # fmt: skip
FEWEST_POSITIONS = 6
MOST_CUTS, TRIES = 40, 3
INSTALL, LOAD = 0xE6, 0xE8


@dataclass(frozen=True)
class Moment:
    """What the card shows of an applet after a power cycle, and what it then says."""

    listed: tuple[tuple[bytes, int], ...]
    free: tuple[int, int]
    answers: tuple[bytes, ...]


def life(applet: Applet, room: int) -> list[Command]:
    """Everything a TSM does to it, in order."""
    lock = set_status(Kind.APPLICATION, LOCKED, applet.instance)
    unlock = set_status(Kind.APPLICATION, 0x00, applet.instance)
    return [*issuing(applet, room), lock, unlock, removing(applet)]


def worth_cutting(commands: Sequence[Command]) -> Iterator[int]:
    """All but the blocks in the middle, which are like the first."""
    loads = [at for at, command in enumerate(commands) if command.ins == LOAD]
    for at in range(len(commands)):
        if at not in loads or at in (loads[0], loads[-1]):
            yield at


def brought_to(bench: Bench, commands: Sequence[Command]) -> Session:
    """A fresh card on which these were carried out, and the session it happened in."""
    bench.renew()
    session = opened(platform_of(bench))
    answer = session.carry_out(commands)
    if not answer.ok:
        raise Inconclusive(f"a card with room and power refuses a command: {answer.sw:04X}")
    return session


def look(bench: Bench, applet: Applet) -> Moment:
    platform = platform_of(bench)
    entries = opened(platform).registry()
    named = sorted(
        (entry.aid, entry.life_cycle) for entry in entries
        if entry.aid in (applet.package, applet.instance)
    )  # fmt: skip
    platform.select()
    free = platform.resources()
    answers = [bytes(platform.select(applet.instance).sw.to_bytes(2, "big"))]
    answers += [bench.channel.transmit(command) for command in applet.exercise]
    return Moment(tuple(named), (free.free_data, free.free_volatile), tuple(answers))


@pytest.mark.requirement(RULE)
@pytest.mark.needs(*NEEDS)
@pytest.mark.destructive
def test_a_power_cut_leaves_the_state_before_or_after(bench: Bench, effort: Effort):
    """In INSTALL, LOAD, STORE DATA, SET STATUS and DELETE, at every page they write."""
    applet = min(bench.foreign_applets, key=lambda one: len(one.load_file))
    commands = life(applet, brought_to(bench, ()).room)
    for at in worth_cutting(commands):
        session = brought_to(bench, commands[:at])
        pages = bench.writes_of(session.channel.session.wrap(commands[at]))
        after = look(bench, applet)
        brought_to(bench, commands[:at])
        before = look(bench, applet)
        for position in positions(pages, effort):
            session = brought_to(bench, commands[:at])
            bench.transmit_and_cut(session.channel.session.wrap(commands[at]), position)
            found = looked_after(bench, applet)
            if found not in (before, after):
                blame_the_memory_first(bench)
                where = f"a cut after {position} of {pages} pages of {named(commands[at])}"
                raise Violation(RULE, found.listed, f"{before.listed} or {after.listed}", where)


def positions(pages: int, effort: Effort) -> list[int]:
    """After how many pages; both ends, and as many between as the effort allows."""
    most = max(FEWEST_POSITIONS, effort.torn_positions // 2)
    if pages < most:
        return list(range(pages + 1))
    return [round(number * pages / (most - 1)) for number in range(most)]


def named(command: Command) -> str:
    names = {INSTALL: "INSTALL", LOAD: "LOAD", 0xE2: "STORE DATA", 0xE4: "DELETE"}
    return f"{names.get(command.ins, 'SET STATUS')} ({command.p1:02X} {command.p2:02X})"


def looked_after(bench: Bench, applet: Applet) -> Moment:
    """``look``, on a card that may not even come up again."""
    try:
        return look(bench, applet)
    except BenchError:
        blame_the_memory_first(bench)
        raise


def blame_the_memory_first(bench: Bench) -> None:
    """``Inconclusive`` where not even the values of JPKI outlast a cut."""
    if not memory_is_whole(bench):
        raise Inconclusive("values of JPKI do not outlast a cut; see REQ-3-2-d")


def memory_is_whole(bench: Bench) -> bool:
    """Whether a change of the user PIN that is cut off leaves the old one or the new one."""
    change = Command(0x00, 0x24, 0x01, 0x80 | EF.USER_PIN.sfi, another(bench.user_pin))
    verify = Command(0x00, 0x20, 0x00, 0x80 | EF.USER_PIN.sfi, bench.user_pin)
    outcomes = cut_everywhere(bench, [verify], change, MOST_CUTS)
    return all(
        len(one.accepted) == 1 and one.tries == TRIES and one.signs_with_its_key()
        for one in outcomes
    )
