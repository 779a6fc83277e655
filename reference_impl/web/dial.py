"""The way from one server, or from a phone, to a server: TLS, by certificates of one network.

A server is known by the name in its certificate and not by its address, so that no server of the
network can stand in for another. OUR DESIGN.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx

from reference_impl.web.network import host_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONNECTING, WAITING = 5.0, 20.0  # s, of a phone


def dial(
    name: str,
    url: str,
    ca: Path,
    own: tuple[Path, Path] | None,
    through: Callable[[httpx.BaseTransport], httpx.BaseTransport] = lambda way: way,
    *,
    waiting: float = WAITING,
) -> httpx.Client:
    """A client of the server of this name.

    ``own``: certificate and key it shows, if it has one. ``through``: what lies between it and the
    network. ``waiting``: seconds for a connection, and as many again for the answer.
    """
    context = ssl.create_default_context(cafile=str(ca))
    if own is not None:
        context.load_cert_chain(*own)

    def named(request: httpx.Request) -> None:
        request.extensions["sni_hostname"] = host_of(name)

    return httpx.Client(
        base_url=url,
        transport=through(httpx.HTTPTransport(verify=context)),
        timeout=httpx.Timeout(waiting, connect=min(waiting, CONNECTING)),
        event_hooks={"request": [named]},
        trust_env=False,
    )
