"""The SEI-TSM over HTTP: for the SP-TSM (authenticated), for the app, and for its operator."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field

from reference_impl.tsm.scripts import Answer
from reference_impl.tsm.sei import SeiTsm
from reference_impl.web.admission import admits
from reference_impl.web.peers import PeerGate
from reference_impl.web.problem import Problem
from reference_impl.web.problems import application
from reference_impl.web.serving import Serving

Hex = Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2})*$", max_length=20_000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
SP_TSM = "sp-tsm"
DESCRIPTION = "Reaches phones by push, and deletes applets in their SE."
TABLES = ("deletions", "journal", "tokens")


class SpTsmGate(PeerGate):
    """Who may order deletions: the SP-TSM, and no other server of the network."""


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Token(_Body):
    token: Name


class Deletion(_Body):
    request: Name
    se_id: Name


class Responses(_Body):
    responses: tuple[Hex, ...]


async def _the_tsm(request: Request) -> SeiTsm:
    tsm: SeiTsm = request.state.tsm
    return tsm


Tsm = Annotated[SeiTsm, Depends(_the_tsm)]


def sei_service(tsm: SeiTsm, gate: SpTsmGate) -> Serving:
    """The service."""
    return Serving(_application(), tsm=tsm, gate=gate)


@cache
def _application() -> FastAPI:
    app = application("SEI-TSM (synthetic)", "1.0.0", DESCRIPTION)
    peer = [Depends(admits(SP_TSM))]

    @app.put("/tokens/{se_id}", status_code=204)
    async def register(se_id: str, body: Token, tsm: Tsm) -> None:
        tsm.register(se_id, body.token)

    @app.post("/deletions", status_code=202, dependencies=peer)
    async def deletion(body: Deletion, tsm: Tsm) -> dict[str, Any]:
        return dict(tsm.request_deletion(body.request, body.se_id))

    @app.put("/elements/{se_id}/use", status_code=204, dependencies=peer)
    async def in_use(se_id: str, tsm: Tsm) -> None:
        tsm.in_use(se_id)

    @app.get("/deletions/{number}")
    async def state(number: str, tsm: Tsm) -> dict[str, Any]:
        return dict(tsm.state(number))

    @app.post("/deletions/{number}/begin")
    async def begin(number: str, tsm: Tsm) -> dict[str, Any]:
        return tsm.begin(number)

    @app.post("/deletions/{number}/answer")
    async def answer(number: str, body: Responses, tsm: Tsm) -> dict[str, Any]:
        responses = tuple(bytes.fromhex(response) for response in body.responses)
        return tsm.answered(number, Answer(responses))

    @app.post("/elements/{se_id}/install/begin")
    async def install(se_id: str, tsm: Tsm) -> dict[str, Any]:
        return tsm.install(se_id)

    @app.post("/elements/{se_id}/install/answer")
    async def installing(se_id: str, body: Responses, tsm: Tsm) -> dict[str, Any]:
        responses = tuple(bytes.fromhex(response) for response in body.responses)
        return tsm.installing(se_id, Answer(responses))

    @app.post("/deletions/{number}/notice")
    async def notice(number: str, tsm: Tsm) -> dict[str, Any]:
        return dict(tsm.notice(number))

    @app.post("/operator/work")
    async def work(tsm: Tsm) -> dict[str, bool]:
        return {"worked": tsm.work()}

    @app.post("/operator/again")
    async def again(tsm: Tsm) -> dict[str, int]:
        return {"due": tsm.again()}

    @app.get("/operator/tables")
    async def tables(tsm: Tsm) -> list[str]:
        return sorted(tsm.store.database.tables.tables)

    @app.get("/operator/tables/{table}")
    async def table(table: str, tsm: Tsm) -> list[dict[str, Any]]:
        if table not in TABLES:
            raise Problem(404, "unknown-table", "the operator sees no such table")
        return tsm.store.database.dump(table)

    return app
