"""A phone's own way to the push service. OUR DESIGN; with FCM it is inside Google Play services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from reference_impl.handset.network import LinkLost

TOKEN = "token"  # the header by which an app is known


@dataclass(frozen=True)
class PushLink:
    """Raises LinkLost where the service does not answer, or cannot."""

    http: httpx.Client

    def register(self, phone: str) -> str:
        """A token for the app on this phone."""
        told: dict[str, str] = self._asked("POST", f"/phones/{phone}/token").json()
        return told["token"]

    def unregister(self, phone: str) -> None:
        self._asked("DELETE", f"/phones/{phone}/token")

    def waiting(self, token: str) -> list[dict[str, Any]]:
        """Messages with ``n`` and ``data``; they wait until ``delivered`` was told."""
        messages: list[dict[str, Any]] = self._asked("GET", "/messages", token).json()
        return messages

    def delivered(self, token: str, n: int) -> None:
        self._asked("DELETE", f"/messages/{n}", token)

    def _asked(self, method: str, path: str, token: str = "") -> httpx.Response:
        """A good answer."""
        try:
            answer = self.http.request(method, path, headers={TOKEN: token} if token else {})
        except httpx.TransportError as error:
            raise LinkLost(str(error)) from error
        if answer.status_code >= 400:
            raise LinkLost(f"{path} is answered {answer.status_code}")
        return answer
