"""What the SP-TSM asks of the other servers, and how it fails when they cannot be reached."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from reference_impl.web.problem import Problem


class Unreachable(Problem):
    """A server did not answer; whether it acted is not known."""

    def __init__(self, detail: str) -> None:
        super().__init__(503, "unreachable", detail)


class Rejected(Problem):
    """A server refused, and nothing was done; the detail is its reason."""

    def __init__(self, detail: str) -> None:
        super().__init__(422, "rejected", detail)


@dataclass(frozen=True)
class Signed:
    """A document of the holder, signed by his card or his phone."""

    document: bytes
    signature: bytes
    certificate: bytes  # DER

    def as_hex(self) -> dict[str, str]:
        return {name: value.hex() for name, value in vars(self).items()}

    @classmethod
    def of_hex(cls, parts: dict[str, str]) -> Signed:
        """Raises Rejected where a part is missing."""
        names = ("document", "signature", "certificate")
        if missing := [name for name in names if not parts.get(name)]:
            raise Rejected(f"a signed document has its {', '.join(missing)}")
        return cls(*(bytes.fromhex(parts[name]) for name in names))

    def stated(self, name: str) -> object:
        """What the document says under this name; None where it is no JSON object, or silent."""
        try:
            content = json.loads(self.document)
        except (ValueError, RecursionError):
            return None
        return content.get(name) if isinstance(content, dict) else None


@dataclass(frozen=True)
class Standing:
    """A phone certificate as the JPKI knows it; ``status``: good, hold, revoked."""

    purpose: str
    serial: str
    status: str
    not_after: datetime


@dataclass(frozen=True)
class Applicant:
    """Who applied, the JPKI's number for it, and what the person has on other phones."""

    person: str
    application: str
    others: tuple[Standing, ...]


class Jpki(Protocol):
    """The JPKI system as the SP-TSM sees it. Raises Unreachable and Rejected."""

    def applicant(self, signed: Signed) -> Applicant:
        """The same document again is the same application."""

    def certify(self, application: str, purpose: str, n: int, e: int) -> bytes:
        """The certificate (DER) for this key; asked again, the same one."""

    def authority(self, purpose: str) -> bytes:
        """The certificate (DER) of the CA."""

    def standing(self, application: str) -> tuple[Standing, ...]:
        """The certificates of this application as they are now."""

    def revoke(self, signed: Signed) -> None:
        """What the document names is revoked afterwards, also where it was before."""


class Sei(Protocol):
    """The SEI-TSM as the SP-TSM sees it. Raises Unreachable and Rejected."""

    def request_deletion(self, request: str, se_id: str) -> str:
        """Its number for the deletion; the same request again gets the same one."""

    def deletion(self, number: str) -> dict[str, Any]:
        """How far it has come."""

    def in_use(self, se_id: str) -> None:
        """The SE was issued to somebody: what was pending for it is overtaken."""
