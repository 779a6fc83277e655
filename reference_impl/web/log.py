"""The log of a service: one JSON object a line, of what was done and by whom; never a body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from typing import TextIO

    from reference_impl.web.clock import Clock


def json_log(file: TextIO, clock: Clock) -> Callable[..., Any]:
    """What takes ``(event, **values)`` and writes them to the file, with the time of day."""

    def timed(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {"at": clock.now().isoformat(timespec="milliseconds"), **event}

    renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    logger = structlog.wrap_logger(structlog.WriteLogger(file), processors=[timed, renderer])
    info: Callable[..., Any] = logger.info
    return info
