"""The SP-TSM over HTTP: for the app, and for whoever runs it (``/operator``)."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request

from reference_impl.tsm import messages as m
from reference_impl.tsm.links import Signed
from reference_impl.tsm.scripts import Answer
from reference_impl.tsm.sp import SpTsm, Wanted
from reference_impl.web.operator_desk import OPERATORS_ONLY, OperatorDesk, for_the_operator
from reference_impl.web.peers import PeerGate
from reference_impl.web.problems import application, documented
from reference_impl.web.serving import Serving

DESCRIPTION = "Takes applications, runs flows with the app, orders the deletion of old phones."


async def _the_tsm(request: Request) -> SpTsm:
    tsm: SpTsm = request.state.tsm
    return tsm


Tsm = Annotated[SpTsm, Depends(_the_tsm)]


def sp_service(tsm: SpTsm, operators: PeerGate) -> Serving:
    """The service; there is a gate for its operator only, for apps have no certificates."""
    database = tsm.store.database
    desk = OperatorDesk(database.tables.tables, database.dump, tsm.work)
    return Serving(_application(), tsm=tsm, desk=desk, operators=operators)


@cache
def _application() -> FastAPI:
    app = application("SP-TSM (synthetic)", "1.0.0", DESCRIPTION)
    for_the_operator(app)

    @app.post("/flows", status_code=201, response_model=m.Applied, responses=m.REFUSALS)
    async def apply(body: m.SignedRequest, tsm: Tsm) -> dict[str, Any]:
        signed = Signed.of_hex(body.model_dump())
        flow = tsm.apply(Wanted(body.kind, body.se_id, body.request), signed)
        return {"flow": flow["id"], "state": flow["state"], "old": flow["data"]["old"]}

    @app.post("/flows/{flow}/begin", response_model=m.FlowTold, responses=m.REFUSALS)
    async def begin(flow: m.Number, tsm: Tsm) -> dict[str, Any]:
        return tsm.begin(flow)

    @app.post("/flows/{flow}/answer", response_model=m.FlowTold, responses=m.REFUSALS)
    async def answer(flow: m.Number, body: m.Answered, tsm: Tsm) -> dict[str, Any]:
        responses = tuple(bytes.fromhex(response) for response in body.responses)
        result = body.result.model_dump(exclude_unset=True)
        return tsm.answered(flow, body.step, body.round, Answer(responses, result))

    @app.post(
        "/operator/sync",
        dependencies=OPERATORS_ONLY,
        response_model=m.Synchronised,
        responses=documented(401, 403, 422, 503),
    )
    async def sync(tsm: Tsm) -> dict[str, int]:
        return {"changed": tsm.sync()}

    return app
