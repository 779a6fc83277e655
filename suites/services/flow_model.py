"""The flows as the deck draws them, restated: which steps, in which order, and where one resumes.

Source: technical verification deck p.18 (issuance, nine sections), p.31 (remote deletion, fourteen
steps, of which 7 and what follows run beside 6), p.12 (use, five steps and the validity check; that
has no number there and is the sixth here). Use by password is not drawn apart: it has the same
steps under names of its own. Renewal, revocation and unblocking are not drawn there; their steps
are those of the reference (OUR DESIGN) and are held to their order alone.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Definition:
    """A flow: its steps by number, and which step has to be over before which."""

    name: str
    steps: tuple[str, ...]
    before: frozenset[tuple[str, str]]
    application: int = 1  # so many steps are over once the application is taken


def in_sequence(*steps: str) -> frozenset[tuple[str, str]]:
    """Each step before the next."""
    return frozenset(itertools.pairwise(steps))


def numbered(prefix: str, last: int) -> tuple[str, ...]:
    return tuple(f"{prefix}-{n}" for n in range(1, last + 1))


def one_by_one(name: str, prefix: str, last: int) -> Definition:
    """A flow without branches."""
    steps = numbered(prefix, last)
    return Definition(name, steps, in_sequence(*steps))


ISSUANCE = one_by_one("issuance", "F-ISS", 9)
RENEWAL = one_by_one("renewal", "F-REN", 9)
RENEWAL_AFTER_THE_CARD = Definition(
    "renewal after that of the card",
    (RENEWAL.steps[0], *RENEWAL.steps[3:]),
    in_sequence(RENEWAL.steps[0], *RENEWAL.steps[3:]),
)
"""The JPKI has revoked what rested on the card's former certificates: there is no 2 and no 3."""
REVOCATION = one_by_one("revocation by the user", "F-REV", 3)
UNBLOCKING = one_by_one("unblocking", "F-UNB", 3)
USE_BY_PIN = one_by_one("use by PIN", "F-USE", 6)
USE_BY_PASSWORD = one_by_one("use by password", "F-SIG", 6)

_CHANGE = (
    "F-DEL-1", "F-DEL-2", "F-ISS-1", "F-DEL-3", "F-DEL-4", "F-DEL-5",
    *(f"F-ISS-{n}" for n in range(2, 10)), "F-DEL-6",
)  # fmt: skip
CHANGE_OF_PHONE = Definition("change of phone", _CHANGE, in_sequence(*_CHANGE), application=3)
"""What the SP-TSM does for the new phone: the first six steps of remote deletion, of which the
sixth is an issuance."""

_DEL = numbered("F-DEL", 14)
REMOTE_DELETION = Definition(
    "remote deletion",
    _DEL,
    in_sequence(*_DEL[:6]) | in_sequence(_DEL[4], *_DEL[6:]),
)


ASKED_OF_ANOTHER = ("F-DEL-8", "F-DEL-10")
"""Ordering the deletion, sending the message. Who asked journals it when the answer is there; one
whose answer is lost is journalled late, when the others have gone on."""
_OWN = tuple(step for step in _DEL if step not in ASKED_OF_ANOTHER)
DELETION_WITH_A_CUT = Definition(
    REMOTE_DELETION.name, _OWN, in_sequence(*_OWN[:6]) | in_sequence(_OWN[4], *_OWN[6:])
)
"""Without the steps whose answer a cut can lose for ever."""
DELETION_WITH_A_KILL = Definition(
    REMOTE_DELETION.name, _DEL, DELETION_WITH_A_CUT.before | {("F-DEL-7", "F-DEL-8")}
)
"""A server that is started again asks again: all steps are there, and some are late."""


def deviations(
    definition: Definition, executed: Sequence[str], *, repeatable: Iterable[str] = ()
) -> list[str]:
    """What is wrong with an executed log, in words; nothing where it equals the definition.

    ``repeatable``: steps that the scenario makes happen again (a message that is lost is sent
    once more). Everything else happens once.
    """
    found = [f"{step} is no step of {definition.name}"
             for step in dict.fromkeys(executed) if step not in definition.steps]  # fmt: skip
    for step in definition.steps:
        times = executed.count(step)
        if not times:
            found.append(f"{step} was not executed")
        elif times > 1 and step not in set(repeatable):
            found.append(f"{step} was executed {times} times")
    for first, then in sorted(definition.before):
        if first in executed and then in executed and executed.index(then) < executed.index(first):
            found.append(f"{then} came before {first}")
    return found


def due(definition: Definition, before: Sequence[str]) -> str | None:
    """The step at which a flow without branches goes on, by what it had executed.

    An application that was not taken is made again, and the step after it is the first to be
    begun. ``None`` where the flow is over.
    """
    place = max(len(before), definition.application)
    return definition.steps[place] if place < len(definition.steps) else None
