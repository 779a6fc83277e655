"""The SP-TSM over HTTP: for the app, and for whoever runs it (``/operator``)."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field

from reference_impl.tsm.flows import Kind
from reference_impl.tsm.links import Signed
from reference_impl.tsm.scripts import Answer
from reference_impl.tsm.sp import SpTsm, Wanted
from reference_impl.web.problem import Problem
from reference_impl.web.problems import application
from reference_impl.web.serving import Serving

Hex = Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2})*$", max_length=20_000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
DESCRIPTION = "Takes applications, runs flows with the app, orders the deletion of old phones."
TABLES = ("certificates", "consents", "flows", "journal", "orders")


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SignedRequest(_Body):
    """What is wanted, and the document that card or phone signed for it (hexadecimal)."""

    kind: Kind
    se_id: Name
    request: Name
    document: Hex
    signature: Hex
    certificate: Hex


class Answered(_Body):
    """The app's answer to what it was told to do."""

    step: int
    round: int
    responses: tuple[Hex, ...] = ()
    result: dict[str, Any] = {}


async def _the_tsm(request: Request) -> SpTsm:
    tsm: SpTsm = request.state.tsm
    return tsm


Tsm = Annotated[SpTsm, Depends(_the_tsm)]


def sp_service(tsm: SpTsm) -> Serving:
    """The service."""
    return Serving(_application(), tsm=tsm)


@cache
def _application() -> FastAPI:
    app = application("SP-TSM (synthetic)", "1.0.0", DESCRIPTION)

    @app.post("/flows", status_code=201)
    async def apply(body: SignedRequest, tsm: Tsm) -> dict[str, Any]:
        signed = Signed.of_hex(body.model_dump())
        flow = tsm.apply(Wanted(body.kind, body.se_id, body.request), signed)
        return {"flow": flow["id"], "state": flow["state"], "old": flow["data"]["old"]}

    @app.post("/flows/{flow}/begin")
    async def begin(flow: str, tsm: Tsm) -> dict[str, Any]:
        return tsm.begin(flow)

    @app.post("/flows/{flow}/answer")
    async def answer(flow: str, body: Answered, tsm: Tsm) -> dict[str, Any]:
        responses = tuple(bytes.fromhex(response) for response in body.responses)
        return tsm.answered(flow, body.step, body.round, Answer(responses, body.result))

    @app.post("/operator/work")
    async def work(tsm: Tsm) -> dict[str, bool]:
        return {"worked": tsm.work()}

    @app.post("/operator/sync")
    async def sync(tsm: Tsm) -> dict[str, int]:
        return {"changed": tsm.sync()}

    @app.get("/operator/tables")
    async def tables(tsm: Tsm) -> list[str]:
        return sorted(tsm.store.database.tables.tables)

    @app.get("/operator/tables/{table}")
    async def table(table: str, tsm: Tsm) -> list[dict[str, Any]]:
        if table not in TABLES:
            raise Problem(404, "unknown-table", "the operator sees no such table")
        return tsm.store.database.dump(table)

    return app
