"""The applet against its model, driven by Hypothesis: any order of anything a terminal can do.

Rules are sentences; each draws a step and plays it. A disagreement ends the walk, Hypothesis
shrinks it, ``minimise`` tells the story. ``explore`` then mutes that story's observation and
goes on searching, so that one fault does not hide another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from fixtures.card.jpki import EF
from suites.applet import dialogue as say
from suites.applet.dialogue import Mismatch, Step, Story, World, begin, minimise, observe

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.bench import Bench
    from fixtures.effort import Effort

pins = st.sampled_from([EF.USER_PIN, EF.PASSWORD])
files = st.sampled_from([*EF, say.UNKNOWN_FILE])
malformed = {
    EF.USER_PIN: st.sampled_from([b"123", b"12345", b"12A4", b"abcd", b"1234567890123456"]),
    EF.PASSWORD: st.sampled_from([b"ABC12", b"abc123", b"ABC 123", b"ABC12!"]),
}


class Disagreement(Exception):  # noqa: N818
    """A mismatch with the steps that led to it."""

    def __init__(self, steps: list[Step], mismatch: Mismatch) -> None:
        super().__init__(str(mismatch))
        self.steps = steps
        self.mismatch = mismatch


class AppletMachine(RuleBasedStateMachine):
    """Any order of steps leaves card and model agreed."""

    bench: ClassVar[Bench]
    muted: ClassVar[frozenset[str]]

    def __init__(self) -> None:
        super().__init__()
        self.world: World | None = begin(self.bench)
        self.steps: list[Step] = []

    @rule(ef=pins, right=st.booleans())
    def a_pin_is_entered(self, ef: EF, right: bool) -> None:
        self.do(say.enter(ef, right=right))

    @rule(ef=pins, right=st.booleans())
    def a_selected_pin_is_entered(self, ef: EF, right: bool) -> None:
        self.do(say.enter_selected(ef, right=right))

    @rule(ef=pins)
    def the_tries_are_asked(self, ef: EF) -> None:
        self.do(say.ask(ef))

    @rule()
    def the_application_is_selected_again(self) -> None:
        self.do(say.RESELECT)

    @rule()
    def the_power_goes_and_comes(self) -> None:
        self.do(say.POWER_CYCLE)

    @rule(ef=pins)
    def a_pin_is_changed(self, ef: EF) -> None:
        self.do(say.change(ef))

    @rule(data=st.data(), ef=pins)
    def a_pin_is_changed_badly(self, data: st.DataObject, ef: EF) -> None:
        self.do(say.change_badly(ef, data.draw(malformed[ef])))

    @precondition(lambda self: self.bench.statement.has("pin.unblock"))
    @rule()
    def the_administrator_authenticates(self) -> None:
        self.do(say.ADMINISTRATOR)

    @precondition(lambda self: self.bench.statement.has("pin.unblock"))
    @rule(ef=pins)
    def a_pin_is_unblocked(self, ef: EF) -> None:
        self.do(say.unblock(ef))

    @rule(fid=files)
    def a_file_is_selected(self, fid: int) -> None:
        self.do(say.select_file(fid))

    @rule()
    def the_selected_file_is_read(self) -> None:
        self.do(say.READ_CURRENT)

    @rule()
    def the_selected_key_signs(self) -> None:
        self.do(say.SIGN_CURRENT)

    @rule()
    def an_unknown_instruction_is_sent(self) -> None:
        self.do(say.UNKNOWN_INSTRUCTION)

    def do(self, step: Step) -> None:
        """Play a step unless this walk has already met a muted disagreement."""
        if self.world is not None:
            self.steps.append(step)
            self._guard(step.act)

    def teardown(self) -> None:
        self._guard(observe)

    def _guard(self, play: Callable[[World], None]) -> None:
        if self.world is None:
            return
        try:
            play(self.world)
        except Mismatch as mismatch:
            self.world = None
            if mismatch.observation not in self.muted:
                raise Disagreement(self.steps, mismatch) from None


def explore(bench: Bench, effort: Effort, run_seed: int) -> list[Story]:
    """Walk with every seed of the effort; the stories of all distinct disagreements."""
    stories: dict[str, Story] = {}
    for machine_seed in effort.machine_seeds:
        while (found := _walk(bench, effort, run_seed * 1000 + machine_seed, stories)) is not None:
            story = minimise(bench, found.steps, found.mismatch)
            stories[found.mismatch.observation] = story
    return list(stories.values())


def _walk(
    bench: Bench, effort: Effort, machine_seed: int, stories: dict[str, Story]
) -> Disagreement | None:
    """One exploration; the first disagreement nobody has told yet, shrunk."""
    members = {"bench": bench, "muted": frozenset(stories)}
    machine = type("AppletMachine", (AppletMachine,), members)
    search = settings(
        max_examples=effort.machine_walks,
        stateful_step_count=effort.machine_steps,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    try:
        run_state_machine_as_test(seed(machine_seed)(machine), settings=search)
    except Disagreement as disagreement:
        return disagreement
    return None
