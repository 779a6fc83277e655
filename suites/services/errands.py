"""Cutting what is no flow of the SP-TSM: remote deletion, suspension, a new PIN or password.

Each is done with the links as they are, then what was broken is mended, and it is done again by
whoever does it: TSMs by themselves, the app when it is opened, the user with the value that he
knows. Nothing is declared of the step at which it goes on, only of what is there at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from fixtures.outcome import Inconclusive
from suites.services.agreement import PURPOSES, contradictions
from suites.services.cut_table import Tried
from suites.services.flow_model import ASKED_OF_ANOTHER, DELETION_WITH_A_CUT, deviations
from suites.services.interruptions import AGAIN, Cut, every_cut
from suites.services.parties import (
    PASSWORD,
    PIN,
    bound,
    certificate_on,
    change_of_phone,
    issue,
    issued_phone,
    signs_with,
    told_the_jpki,
    view,
)

if TYPE_CHECKING:
    from fixtures.bench import Bench
    from fixtures.services.world import World

NEW = {"pin": "9753", "password": "CHANGED77"}
AGAIN_AFTER_A_CUT = ("F-DEL-9", "F-DEL-11", "F-DEL-12")
"""Steps of remote deletion (deck p.31) that a cut may make happen once more: the message is sent
again, received again, and the script is begun again."""


class Errand(Protocol):
    """Something that is done over links, and done again where a link broke."""

    def prepare(self, world: World) -> str:
        """Bring a world to where it begins; the SE-ID of the phone that counts."""

    def once(self, world: World) -> None:
        """Do it, or what is left of it."""

    def over(self, world: World) -> bool:
        """Whether it is done, as those say who do it."""

    def wrong(self, world: World, se_id: str) -> list[str]:
        """What is wrong afterwards, in words."""


class RemoteDeletion:
    """The applet of the old phone; a new one was issued."""

    def prepare(self, world: World) -> str:
        _, new = change_of_phone(world)
        issue(world, "new")
        return new

    def once(self, world: World) -> None:
        world.operate("sei-tsm", "POST", "again")
        world.phone_does("old", "start_app")
        world.settle("old", "new")

    def over(self, world: World) -> bool:
        deletions = [row["state"] for row in world.table("sei-tsm", "deletions")]
        ordered = [row["state"] for row in world.table("sp-tsm", "orders")]
        return deletions == ["deleted"] and set(ordered) == {"requested"}

    def wrong(self, world: World, se_id: str) -> list[str]:
        steps = [step for step in world.steps("F-DEL") if step not in ASKED_OF_ANOTHER]
        found = deviations(DELETION_WITH_A_CUT, steps, repeatable=AGAIN_AFTER_A_CUT)
        if world.card("old").select_ap().ok:
            found.append("the applet is still on the old phone")
        world.card("old").channel.reset()
        return found + contradictions(view(world, new=se_id)) + unusable(world, "new", {})


class Suspension:
    """The call centre holds what is on the phone; the SP-TSM asks the JPKI what is in force."""

    def prepare(self, world: World) -> str:
        numbers = world.person("holder")
        se_id = world.phone("phone", "holder")
        issue(world, "phone")
        body = {"person_id": numbers["person_id"], "medium": "phone"}
        told_the_jpki(world, "/v1/suspensions", body, "call-centre")
        return se_id

    def once(self, world: World) -> None:
        world.operate("sp-tsm", "POST", "sync")

    def over(self, world: World) -> bool:
        return {line.state for line in bound(world)} == {"held"}

    def wrong(self, world: World, se_id: str) -> list[str]:
        found = contradictions(view(world, phone=se_id))
        return found + (["a deletion was ordered"] if world.table("sp-tsm", "orders") else [])


@dataclass
class ChangeOfValue:
    """The user has a new PIN or password; whether the SE took it he finds out by entering it."""

    what: str
    done: bool = False

    def prepare(self, world: World) -> str:
        self.done = False
        return issued_phone(world)

    def once(self, world: World) -> None:
        outcome = world.change("phone", self.what, NEW[self.what])
        if outcome.state == "failed":  # the old one is refused: the new one is in force already
            world.user("phone", **{self.what: NEW[self.what]})
        self.done = outcome.done

    def over(self, world: World) -> bool:
        return self.done

    def wrong(self, world: World, se_id: str) -> list[str]:
        found = unusable(world, "phone", {self.what: NEW[self.what]})
        entered = [word for word in world.asked("phone") if word != "consent"]
        sent = [header for header in world.sent("phone") if header[2:4] == "20"]
        if len(sent) > len(entered):
            found.append(f"{len(sent)} PINs were sent, {len(entered)} were entered")
        return found


ERRANDS: dict[str, Errand] = {
    "remote deletion": RemoteDeletion(),
    "suspension": Suspension(),
    "change of PIN": ChangeOfValue("pin"),
    "change of password": ChangeOfValue("password"),
}


def unusable(world: World, phone: str, changed: dict[str, str]) -> list[str]:
    """Certificates that cannot be read and keys that do not sign, with the values in force."""
    values = {"signature": changed.get("password", PASSWORD),
              "user-authentication": changed.get("pin", PIN)}  # fmt: skip
    card, found = world.card(phone), []
    for purpose in PURPOSES:
        own = certificate_on(card, purpose, values[purpose])
        if not own or not signs_with(card, purpose, own, values[purpose]):
            found.append(f"the {purpose} key of {phone} is of no use")
    card.channel.reset()
    return found


def undisturbed_errand(bench: Bench, name: str) -> list[Cut]:
    """Every place where it can be cut."""
    errand = ERRANDS[name]
    with bench.new_world() as world:
        se_id = errand.prepare(world)
        world.mend()
        errand.once(world)
        passed = world.mend()
        if not errand.over(world) or errand.wrong(world, se_id):
            raise Inconclusive(f"{name} fails undisturbed; see REQ-3-1-b and REQ-5-2-a")
        return every_cut(passed)


def cut_short(bench: Bench, name: str, where: Cut) -> Tried:
    """One try."""
    errand = ERRANDS[name]
    with bench.new_world() as world:
        se_id = errand.prepare(world)
        world.mend()
        world.cut(where.link, where.message, after=where.after)
        errand.once(world)
        broke = world.mend().get(where.link, 0) == where.message  # it is down: no more can pass
        # What was to be cut before it arrives, and is over all the same, was not cut.
        interrupted = broke and (where.after or not errand.over(world))
        for _ in range(AGAIN):
            if errand.over(world):
                break
            errand.once(world)
        over = errand.over(world)
        wrong = [] if over else ["not completed"]
        wrong += errand.wrong(world, se_id)
        return Tried(name, where.place, str(where), interrupted, over, tuple(wrong), ())
