"""Killing the process of a server at every moment of issuance and of remote deletion.

A moment is when a request arrives, when a transaction ends, when an answer leaves, and what a
server names itself (a step begun, others asked, a step kept). Each try is a person and phones of
its own; the server is killed, started again on its store, and the flow is gone on with. What was
left is held against what an undisturbed flow leaves.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from suites.services.agreement import contradictions
from suites.services.flow_model import (
    CHANGE_OF_PHONE,
    DELETION_WITH_A_KILL,
    ISSUANCE,
    REMOTE_DELETION,
    Definition,
    deviations,
    due,
)
from suites.services.interruptions import AGAIN, evenly, repeated_pins
from suites.services.parties import SP_TSM, bound, issue, state_at_jpki, view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixtures.bench import Bench
    from fixtures.services.world import World

SERVERS = ("sp-tsm", "sei-tsm", "jpki", "push")
SENT_AGAIN = tuple(f"F-DEL-{n}" for n in range(9, 14))
"""A message whose answer was lost is sent again, and the phone begins its script again."""


@dataclass(frozen=True)
class Story:
    """What happens while a server is killed: the flow of the phone at hand, and what follows."""

    name: str
    definition: Definition  # of what the SP-TSM does with the phone at hand
    old_phone: bool = False


STORIES = {
    story.name: story
    for story in (
        Story("issuance", ISSUANCE),
        Story("remote deletion", CHANGE_OF_PHONE, old_phone=True),
    )
}


@dataclass(frozen=True)
class Moment:
    """The n-th time that a server reaches a point; ``after``: the last it named before."""

    server: str
    n: int
    point: str
    after: str

    @property
    def order(self) -> str:
        return f"{self.n} {self.point}"

    def __str__(self) -> str:
        behind = f", after {self.after}" if self.after else ""
        return f"{self.server} killed at {self.point} ({self.n}){behind}"


@dataclass(frozen=True)
class Killed:
    """One try: whether the server was killed, how the flow ended, and everything wrong."""

    moment: Moment
    killed: bool
    completed: bool
    wrong: tuple[str, ...]


def moments(server: str, points: Iterable[str]) -> list[Moment]:
    """One for each point that was passed."""
    counted: Counter[str] = Counter()
    found, named = [], ""
    for point in points:
        counted[point] += 1
        found.append(Moment(server, counted[point], point, named))
        if point.startswith("F-"):
            named = point
    return found


def all_moments(bench: Bench, story: Story) -> list[Moment]:
    """Of every server, in an undisturbed run, which has to be right."""
    with bench.new_world() as world:
        phones = prepared(world, story)
        run(world, story)
        found = [one for server in SERVERS for one in moments(server, world.points(server))]
        wrong = left(world, story, phones)
        assert not wrong, f"{story.name} is wrong undisturbed: {wrong}"
    return found


def kill(bench: Bench, story: Story, moment: Moment) -> Killed:
    """One try."""
    with bench.new_world() as world:
        phones = prepared(world, story)
        world.kill(moment.server, moment.order)
        done = run(world, story)
        killed = moment.server in world.restart()
        before = [s for s in world.steps("F-") if s in story.definition.steps]
        earlier = len(ISSUANCE.steps) if story.old_phone else 0  # those of the old phone
        world.points(SP_TSM)
        wrong: list[str] = []
        for _ in range(AGAIN):
            if done:
                break
            done = run(world, story, again=True)
            wrong = wrong or misplaced(world, story, before[earlier:])
        settle(world, story)
        if not done:
            wrong.append("not completed")
        wrong += left(world, story, phones, DELETION_WITH_A_KILL)
        return Killed(moment, killed, done, tuple(wrong))


def prepared(world: World, story: Story) -> dict[str, str]:
    """Bring a world to where the story begins; phone → SE-ID."""
    world.person("holder")
    phones = {}
    if story.old_phone:
        phones["old"] = world.phone("old", "holder")
        issue(world, "old")
    phones["phone"] = world.phone("phone", "holder")
    for server in SERVERS:
        world.points(server)
    return phones


def run(world: World, story: Story, *, again: bool = False) -> bool:
    """The user begins, or goes on; then servers and phones do what waits."""
    outcome = world.resume("phone") if again else world.start("phone", "issue")
    if again and outcome.state == "failed":
        outcome = world.start("phone", "issue")
    if story.old_phone:
        world.settle("old", "phone")
    return outcome.done


def settle(world: World, story: Story) -> None:
    """The old phone starts its app, and messages without a notice are sent again."""
    if not story.old_phone:
        return
    world.settle("old", "phone")
    if not deleted(world):
        world.phone_does("old", "start_app")
        world.operate("sei-tsm", "POST", "again")
        world.settle("old", "phone")


def deleted(world: World) -> bool:
    """Whether the deletion of this world's old phone is over."""
    return "F-DEL-14" in world.steps("F-DEL")


def misplaced(world: World, story: Story, before: list[str]) -> list[str]:
    """Where the SP-TSM went on, against where it has to by what it had finished."""
    begun = [point.removesuffix(" begun") for point in world.points(SP_TSM)
             if point.endswith(" begun")]  # fmt: skip
    observed = next((step for step in begun if step in story.definition.steps), None)
    declared = due(story.definition, before)
    if observed == declared:
        return []
    return [f"went on at {observed}, declared is {declared}; executed before: {before}"]


def left(
    world: World, story: Story, phones: dict[str, str], deletion: Definition = REMOTE_DELETION
) -> list[str]:
    """Steps left out or done twice, duplicates, orphans, lost revocations, contradictions."""
    found = [*steps_wrong(world, story, deletion), *at_jpki(world), *repeated_pins(world)]
    found += contradictions(view(world, phone=phones["phone"]))
    mine = [line for line in bound(world) if line.se_id == phones["phone"]]
    if [line.state for line in mine] != ["valid", "valid"]:
        found.append(f"the phone has certificates {[line.state for line in mine]}")
    if story.old_phone:
        found += not_deleted(world, phones["old"])
    return found


def steps_wrong(world: World, story: Story, deletion: Definition) -> list[str]:
    """The executed steps against their definition; ``deletion``: that of a remote deletion."""
    issued = world.steps("F-ISS")
    if not story.old_phone:
        return deviations(ISSUANCE, issued)
    newer = issued[len(ISSUANCE.steps) :]
    found = deviations(deletion, world.steps("F-DEL"), repeatable=SENT_AGAIN)
    return deviations(ISSUANCE, newer) + found


def at_jpki(world: World) -> list[str]:
    """What the JPKI issued, against what the SP-TSM binds: a key nobody has a use for."""
    known = {(line.purpose, line.serial) for line in bound(world)}
    found = []
    for flow in world.table(SP_TSM, "flows"):
        if flow["person"] not in world.persons:
            continue
        path = f"/v1/applications/{flow['data']['application']}"
        status, told = world.http("jpki", "GET", path, role=SP_TSM)
        if status != 200:
            found.append(f"the JPKI does not know the application of flow {flow['id']}")
            continue
        issued = [(one["purpose"], one["serial"]) for one in told["certificates"]]
        found += [f"{one} was issued and is bound to no SE" for one in issued if one not in known]
        if len(issued) > 2:
            found.append(f"{len(issued)} certificates for one application")
    return found


def not_deleted(world: World, old: str) -> list[str]:
    """The old phone has neither applet nor a certificate in force, and one deletion was asked."""
    found = [
        f"the revocation of the old {line.purpose} certificate is lost"
        for line in bound(world)
        if line.se_id == old and state_at_jpki(world, line.purpose, line.serial) != "revoked"
    ]
    rows = [row for row in world.table("sei-tsm", "deletions") if row["se_id"] == old]
    if [row["state"] for row in rows] != ["deleted"]:
        found.append(f"deletions of the old phone: {[row['state'] for row in rows]}")
    if world.card("old").select_ap().ok:
        found.append("the applet of the old phone is still there")
    return found


def told(tries: list[Killed]) -> str:
    """The matrix in a line."""
    killed = sum(one.killed for one in tries)
    resumed = sum(one.killed and one.completed for one in tries)
    wrong = sum(bool(one.wrong) for one in tries)
    return f"{len(tries)} moments tried, {killed} killed, {resumed} resumed, {wrong} wrong"


def some(found: list[Moment], most: int) -> list[Moment]:
    """At most so many, from every server in turn, the one that does most first."""
    each = {server: [one for one in found if one.server == server] for server in SERVERS}
    share = {server: most // len(SERVERS) for server in SERVERS}
    for server in SERVERS[: most % len(SERVERS)]:
        share[server] += 1
    return [one for server in SERVERS for one in evenly(each[server], share[server])]
