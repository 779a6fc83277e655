"""The two TSMs and the push service, as anybody may call them, by their own descriptions.

In a world where a change of phone stands in its middle: a flow that waits for the new phone's
answer, and a deletion that waits for the old phone. What is refused changes no table of anybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from schemathesis import GenerationMode

from fixtures.bench import Bench
from fixtures.recorder import Recorder
from fixtures.services.world import Link
from fixtures.targets.port import AccessPath, HttpAnswer
from fixtures.targets.resolve import resolve
from suites.selfcheck.half_a_change import HalfAChange, half_a_change
from suites.selfcheck.surface import MODES, Surface, problem_status

EXAMPLES = 5
TSMS = ("sp-tsm", "sei-tsm")


@pytest.fixture(scope="module")
def half() -> Iterator[HalfAChange]:
    with half_a_change() as made:
        yield made


def fcm_status(answer: HttpAnswer) -> int:
    """The code that an error of FCM tells; of what the frame refuses, that of its document."""
    told = json.loads(answer.body)
    return int(told["error"]["code"]) if "error" in told else problem_status(answer)


def surface(half: HalfAChange, server: str, **headers: str) -> Surface:
    peers = {"sei-tsm": "sp-tsm", "push": "sei-tsm"}

    def send(method: str, path: str, body: bytes, kind: str) -> HttpAnswer:
        role = "operator" if path.startswith("/operator/") else peers.get(server, "")
        client = half.parties.world.http(server, role)
        told = headers | ({"content-type": kind} if kind else {})
        answer = client.request(method, path, content=body, headers=told)
        media = answer.headers.get("content-type", "").split(";")[0]
        return HttpAnswer(answer.status_code, media, answer.content)

    described = half.parties.world.http(server).get("/openapi.json").json()
    if server == "push":
        return Surface(
            described, send, lambda: len(half.parties.world.push.accepted()), refusal=fcm_status
        )
    return Surface(described, send, half.kept)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("server", TSMS)
def test_every_request_to_a_tsm_has_an_answer_of_its_description(
    half: HalfAChange, server: str, mode: GenerationMode
):
    live = {"flow": half.flow, "number": half.deletion}
    assert surface(half, server).explored(mode, EXAMPLES, live=live)
    assert not [event for event in half.events if event["event"] == "failed"]


def test_every_operation_of_a_tsm_says_how_it_refuses(half: HalfAChange):
    """Bodies and answers have a schema; refusals are problem documents."""
    for server in TSMS:
        described = surface(half, server).described
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                place = (server, method, path)
                for status, answer in operation["responses"].items():
                    kinds = answer.get("content", {})
                    if int(status) >= 400:
                        assert "application/problem+json" in kinds, (place, status)
                    elif status != "204":
                        assert kinds["application/json"]["schema"], (place, status)
                body = operation.get("requestBody", {"content": {"application/json": {}}})
                assert "application/json" in body["content"], place


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("authorization", ["", "Bearer synthetic-push-credential"])
def test_every_request_to_the_push_service_is_answered_in_the_shape_of_fcm(
    half: HalfAChange, mode: GenerationMode, authorization: str
):
    live = {"project": half.parties.world.push.project}
    tried = surface(half, "push", authorization=authorization)
    assert tried.explored(mode, EXAMPLES, live=live)
    assert not [event for event in half.events if event["event"] == "failed"]


def test_a_message_that_is_only_examined_is_not_sent(half: HalfAChange):
    push = half.parties.world.push
    headers = {"authorization": "Bearer synthetic-push-credential"}
    message = {"token": push.register("a phone"), "data": {"action": "nothing"}}
    told = {}
    for only in (True, False):
        before = len(push.accepted())
        answer = half.parties.world.http("push", "sei-tsm").post(
            f"/v1/projects/{push.project}/messages:send",
            json={"message": message, "validate_only": only},
            headers=headers,
        )
        assert answer.status_code == 200
        told[only] = len(push.accepted()) - before
    assert told == {True: 0, False: 1}


def test_nothing_of_what_lies_behind_a_tsm_is_told_to_an_app():
    """Neither which server it asked for what, nor, in an outcome, the number that opens a flow."""
    resolved = resolve("reference", None, seed=1)
    with resolved.open() as target:
        bench = Bench(target, resolved.statement, Recorder(), AccessPath.INTERNAL)
        with bench.new_world() as world:
            world.person("holder")
            world.phone("phone", "holder")
            world.cut(Link.TSM_JPKI, 2, after=False)
            outcome = world.start("phone", "issue")
            assert outcome.state == "interrupted"
            (flow,) = world.table("sp-tsm", "flows")
            assert flow["id"] not in outcome.detail
            status, told = world.http("sp-tsm", "POST", f"/flows/{flow['id']}/begin")
    assert status == 503
    assert not [word for word in ("/", "jpki", "cut", "down") if word in told["detail"]]
