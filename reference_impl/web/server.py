"""A service on a socket of the loopback: TLS, and the peer's certificate handed on to it.

A client need not present a certificate (revocation lists are for everybody), but one that it does
present must be of the network, or there is no connection at all.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from reference_impl.web.connection import PATIENCE, Connection
from reference_impl.web.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp

LOOPBACK = "127.0.0.1"
LONGEST_HEAD = 16_384  # bytes of request line and headers
PAUSE = 0.2  # s between two looks at what waits
LONGEST_PAUSE = 5.0  # s; each look that fails doubles the pause before the next


@dataclass(frozen=True)
class TlsFiles:
    """Certificate and key of the server, and the CA of its peers; PEM files."""

    certificate: Path
    key: Path
    peers: Path


class _Announcing(uvicorn.Server):
    """Says on which port it listens once it does, and works of its own between requests."""

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[int], Any],
        work: Callable[[], bool] | None,
        log: Callable[..., Any],
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._work = work
        self._log = log
        self._working: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready(int(self.servers[0].sockets[0].getsockname()[1]))
        if self._work is not None:
            self._working = asyncio.create_task(self._all_work(self._work))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._working is not None:
            self._working.cancel()
        await super().shutdown(sockets)

    async def _all_work(self, work: Callable[[], bool]) -> None:
        pause = PAUSE
        while True:
            try:
                busy = work()
                pause = PAUSE
            except Problem:  # another server is not there: what waits waits on
                busy, pause = False, min(2 * pause, LONGEST_PAUSE)
            except Exception as error:  # as of a request: the next may do better
                busy, pause = False, min(2 * pause, LONGEST_PAUSE)
                self._log("failed", path="", error=type(error).__name__)
            await asyncio.sleep(0 if busy else pause)


def serve(
    app: ASGIApp,
    port: int,
    tls: TlsFiles,
    ready: Callable[[int], Any],
    log: Callable[..., Any],
    *,
    patience: float = PATIENCE,
    work: Callable[[], bool] | None = None,
) -> None:
    """Serve until the process is asked to end; ``port`` 0: a free one, told to ``ready``.

    ``patience``: seconds a client has for a request. ``work`` does one thing that waits and says
    whether there was one; it is called between requests, one after the other like they, and again
    after a while where it fails, which ``log`` is told.
    """
    config = uvicorn.Config(
        app,
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
    _Announcing(config, ready, work, log).run([reserved(port)])


def reserved(port: int) -> socket.socket:
    """A socket bound to this port of the loopback; ``port`` 0: a free one.

    Whoever starts a server keeps one while the server has its own, so that nobody else is given
    the port between an end of the server and its next start. OSError where another has it.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((LOOPBACK, port))
    except OSError:
        bound.close()
        raise
    return bound


def is_taken(port: int) -> bool:
    """Whether somebody listens there; a port can be ``reserved`` all the same, to be shared."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as alone:
        alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            alone.bind((LOOPBACK, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
