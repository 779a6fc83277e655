"""What the bench lacks is said with its remedy, and no card is disturbed by the question."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from fixtures.pcsc_daemon import DaemonUnavailable, private_daemon
from fixtures.targets.port import AccessPath
from fixtures.targets.resolve import resolve
from fixtures.vpcd import served
from fixtures.vpcd_dial import dial
from reports.atr import what_kind
from reports.doctor import Sign, State, status_of
from reports.json_output import JsonOutput
from reports.verdicts import ExitStatus


@pytest.mark.parametrize(
    ("atr", "kind"),
    [
        ("3B888001000005E0B381A1007F", "JPKI / My Number card, Type B likely"),
        ("3BE000FF8131FE4514", "Juki or JPKI card, contact"),
        ("3B8880011122334455778100EE", "Type B likely"),
        ("3B88800111223344557781FF11", "Type A likely"),  # MBLI cannot end in F
        ("3B888001414141414141415018", "Type A or B"),  # text, and possible for Type B
        ("3B8780010102030405060706", "Type A"),
        ("3B8780010102030405060708", "contact, or a reader with a mapping of its own"),  # damaged
        ("3BDA13FF8131FB468012392F31C173C601C03B", "My Number card, contact"),
        ("3B8F8001804F0CA000000306030001000000006A", "storage card"),
        ("3B02", "contact, or a reader with a mapping of its own"),
        ("", "contact, or a reader with a mapping of its own"),
    ],
)
def test_an_atr_is_a_guess_and_never_certain(atr: str, kind: str):
    assert what_kind(bytes.fromhex(atr)) == kind


def test_one_bad_sign_is_an_error_and_a_warning_is_none():
    fine, odd = Sign("a", State.OK, "well"), Sign("b", State.WARN, "odd", "look")
    assert status_of([fine, odd]) is ExitStatus.PASS
    assert status_of([fine, Sign("c", State.BAD, "broken", "mend")]) is ExitStatus.ERROR


def ask(*words: str, entrance: tuple[str, ...] = ()) -> tuple[int, dict[str, object]]:
    done = subprocess.run(
        [*entrance, sys.executable, "-m", "reports.command_line", *words, "--json"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    JsonOutput.model_validate_json(done.stdout)
    return done.returncode, json.loads(done.stdout)


def test_a_reader_with_a_card_is_listed_and_examined():
    got: list[bytes] = []

    class Spy:
        def __init__(self, inner: object) -> None:
            self.inner = inner

        def reset(self) -> bytes:
            return self.inner.reset()  # type: ignore[attr-defined, no-any-return]

        def transmit(self, command: bytes, /) -> bytes:
            got.append(command)
            return self.inner.transmit(command)  # type: ignore[attr-defined, no-any-return]

    try:
        with private_daemon() as daemon, resolve("reference", None).open() as target:
            inside = tuple(daemon.command([]))
            status, told = ask("targets", entrance=inside)
            assert (status, len(told["readers"])) == (0, 2)  # type: ignore[arg-type]
            status, told = ask("doctor", "0", entrance=inside)
            assert status == ExitStatus.ERROR, "no card is in it"
            with served(Spy(target.open(AccessPath.CONTACT)), dial(daemon)):
                status, told = ask("doctor", "0", entrance=inside)
                assert status == ExitStatus.PASS, told
            assert {command[:4] for command in got} == {bytes.fromhex("00A4040C")}
            signs = {sign["name"]: sign for sign in told["signs"]}  # type: ignore[attr-defined]
            assert "JPKI application there" in signs["card"]["told"]
            assert signs["latency"]["state"] == "ok"
    except DaemonUnavailable as reason:
        if "CI" in os.environ:
            raise
        pytest.skip(str(reason))


def test_without_a_daemon_both_commands_say_so():
    status, told = ask("targets")
    assert status == 0
    assert told["readers"] or told["lacking"] or told["metrics"] == {"readers": 0}
