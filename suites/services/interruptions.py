"""Cutting a flow at every message of every link, and ending a TSM at every point of its work.

Each try is a world of its own: the flow is brought to its beginning, it is interrupted, what was
broken is mended, and it is gone on with until it is over. What was left is compared with what an
undisturbed flow leaves (REQ-3-2-a), and the step at which it went on with the declared one
(REQ-3-2-b).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from fixtures.outcome import Inconclusive
from fixtures.services.world import Link
from suites.services.agreement import contradictions
from suites.services.cut_table import Tried
from suites.services.flow_model import (
    CHANGE_OF_PHONE,
    ISSUANCE,
    RENEWAL,
    REVOCATION,
    UNBLOCKING,
    Definition,
    deviations,
    due,
)
from suites.services.parties import bound, state_at_jpki, view

if TYPE_CHECKING:
    from fixtures.bench import Bench
    from fixtures.services.world import Outcome, World

AGAIN = 4  # times at most that a flow is gone on with; one is enough for one interruption


@dataclass(frozen=True)
class Flow:
    """A flow that is interrupted: its kind, whether the phone was issued before, and its log."""

    kind: str
    definition: Definition
    issued: bool = False
    old_phone: bool = False
    certificates: int = 2  # in force afterwards


FLOWS = {
    "issuance": Flow("issue", ISSUANCE),
    "change of phone": Flow("issue", CHANGE_OF_PHONE, old_phone=True),
    "renewal": Flow("renew", RENEWAL, issued=True),
    "revocation": Flow("revoke", REVOCATION, issued=True, certificates=0),
    "unblocking": Flow("unblock", UNBLOCKING, issued=True),
}


@dataclass(frozen=True)
class Cut:
    """A link that breaks at its n-th message, before it arrives or after."""

    link: Link
    message: int
    after: bool

    @property
    def place(self) -> str:
        return str(self.link)

    def __str__(self) -> str:
        return f"{self.link} cut {'after' if self.after else 'before'} message {self.message}"


@dataclass(frozen=True)
class Kill:
    """A TSM that ends at this point of its work."""

    server: str
    point: str

    @property
    def place(self) -> str:
        return self.server

    def __str__(self) -> str:
        return f"{self.server} ended at {self.point}"


def prepared(world: World, flow: Flow) -> dict[str, str]:
    """Bring a world to where the flow begins; phone → SE-ID."""
    world.person("holder")
    phones = {}
    if flow.old_phone:
        phones["old"] = world.phone("old", "holder")
        _issue(world, "old")
    phones["phone"] = world.phone("phone", "holder")
    if flow.issued:
        _issue(world, "phone")
    world.mend()
    world.points("sp-tsm")
    return phones


def _issue(world: World, phone: str) -> None:
    if not world.start(phone, "issue").done:
        raise Inconclusive("issuance fails; see REQ-3-1-a")


def undisturbed(bench: Bench, flow: Flow) -> tuple[list[Cut], list[Kill]]:
    """Every place where the flow can be interrupted."""
    with bench.new_world() as world:
        prepared(world, flow)
        earlier = len(world.executed())
        done = world.start("phone", flow.kind).done
        steps = [entry.step for entry in world.executed()[earlier:]]
        if not done or deviations(flow.definition, steps):
            raise Inconclusive(f"{flow.kind} fails undisturbed; see REQ-3-1-a, b and REQ-5-2-n")
        points = dict.fromkeys(world.points("sp-tsm"))
        return every_cut(world.mend()), [Kill("sp-tsm", point) for point in points]


def every_cut(passed: dict[str, int]) -> list[Cut]:
    """Before and after each of so many messages of each link."""
    return [
        Cut(link, message, after)
        for link in Link
        for message in range(1, passed.get(link, 0) + 1)
        for after in (False, True)
    ]


def some_cuts(cuts: list[Cut], most: int) -> list[Cut]:
    """At most so many, from every link in turn, the one with the fewest messages first."""
    links = sorted({cut.link for cut in cuts}, key=[c.link for c in cuts].count)
    each = {link: [cut for cut in cuts if cut.link is link] for link in links}
    share = max(1, -(-most // max(1, len(links))))
    return [cut for link in links for cut in evenly(each[link], share)][:most]


def some_kills(kills: list[Kill], most: int) -> list[Kill]:
    """At most so many: the first place where something is kept, then some of every moment."""
    moments: dict[str, list[Kill]] = {}
    for kill in kills:
        moments.setdefault(kill.point.partition(" ")[2], []).append(kill)
    share = max(1, -(-(most - 1) // max(1, len(moments))))
    picked = [
        *moments.get("kept", [])[:1],
        *(k for group in moments.values() for k in evenly(group, share)),
    ]
    return list(dict.fromkeys(picked))[:most]


T = TypeVar("T")


def evenly(places: list[T], most: int) -> list[T]:
    """At most so many, from the middle of equal stretches."""
    most = min(most, len(places))
    return [places[(2 * n + 1) * len(places) // (2 * most)] for n in range(most)]


def interrupt(bench: Bench, name: str, where: Cut | Kill) -> Tried:
    """One try."""
    flow = FLOWS[name]
    with bench.new_world() as world:
        phones = prepared(world, flow)
        earlier = len(world.executed())
        if isinstance(where, Cut):
            world.cut(where.link, where.message, after=where.after)
        else:
            world.kill(where.server, where.point)
        outcome = world.start("phone", flow.kind)
        before = [entry.step for entry in world.executed()[earlier:]]
        interrupted = outcome.state == "interrupted"
        world.mend()
        world.restart()
        world.points("sp-tsm")
        misplaced: list[str] = []
        for _ in range(AGAIN):
            if outcome.done:
                break
            outcome = go_on(world, flow)
            misplaced = misplaced or wrong_place(world, flow, before)
        steps = [entry.step for entry in world.executed()[earlier:]]
        wrong = [] if outcome.done else [f"not completed: {outcome.state} {outcome.detail}"]
        wrong += deviations(flow.definition, steps) + left_behind(world, flow, phones)
        wrong += repeated_pins(world)
        told = tuple(wrong), tuple(misplaced)
        return Tried(name, where.place, str(where), interrupted, outcome.done, *told)


def go_on(world: World, flow: Flow) -> Outcome:
    """Resume; where nothing had been begun, the user begins."""
    outcome = world.resume("phone")
    return outcome if outcome.state != "failed" else world.start("phone", flow.kind)


def wrong_place(world: World, flow: Flow, before: list[str]) -> list[str]:
    """Where the SP-TSM went on, against where it has to by what it had finished."""
    declared = due(flow.definition, before)
    begun = [point.removesuffix(" begun") for point in world.points("sp-tsm")
             if point.endswith(" begun")]  # fmt: skip
    observed = begun[0] if begun else None
    if observed == declared:
        return []
    return [f"went on at {observed}, declared is {declared}; executed before: {before}"]


def left_behind(world: World, flow: Flow, phones: dict[str, str]) -> list[str]:
    """Duplicates, orphans, lost revocations and contradictions."""
    found = contradictions(view(world, phone=phones["phone"]))
    mine = [line for line in bound(world) if line.se_id == phones["phone"]]
    in_force = [line for line in mine if line.state == "valid"]
    if len(in_force) != flow.certificates:
        found.append(f"{len(in_force)} certificates in force, not {flow.certificates}")
    if flow.old_phone:
        found += [
            f"the revocation of the old {line.purpose} certificate is lost"
            for line in bound(world)
            if line.se_id == phones["old"]
            and state_at_jpki(world, line.purpose, line.serial) != "revoked"
        ]
    return found


def repeated_pins(world: World) -> list[str]:
    """No PIN is sent to a chip that the user did not enter for it."""
    entered = [word for word in world.asked("phone") if word != "consent"]
    sent = [header for header in world.sent("phone") if header[2:4] in ("20", "2C", "24")]
    if len(sent) <= len(entered):
        return []
    return [f"{len(sent)} PINs were sent, {len(entered)} were entered"]
