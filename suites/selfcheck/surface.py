"""Requests made from an OpenAPI description by schemathesis, and what is true of every answer.

An answer has a status of the description; a refusal is a problem document that repeats it, and
changes nothing. A path that is no path of the description at all may be answered 404 or 405.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from fixtures.services.http_json import PROBLEM_JSON
from fixtures.targets.port import HttpAnswer

POSITIVE, NEGATIVE = MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
OFF_THE_MAP = {404, 405}


def problem_status(answer: HttpAnswer) -> int:
    """The status that a problem document tells; 0 where it is none."""
    told = json.loads(answer.body) if answer.content_type == PROBLEM_JSON else {}
    return int(told.get("status", 0))


@dataclass(frozen=True)
class Surface:
    """One service: its description, the way to it, and all it keeps (None: not looked at)."""

    described: dict[str, Any]
    send: Callable[[str, str, bytes, str], HttpAnswer]
    kept: Callable[[], object] = lambda: None
    kinds: tuple[str, ...] = ("application/json",)
    refusal: Callable[[HttpAnswer], int] = problem_status

    def explored(
        self,
        mode: GenerationMode,
        examples: int,
        which: Callable[[str], bool] = lambda path: True,
        live: dict[str, str] | None = None,
    ) -> int:
        """Try operations on these paths; how many requests were sent.

        ``live``: values of path parameters that mean something to the service, used in every other
        request in place of what was made up.
        """
        tried = 0

        def attempt(case: Any) -> None:
            nonlocal tried
            tried += 1
            if tried % 2 and case.path_parameters:
                known = {n: v for n, v in (live or {}).items() if n in case.path_parameters}
                case.path_parameters = {**case.path_parameters, **known}
            self.expect_answer(case)

        for found in schemathesis.openapi.from_dict(self.described).get_all_operations():
            operation: Any = cast("Any", found).ok()
            if not which(operation.path) or (mode is NEGATIVE and not self.takes(operation)):
                continue
            strategy = operation.as_strategy(generation_mode=mode)
            _tries(examples)(given(case=strategy)(attempt))()
        return tried

    def takes(self, operation: Any) -> bool:
        """Whether there is anything that could be wrong with a request."""
        told = self.described["paths"][operation.path][operation.method.lower()]
        return bool(told.get("parameters") or told.get("requestBody"))

    def expect_answer(self, case: Any) -> None:
        path, body, kind = _sent(case)
        before = self.kept()
        answer = self.send(case.method, path, body, kind)
        wanted = self.described["paths"][case.path][case.method.lower()]["responses"]
        told = (case.method, path, body, answer)
        known = {int(status) for status in wanted if status.isdigit()}
        assert answer.status in known | OFF_THE_MAP, told
        if answer.status >= 400:
            assert self.refusal(answer) == answer.status, told
            assert self.kept() == before, f"refused, and something changed: {told}"
        elif answer.body:
            assert answer.content_type in self.kinds, told


def _tries(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def _sent(case: Any) -> tuple[str, bytes, str]:
    """Path, body and media type of a generated case."""
    if isinstance(case.body, NotSet):
        return case.formatted_path, b"", ""
    if isinstance(case.body, bytes):
        return case.formatted_path, case.body, case.media_type or ""
    return case.formatted_path, json.dumps(case.body).encode(), case.media_type or ""
