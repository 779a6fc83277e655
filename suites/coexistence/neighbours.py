"""Who else is on the card: foreign applets that the statement names, and the issuer's domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.card.content_management import Applet, issuing, removing
from fixtures.outcome import Inconclusive
from suites.coexistence.storm import Neighbour, Stage, Step
from suites.platform.session import opened, platform_of

if TYPE_CHECKING:
    from fixtures.bench import Bench

GET_KEY_INFORMATION = bytes.fromhex("80CA00E000")
FEWEST = 3  # foreign applets of the matrix (REQ-6-3-a)


def settled(bench: Bench) -> tuple[Neighbour, ...]:
    """The foreign applets of the statement, freshly loaded, and the issuer's domain.

    ``Inconclusive`` where one cannot be brought onto the card, for that is judged elsewhere.
    """
    platform = platform_of(bench)
    for applet in bench.foreign_applets:
        settle(bench, applet)
    domain = Neighbour("the issuer's domain", platform.issuer(), (GET_KEY_INFORMATION,))
    return (*(neighbour(applet) for applet in bench.foreign_applets), domain)


def settle(bench: Bench, applet: Applet) -> None:
    """Load, install and personalise; what was there of it before is taken off."""
    session = opened(bench.platform)
    session.send(removing(applet))
    answer = session.carry_out(issuing(applet, session.room))
    if not answer.ok:
        raise Inconclusive(f"{applet.name} cannot be issued: {answer.sw:04X}; see REQ-6-3-c")


def reissued(applet: Applet) -> Step:
    """It is taken off the card and brought back, over the channel that neighbours have first."""

    def act(stage: Stage) -> None:
        session = opened(stage.platform, number=stage.free[0])
        session.send(removing(applet))
        answer = session.carry_out(issuing(applet, session.room))
        if not answer.ok:
            raise Inconclusive(f"{applet.name} cannot be issued: {answer.sw:04X}; see REQ-6-3-c")

    return Step(f"{applet.name} is deleted and issued again beside", around=act)


def neighbour(applet: Applet) -> Neighbour:
    return Neighbour(applet.name, applet.instance, applet.exercise)
