"""Which tests follow which rules of the reference, seen on a clean campaign.

A test that never calls the rule a fault breaks ends on that fault as it ends on the sound
reference: each test begins with a specimen of its own, and what it draws depends on the seed. So
detection leaves it out, and a fault costs the tests it can change. That holds while no test uses
what another one made (no fixture of the suites outlives a test). What cannot be seen, because a
fault changes something other than methods, is searched in full, and so is everything at effort
``full``.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixtures.targets.reference import watching

if TYPE_CHECKING:
    from fixtures.targets.reference import KnownFault
    from reports.judgement import CampaignResult

Rule = tuple[str, str]  # class and method
Clean = Callable[[], "CampaignResult"]


@dataclass(frozen=True)
class Reach:
    """``tests``: by rule; ``requirements``: by test."""

    tests: Mapping[Rule, frozenset[str]]
    requirements: Mapping[str, tuple[str, ...]]

    def of(self, fault: KnownFault) -> frozenset[str] | None:
        """The tests that may end otherwise on this fault; None where that cannot be said."""
        own = {test for test, spoken in self.requirements.items() if fault.breaks in spoken}
        if fault.rules is None or not own:
            return None
        calling = (self.tests.get(rule, frozenset()) for rule in fault.rules)
        return frozenset(own).union(*calling)

    def requirements_of(self, tests: frozenset[str]) -> tuple[str, ...]:
        """All that some of the tests speak for."""
        return tuple(sorted({id_ for test in tests for id_ in self.requirements.get(test, ())}))


def reach(clean: Clean) -> Reach:
    """Watch one campaign on the sound reference."""
    calling: defaultdict[Rule, set[str]] = defaultdict(set)

    def told(owner: str, rule: str) -> None:
        calling[owner, rule].add(running())

    with watching(told):
        result = clean()
    spoken = {record.id: record.requirements for record in result.records}
    return Reach({rule: frozenset(tests) for rule, tests in calling.items()}, spoken)


def running() -> str:
    """The test this process is in, as pytest tells; empty between tests."""
    return os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
