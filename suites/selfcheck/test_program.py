"""A program as a target: whatever it does, one line, soon, and nothing of it is left."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from fixtures.outcome import BenchError, UsageError
from fixtures.targets import wire
from fixtures.targets.port import AccessPath
from fixtures.targets.program import ProgramLink, ProgramTarget, UnknownRequest, factory

DEADLINE = 1.0
ANSWER = "def answer(body): out.write(len(body).to_bytes(4, 'big') + body); out.flush()\n"
HEAD = f"""
import os, signal, subprocess, sys, time
out, inp = sys.stdout.buffer, sys.stdin.buffer
open("pid", "w").write(str(os.getpid()))
def ask():
    head = inp.read(4)
    return inp.read(int.from_bytes(head, "big")) if head else sys.exit(0)
{ANSWER}
"""


def sends(content: str) -> str:
    return f"ask(); out.write({content}); out.flush(); "


SLEEPS = "time.sleep(99)"
BAD = {
    "ends at once": ("sys.exit(3)", "ended with status 3"),
    "is killed": ("ask(); os.kill(os.getpid(), 9)", "ended with signal 9"),
    "ends in its answer": (sends("bytes([0, 0, 0, 5, 65])") + "sys.exit(0)", "ended with status 0"),
    "never answers": (SLEEPS, "does not answer within 1 s"),
    "answers too slowly": (
        "ask(); [(out.write(bytes(1)), out.flush(), time.sleep(0.6)) for _ in range(4)]",
        "does not answer within 1 s",
    ),
    "floods": ("ask()\nwhile True: out.write(bytes(1 << 16))", "sent what is no answer"),
    "announces too much": (sends(r"b'\xff' * 8") + SLEEPS, "a frame of 4294967295 bytes"),
    "answers twice": (sends("bytes([0, 0, 0, 1, 65]) * 2") + SLEEPS, "more than one answer"),
    "sends another kind": ("ask(); answer(b'Zx'); " + SLEEPS, "sent a frame of kind b'Z'"),
    "closes its output": ("os.close(1); " + SLEEPS, "ended its output"),
    "says why on standard error": (
        r"print('no such\x1b[31m phone', file=sys.stderr); sys.exit(1)",
        "said last: no such [31m phone",
    ),
    "ignores a wish to end": ("signal.signal(15, signal.SIG_IGN); " + SLEEPS, "does not answer"),
    "shouts": ("sys.stderr.write('x' * 10_000_000); sys.exit(2)", "ended with status 2"),
}


def link_to(folder: Path, body: str) -> ProgramLink:
    (folder / "program.py").write_text(HEAD + body)
    return ProgramLink([sys.executable, "program.py"], DEADLINE, folder)


def alive(folder: Path) -> bool:
    try:
        os.kill(int((folder / "pid").read_text()), 0)
    except (ProcessLookupError, FileNotFoundError, ValueError):
        return False
    return True


@pytest.mark.parametrize("case", BAD)
def test_a_bad_program_is_one_line_and_leaves_nothing(case: str, tmp_path: Path):
    body, told = BAD[case]
    link = link_to(tmp_path, body)
    try:
        with pytest.raises(BenchError) as caught:
            link.request(wire.RESET)
        first = str(caught.value)
        assert told in first, first
        assert len(first.splitlines()) == 1
        assert first.isprintable()
        with pytest.raises(BenchError) as again:
            link.request(wire.RESET)
        assert str(again.value) == first, "the first cause is told again"
    finally:
        link.close()
    assert not alive(tmp_path)


def test_bytes_nobody_asked_for_end_the_link(tmp_path: Path):
    link = link_to(tmp_path, "ask(); answer(b'A'); answer(b'A'); open('sent', 'w'); ask()")
    with pytest.raises(BenchError, match=r"nobody asked for|more than one answer"):
        ask_twice(link, tmp_path / "sent")
    link.close()


def ask_twice(link: ProgramLink, between: Path) -> None:
    link.request(wire.RESET)
    while not between.exists():
        time.sleep(0.01)
    link.request(wire.RESET)


def test_a_program_that_does_not_read_does_not_hold_us_up(tmp_path: Path):
    link = link_to(tmp_path, "time.sleep(99)")
    with pytest.raises(BenchError, match="does not read its input within 1 s"):
        link.request(wire.TRANSMIT, bytes(1 << 22))
    link.close()


def test_what_it_started_ends_with_it(tmp_path: Path):
    child = "import os, time; open('child', 'w').write(str(os.getpid())); time.sleep(99)"
    body = (
        f"subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "while not os.path.exists('child') or not open('child').read(): time.sleep(0.01)\n"
        "ask(); answer(b'A'); ask()"
    )
    link = link_to(tmp_path, body)
    link.request(wire.RESET)
    link.close()
    pid = int((tmp_path / "child").read_text())
    end = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text():
        assert time.monotonic() < end, "the child of the program is still there"
        time.sleep(0.01)


def test_a_failure_of_its_bench_leaves_the_link_well(tmp_path: Path):
    link = link_to(
        tmp_path, "ask(); answer(b'Eno card\\nthere'); ask(); answer(b'U'); ask(); answer(b'Aok')"
    )
    with pytest.raises(BenchError, match=r"says: no card there$"):
        link.request(wire.RESET)
    with pytest.raises(UnknownRequest, match="does not know the request N"):
        link.request(wire.RENEW)
    assert link.request(wire.RESET) == b"ok"
    link.close()
    link.close()


class Toy:
    """A card for the other end of the wire."""

    def open(self, _: AccessPath, /) -> Toy:
        return self

    def reset(self) -> bytes:
        return b"\x3b\x00"

    def transmit(self, command: bytes, /) -> bytes:
        if command == b"\xff":
            raise OSError("cable\ncut")
        return command + b"\x90\x00"

    def renew(self) -> None:
        return


def test_both_ends_of_the_wire_agree():
    served = wire.Served(Toy(), (AccessPath.CONTACT, AccessPath.INTERNAL))
    assert served.answer(wire.RESET, b"") == wire.frame(b"A", b"\x3b\x00")
    assert served.answer(wire.TRANSMIT, b"\x00\xa4") == wire.frame(b"A", b"\x00\xa4\x90\x00")
    assert served.answer(wire.TRANSMIT, b"\xff") == wire.frame(b"E", b"OSError: cable cut")
    assert served.answer(wire.RENEW, b"") == wire.frame(b"A")
    assert served.answer(wire.PATH, b"internal") == wire.frame(b"A")
    assert served.answer(wire.PATH, b"contactless_a")[4:5] == b"E"
    assert served.answer(wire.LOG, b"") == wire.frame(b"U"), "no log here"
    assert served.answer(b"?", b"") == wire.frame(b"U")


def test_one_path_is_never_named_and_several_are(tmp_path: Path):
    body = "while True:\n  r = ask(); open('asked', 'ab').write(r[:1]); answer(b'A')"
    for count, asked in ((1, b"RT"), (2, b"PRT")):
        (tmp_path / "asked").unlink(missing_ok=True)
        link = link_to(tmp_path, body)
        channel = ProgramTarget(link, count).open(AccessPath.CONTACT)
        channel.reset()
        channel.transmit(b"\x00")
        link.close()
        assert (tmp_path / "asked").read_bytes() == asked


@pytest.mark.parametrize(
    ("line", "told"),
    [("", "names no program"), ("'x", "correct the quotes"), ("./none", "is no program")],
)
def test_a_command_line_that_cannot_be_run_is_refused(line: str, told: str, tmp_path: Path):
    with pytest.raises(UsageError, match=told):
        factory(line, tmp_path)
