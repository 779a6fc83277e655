"""A request that is refused, as every room of a service may raise it."""

from __future__ import annotations

PROBLEM_JSON = "application/problem+json"
KINDS = "urn:jpki-conformance:problem:"  # OUR DESIGN


class Problem(Exception):  # noqa: N818  the word of the standard
    """A request that is refused: HTTP status, kind (a slug) and one line of detail."""

    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(f"{status} {kind}: {detail}")
        self.status = status
        self.kind = kind
        self.detail = detail

    def document(self) -> dict[str, object]:
        title = self.kind.replace("-", " ")
        return {
            "type": f"{KINDS}{self.kind}",
            "title": title,
            "status": self.status,
            "detail": self.detail,
        }
