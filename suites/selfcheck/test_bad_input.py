"""What the TSMs make of requests that are wrong: a problem document, and nothing has changed.

In a world where a change of phone stands in its middle (as in ``test_tsm_surface``). Nothing of the
inside is told to the peer or to the log, and no log holds what a caller has sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.services.http_json import PROBLEM_JSON
from fixtures.services.world import OPERATOR
from suites.selfcheck.half_a_change import HalfAChange, half_a_change
from suites.services.parties import (
    CARD_PASSWORD,
    PASSWORD,
    PIN,
    application,
    nonce,
    signed_document,
)

MARK = "HIDDEN-7F3A"  # in every bad body; nobody may repeat it
JSON = "application/json"
FLOW = {"kind": "issue", "se_id": "se-x", "request": MARK}
HEX = {"document": "7B7D", "signature": "00", "certificate": "3000"}
NOBODYS = "0" * 32


@dataclass(frozen=True)
class Bad:
    """A request, and the status and kind of its refusal."""

    path: str
    body: bytes
    status: int
    kind: str
    media: str = JSON
    server: str = "sp-tsm"
    method: str = "POST"
    role: str = ""


def value(**members: Any) -> bytes:
    return json.dumps(members).encode()


WHOLE = value(**FLOW, **HEX)
BAD = {
    "half a body": Bad("/flows", WHOLE[:-9], 400, "malformed-json"),
    "an empty body": Bad("/flows", b"", 422, "invalid-request"),
    "no UTF-8": Bad("/flows", b'{"kind": "\xff\xfe"}', 400, "bad-request"),
    "10,000 brackets": Bad("/flows", b"[" * 10_000, 400, "bad-request"),
    "a number of 9,000 digits": Bad("/flows", b"1" * 9_000, 400, "bad-request"),
    "a list": Bad("/flows", b"[]", 422, "invalid-request"),
    "another media type": Bad("/flows", WHOLE, 422, "invalid-request", "text/plain"),
    "a name too many": Bad("/flows", value(**FLOW, **HEX, more=MARK), 422, "invalid-request"),
    "half an octet": Bad(
        "/flows", value(**FLOW, **{**HEX, "document": "7B7"}), 422, "invalid-request"
    ),
    "an unknown kind": Bad("/flows", value(**FLOW | HEX | {"kind": MARK}), 422, "invalid-request"),
    "an SE-ID that is a path": Bad(
        "/flows", value(**{**FLOW, "se_id": "../tokens/x"}, **HEX), 422, "invalid-request"
    ),
    "a document that is no JSON": Bad(
        "/flows", value(**FLOW, **{**HEX, "document": "00FF"}), 422, "rejected"
    ),
    "a body of 70 kB": Bad("/flows", b'"' + b"x" * 70_000 + b'"', 413, "content-too-large"),
    "an unknown flow": Bad(f"/flows/{NOBODYS}/begin", b"", 404, "unknown-flow"),
    "no number of a flow": Bad(f"/flows/{MARK}/begin", b"", 422, "invalid-request"),
    "an answer to an unknown flow": Bad(
        f"/flows/{NOBODYS}/answer", value(step=0, round=0), 404, "unknown-flow"
    ),
    "a step before the first": Bad(
        f"/flows/{NOBODYS}/answer", value(step=-1, round=0), 422, "invalid-request"
    ),
    "no such place": Bad(f"/{MARK}", b"", 404, "not-found"),
    "another method": Bad("/flows", b"", 405, "method-not-allowed", method="GET"),
    "an unknown table": Bad(
        "/operator/tables/secrets", b"", 404, "unknown-table", method="GET", role=OPERATOR
    ),
    "a table for somebody else": Bad(
        "/operator/tables/flows", b"", 401, "no-client-certificate", method="GET"
    ),
    "an unknown deletion": Bad(
        f"/deletions/{NOBODYS}/begin", b"", 409, "not-due", server="sei-tsm"
    ),
    "a notice of nothing": Bad(
        f"/deletions/{NOBODYS}/notice", b"", 409, "not-due", server="sei-tsm"
    ),
    "an answer nobody waits for": Bad(
        f"/deletions/{NOBODYS}/answer", value(responses=["9000"]), 422, "rejected", server="sei-tsm"
    ),
    "an empty token": Bad(
        "/tokens/se-x", value(token=""), 422, "invalid-request", server="sei-tsm", method="PUT"
    ),
    "an order by nobody": Bad(
        "/deletions", value(request=MARK, se_id="se-x"), 401, "no-client-certificate",
        server="sei-tsm",
    ),
    "an order by another": Bad(
        "/deletions", value(request=MARK, se_id="se-x"), 403, "wrong-role",
        server="sei-tsm", role="municipality",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def half() -> Iterator[HalfAChange]:
    with half_a_change() as made:
        yield made


def refused(half: HalfAChange, bad: Bad) -> dict[str, Any]:
    """The problem document; nothing has changed, and nothing of the request is repeated."""
    before = half.kept()
    headers = {"content-type": bad.media} if bad.body else {}
    client = half.parties.world.http(bad.server, bad.role)
    answer = client.request(bad.method, bad.path, content=bad.body, headers=headers)
    assert answer.headers["content-type"] == PROBLEM_JSON, answer.text
    assert half.kept() == before, "it was refused, and something changed"
    assert MARK not in answer.text
    assert "Traceback" not in answer.text
    told: dict[str, Any] = answer.json()
    assert told["status"] == answer.status_code
    return told


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_told_apart_and_changes_nothing(half: HalfAChange, name: str):
    told = refused(half, BAD[name])
    kind = told["type"].rpartition(":")[2]
    assert (told["status"], kind) == (BAD[name].status, BAD[name].kind), told
    log = json.dumps(half.events)
    assert MARK not in log
    assert "failed" not in log, "the service had an error of its own"


@pytest.mark.parametrize("off", [-301.0, 301.0])
def test_an_application_of_another_time_is_refused(half: HalfAChange, off: float):
    """The clock of the phone is wrong by more than five minutes, or the document is an old one."""
    moment = half.parties.world.clock.now().timestamp() + off
    bound_to = nonce("issue", "se-x", str(off))
    made_at = datetime.fromtimestamp(moment, UTC).isoformat()
    document = {"act": "apply", "made_at": made_at, "nonce": bound_to}
    signed = signed_document(half.world, "holder", document)
    body = {"kind": "issue", "se_id": "se-x", "request": str(off), **signed}
    told = refused(half, Bad("/flows", value(**body), 422, "rejected"))
    assert "made_at" in told["detail"], told


def test_an_answer_counts_once_and_in_its_turn(half: HalfAChange):
    """Sent twice, late or early, it is refused (409), and the step goes on from its beginning."""
    flow = half.flow
    status, told = half.world.http("sp-tsm", "POST", f"/flows/{flow}/begin")
    assert (status, told["do"]) == (200, "transmit")
    card = half.world.card("new")
    heard = [card.channel.transmit(bytes.fromhex(one)).hex() for one in told["commands"]]
    answer = {"step": told["step"], "round": told["round"], "responses": heard}
    path = f"/flows/{flow}/answer"
    early = {**answer, "round": told["round"] + 1}
    assert refused(half, Bad(path, value(**early), 409, ""))["status"] == 409
    assert half.world.http("sp-tsm", "POST", path, answer)[0] == 200
    assert refused(half, Bad(path, value(**answer), 409, ""))["status"] == 409
    card.channel.reset()
    assert half.world.http("sp-tsm", "POST", f"/flows/{flow}/begin")[0] == 200


@settings(max_examples=40, deadline=None, database=None, derandomize=True)
@given(st.lists(st.binary(max_size=300), max_size=3), st.booleans())
def test_whatever_an_se_answers_the_tsm_goes_on_or_refuses(
    half: HalfAChange, responses: list[bytes], good: bool
):
    """Any bytes as the answers of the new phone's SE: never an error of the TSM itself."""
    client = half.parties.world.http("sp-tsm")
    flow = half.flow
    told = client.post(f"/flows/{flow}/begin").json()
    ending = "9000" if good else ""
    for _ in range(3):
        answers = [response.hex() + ending for response in responses]
        place = {"step": told["step"], "round": told["round"]}
        answer = client.post(f"/flows/{flow}/answer", json={**place, "responses": answers})
        told = answer.json()
        if answer.status_code != 200:
            assert answer.status_code == 422, told
            assert told["type"].endswith((":script-failed", ":rejected")), told
            return


def test_the_log_of_a_whole_change_of_phone_holds_no_secret():
    """Nor what opens a flow: the numbers of flows and deletions, push tokens, signed documents."""
    with half_a_change() as half:
        world = half.world
        assert world.resume("new").done
        world.settle("old", "new")
        log = json.dumps(half.events)
        secrets = [PIN, PASSWORD, CARD_PASSWORD, "synthetic-push-credential", half.deletion]
        secrets += [row["id"] for row in world.table("sp-tsm", "flows")]
        secrets += [row["token"] for row in world.table("sei-tsm", "tokens")]
        secrets += [row["serial"] for row in world.table("sp-tsm", "certificates")]
        consents = world.table("sp-tsm", "consents")
        secrets += [row["document"]["signature"][:32] for row in consents]
        assert len(secrets) > 12
        assert not [secret for secret in secrets if secret in log]
        assert {event["event"] for event in half.events} == {"answered"}


def test_an_error_of_the_service_itself_is_told_without_its_inside():
    """A table is gone: the peer gets a problem of 500, and the log the name of the error alone."""
    with half_a_change() as half:
        half.parties.world.sp_data.tables.tables["orders"].drop(half.parties.world.sp_data.engine)
        answer = half.parties.world.http("sp-tsm", OPERATOR).post("/operator/work")
        assert answer.status_code == 500
        assert answer.headers["content-type"] == PROBLEM_JSON
        assert answer.json()["type"].endswith(":internal-error")
        failed = [event for event in half.events if event["event"] == "failed"]
        assert failed == [
            {"event": "failed", "path": "/operator/work", "error": "OperationalError"}
        ]
        for told in (answer.text, json.dumps(half.events)):
            assert "orders" not in told
            assert "Traceback" not in told


def test_the_number_of_an_application_alone_opens_nothing(half: HalfAChange):
    """Whoever repeats an application as it was is told of its flow; nobody else is."""
    se_id = "se-of-nobody"
    signed = application(half.world, "holder", nonce("issue", se_id, "guessed"))
    body = {"kind": "issue", "se_id": se_id, "request": "guessed", **signed}
    first = half.world.http("sp-tsm", "POST", "/flows", body)
    assert first[0] == 201
    assert half.world.http("sp-tsm", "POST", "/flows", body)[1] == first[1]
    for changed in ({"kind": "renew"}, {"se_id": "se-y"}, {"signature": "00"}):
        told = refused(half, Bad("/flows", value(**body | changed), 409, "number-taken"))
        assert told["type"].endswith("number-taken")


def test_a_person_who_cannot_be_registered_is_told_with_the_refusal(half: HalfAChange):
    """The scene of a check stands on it, and what comes later would be blamed on somebody else."""
    with pytest.raises(RuntimeError, match=r"POST /v1/cards is answered 422: .*invalid-request"):
        half.world.person("x" * 10_000)
