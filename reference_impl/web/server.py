"""A service on a socket of the loopback: TLS, and the peer's certificate handed on to it.

A client need not present a certificate (revocation lists are for everybody), but one that it does
present must be of the network, or there is no connection at all.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from reference_impl.web.connection import PATIENCE, Connection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp

LOOPBACK = "127.0.0.1"
LONGEST_HEAD = 16_384  # bytes of request line and headers


@dataclass(frozen=True)
class TlsFiles:
    """Certificate and key of the server, and the CA of its peers; PEM files."""

    certificate: Path
    key: Path
    peers: Path


class _Announcing(uvicorn.Server):
    """Says on which port it listens once it does."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[int], Any]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self._ready(int(self.servers[0].sockets[0].getsockname()[1]))


def serve(
    app: ASGIApp,
    port: int,
    tls: TlsFiles,
    ready: Callable[[int], Any],
    patience: float = PATIENCE,
) -> None:
    """Serve until the process is asked to end; ``port`` 0: a free one, told to ``ready``.

    ``patience``: seconds a client has for a request.
    """
    config = uvicorn.Config(
        app,
        host=LOOPBACK,
        port=port,
        http=cast("Any", partial(Connection, patience=patience)),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        ssl_certfile=str(tls.certificate),
        ssl_keyfile=str(tls.key),
        ssl_ca_certs=str(tls.peers),
        ssl_cert_reqs=ssl.CERT_OPTIONAL,
    )
    _Announcing(config, ready).run()
