"""The rule of the compatibility tests of old: 9 of 10 taps, and what it was worth. Pure.

Compatibility test of the resident card (New Media Development Association): ten taps in each of
four orientations, passed with nine. It is shown beside the verdict, never in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from suites.contactless.positions import ResultClass
from suites.contactless.proportions import acceptance

if TYPE_CHECKING:
    from suites.contactless.positions import Cell

LEAST, OF = 9, 10
TRUE_SHARES = (0.8, 0.9, 0.95, 0.99)


def accepts(cell: Cell) -> bool | None:
    """By its first ten tries; ``None`` where there are fewer."""
    if len(cell) < OF:
        return None
    return sum(one.result is ResultClass.FIRST for one in cell.tries[:OF]) >= LEAST


def operating_characteristic() -> dict[float, float]:
    """True share of first attempts: probability that the rule accepts it."""
    return {share: acceptance(share, LEAST, OF) for share in TRUE_SHARES}


def told() -> str:
    """In one sentence."""
    curve = ", ".join(
        f"{100 * share:g} % with {100 * chance:.1f} %"
        for share, chance in operating_characteristic().items()
    )
    return f"The old rule, {LEAST} of {OF}, accepts a true share of {curve} probability."
