"""Whether the two key pairs, for signature and for user authentication, were timed apart. Pure.

REQ-1-1-g (deck p.18: 3.9 s and 2.8 s, two rows of the table). Both are the same work of the same
chip, so their times follow one law, and means of ten differ by chance: by a factor of 1.4 in the
deck. What a wrong measurement or a wrong chip does is coarser: both pairs are made in one of the
commands, and the other answers at once. The bound is our design.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.verdict import Finding, Verdict

if TYPE_CHECKING:
    from suites.timing.series import Series

LARGEST_RATIO = 5.0
"""Of the means. For two plain searches (CV 0.7), ten times each, the logarithm of the ratio has a
standard deviation of 0.32, so that 5 lies five of them away."""
FALSE_ALARM = 1.4e-6  # of two plain searches, ten times each: the ratio is F(40, 40) distributed


def judge_apart(first: Series, second: Series, requirement: str = "REQ-1-1-g") -> Finding:
    """FAIL where the mean of one is more than five times that of the other.

    INCONCLUSIVE where one of them is too short, or both took no time that the clock resolves.
    """
    subject = f"{first.subject} and {second.subject}"
    short = [one for one in (first, second) if one.is_too_short]
    if short:
        return Finding(requirement, Verdict.INCONCLUSIVE, short[0].lack, subject)
    low, high = sorted((float(first.seconds.mean()), float(second.seconds.mean())))
    if high == 0:
        lack = "all times are 0 s: the clock resolves nothing"
        return Finding(requirement, Verdict.INCONCLUSIVE, lack, subject)
    if low * LARGEST_RATIO < high:
        told = (
            f"means of {first.seconds.mean():.3f} s and {second.seconds.mean():.3f} s: "
            "one of the times holds the work of both"
        )
        return Finding(
            requirement, Verdict.FAIL, told, subject, low, high / LARGEST_RATIO, "s",
            false_alarm=FALSE_ALARM,
        )  # fmt: skip
    return Finding(
        requirement, Verdict.PASS, "", subject, high / low, LARGEST_RATIO, "ratio",
        false_alarm=FALSE_ALARM,
    )  # fmt: skip
