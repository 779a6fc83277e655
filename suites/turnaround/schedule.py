"""Whether a parallel plan of issuance keeps its order and hides the waiting (REQ-3-1-r). Pure.

The deck (p.17) wants keys and certificates made while the user sets password and PIN. What has to
come before what is restated here from the flow: nothing before the application, no certificate
before its key, nothing set before it was typed, no check before both certificates and both secrets
are there. The user does one thing at a time, and so does the GP-SE.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from fixtures.targets.turnaround_port import PlannedTask
from fixtures.verdict import Finding, Verdict
from suites.turnaround.table import SET_BY_THE_USER, WAITING

EPSILON = 1e-6  # s
LEAST_HIDDEN = 0.9  # of what could be hidden: the applet's own turns cannot (OUR DESIGN)

SET = ("F-ISS-2 system", "F-ISS-3 system")
STORED = ("F-ISS-5", "F-ISS-7")
BEFORE = {
    "F-ISS-2 user": ("F-ISS-1",),
    "F-ISS-3 user": ("F-ISS-1",),
    "F-ISS-4": ("F-ISS-1",),
    "F-ISS-6": ("F-ISS-1",),
    "F-ISS-2 system": ("F-ISS-2 user",),
    "F-ISS-3 system": ("F-ISS-3 user",),
    "F-ISS-5": ("F-ISS-4",),
    "F-ISS-7": ("F-ISS-6",),
    "F-ISS-8": (*SET, *STORED),
    "F-ISS-9": (*SET, *STORED),
}
TASKS = frozenset({"F-ISS-1", *BEFORE})
AT_ONCE = {
    "the user": ("F-ISS-1", "F-ISS-2 user", "F-ISS-3 user", "F-ISS-8", "F-ISS-9"),
    "the GP-SE": (*SET, *STORED, "F-ISS-4", "F-ISS-6", "F-ISS-8", "F-ISS-9"),
}


def end_of(tasks: Sequence[PlannedTask]) -> float:
    """Seconds that the whole plan takes."""
    return max(task.end for task in tasks) - min(task.start for task in tasks)


def objections(tasks: Sequence[PlannedTask]) -> Iterator[str]:
    """What is wrong with the order of a plan; nothing where nothing is."""
    by_name = {task.name: task for task in tasks}
    if set(by_name) != TASKS or len(by_name) != len(tasks):
        odd = sorted(set(by_name) ^ TASKS)
        yield f"the plan has other tasks: {', '.join(odd) or 'one twice'}"
        return
    for name, before in BEFORE.items():
        for one in before:
            if by_name[name].start < by_name[one].end - EPSILON:
                yield f"{name} begins before {one} has ended"
    for who, names in AT_ONCE.items():
        busy = sorted((by_name[name] for name in names), key=lambda task: (task.start, task.end))
        for first, second in pairwise(busy):
            if second.start < first.end - EPSILON:
                yield f"{who} is to do {first.name} and {second.name} at once"


def hideable(tasks: Sequence[PlannedTask]) -> float:
    """Seconds that could be hidden: the shorter of the waiting and of what the user types."""
    took = {task.name: task.end - task.start for task in tasks}
    return min(
        sum(took[name] for name in WAITING),
        sum(took[f"{name} user"] for name in SET_BY_THE_USER),
    )


def judge_plan(
    tasks: Sequence[PlannedTask], subject: str, requirement: str = "REQ-3-1-r"
) -> Finding:
    """In order, and hiding at least 90 % of what could be."""
    if wrong := list(objections(tasks)):
        return Finding(requirement, Verdict.FAIL, "; ".join(wrong), subject)
    took, serial = end_of(tasks), sum(task.end - task.start for task in tasks)
    best = hideable(tasks)
    told = f"{took:.1f} s in place of {serial:.1f} s; at best {serial - best:.1f} s"
    enough = serial - took >= LEAST_HIDDEN * best - EPSILON
    verdict = Verdict.PASS if enough else Verdict.FAIL
    bound = serial - LEAST_HIDDEN * best
    return Finding(requirement, verdict, told, subject, took, bound, "s")
