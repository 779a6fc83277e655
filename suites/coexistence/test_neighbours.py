"""JPKI among applets of other services: answers and state are those it has alone (REQ-6-3-a)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from fixtures.bench import Bench
from fixtures.effort import Effort
from fixtures.outcome import Inconclusive
from suites.coexistence.neighbours import FEWEST, reissued, settled
from suites.coexistence.storm import (
    A_WRONG_PIN,
    JPKI_STEPS,
    RULE,
    Neighbour,
    Setting,
    Step,
    beside,
    compare,
    excursion,
    reopened,
)

pytestmark = [
    pytest.mark.requirement(RULE),
    pytest.mark.needs(
        "platform.load", "platform.foreign_applets", "platform.channels", "pin.auth", "pin.sign"
    ),
    pytest.mark.destructive,
]


@pytest.fixture
def neighbours(bench: Bench) -> tuple[Neighbour, ...]:
    found = settled(bench)
    if len(found) <= FEWEST:
        raise Inconclusive(f"{len(found) - 1} foreign applets are named, {FEWEST} are wanted")
    return found


def settings_of(bench: Bench) -> list[Setting]:
    """On one way, JPKI on the basic channel or one of its own; on two ways at a time."""
    first, *others = bench.statement.pixit.paths
    same = [Setting(first, first, own_channel=own) for own in (False, True)]
    return same + [Setting(other, first, own_channel=False) for other in others[-1:]]


def story(neighbours: tuple[Neighbour, ...]) -> list[Step]:
    """Everything once: each neighbour beside and in between, while JPKI is at work."""
    steps = [JPKI_STEPS["the user PIN is entered"], JPKI_STEPS["EF 000B is selected"]]
    for slot, one in enumerate(neighbours):
        steps += [beside(one, slot), JPKI_STEPS["the user key signs"], reopened(slot)]
        steps += [JPKI_STEPS["the selected file is read on"], JPKI_STEPS["the tries are asked"]]
    for one in neighbours:
        steps += [A_WRONG_PIN] if one is neighbours[0] else []
        steps += [excursion(one), JPKI_STEPS["the user key signs"]]
        steps += [JPKI_STEPS["the password is entered"], JPKI_STEPS["the signature key signs"]]
    return steps


def test_neighbours_make_no_difference(bench: Bench, neighbours: tuple[Neighbour, ...]):
    """All of them, beside JPKI and in its place, on every way."""
    for setting in settings_of(bench):
        compare(bench, setting, story(neighbours))


def test_a_storm_of_selections_makes_no_difference(
    bench: Bench, neighbours: tuple[Neighbour, ...], effort: Effort
):
    """A hundred selections and more between two commands of a session."""
    turns = 40 if effort.name == "distilled" else 400
    storm = [beside(neighbours[n % len(neighbours)], n) for n in range(turns)]
    steps = [JPKI_STEPS["the user PIN is entered"], *storm, JPKI_STEPS["the user key signs"]]
    compare(bench, settings_of(bench)[0], steps)


def test_any_interleaving_makes_no_difference(
    bench: Bench, neighbours: tuple[Neighbour, ...], effort: Effort, seed: int
):
    """Any order of JPKI's commands and theirs; a wrong PIN at most once."""
    every = [
        *JPKI_STEPS.values(),
        *(beside(one, slot) for one in neighbours for slot in range(2)),
        *(excursion(one) for one in neighbours),
        reopened(1),
    ]

    @seeded(seed)
    @settings(
        max_examples=max(3, effort.machine_walks // 5),
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(
        setting=st.sampled_from(settings_of(bench)),
        steps=st.lists(st.sampled_from(every), max_size=effort.machine_steps),
        wrong_at=st.none() | st.integers(min_value=0, max_value=effort.machine_steps),
    )
    def equal(setting: Setting, steps: list[Step], wrong_at: int | None) -> None:
        if wrong_at is not None:
            steps = [*steps[:wrong_at], A_WRONG_PIN, *steps[wrong_at:]]
        compare(bench, setting, steps)

    equal()


def test_neighbours_come_and_go_beside_a_jpki_session(
    bench: Bench, neighbours: tuple[Neighbour, ...]
):
    """They are deleted, loaded and personalised again from a channel of its own meanwhile."""
    steps = [JPKI_STEPS["the user PIN is entered"], JPKI_STEPS["EF 000B is selected"]]
    for applet in bench.foreign_applets:
        steps += [reissued(applet), JPKI_STEPS["the selected file is read on"]]
        steps += [JPKI_STEPS["the user key signs"]]
    compare(bench, settings_of(bench)[0], steps)
