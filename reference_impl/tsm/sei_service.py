"""The SEI-TSM over HTTP: for the SP-TSM (authenticated), for the app, and for its operator."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request

from reference_impl.tsm import messages as m
from reference_impl.tsm.scripts import Answer
from reference_impl.tsm.sei import SeiTsm
from reference_impl.web.admission import admits
from reference_impl.web.operator_desk import OPERATORS_ONLY, OperatorDesk, for_the_operator
from reference_impl.web.peers import PeerGate
from reference_impl.web.problems import application, documented
from reference_impl.web.serving import Serving

SP_TSM = "sp-tsm"
DESCRIPTION = "Reaches phones by push, and deletes applets in their SE."


class SpTsmGate(PeerGate):
    """Who may order deletions: the SP-TSM, and no other server of the network."""


async def _the_tsm(request: Request) -> SeiTsm:
    tsm: SeiTsm = request.state.tsm
    return tsm


Tsm = Annotated[SeiTsm, Depends(_the_tsm)]


def sei_service(tsm: SeiTsm, gate: SpTsmGate, operators: PeerGate) -> Serving:
    """The service; each gate lets in those who are known by their certificates."""
    database = tsm.store.database
    desk = OperatorDesk(database.tables.tables, database.dump, tsm.work)
    return Serving(_application(), tsm=tsm, gate=gate, desk=desk, operators=operators)


@cache
def _application() -> FastAPI:
    app = application("SEI-TSM (synthetic)", "1.0.0", DESCRIPTION)
    _for_the_sp_tsm(app)
    _for_the_app(app)
    for_the_operator(app)

    @app.post(
        "/operator/again",
        dependencies=OPERATORS_ONLY,
        response_model=m.Due,
        responses=documented(401, 403),
    )
    async def again(tsm: Tsm) -> dict[str, int]:
        return {"due": tsm.again()}

    return app


def _for_the_sp_tsm(app: FastAPI) -> None:
    peer = [Depends(admits(SP_TSM))]

    @app.post(
        "/deletions",
        status_code=202,
        dependencies=peer,
        response_model=m.DeletionTold,
        responses=m.PEER_REFUSALS,
    )
    async def deletion(body: m.DeletionRequest, tsm: Tsm) -> dict[str, Any]:
        return tsm.request_deletion(body.request, body.se_id)

    @app.put("/elements/{se_id}/use", status_code=204, dependencies=peer, responses=m.PEER_REFUSALS)
    async def in_use(se_id: m.SeId, tsm: Tsm) -> None:
        tsm.in_use(se_id)


def _for_the_app(app: FastAPI) -> None:
    @app.put("/tokens/{se_id}", status_code=204, responses=m.REFUSALS)
    async def register(se_id: m.SeId, body: m.Token, tsm: Tsm) -> None:
        tsm.register(se_id, body.token)

    @app.get("/deletions/{number}", response_model=m.DeletionTold, responses=m.REFUSALS)
    async def state(number: m.Number, tsm: Tsm) -> dict[str, Any]:
        return tsm.state(number)

    @app.post("/deletions/{number}/begin", response_model=m.ScriptTold, responses=m.REFUSALS)
    async def begin(number: m.Number, tsm: Tsm) -> dict[str, Any]:
        return tsm.begin(number)

    @app.post("/deletions/{number}/answer", response_model=m.ScriptTold, responses=m.REFUSALS)
    async def answer(number: m.Number, body: m.Carried, tsm: Tsm) -> dict[str, Any]:
        return tsm.answered(number, _read(body))

    @app.post("/deletions/{number}/notice", response_model=m.DeletionTold, responses=m.REFUSALS)
    async def notice(number: m.Number, tsm: Tsm) -> dict[str, Any]:
        return tsm.notice(number)

    @app.post("/elements/{se_id}/install/begin", response_model=m.ScriptTold, responses=m.REFUSALS)
    async def install(se_id: m.SeId, tsm: Tsm) -> dict[str, Any]:
        return tsm.install(se_id)

    @app.post("/elements/{se_id}/install/answer", response_model=m.ScriptTold, responses=m.REFUSALS)
    async def installing(se_id: m.SeId, body: m.Carried, tsm: Tsm) -> dict[str, Any]:
        return tsm.installing(se_id, _read(body))


def _read(body: m.Carried) -> Answer:
    return Answer(tuple(bytes.fromhex(response) for response in body.responses))
