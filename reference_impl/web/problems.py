"""Errors of the services as problem documents (RFC 9457), and the application that speaks them.

A caller learns what is wrong with the request and nothing of the inside: no stack trace, no SQL,
and of a body that cannot be read only the place of the fault, never what stood there.
"""

from __future__ import annotations

import http
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from reference_impl.web.problem import PROBLEM_JSON, Problem

if TYPE_CHECKING:
    from fastapi import Request


class ProblemDocument(BaseModel):
    """RFC 9457 3.1; the kind of a problem is the last part of its ``type``."""

    type: str
    title: str
    status: int
    detail: str = ""


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What an operation may refuse with, for the OpenAPI description."""
    schema = {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
    return {
        status: {
            "description": http.HTTPStatus(status).phrase,
            "model": ProblemDocument,
            "content": {PROBLEM_JSON: schema},
        }
        for status in statuses
    }


def application(title: str, version: str, description: str) -> FastAPI:
    """A FastAPI application whose every refusal is a problem document."""
    app = FastAPI(title=title, version=version, description=description)
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _by_the_framework)
    app.add_exception_handler(Exception, _failed)
    return app


def answer(problem: Problem) -> JSONResponse:
    """The problem as a response."""
    return JSONResponse(problem.document(), problem.status, media_type=PROBLEM_JSON)


async def _told(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return answer(error)


async def _unreadable(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return answer(Problem(400, "malformed-json", "the body is not JSON"))
    place = ".".join(str(part) for part in first["loc"])
    return answer(Problem(422, "invalid-request", f"{place}: {first['type']}"))


async def _by_the_framework(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    kind = http.HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    told = answer(Problem(error.status_code, kind, ""))
    told.headers.update(error.headers or {})
    return told


async def _failed(_: Request, __: Exception) -> JSONResponse:
    return answer(Problem(500, "internal-error", "the request was not carried out"))
