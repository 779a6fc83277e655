"""The actors of the flows: a person, his phones and the servers, and what a scenario remembers."""

from __future__ import annotations

from dataclasses import dataclass, field

from fixtures.services.world import Outcome, World
from suites.services.flow_model import Definition, deviations
from suites.services.parties import issue

HOLDER = "holder"
NOTHING = Outcome("failed", "nothing was begun")


@dataclass
class Scene:
    """One test environment, and what the scenario remembers of it."""

    world: World
    numbers: dict[str, str] = field(default_factory=dict)  # of the person and his card
    phones: dict[str, str] = field(default_factory=dict)  # name → SE-ID
    before: dict[str, str] = field(default_factory=dict)  # purpose → serial
    former: dict[str, bytes] = field(default_factory=dict)  # purpose → certificate (DER)
    values: dict[str, str] = field(default_factory=dict)  # purpose → PIN or password now
    asked: list[list[str]] = field(default_factory=list)  # old and new phone's users, so far
    outcome: Outcome = NOTHING
    steps: list[str] = field(default_factory=list)  # executed by the last flow

    def holder(self) -> None:
        self.numbers = self.world.person(HOLDER)

    def new_phone(self, name: str) -> None:
        self.phones[name] = self.world.phone(name, HOLDER)

    def issued(self, name: str) -> None:
        """``Inconclusive`` where issuance fails."""
        self.new_phone(name)
        issue(self.world, name)

    def run(self, phone: str, kind: str) -> None:
        """The user begins a flow; what it executed and how it ended is remembered."""
        earlier = len(self.world.executed())
        self.outcome = self.world.start(phone, kind)
        self.steps = [entry.step for entry in self.world.executed()[earlier:]]

    def expect_executed(self, definition: Definition) -> None:
        told = f"{definition.name} is {self.outcome.state}: {self.outcome.detail}"
        assert self.outcome.done, told
        found = deviations(definition, self.steps)
        assert not found, found
