"""The gate of a service (``gate`` of its rooms) as a dependency of its operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request

from reference_impl.web.peers import presented
from reference_impl.web.problem import Problem
from reference_impl.web.shell import ROLE_KEY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reference_impl.web.peers import PeerGate


def admits(*roles: str, by: str = "gate") -> Callable[[Request], Awaitable[str]]:
    """Yields the role of the peer; Problem 401 or 403 unless it is one of these.

    ``by``: the room that is the gate.
    """

    async def peer(request: Request) -> str:
        gate: PeerGate = getattr(request.state, by)
        role = gate.role_of(presented(request.scope))
        request.scope["state"][ROLE_KEY] = role
        if not gate.may(role, roles):
            raise Problem(403, "wrong-role", f"this is for {', '.join(roles)}")
        return role

    return peer
