"""What taps at measured positions show of the requirements of the deck. Pure.

Rules:

1. at least ten tries a cell (our design, REQ-6-6-f), none left out;
2. whether a share of first attempts is shown, or refuted, is decided by exact one-sided bounds with
   95 % confidence; over all cells together a sound campaign is refuted in at most 5 % of cases
   (Holm), and a claim for all cells needs no such care, as each of them must show it;
3. nothing is claimed beyond the bound: ten of ten show 74 %, and 99 % takes 299 without a failure;
4. Type A between two that both know Type B is a risk and told as such, not a failure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from fixtures.verdict import Finding, Verdict
from suites.contactless.negotiation import TYPE_A_RISK, Technology
from suites.contactless.positions import Cell, Grid, Pair, Position, ResultClass, Try
from suites.contactless.proportions import (
    CONFIDENCE,
    at_most,
    fewest_trials,
    holm,
    percent_down,
    percent_up,
    upper,
)

FEWEST = 10  # tries a cell, REQ-6-6-f, our design
CLAIM = 0.70  # share of first attempts that is asked for: what ten without a failure can show
SHOWN = 5  # tries that were left out
REFUTED = 1 - CONFIDENCE  # probability that any sound cell of a campaign is refuted


def judge_claim(
    cells: Sequence[Cell], claim: float = CLAIM, requirement: str = "REQ-6-6-a"
) -> list[Finding]:
    """Whether each cell shows that first attempts succeed in at least ``claim`` of taps.

    PASS where the exact one-sided bound says so; FAIL where the claim is refuted; else
    INCONCLUSIVE, with the tries that would decide. All positions of a pair together are a FAIL of
    the pair where they refute that each of them has such a share.
    """
    pairs = _together(cells)
    counts = [(cell.first, len(cell)) for cell in cells] + list(pairs.values())
    refuted = holm([at_most(*count, claim) for count in counts], REFUTED)
    of_pairs = zip(pairs.items(), refuted[len(cells) :], strict=True)
    return [
        *(_claimed(cell, bad, claim, requirement)
          for cell, bad in zip(cells, refuted, strict=False)),
        *(_refuted(str(pair), *count, claim, requirement)
          for (pair, count), bad in of_pairs if bad),
    ]  # fmt: skip


def judge_count(cell: Cell, requirement: str = "REQ-6-6-f") -> Finding:
    """At least ten tries and none left out, so that the share of first attempts can be given."""
    why = []
    if len(cell) < FEWEST:
        why.append(f"insufficient data: {len(cell)} tries, at least {FEWEST} are needed")
    if cell.left_out:
        shown = ", ".join(map(str, cell.left_out[:SHOWN])) + ", …" * (len(cell.left_out) > SHOWN)
        why.append(f"try {shown} is missing; none may be left out")
    verdict = Verdict.INCONCLUSIVE if why else Verdict.PASS
    share = cell.first / len(cell)
    return Finding(requirement, verdict, "; ".join(why), str(cell), share, None, "share")


def judge_grid(
    pair: Pair, tried: Collection[Position], grid: Grid, requirement: str = "REQ-6-6-b"
) -> Finding:
    """Every position of the grid was tried."""
    missing = [position for position in grid.positions if position not in tried]
    of = len(grid.positions)
    told = f"not tried: {', '.join(map(str, missing))}" if missing else ""
    verdict = Verdict.INCONCLUSIVE if missing else Verdict.PASS
    return Finding(requirement, verdict, told, str(pair), of - len(missing), of, "positions")


def judge_spoken(
    pair: Pair,
    tries: Sequence[Try],
    reader_knows_b: bool | None,
    phone_knows_b: bool | None,
    requirement: str = "REQ-6-6-d",
) -> Finding:
    """TYPE_A_RISK where Type A was spoken though both know Type B; ``None`` is not known.

    The risk is advice, PASS with a reason. INCONCLUSIVE where a type was not recorded, or nothing
    says whether Type B was possible.
    """
    linked = [one for one in tries if one.result is not ResultClass.NEITHER]
    spoken = Counter(one.spoken for one in linked)
    as_a, unknown = spoken[Technology.A], spoken[None]
    told = f"Type A in {as_a} of {len(linked)} taps"
    told += ", mixed" if spoken[Technology.B] and as_a else ""
    possible = {reader_knows_b, phone_knows_b}
    verdict, why = Verdict.PASS, ""
    if as_a and possible == {True}:
        why = f"{TYPE_A_RISK}: {told}, though both sides know Type B"
    elif not linked:
        verdict, why = Verdict.INCONCLUSIVE, "no tap was answered"
    elif unknown:
        verdict = Verdict.INCONCLUSIVE
        why = f"the type is not known of {unknown} of {len(linked)} taps that were answered"
    elif as_a and False not in possible:
        verdict = Verdict.INCONCLUSIVE
        why = (
            f"{told}; nothing tells whether both sides know Type B: state reader_types, phone_types"
        )
    return Finding(requirement, verdict, why, str(pair), as_a, None, "taps in Type A")


def _together(cells: Sequence[Cell]) -> dict[Pair, tuple[int, int]]:
    """First attempts that succeeded, and tries, of pairs with more than one position."""
    found: dict[Pair, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.pair, []).append(cell)
    return {
        pair: (sum(cell.first for cell in of), sum(map(len, of)))
        for pair, of in found.items()
        if len(of) > 1
    }


def _claimed(cell: Cell, refuted: bool, claim: float, requirement: str) -> Finding:
    if refuted:
        return _refuted(str(cell), cell.first, len(cell), claim, requirement)
    verdict, why = Verdict.INCONCLUSIVE, ""
    if cell.shown >= claim:
        failed = cell.count(ResultClass.NEITHER)
        verdict = Verdict.PASS
        why = f"class {cell.worst}: {failed} of {len(cell)} failed twice" if failed else ""
    else:
        needed = fewest_trials(claim, len(cell) - cell.first)
        why = (
            f"{_succeeded(cell.first, len(cell))}: shows at least {percent_down(cell.shown)}, "
            f"{100 * claim:g} % is asked for; {needed} tries with no more failures would show it"
        )
    return Finding(requirement, verdict, why, str(cell), cell.shown, claim, "share")


def _refuted(subject: str, first: int, tries: int, claim: float, requirement: str) -> Finding:
    high = upper(first, tries)
    told = (
        f"{_succeeded(first, tries)}: shows {percent_up(high)} at most, "
        f"{100 * claim:g} % is asked for"
    )
    return Finding(requirement, Verdict.FAIL, told, subject, high, claim, "share")


def _succeeded(first: int, tries: int) -> str:
    return f"{first} of {tries} first attempts succeeded"
