"""The JPKI system over HTTP. OUR DESIGN; docs/services.md describes it for its callers.

Desks for servers with a client certificate of the network, by role; CA certificates, revocation
lists and OCSP for everybody, for they are signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, FastAPI, Path, Request, Response
from pydantic import BaseModel

from reference_impl.jpki import messages as m
from reference_impl.jpki import records
from reference_impl.jpki.documents import Signed
from reference_impl.jpki.issued import Medium
from reference_impl.jpki.registration import expect_person
from reference_impl.jpki.revocation_lists import Part
from reference_impl.web.admission import admits
from reference_impl.web.problems import application, documented
from reference_impl.web.serving import Serving

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from reference_impl.jpki.applications import Applications
    from reference_impl.jpki.authorities import Authorities
    from reference_impl.jpki.life_cycle import LifeCycle
    from reference_impl.jpki.ocsp import StatusAnswers
    from reference_impl.jpki.registration import Registration
    from reference_impl.jpki.revocation_lists import RevocationLists
    from reference_impl.web.peers import PeerGate

TSM, MUNICIPALITY, CALL_CENTRE = "sp-tsm", "municipality", "call-centre"
VERSION = "1.0.0"
DESCRIPTION = (
    "Issues, revokes and suspends certificates of a synthetic JPKI, and tells their state."
)
REFUSALS = documented(400, 401, 403, 404, 409, 413, 422)

Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Number = Annotated[str, Path(pattern=r"^[0-9a-f]{1,40}$")]
PlaceName = Annotated[str, Path(pattern=r"^[A-Za-z][A-Za-z -]{0,59}$")]


@dataclass(frozen=True)
class JpkiSystem:
    """The rooms behind the desks."""

    store: Engine
    authorities: Authorities
    life_cycle: LifeCycle
    registration: Registration
    applications: Applications
    lists: RevocationLists
    answers: StatusAnswers


def jpki_service(system: JpkiSystem, gate: PeerGate) -> Serving:
    """The desks, open."""
    return Serving(jpki_application(), system=system, gate=gate)


@cache
def jpki_application() -> FastAPI:
    """The desks as an ASGI application."""
    app = application("JPKI system (synthetic)", VERSION, DESCRIPTION)
    _municipality(app)
    _tsm(app)
    _call_centre(app)
    _everybody(app)
    return app


async def _the_system(request: Request) -> JpkiSystem:
    system: JpkiSystem = request.state.system
    return system


System = Annotated[JpkiSystem, Depends(_the_system)]


def _municipality(app: FastAPI) -> None:
    peer = [Depends(admits(MUNICIPALITY))]

    @app.post("/v1/cards", status_code=201, dependencies=peer, responses=REFUSALS)
    async def new_card(request: m.CardRequest, system: System) -> m.CardAnswer:
        return system.registration.new_card(request)

    @app.post("/v1/cards/{card}/renewals", status_code=201, dependencies=peer, responses=REFUSALS)
    async def renew_card(card: Id, request: m.RenewalRequest, system: System) -> m.CardAnswer:
        return system.registration.renew(card, request)

    @app.post("/v1/cards/{card}/invalidations", dependencies=peer, responses=REFUSALS)
    async def invalidate_card(
        card: Id, request: m.InvalidationRequest, system: System
    ) -> m.ChangedAnswer:
        return system.registration.invalidate(card, request)

    @app.post("/v1/persons/{person}/changes", dependencies=peer, responses=REFUSALS)
    async def change_person(
        person: Id, request: m.ChangeRequest, system: System
    ) -> m.ChangedAnswer:
        return system.registration.change(person, request)


def _tsm(app: FastAPI) -> None:
    peer = [Depends(admits(TSM))]
    again = _again(m.ApplicationAnswer, "the same application again")

    @app.post(
        "/v1/applications", status_code=201, dependencies=peer, responses={**REFUSALS, **again}
    )
    async def apply(
        request: m.SignedRequest, response: Response, system: System
    ) -> m.ApplicationAnswer:
        answer, is_new = system.applications.apply(_signed(request))
        response.status_code = 201 if is_new else 200
        return answer

    @app.get("/v1/applications/{application}", dependencies=peer, responses=REFUSALS)
    async def show_application(application: Id, system: System) -> m.ApplicationAnswer:
        return system.applications.show(application)

    once = _again(m.CertificateAnswer, "the same certificate again")

    @app.put(
        "/v1/applications/{application}/certificates/{purpose}",
        status_code=201,
        dependencies=peer,
        responses={**REFUSALS, **once},
    )
    async def certify(
        application: Id,
        purpose: m.PurposeName,
        request: m.KeyRequest,
        response: Response,
        system: System,
    ) -> m.CertificateAnswer:
        issued, is_new = system.applications.certify(
            application, records.BY_SLUG[purpose], request.public_key
        )
        response.status_code = 201 if is_new else 200
        return records.shown(issued)

    @app.post("/v1/revocations", dependencies=peer, responses=REFUSALS)
    async def revoke(request: m.SignedRequest, system: System) -> m.ChangedAnswer:
        return system.applications.revoke(_signed(request))

    either = [Depends(admits(TSM, MUNICIPALITY))]

    @app.get("/v1/certificates/{purpose}/{serial}", dependencies=either, responses=REFUSALS)
    async def show_certificate(
        purpose: m.PurposeName, serial: Number, system: System
    ) -> m.CertificateAnswer:
        with system.store.begin() as connection:
            found = records.found(connection, records.BY_SLUG[purpose], int(serial, 16))
        return records.shown(system.life_cycle.as_of_now(found))


def _call_centre(app: FastAPI) -> None:
    peer = [Depends(admits(CALL_CENTRE))]

    @app.post("/v1/suspensions", dependencies=peer, responses=REFUSALS)
    async def suspend(request: m.SuspensionRequest, system: System) -> m.ChangedAnswer:
        with system.store.begin() as connection:
            expect_person(connection, request.person_id)
            medium = Medium(request.medium)
            held = system.life_cycle.report_lost(connection, request.person_id, medium)
        return m.ChangedAnswer(certificates=[records.shown(one) for one in held])

    @app.delete("/v1/suspensions/{purpose}/{serial}", dependencies=peer, responses=REFUSALS)
    async def release(
        purpose: m.PurposeName, serial: Number, system: System
    ) -> m.CertificateAnswer:
        with system.store.begin() as connection:
            held = records.found(connection, records.BY_SLUG[purpose], int(serial, 16))
            released = system.life_cycle.release(connection, held)
        return records.shown(released)


def _everybody(app: FastAPI) -> None:
    refusals = documented(404, 413, 422)

    @app.get("/v1/authorities/{purpose}", response_class=_Certificate, responses=refusals)
    async def authority(purpose: m.PurposeName, system: System) -> Response:
        return _Certificate(system.authorities.cas[records.BY_SLUG[purpose]].certificate)

    @app.get("/v1/crls/{purpose}", response_class=_RevocationList, responses=refusals)
    async def full_list(purpose: m.PurposeName, system: System) -> Response:
        return _RevocationList(system.lists.current(records.BY_SLUG[purpose], None))

    @app.get(
        "/v1/crls/{purpose}/{prefecture}/{municipality}",
        response_class=_RevocationList,
        responses=refusals,
    )
    async def partial_list(
        purpose: m.PurposeName, prefecture: PlaceName, municipality: PlaceName, system: System
    ) -> Response:
        part = Part(prefecture, municipality)
        return _RevocationList(system.lists.current(records.BY_SLUG[purpose], part))

    body = {"content": {"application/ocsp-request": {"schema": {"type": "string",
            "format": "binary"}}}, "required": True}  # fmt: skip

    @app.post(
        "/v1/ocsp/{purpose}",
        response_class=_StatusAnswer,
        responses=refusals,
        openapi_extra={"requestBody": body},
    )
    async def status(purpose: m.PurposeName, request: Request, system: System) -> Response:
        question = await request.body()
        return _StatusAnswer(system.answers.answer(records.BY_SLUG[purpose], question))


class _Certificate(Response):
    media_type = "application/pkix-cert"


class _RevocationList(Response):
    media_type = "application/pkix-crl"


class _StatusAnswer(Response):
    media_type = "application/ocsp-response"


def _again(model: type[BaseModel], description: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"model": model, "description": description}}


def _signed(request: m.SignedRequest) -> Signed:
    return Signed(request.document, request.signature, request.certificate)
