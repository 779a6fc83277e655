"""The one place where a business server is put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference_impl.choice import sound
from reference_impl.relying_party.certificates import Authorities
from reference_impl.relying_party.desks import LoginDesk, SigningDesk
from reference_impl.relying_party.service import business_service
from reference_impl.relying_party.status import Lists, Responder

if TYPE_CHECKING:
    import httpx

    from reference_impl.choice import Part
    from reference_impl.tsm.database import Database
    from reference_impl.web.clock import Clock
    from reference_impl.web.peers import PeerGate
    from reference_impl.web.serving import Serving


def business_server(
    store: Database,
    clock: Clock,
    responder: httpx.Client,
    lists: httpx.Client,
    *,
    operators: PeerGate,
    part: Part = sound,
) -> Serving:
    """The business server.

    ``responder`` and ``lists``: the ways to the JPKI's two sources of status, which are hosts of
    their own.
    """
    sources = (
        part(Authorities)(lists),
        part(Responder)(responder, clock),
        part(Lists)(lists, clock),
    )
    desks = (
        part(LoginDesk)(store, clock, *sources),
        part(SigningDesk)(store, clock, *sources),
    )
    return business_service({desk.use: desk for desk in desks}, store, operators)
