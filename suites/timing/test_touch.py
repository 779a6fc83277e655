"""How long a signature by touch takes (REQ-3-1-v).

A touch is timed from the field's coming to the signature: activation (the reset of a contactless
channel), SELECT of the application, VERIFY, COMPUTE DIGITAL SIGNATURE. What a host needs besides,
and the user's hand, are not in it. Every signature is looked at. A target with presets is several
models, any other is one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.bench import Bench
from fixtures.effort import Effort
from fixtures.outcome import NotRun
from fixtures.targets.port import AccessPath
from fixtures.verdict import Findings
from suites.timing.measuring import applet_series, series
from suites.timing.series import FEWEST
from suites.timing.touch import judge_applet_share, judge_models, judge_touch
from suites.timing.touching import Toucher

TYPES = (AccessPath.CONTACTLESS_A, AccessPath.CONTACTLESS_B)
OF_A_MODEL = {"distilled": FEWEST, "quick": 20, "full": 100}  # touches by each type


@pytest.fixture
def workshop(bench: Bench) -> Iterator[Bench]:
    """A bench whose target is itself again afterwards."""
    yield bench
    if bench.statement.has("timing.presets"):
        bench.use_preset(None)


def models(bench: Bench) -> list[str | None]:
    """The target itself, and all it can be."""
    if not bench.statement.has("timing.presets"):
        return [None]
    return [None, *(preset.name for preset in bench.presets())]


def toucher(bench: Bench, name: str | None) -> Toucher:
    """The bench as this model."""
    if bench.statement.has("timing.presets"):
        bench.use_preset(name)
    return Toucher.of(bench, "the target itself" if name is None else f"model {name}")


@pytest.mark.requirement("REQ-3-1-v")
@pytest.mark.needs("contactless.touch", "pin.auth")
def test_a_signature_by_touch_is_quick_and_alike_on_all_models(
    workshop: Bench, effort: Effort, findings: Findings
):
    """Every model by every type it is held to the reader with."""
    paths = [path for path in workshop.statement.pixit.paths if path in TYPES]
    if not paths:
        raise NotRun("no contactless path under [pixit] paths; name the one of the reader")
    count = OF_A_MODEL[effort.name]
    for path in paths:
        side_by_side = []
        for name in models(workshop):
            one = toucher(workshop, name)
            taken = series(f"{one.model} by {path}", one.touches(path, count))
            findings += judge_touch(taken)
            side_by_side.append(taken)
        findings.append(judge_models(side_by_side, f"touch by {path}"))


@pytest.mark.requirement("REQ-3-1-v")
@pytest.mark.needs("contactless.touch", "pin.auth", "timing.breakdown")
def test_what_a_touch_adds_is_not_put_down_to_the_applet(workshop: Bench, findings: Findings):
    """The same commands by touch and by contact, where the bench has both."""
    paths = workshop.statement.pixit.paths
    touched = [path for path in paths if path in TYPES]
    if not touched or AccessPath.CONTACT not in paths:
        raise NotRun("no contact and contactless path under [pixit] paths to compare")
    one = toucher(workshop, None)
    by_contact = applet_series("by contact", one.touches(AccessPath.CONTACT, FEWEST))
    for path in touched:
        share = applet_series(f"{one.model} by {path}", one.touches(path, FEWEST))
        findings.append(judge_applet_share(share, by_contact))
