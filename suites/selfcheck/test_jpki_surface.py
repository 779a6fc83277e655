"""Requests of every kind the description allows, and many it does not: an answer it knows, always.

Each is sent by the peer whose operation it is. The online status takes no JSON and is tried in
``test_jpki_service``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from schemathesis import GenerationMode

from fixtures.services.jpki_client import CALL_CENTRE, MUNICIPALITY, TSM
from fixtures.targets.port import HttpAnswer, Services
from fixtures.targets.resolve import resolve
from suites.selfcheck.surface import MODES, Surface

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


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("desk", PEERS)
def test_every_request_has_an_answer_of_the_description(
    services: Services, desk: str, mode: GenerationMode
):
    described = json.loads(services.service("jpki", None).request("GET", "/openapi.json").body)
    link = services.service("jpki", PEERS[desk])

    def send(method: str, path: str, body: bytes, kind: str) -> HttpAnswer:
        return link.request(method, path, body=body, content_type=kind)

    surface = Surface(described, send, kinds=KINDS)
    assert surface.explored(mode, EXAMPLES, lambda path: path.split("/")[2] == desk)
