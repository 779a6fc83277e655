"""Do the services that a statement names answer, and are their peers known by sound files?

One request to each address, as nobody, for a page that no service has: any answer will do. Nothing
is sent that could change something there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from fixtures.ics.statement import load_statement
from fixtures.outcome import BenchError
from fixtures.targets.endpoints import Endpoints
from reports.doctor import Sign, State

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.ics.statement import Statement

NOWHERE = "/is-anybody-there"


def examine_statement(file: Path) -> list[Sign]:
    """Every address and every peer of a statement. ``UsageError`` for one that is not sound."""
    return examined(load_statement(file))


def examined(statement: Statement) -> list[Sign]:
    """Every address and every peer of a statement."""
    if not statement.endpoints:
        told = "the statement names none"
        return [Sign("services", State.WARN, told, "add [endpoints.jpki] … (docs/services.md)")]
    return [
        *(_answers(statement, name) for name in statement.endpoints),
        *(_is_known(statement, role) for role in statement.peers),
    ]


def _answers(statement: Statement, name: str) -> Sign:
    url = statement.endpoints[name].url
    try:
        answer = Endpoints(statement).service(name, None).request("GET", NOWHERE)
    except (httpx.HTTPError, OSError) as error:
        remedy = "start it, or correct url and ca"
        return Sign(name, State.BAD, f"{url} does not answer: {error}", remedy)
    return Sign(name, State.OK, f"{url} answers ({answer.status})")


def _is_known(statement: Statement, role: str) -> Sign:
    """The files can be read, and the key is that of the certificate."""
    name, endpoint = next(iter(statement.endpoints.items()))
    without_ca = {name: endpoint.model_copy(update={"ca": ""})}  # which is no fault of the peer
    try:
        Endpoints(statement.model_copy(update={"endpoints": without_ca})).service(name, role)
    except (BenchError, OSError) as error:
        told = f"cannot be used: {error}"
        return Sign(f"peer {role}", State.BAD, told, "name the PEM files of one certificate")
    return Sign(f"peer {role}", State.OK, "certificate and key belong together")
