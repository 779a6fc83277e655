"""The business server over HTTP: for the business app, and for whoever runs it (``/operator``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from reference_impl.relying_party.desks import Desk
from reference_impl.tsm.database import Database
from reference_impl.web.operator_desk import OperatorDesk, for_the_operator
from reference_impl.web.peers import PeerGate
from reference_impl.web.problems import application, documented
from reference_impl.web.serving import Serving

Use = Literal["signature", "user-authentication"]
Number = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Hex = Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2})+$", max_length=20_000)]
DESCRIPTION = "Lets holders log in with their phone and sign documents, and keeps the proof."
REFUSALS = documented(400, 403, 404, 409, 410, 413, 422, 503)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wanted(_Body):
    """What the holder wants to do; ``text``: what a document says."""

    use: Use
    text: Annotated[str, Field(max_length=10_000)] = ""


class Asked(_Body):
    """A request for a signature over ``message`` (hexadecimal)."""

    request: str
    use: Use
    message: str


class Signed(_Body):
    """The signature over the message, and the signer's certificate (hexadecimal)."""

    use: Use
    signature: Hex
    certificate: Hex


class Accepted(_Body):
    """What was accepted; ``told_by``: whether OCSP or a list called the certificate good."""

    request: str
    use: Use
    serial: str
    told_by: Literal["ocsp", "list"]
    at: str


async def _the_desks(request: Request) -> Mapping[str, Desk]:
    desks: Mapping[str, Desk] = request.state.desks
    return desks


Desks = Annotated[Mapping[str, Desk], Depends(_the_desks)]


def business_service(desks: Mapping[str, Desk], store: Database, operators: PeerGate) -> Serving:
    """The service; ``desks`` by use. Apps have no certificates, so the operator's is the only gate.

    It does nothing of its own.
    """
    desk = OperatorDesk(store.tables.tables, store.dump, lambda: False)
    return Serving(_application(), desks=desks, desk=desk, operators=operators)


@cache
def _application() -> FastAPI:
    app = application("Business server (synthetic)", "1.0.0", DESCRIPTION)
    for_the_operator(app)

    @app.post("/v1/requests", status_code=201, responses=REFUSALS)
    async def ask(body: Wanted, desks: Desks) -> Asked:
        row = desks[body.use].ask(body.text)
        return Asked(request=row["id"], use=row["use"], message=row["message"])

    @app.post("/v1/requests/{request}/signature", responses=REFUSALS)
    async def take(request: Number, body: Signed, desks: Desks) -> Accepted:
        parts = (bytes.fromhex(part) for part in (body.signature, body.certificate))
        row = desks[body.use].take(request, *parts)
        return Accepted(**{name: row[name] for name in Accepted.model_fields})

    return app
