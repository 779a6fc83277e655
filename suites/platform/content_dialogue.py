"""Dialogues of content management, played on a card and on the model side by side.

A step is one errand of a TSM, or something that comes in between, with a sentence as its name. At
the end all that can be seen is looked at: the registry, the free memory, who can be selected. The
first disagreement is a ``Violation`` that tells the dialogue; Hypothesis makes it short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from fixtures.bench import Bench
from fixtures.card.apdu import Response
from fixtures.card.content_management import Applet, installing, loading, removing
from fixtures.card.global_platform import (
    delete,
    install_for_make_selectable,
    load,
    set_status,
)
from fixtures.card.global_platform_values import Kind
from fixtures.card.platform import Platform
from fixtures.outcome import Inconclusive, Violation
from suites.platform import content_model as model
from suites.platform.content_model import Answer, Content
from suites.platform.session import RULE, Session, opened

MEMORY = "REQ-6-3-c"


@dataclass
class World:
    """Card and model, side by side; ``memory``: what was free with which content so far."""

    bench: Bench
    platform: Platform
    memory: dict[object, tuple[int, int]]
    content: Content = field(default_factory=Content)
    told: list[str] = field(default_factory=list)
    _session: Session | None = None

    @property
    def session(self) -> Session:
        """Opened when it is needed."""
        if self._session is None:
            self._session = opened(self.platform)
        return self._session

    def interrupted(self) -> None:
        """The session is over."""
        self._session = None

    def agree(self, answer: Response, expected: Answer) -> None:
        words, self.content = expected
        if answer.sw not in words:
            raise Violation(RULE, answer.sw, words_of(words), self.story())

    def story(self) -> str:
        return " · ".join(self.told)


@dataclass(frozen=True)
class Step:
    """One thing that is done, by the sentence that tells it."""

    sentence: str
    act: Callable[[World], None]


def words_of(words: Iterable[int]) -> str:
    return " or ".join(f"{word:04X}" for word in sorted(words))


# --- steps --------------------------------------------------------------------------------


def loads(applet: Applet) -> Step:
    def act(world: World) -> None:
        answer = world.session.carry_out(loading(applet, world.session.room))
        world.agree(answer, model.load(world.content, applet.package))

    return Step(f"{applet.name} is loaded", act)


def loads_another_file(applet: Applet) -> Step:
    """The hash announced is not that of what comes."""

    def act(world: World) -> None:
        wrong = bytes(reversed(applet.digest()))
        answer = world.session.carry_out(loading(applet, world.session.room, digest=wrong))
        expected = model.load_wrongly(world.content, applet.package, model.NOT_THE_FILE)
        world.agree(answer, expected)

    return Step(f"{applet.name} is loaded under the hash of another file", act)


def loads_out_of_order(applet: Applet) -> Step:
    """The third block comes before the second."""

    def act(world: World) -> None:
        first, *blocks = loading(applet, world.session.room)
        blocks[1], blocks[2] = blocks[2], blocks[1]
        answer = world.session.carry_out([first, *blocks])
        expected = model.load_wrongly(world.content, applet.package, model.OUT_OF_ORDER)
        world.agree(answer, expected)

    return Step(f"{applet.name} is loaded with two blocks exchanged", act)


def loads_a_part(applet: Applet) -> Step:
    """The second block says that it is the last."""

    def act(world: World) -> None:
        first, one, two, *_ = loading(applet, world.session.room)
        answer = world.session.carry_out([first, one, load(two.data, 1, last=True)])
        expected = model.load_wrongly(world.content, applet.package, model.NOT_THE_FILE)
        world.agree(answer, expected)

    return Step(f"{applet.name} is loaded up to its second block only", act)


def begins_to_load(applet: Applet) -> Step:
    """And goes away: the power does, too."""

    def act(world: World) -> None:
        world.session.carry_out(list(loading(applet, world.session.room))[:3])
        power_goes(world)

    return Step(f"the power goes while {applet.name} is loaded", act)


def installs(applet: Applet, *, selectable: bool = True) -> Step:
    def act(world: World) -> None:
        answer = world.session.send(installing(applet, make_selectable=selectable))
        expected = model.install(
            world.content, applet.package, applet.instance, selectable=selectable
        )
        world.agree(answer, expected)

    manner = "" if selectable else ", not yet selectable"
    return Step(f"{applet.name} is installed{manner}", act)


def makes_selectable(applet: Applet) -> Step:
    def act(world: World) -> None:
        answer = world.session.send(install_for_make_selectable(applet.instance))
        world.agree(answer, model.make_selectable(world.content, applet.instance))

    return Step(f"{applet.name} is made selectable", act)


def locks(applet: Applet) -> Step:
    def act(world: World) -> None:
        answer = world.session.send(set_status(Kind.APPLICATION, model.LOCKED, applet.instance))
        world.agree(answer, model.lock(world.content, applet.instance))

    return Step(f"{applet.name} is locked", act)


def unlocks(applet: Applet) -> Step:
    def act(world: World) -> None:
        answer = world.session.send(set_status(Kind.APPLICATION, 0x00, applet.instance))
        world.agree(answer, model.unlock(world.content, applet.instance))

    return Step(f"{applet.name} is unlocked", act)


def deletes(applet: Applet) -> Step:
    def act(world: World) -> None:
        answer = world.session.send(delete(applet.instance))
        world.agree(answer, model.delete_application(world.content, applet.instance))

    return Step(f"{applet.name} is deleted", act)


def deletes_file(applet: Applet, *, related: bool) -> Step:
    def act(world: World) -> None:
        answer = world.session.send(delete(applet.package, related=related))
        expected = model.delete_file(world.content, applet.package, related=related)
        world.agree(answer, expected)

    manner = "with all that came of it" if related else "alone"
    return Step(f"the load file of {applet.name} is deleted {manner}", act)


def selects(applet: Applet) -> Step:
    """It takes the basic channel, so that the session of the domain there is over."""

    def act(world: World) -> None:
        world.interrupted()
        world.platform.select()
        answer = world.platform.select(applet.instance)
        world.agree(answer, model.select(world.content, applet.instance))

    return Step(f"{applet.name} is selected", act)


def outsider_deletes(applet: Applet) -> Step:
    """Without a session; that it is refused is judged elsewhere, here that nothing happened."""

    def act(world: World) -> None:
        world.interrupted()
        world.platform.select()
        world.platform.send(removing(applet))

    return Step(f"an outsider deletes {applet.name}", act)


def power_goes(world: World) -> None:
    world.bench.channel.reset()
    world.interrupted()


POWER = Step("the power goes and comes back", power_goes)


def alphabet(first: Applet, second: Applet) -> dict[str, Step]:
    """The letters of the dialogues: capitals and signs for the first applet, two of the second."""
    return {
        "L": loads(first), "H": loads_another_file(first), "O": loads_out_of_order(first),
        "P": loads_a_part(first), "B": begins_to_load(first), "I": installs(first),
        "i": installs(first, selectable=False), "M": makes_selectable(first), "K": locks(first),
        "U": unlocks(first), "D": deletes(first), "F": deletes_file(first, related=False),
        "R": deletes_file(first, related=True), "S": selects(first),
        "X": outsider_deletes(first), "0": POWER, "l": loads(second), "j": installs(second),
        "r": deletes_file(second, related=True),
    }  # fmt: skip


DISTILLED = (
    "LLISDSDF", "HLIKSKUSR", "OLiSMSM", "PLF", "BLI0S", "LIFRS", "LIXS", "IMKUDFR", "LlIjRSr",
    "LIDISR", "LiKUSMS",
)  # fmt: skip
"""Dialogues that between them ask every rule of the model, right and wrong."""


# --- playing ------------------------------------------------------------------------------


def begin(bench: Bench, applets: Sequence[Applet], memory: dict[object, tuple[int, int]]) -> World:
    """None of the applets is on the card; what else is there stays."""
    bench.channel.reset()
    world = World(bench, bench.platform, memory)
    for applet in applets:
        world.session.send(removing(applet))
    left = {entry.aid for entry in world.session.registry()}
    for applet in applets:
        if left & {applet.package, applet.instance}:
            raise Inconclusive(f"{applet.name} cannot be taken off the card")
    observe(world, applets)
    return world


def play(world: World, steps: Iterable[Step], applets: Sequence[Applet]) -> None:
    """``Violation`` at the first disagreement."""
    for step in steps:
        world.told.append(step.sentence)
        step.act(world)
    observe(world, applets)
    for applet in applets:
        selects(applet).act(world)
    power_goes(world)


def observe(world: World, applets: Sequence[Applet]) -> None:
    """The registry, and the memory that is free with such a content."""
    named = {aid for applet in applets for aid in (applet.package, applet.instance)}
    told = {e.aid: e.life_cycle for e in world.session.registry() if e.aid in named}
    if told != world.content.listed():
        raise Violation(RULE, _shown(told), _shown(world.content.listed()), world.story())
    if world.bench.statement.has("platform.memory_fill"):
        _observe_memory(world)


def _observe_memory(world: World) -> None:
    world.interrupted()
    world.platform.select()
    try:
        free = world.platform.resources()
    except ValueError as error:
        raise Inconclusive(f"the free memory is not told: {error}") from None
    now = (free.free_data, free.free_volatile)
    before = world.memory.setdefault(world.content.key(), now)
    if now != before:
        raise Violation(MEMORY, now, before, f"{world.story() or 'cleaning up'}; free memory")


def _shown(states: dict[bytes, int]) -> str:
    return ", ".join(f"{aid.hex().upper()}: {state:02X}" for aid, state in sorted(states.items()))
