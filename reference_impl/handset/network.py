"""Links between the parties, each of which can be cut at any message, in either direction.

A message that is cut *before* never arrives; one that is cut *after* arrives, and its answer is
lost. A link that was cut stays down until it is mended.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TypeVar

import httpx

T = TypeVar("T")


@unique
class Link(StrEnum):
    """Who speaks to whom."""

    APP_TSM = "app-tsm"
    TSM_JPKI = "tsm-jpki"
    TSM_TSM = "tsm-tsm"
    TSM_PUSH = "tsm-push"
    TSM_SE = "tsm-se"  # APDUs that the app carries from a TSM
    APP_SE = "app-se"  # APDUs of the app's own
    APP_BUSINESS = "app-business"
    BUSINESS_OCSP = "business-ocsp"
    BUSINESS_LISTS = "business-lists"
    READER_SE = "reader-se"  # APDUs by radio: the phone reads a card, a reader reads the phone


class LinkLost(Exception):  # noqa: N818 - an event, not an error
    """The connection broke; what was sent may have arrived or not."""


@dataclass(frozen=True)
class Cut:
    """Where a link breaks: at its n-th message from when it was ordered (1 is the next)."""

    link: Link
    message: int
    after: bool


@dataclass
class Network:
    """Counts what passes, and breaks where it is told to."""

    counts: dict[Link, int] = field(default_factory=dict)
    cut: Cut | None = None
    down: set[Link] = field(default_factory=set)
    then: dict[tuple[Link, int], Callable[[], None]] = field(default_factory=dict)
    repeating: set[Link] = field(default_factory=set)  # somebody on the way shows old answers again

    def order(self, cut: Cut) -> None:
        """Let a link break; its messages are counted from now."""
        self.counts = {}
        self.cut = cut

    def mend(self) -> None:
        """All links are up again and honest, and no cut is ordered."""
        self.repeating = set()
        self.cut, self.down, self.counts, self.then = None, set(), {}, {}

    def carry(self, link: Link, deliver: Callable[[], T]) -> T:
        """One message and its answer. Raises LinkLost."""
        if link in self.down:
            raise LinkLost(f"{link} is down")
        number = self.counts[link] = self.counts.get(link, 0) + 1
        if self.cut == Cut(link, number, after=False):
            self._break(link)
        answer = deliver()
        if (happens := self.then.pop((link, number), None)) is not None:
            happens()
        if self.cut == Cut(link, number, after=True):
            self._break(link)
        return answer

    def _break(self, link: Link) -> None:
        self.down.add(link)
        raise LinkLost(f"{link} was cut")


@dataclass
class Wire(httpx.BaseTransport):
    """HTTP over one of the links."""

    network: Network
    link: Link
    inner: httpx.BaseTransport
    last: tuple[int, bytes] | None = None  # what was answered last

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return self.network.carry(self.link, lambda: self._answered(request))
        except LinkLost as lost:
            raise httpx.ReadError(str(lost), request=request) from lost

    def _answered(self, request: httpx.Request) -> httpx.Response:
        if self.link in self.network.repeating and self.last is not None:
            return httpx.Response(self.last[0], content=self.last[1])
        answer = self.inner.handle_request(request)
        self.last = answer.status_code, answer.read()
        return answer

    def close(self) -> None:
        self.inner.close()
