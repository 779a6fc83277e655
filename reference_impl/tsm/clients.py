"""One server as the client of another, over HTTP: what is asked, and what an answer means."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reference_impl.tsm.links import Applicant, Rejected, Signed, Standing, Unreachable
from reference_impl.tsm.sei import Unregistered

SILENT = "another server does not answer; try again later"

NO_REFUSAL = (401, 408, 429)  # of the peer or of the moment, not of what is asked


def asked(http: httpx.Client, method: str, path: str, body: Any = None) -> httpx.Response:
    """A good answer. Raises Unreachable for none, and Rejected for a refusal.

    Both are told to the app, so that neither says where this server went and what happened there.
    """
    try:
        answer = http.request(method, path, json=body)
    except httpx.TransportError as error:
        raise Unreachable(SILENT) from error
    if answer.status_code >= 500 or is_not_let_in(answer):
        raise Unreachable(SILENT)
    if answer.status_code >= 400:
        raise Rejected(answer.json().get("detail", "another server refuses"))
    return answer


def is_not_let_in(answer: httpx.Response) -> bool:
    """It was not judged what is asked: once the certificate is a good one, it will be."""
    if answer.status_code == 403:
        return str(answer.json().get("type", "")).endswith(":wrong-role")
    return answer.status_code in NO_REFUSAL


@dataclass(frozen=True)
class JpkiClient:
    """The JPKI system, for the SP-TSM."""

    http: httpx.Client

    def applicant(self, signed: Signed) -> Applicant:
        told = asked(self.http, "POST", "/v1/applications", base64_of(signed)).json()
        others = tuple(standing_of(one) for one in told["on_other_phones"])
        return Applicant(told["person_id"], told["application_id"], others)

    def certify(self, application: str, purpose: str, n: int, e: int) -> bytes:
        try:
            key = RSAPublicNumbers(e, n).public_key()
        except ValueError as error:
            raise Rejected("this is no public key of RSA") from error
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        path = f"/v1/applications/{application}/certificates/{purpose}"
        told = asked(self.http, "PUT", path, {"public_key": base64.b64encode(der).decode()})
        return base64.b64decode(told.json()["certificate"])

    def authority(self, purpose: str) -> bytes:
        return asked(self.http, "GET", f"/v1/authorities/{purpose}").content

    def standing(self, application: str) -> tuple[Standing, ...]:
        told = asked(self.http, "GET", f"/v1/applications/{application}").json()
        return tuple(standing_of(one) for one in told["certificates"])

    def revoke(self, signed: Signed) -> None:
        asked(self.http, "POST", "/v1/revocations", base64_of(signed))


@dataclass(frozen=True)
class SeiClient:
    """The SEI-TSM, for the SP-TSM."""

    http: httpx.Client

    def request_deletion(self, request: str, se_id: str) -> str:
        body = {"request": request, "se_id": se_id}
        return str(asked(self.http, "POST", "/deletions", body).json()["id"])

    def deletion(self, number: str) -> dict[str, Any]:
        told: dict[str, Any] = asked(self.http, "GET", f"/deletions/{number}").json()
        return told

    def in_use(self, se_id: str) -> None:
        asked(self.http, "PUT", f"/elements/{quote(se_id, safe='')}/use")


@dataclass(frozen=True)
class PushClient:
    """The push service, for the SEI-TSM."""

    http: httpx.Client
    project: str
    bearer: str

    def send(self, token: str, data: dict[str, str]) -> None:
        body = {"message": {"token": token, "data": data, "android": {"priority": "HIGH"}}}
        path = f"/v1/projects/{self.project}/messages:send"
        headers = {"Authorization": f"Bearer {self.bearer}"}
        try:
            answer = self.http.post(path, json=body, headers=headers)
        except httpx.TransportError as error:
            raise Unreachable(str(error)) from error
        if answer.status_code == 200:
            return
        if error_code(answer) == "UNREGISTERED":
            raise Unregistered
        raise Unreachable(f"the push service answers {answer.status_code}")


def error_code(answer: httpx.Response) -> str:
    """The ``errorCode`` of FCM, "" where there is none."""
    details = answer.json().get("error", {}).get("details", [])
    return next((one["errorCode"] for one in details if "errorCode" in one), "")


def base64_of(signed: Signed) -> dict[str, str]:
    return {name: base64.b64encode(value).decode() for name, value in vars(signed).items()}


def standing_of(told: dict[str, Any]) -> Standing:
    not_after = datetime.fromisoformat(told["not_after"])
    return Standing(told["purpose"], told["serial"], told["status"], not_after)
