"""A phone behind a bridge: the wire of docs/bridge_protocol.md, from both ends."""

from __future__ import annotations

import json
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.outcome import BenchError, UsageError
from fixtures.targets.bridge import BridgeTarget
from fixtures.targets.bridge_wire import BridgeLink, Thrown, address, proof
from fixtures.targets.port import AccessPath
from fixtures.targets.resolve import resolve
from suites.selfcheck.vendor import environment, vendor_statement

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "reports.command_line")
TOKEN = b"a synthetic token of the tests"
OPEN_APPLET, CLOSED_APPLET = "A000000151435453000001", "A000000151435453000099"
SECONDS = 20.0
PHONE = {
    "apps": {"jp.example.app": {"certificates": ["3000"]}, "jp.example.other": {}},
    "readers": {
        "eSE1": {"names": [OPEN_APPLET], "default": OPEN_APPLET, "channels": 4, "ara": False}
    },
    "open_to_all": True,
}


@dataclass(frozen=True)
class Served:
    """A lone bridge: where it listens, and its process."""

    port: int
    process: subprocess.Popen[str]

    @property
    def at(self) -> str:
        return f"127.0.0.1:{self.port}"

    def link(self, token: bytes = TOKEN) -> BridgeLink:
        return BridgeLink.connect(self.at, token, SECONDS)

    def screen(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    argv = [sys.executable, "-m", "reference_impl.handset.lone_bridge"]
    process = subprocess.Popen(
        [*argv, json.dumps(PHONE), TOKEN.hex()], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Served(int(process.stdout.readline()), process)
    finally:
        process.stdin.close()
        process.wait(SECONDS)
        process.stdout.close()


@pytest.fixture
def target(served: Served) -> Iterator[BridgeTarget]:
    link = served.link()
    yield BridgeTarget(link, "jp.example.app", "eSE1")
    link.close()


def select(aid: str, p2: int = 0) -> bytes:
    return bytes((0x00, 0xA4, 0x04, p2, len(aid) // 2)) + bytes.fromhex(aid)


# --- as a target ------------------------------------------------------------------------------


def test_a_select_opens_a_channel_to_the_applet(target: BridgeTarget):
    channel = target.open(AccessPath.INTERNAL)
    answer = channel.transmit(select(OPEN_APPLET))
    assert answer.endswith(b"\x90\x00")
    assert bytes.fromhex(OPEN_APPLET) in answer


def test_an_applet_that_is_not_there_is_6a82(target: BridgeTarget):
    assert target.open(AccessPath.INTERNAL).transmit(select(CLOSED_APPLET)) == b"\x6a\x82"


def test_commands_go_to_the_applet_selected_last(target: BridgeTarget):
    channel = target.open(AccessPath.INTERNAL)
    channel.transmit(select(OPEN_APPLET))
    assert channel.transmit(bytes.fromhex("00060000")) == b"\x90\x00"


def test_selecting_again_and_again_leaves_no_channel_open(target: BridgeTarget):
    """The element has three to give."""
    channel = target.open(AccessPath.INTERNAL)
    for _ in range(10):
        assert channel.transmit(select(OPEN_APPLET)).endswith(b"\x90\x00")


def test_a_reset_gives_the_channel_back(target: BridgeTarget):
    channel = target.open(AccessPath.INTERNAL)
    channel.transmit(select(OPEN_APPLET))
    assert channel.reset() == bytes.fromhex("3B00")
    assert target.number is None


def test_no_channel_left_is_the_bench_and_not_the_applet(served: Served, target: BridgeTarget):
    for _ in range(3):
        opened = target.link.request(
            "open", app="jp.example.other", reader="eSE1", aid=OPEN_APPLET, p2=0, channel="logical"
        )
        assert opened["select_response"].endswith("9000")
    with pytest.raises(BenchError, match="no logical channel left"):
        target.open(AccessPath.INTERNAL).transmit(select(OPEN_APPLET))


def test_an_applet_is_not_held_by_a_channel_nobody_uses_any_more(target: BridgeTarget):
    for _ in range(4):
        target.open(AccessPath.INTERNAL).transmit(select(OPEN_APPLET))
    opened = target.link.request(
        "open", app="jp.example.other", reader="eSE1", aid=OPEN_APPLET, p2=0, channel="logical"
    )
    assert opened is not None


def test_what_was_open_is_closed_when_the_suite_goes(served: Served):
    for _ in range(5):
        with closing(served.link()) as link:
            for _ in range(3):
                phone = BridgeTarget(link, "jp.example.app", "eSE1")
                answer = phone.open(AccessPath.INTERNAL).transmit(select(OPEN_APPLET))
                assert answer.endswith(b"\x90\x00")


def test_only_the_path_of_an_app_exists(target: BridgeTarget):
    with pytest.raises(ValueError, match="internal"):
        target.open(AccessPath.CONTACT)


def test_the_app_is_claimed_and_no_more(target: BridgeTarget):
    claimed = target.claimed_app()
    assert (claimed.identity, len(claimed.signers)) == ("claimed", 1)
    other = BridgeTarget(target.link, "jp.example.nobody", "eSE1")
    with pytest.raises(BenchError, match="does not speak for"):
        other.claimed_app()


def test_the_lock_is_told_as_it_is_now(served: Served, target: BridgeTarget):
    assert target.lock_state() == "unlocked"
    served.screen("lock")
    for _ in range(200):
        if target.lock_state() == "locked":
            break
    assert target.lock_state() == "locked"
    served.screen("unlock")


def test_what_the_api_throws_has_its_name(target: BridgeTarget):
    with pytest.raises(Thrown) as thrown:
        target.link.request("open", app="jp.example.app", reader="eSE9", aid=None, p2=0)
    assert thrown.value.kind == "IllegalArgumentException"


@pytest.mark.parametrize("forbidden", [select(OPEN_APPLET), bytes.fromhex("0070000001")])
def test_the_phone_keeps_selection_to_itself(target: BridgeTarget, forbidden: bytes):
    told = target.link.request(
        "open", app="jp.example.app", reader="eSE1", aid=OPEN_APPLET, p2=0, channel="logical"
    )
    with pytest.raises(Thrown) as thrown:
        target.link.request("transmit", channel=told["channel"], command=forbidden.hex())
    assert thrown.value.kind == "SecurityException"


# --- the token ----------------------------------------------------------------------------------


def test_without_the_token_nothing_is_answered(served: Served):
    with pytest.raises(BenchError, match="no proof of the token"):
        served.link(bytes(32))


@pytest.mark.parametrize("first", ["describe", "lock", "atr"])
def test_nothing_comes_before_the_proof(served: Served, first: str):
    with socket.create_connection(("127.0.0.1", served.port), SECONDS) as connection:
        assert read(connection)["bridge"] == "jpki-bridge"
        write(connection, {"do": first, "reader": "eSE1"})
        assert "error" in read(connection)
        assert connection.recv(1) == b""  # one try to a connection


def test_an_impostor_learns_nothing_and_is_found_out():
    def impostor(connection: socket.socket) -> None:
        write(connection, {"bridge": "jpki-bridge", "version": 1, "nonce": "00" * 16})
        asked = read(connection)
        assert TOKEN.hex() not in json.dumps(asked)
        write(connection, {"is": asked["mac"]})  # what it was told, told back

    with (
        bridge_that(impostor) as at,
        pytest.raises(BenchError, match="does not hold the token"),
    ):
        BridgeLink.connect(at, TOKEN, SECONDS)


def test_the_two_proofs_differ():
    nonces = bytes(16), bytes(16)
    assert proof(TOKEN, "suite", *nonces) != proof(TOKEN, "bridge", *nonces)


def test_a_short_token_is_refused(served: Served):
    with pytest.raises(BenchError, match="make it 16"):
        served.link(bytes(15))


# --- ends that break ------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=8),
        lambda inner: st.dictionaries(
            st.sampled_from(["do", "app", "reader", "aid", "p2", "channel", "command", "x"]), inner
        ),
        max_leaves=6,
    )
)
def test_no_request_brings_the_bridge_down(served: Served, asked: object):
    with closing(served.link()) as link:
        write(link.connection, asked)
    with closing(served.link()) as again:
        assert again.request("describe")["readers"] == ["eSE1"]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"", "closed the connection"),
        (b"\x00\x00", "closed the connection"),
        (b"\x00\x00\x00\x00", "announced a frame of 0 bytes"),
        (b"\xff\xff\xff\xff", "announced a frame of 4294967295 bytes"),
        (b"\x00\x00\x00\x02[]", "no object"),
        (b"\x00\x00\x00\x02{]", "not JSON"),
        (b'\x00\x00\x00\x02{}', "is not one of version 1"),
    ],
)  # fmt: skip
def test_a_bridge_that_says_something_else_is_named(sent: bytes, told: str):
    def speaks(connection: socket.socket) -> None:
        connection.sendall(sent)

    with bridge_that(speaks) as at, pytest.raises(BenchError, match=told):
        BridgeLink.connect(at, TOKEN, SECONDS)


def test_a_bridge_that_is_silent_runs_into_the_deadline():
    with bridge_that(lambda c: c.recv(1)) as at, pytest.raises(BenchError, match="in time"):
        BridgeLink.connect(at, TOKEN, 0.05)


def test_nobody_there_is_said_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(BenchError, match="cannot be reached"):
        BridgeLink.connect(f"127.0.0.1:{port}", TOKEN, SECONDS)


@pytest.mark.parametrize("away", ["192.0.2.1:7816", "phone.example:7816", "127.0.0.1", "[::2]:1"])
def test_a_bridge_elsewhere_is_refused_before_anything_is_sent(away: str):
    with pytest.raises(UsageError, match=r"write bridge:|adb forward"):
        address(away)


@pytest.mark.parametrize("here", ["127.0.0.1:7816", "localhost:7816", "[::1]:7816"])
def test_loopback_is_near(here: str):
    assert address(here)[1] == 7816


def test_a_statement_leads_to_the_bridge(served: Served, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("BRIDGE_TOKEN", TOKEN.decode())
    resolved = resolve(f"bridge:{served.at}", of_a_phone(tmp_path))
    with resolved.open() as opened:
        answer = opened.open(AccessPath.INTERNAL).transmit(select(OPEN_APPLET))
    assert answer.endswith(b"\x90\x00")
    assert not resolved.is_harmless


# --- the reference as a phone ---------------------------------------------------------------------


def test_the_suite_runs_on_the_reference_behind_a_bridge(tmp_path: Path):
    around = environment(tmp_path) | {"BRIDGE_TOKEN": TOKEN.decode()}
    serving = subprocess.Popen(
        [*COMMAND, "serve", "bridge", "--port", "0"], cwd=ROOT, env=around, text=True,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert serving.stderr is not None
    try:
        target = serving.stderr.readline().rpartition(" ")[2].strip()
        statement = of_a_phone(tmp_path)
        asked = [*COMMAND, "run", "--target", target, "--ics", str(statement), "--effort"]
        asked += ["distilled", "--select", "JPKI-J-0[35]", "--out", str(tmp_path / "campaign")]
        run = subprocess.run(
            [*asked, "--json"], cwd=ROOT, env=around, capture_output=True, text=True, check=False
        )
    finally:
        serving.send_signal(signal.SIGINT)
        serving.wait(SECONDS)
        serving.stderr.close()
    assert json.loads(run.stdout)["verdict"] == "PASS", run.stderr


# --- helpers ---------------------------------------------------------------------------------


def of_a_phone(folder: Path) -> Path:
    """A vendor's statement of a phone behind a bridge."""
    file = vendor_statement(folder, pixit='bridge_app = "jp.example.app"')
    text = file.read_text(encoding="utf-8").replace('["contact"]', '["internal"]')
    text = text.replace("[secrets]", '[secrets]\nbridge_token = "env:BRIDGE_TOKEN"')
    file.write_text(text, encoding="utf-8")
    return file


def read(connection: socket.socket) -> dict[str, str]:
    size = int.from_bytes(exactly(connection, 4), "big")
    return dict(json.loads(exactly(connection, size)))


def exactly(connection: socket.socket, size: int) -> bytes:
    piece = b""
    while len(piece) < size:
        more = connection.recv(size - len(piece))
        assert more
        piece += more
    return piece


def write(connection: socket.socket, content: object) -> None:
    raw = json.dumps(content).encode()
    connection.sendall(struct.pack(">I", len(raw)) + raw)


@contextmanager
def bridge_that(speaks: Callable[[socket.socket], object]) -> Iterator[str]:
    """A bridge of another kind, for one connection."""

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            speaks(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        thread.join(SECONDS)
