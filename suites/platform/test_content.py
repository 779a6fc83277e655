"""Loading, installing, locking, deleting in any order, against the model (REQ-6-3-a, REQ-6-3-c)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Command
from fixtures.card.content_management import (
    Applet,
    installing,
    issuing,
    loading,
    personalising,
    removing,
)
from fixtures.card.global_platform import delete
from fixtures.effort import Effort
from fixtures.outcome import Inconclusive, expect
from suites.platform.content_dialogue import DISTILLED, MEMORY, alphabet, begin, play
from suites.platform.session import RULE, opened

pytestmark = [
    pytest.mark.requirement(RULE, MEMORY),
    pytest.mark.needs("platform.load", "platform.registry", "platform.foreign_applets"),
    pytest.mark.destructive,
]


@pytest.fixture
def applets(bench: Bench) -> tuple[Applet, ...]:
    """Two that are brought and taken away; what else is on the card stays."""
    return bench.foreign_applets[:2]


def test_every_rule_of_content_management(bench: Bench, applets: tuple[Applet, ...]):
    """A handful of dialogues that ask every rule of the model, rightly and wrongly."""
    memory: dict[object, tuple[int, int]] = {}
    letters = alphabet(*applets)
    for dialogue in DISTILLED:
        play(begin(bench, applets, memory), [letters[letter] for letter in dialogue], applets)


@pytest.mark.needs("platform.channels")
def test_what_is_selected_elsewhere_is_not_deleted(bench: Bench, applets: tuple[Applet, ...]):
    """Its session goes on; once it is over, DELETE is carried out (9.5.1)."""
    applet = applets[0]
    begin(bench, applets, {})
    platform = bench.platform
    session = opened(platform)
    session.carry_out(issuing(applet, session.room))
    number = platform.new_channel()
    if not platform.select(applet.instance, number).ok:
        raise Inconclusive(f"{applet.name} cannot be selected after it was issued")
    session = opened(platform)
    for command in (delete(applet.instance), removing(applet)):
        answer = session.send(command)
        where = f"DELETE of {applet.name}, selected on channel {number}"
        expect(RULE, answer.sw, SW.CONDITIONS_NOT_SATISFIED, where)
    platform.close_channel(number)
    expect(RULE, session.send(removing(applet)).sw, SW.OK, "DELETE after the channel was closed")


def test_nothing_of_what_was_deleted_comes_back(bench: Bench, applets: tuple[Applet, ...]):
    """Installed again, and not personalised, it answers as it did before it ever was."""
    for applet in applets:
        begin(bench, applets, {})
        bare = (*loading(applet, opened(bench.platform).room), installing(applet))
        before = answers_after(bench, applet, bare)
        begin(bench, applets, {})
        answers_after(bench, applet, (*bare, *personalising(applet)))
        opened(bench.platform).send(delete(applet.instance))
        after = answers_after(bench, applet, (installing(applet),))
        expect(RULE, after, before, f"{applet.name} was personalised, used, deleted, installed")


def answers_after(bench: Bench, applet: Applet, commands: Iterable[Command]) -> list[str]:
    """What it says to the commands it is exercised with, once these were carried out."""
    answer = opened(bench.platform).carry_out(commands)
    if not answer.ok:
        raise Inconclusive(f"{applet.name} cannot be issued: {answer.sw:04X}")
    bench.platform.select(applet.instance)
    return [bench.channel.transmit(each).hex().upper() for each in applet.exercise]


def test_any_dialogue_of_content_management(
    bench: Bench, applets: tuple[Applet, ...], effort: Effort, seed: int
):
    """Any order of anything a TSM does, and of what comes in between."""
    memory: dict[object, tuple[int, int]] = {}
    letters = alphabet(*applets)

    @seeded(seed)
    @settings(
        max_examples=max(2, effort.machine_walks // 5),
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.text(st.sampled_from(sorted(letters)), max_size=effort.machine_steps))
    def follows(dialogue: str) -> None:
        play(begin(bench, applets, memory), [letters[letter] for letter in dialogue], applets)

    follows()
