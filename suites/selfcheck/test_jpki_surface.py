"""Requests of every kind the description allows, and many it does not: an answer it knows, always.

schemathesis makes them from the OpenAPI description of the JPKI system; each is sent by the peer
whose operation it is. The online status takes no JSON and is tried in ``test_jpki_service``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from fixtures.services.http_json import PROBLEM_JSON
from fixtures.services.jpki_client import CALL_CENTRE, MUNICIPALITY, TSM
from fixtures.targets.port import Services
from fixtures.targets.resolve import resolve

PEERS = {
    "cards": MUNICIPALITY,
    "persons": MUNICIPALITY,
    "suspensions": CALL_CENTRE,
    "applications": TSM,
    "revocations": TSM,
    "certificates": TSM,
    "authorities": None,
    "crls": None,
}
EXAMPLES = 4
KINDS = ("application/pkix-cert", "application/pkix-crl", "application/json")


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    with resolve("reference", None, seed=1).open() as target:
        assert isinstance(target, Services)
        yield target


def sent(case: Any) -> tuple[str, bytes, str]:
    """Path, body and media type of a generated case."""
    if isinstance(case.body, NotSet):
        return case.formatted_path, b"", ""
    if isinstance(case.body, bytes):
        return case.formatted_path, case.body, case.media_type or ""
    return case.formatted_path, json.dumps(case.body).encode(), case.media_type or ""


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("desk", PEERS)
def test_every_request_has_an_answer_of_the_description(
    services: Services, desk: str, mode: GenerationMode
):
    described = json.loads(services.service("jpki", None).request("GET", "/openapi.json").body)
    link = services.service("jpki", PEERS[desk])
    tried = 0

    def attempt(case: Any) -> None:
        nonlocal tried
        tried += 1
        path, body, kind = sent(case)
        answer = link.request(case.method, path, body=body, content_type=kind)
        wanted = described["paths"][case.path][case.method.lower()]["responses"]
        allowed = {*map(int, wanted), 404, 405}  # a path that is no path of the description
        assert answer.status in allowed, (path, body, answer)
        if answer.status >= 400:
            assert answer.content_type == PROBLEM_JSON
            assert json.loads(answer.body)["status"] == answer.status
        else:
            assert answer.content_type in KINDS

    for found in schemathesis.openapi.from_dict(described).get_all_operations():
        operation: Any = cast("Any", found).ok()
        if operation.path.split("/")[2] != desk:
            continue
        strategy = operation.as_strategy(generation_mode=mode)
        tries = settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        tries(given(case=strategy)(attempt))()
    assert tried
