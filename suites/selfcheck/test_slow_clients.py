"""A service on its socket, and clients that keep it waiting, speak no HTTP, or send too much."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from fixtures.services.http_json import PROBLEM_JSON
from fixtures.targets.reference_served import Address, one

PATIENCE = 1.0  # seconds, of the server under test
MARGIN = 4.0  # seconds more, for a busy machine
PATH = "/v1/authorities/signature"
HEAD = b"POST /v1/applications HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
CHUNK = b"2000\r\n" + b"x" * 8_192 + b"\r\n"


@dataclass(frozen=True)
class Heard:
    """All that came back until the server hung up, and when it did."""

    answer: bytes
    after: float  # seconds

    @property
    def status(self) -> int:
        """0 where nothing was answered."""
        return int(self.answer.split(b" ")[1]) if self.answer else 0

    @property
    def document(self) -> dict[str, object]:
        head, _, body = self.answer.partition(b"\r\n\r\n")
        assert PROBLEM_JSON.encode() in head.lower()
        told: dict[str, object] = json.loads(body)
        return told


def trusting(address: Address) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(address.ca))


def sent(address: Address, *pieces: bytes, pause: float = 0.0) -> Heard:
    """Send the pieces, a pause between them, and listen until the server hangs up."""
    port = int(address.url.rpartition(":")[2])
    start = time.monotonic()
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE + MARGIN) as plain,
        trusting(address).wrap_socket(plain, server_hostname="127.0.0.1") as link,
    ):
        try:
            for piece in pieces:
                link.sendall(piece)
                time.sleep(pause)
        except OSError:
            pass  # it has hung up in the middle; what it said is still there to be read
        answer = b""
        try:
            while read := link.recv(65_536):
                answer += read
        except (ConnectionResetError, ssl.SSLError):
            pass
    return Heard(answer, time.monotonic() - start)


CLIENTS = {
    "says nothing": ((), 0.0),
    "half a line": ((b"GET /v1/auth",), 0.0),
    "half a head": ((HEAD,), 0.0),
    "a head byte by byte": (tuple(bytes([b]) for b in b"GET / HTTP/1.1\r\nx: " + b"y" * 99), 0.05),
    "half a body": ((HEAD + b"content-length: 100\r\n\r\n{",), 0.0),
    "a body byte by byte": (
        (HEAD + b"content-length: 100\r\n\r\n", *(b"x" for _ in range(99))),
        0.05,
    ),
    "half a chunk": ((HEAD + b"transfer-encoding: chunked\r\n\r\n40\r\nabc",), 0.0),
}


def test_a_slow_client_is_told_and_left_while_others_are_served(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    heard: dict[str, Heard] = {}

    def attempt(name: str) -> None:
        pieces, pause = CLIENTS[name]
        heard[name] = sent(address, *pieces, pause=pause)

    with one("jpki", tmp_path, patience=PATIENCE) as address:
        threads = [threading.Thread(target=attempt, args=(name,)) for name in CLIENTS]
        for thread in threads:
            thread.start()
        with httpx.Client(verify=trusting(address), trust_env=False) as quick:
            begun = time.monotonic()
            served = [quick.get(address.url + PATH).status_code for _ in range(20)]
            took = time.monotonic() - begun
        for thread in threads:
            thread.join()
        log = (tmp_path / "jpki.log.jsonl").read_text(encoding="utf-8")
    assert served == [200] * 20
    assert took < PATIENCE + MARGIN, "others wait for the slow"
    assert heard.keys() == CLIENTS.keys()
    for name, one_heard in heard.items():
        assert one_heard.status == (0 if name == "says nothing" else 408), (name, one_heard)
        assert one_heard.after >= PATIENCE * 0.9, (name, "it was not waited for")
        if one_heard.answer:
            assert one_heard.document["type"] == "urn:jpki-conformance:problem:request-timeout"
    assert "Traceback" not in log + capfd.readouterr().err


def test_what_is_no_http_or_too_much_is_refused_at_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    rubbish = {
        "no HTTP": (b"\x00\x01\x02\r\n\r\n", 400),
        "a head of 40 kB": (b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 40_000, 400),
        "two lengths": (HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\n{}", 400),
        "a broken chunk": (HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n", 400),
        "a body of 1 GB": (HEAD + b"content-length: 1000000000\r\n\r\n{}", 413),
        "endless chunks": (
            HEAD + b"transfer-encoding: chunked\r\n\r\n" + CHUNK * 9,
            413,
        ),
    }  # fmt: skip
    with one("jpki", tmp_path, patience=PATIENCE) as address:
        heard = {name: sent(address, request) for name, (request, _) in rubbish.items()}
        log = (tmp_path / "jpki.log.jsonl").read_text(encoding="utf-8")
    for name, (_, status) in rubbish.items():
        assert heard[name].status == status, (name, heard[name])
        assert heard[name].document["status"] == status
        assert heard[name].after < PATIENCE + MARGIN, (name, "the connection stays")
    assert "Traceback" not in log + capfd.readouterr().err
