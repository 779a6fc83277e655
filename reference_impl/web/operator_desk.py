"""What a server shows whoever runs it: its tables as they are, and one thing that waits done.

For the bench, which reads by it what a server holds; it is no part of the interface to peers. The
operator is known by his certificate, and let in by the gate that is the room ``operators``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Path, Request
from pydantic import BaseModel, ConfigDict

from reference_impl.web.admission import admits
from reference_impl.web.problem import Problem
from reference_impl.web.problems import documented

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from fastapi import FastAPI

OPERATOR = "operator"
OPERATORS_ONLY = [Depends(admits(OPERATOR, by="operators"))]
TableName = Annotated[str, Path(pattern=r"^[a-z_]{1,40}$")]
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class OperatorDesk:
    """One of the rooms of a server (``desk``): the names of its tables, their rows, its work."""

    names: Collection[str]
    rows: Callable[[str], Rows]
    work: Callable[[], bool]


class Worked(BaseModel):
    """Whether there was something to do."""

    model_config = ConfigDict(extra="forbid")

    worked: bool


async def _the_desk(request: Request) -> OperatorDesk:
    desk: OperatorDesk = request.state.desk
    return desk


Desk = Annotated[OperatorDesk, Depends(_the_desk)]


def for_the_operator(app: FastAPI) -> None:
    """``/operator/work``, ``/operator/tables`` and each table by its name."""

    @app.post(
        "/operator/work",
        dependencies=OPERATORS_ONLY,
        response_model=Worked,
        responses=documented(401, 403, 503),
    )
    async def worked(desk: Desk) -> dict[str, bool]:
        return {"worked": desk.work()}

    @app.get("/operator/tables", dependencies=OPERATORS_ONLY, responses=documented(401, 403))
    async def tables(desk: Desk) -> list[str]:
        return sorted(desk.names)

    @app.get(
        "/operator/tables/{table}",
        dependencies=OPERATORS_ONLY,
        responses=documented(401, 403, 404, 422),
    )
    async def table(table: TableName, desk: Desk) -> Rows:
        if table not in desk.names:
            raise Problem(404, "unknown-table", "the operator sees no such table")
        return desk.rows(table)
