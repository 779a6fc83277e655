"""What the statement denies is asked for once, where asking is harmless."""

from __future__ import annotations

import pytest

from fixtures.bench import Bench
from fixtures.catalogue.load import load_catalogue
from fixtures.outcome import NotApplicable
from fixtures.verdict import Finding, Findings, Verdict
from suites.statement.claims import PROBES


def hidden_by(capability: str) -> tuple[str, ...]:
    """The requirements that a "no" to this capability takes out of the judgement."""
    catalogue = load_catalogue()
    return tuple(
        id_ for id_ in catalogue.automated if capability in catalogue.requirements[id_].capability
    )


@pytest.mark.parametrize(
    "capability",
    [
        pytest.param(
            name, marks=[pytest.mark.requirement(*hidden_by(name)), pytest.mark.denied(name)]
        )
        for name in PROBES
        if hidden_by(name)
    ],
)
def test_what_is_denied_is_not_there(bench: Bench, findings: Findings, capability: str):
    """A false "no" is a failure of every requirement it would have hidden."""
    bench.card.power_cycle()
    probe = PROBES[capability]
    answer = probe.ask(bench.card)
    if not probe.shows(answer):
        raise NotApplicable(
            f"the statement says no to {capability}; {probe.asked} confirms it ({answer.sw:04X})"
        )
    told = f"the statement says no to {capability}, but {probe.asked} answers {answer.sw:04X}"
    findings.extend(Finding(id_, Verdict.FAIL, told) for id_ in hidden_by(capability))
