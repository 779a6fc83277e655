"""A statement is complete and keeps its secrets, or is refused in one line that helps."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.catalogue.load import load_catalogue
from fixtures.catalogue.model import UsedBy
from fixtures.ics.prompted import handed_over
from fixtures.ics.statement import (
    REFERENCE_CARD_STATEMENT,
    REFERENCE_STATEMENT,
    load_statement,
    withheld_copy,
)
from fixtures.outcome import BenchError, UsageError
from fixtures.targets.port import AccessPath
from suites.selfcheck.by_hand import STEADY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]

PIN, KEY = "literal:8351", "literal:404142434445464748494A4B4C4D4E4F"
REFERENCE = REFERENCE_STATEMENT.read_text(encoding="utf-8")
VENDOR = (
    REFERENCE.replace(PIN, "env:ACME_PIN")
    .replace("literal:SYN7HPASS4", "env:ACME_PASSWORD")
    .replace(KEY, "env:ACME_KEY")
)
UMLAUT = "83ä1"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the vendor's statement with texts replaced; returns its path."""

    def replaced(*changes: tuple[str, str]) -> Path:
        text = VENDOR
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "ics.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return replaced


def refusal(path: Path) -> str:
    """What the loader says, less the name of the file it must begin with."""
    with pytest.raises(UsageError) as caught:
        load_statement(path)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"{path}: ")
    return line.removeprefix(f"{path}: ")


# --- what is accepted ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "profile", "first"),
    [
        (REFERENCE_STATEMENT, "gpse", AccessPath.INTERNAL),
        (REFERENCE_CARD_STATEMENT, "card", AccessPath.CONTACT),
    ],
    ids=["phone", "card"],
)
def test_the_statements_of_the_reference_load(path: Path, profile: str, first: AccessPath):
    statement = load_statement(path, literals=True)
    assert statement.pixit.profile == profile
    assert statement.pixit.paths[0] is first
    assert statement.secret("user_pin") == b"8351"
    assert statement.secret("administrator_key") == bytes(range(0x40, 0x50))


def test_a_vendors_statement_loads(write: Write):
    assert load_statement(write()).target.maker == "reference"


def test_a_capability_is_claimed_unless_it_is_false_or_empty(write: Write):
    answers = '"pin.auth" = false'
    none = ('"platform.channels" = 19', '"platform.channels" = 0')
    statement = load_statement(write(('"pin.auth" = true', answers), none))
    claimed = [statement.has(f"{n}") for n in ("pin.auth", "platform.channels", "platform.product")]
    assert claimed == [False, False, True]
    assert statement.has("pin.sign")


def test_a_statement_cannot_be_changed(write: Write):
    statement = load_statement(write())
    with pytest.raises(ValueError, match="frozen"):
        statement.target.maker = "ACME"  # type: ignore[misc]


# --- what is refused ----------------------------------------------------------------------

BROKEN = {
    "a missing key": (
        'maker = "reference"\n', "", "target.maker is missing; add it",
    ),
    "a missing table": (
        "[pixit]", "[target.pixit]", "target.pixit is not a key of the statement; remove it",
    ),
    "an unknown key": (
        "maker =", 'colour = "red"\nmaker =',
        "target.colour is not a key of the statement; remove it",
    ),
    "an unknown table": (
        "[pixit]", "[extra]\n[pixit]", "extra is not a key of the statement; remove it",
    ),
    "a number in quotes": (
        "release_year = 2026", 'release_year = "2026"',
        "target.release_year: input should be a valid integer; correct the value",
    ),
    "a number outside its range": (
        "release_year = 2026", "release_year = 1999",
        "target.release_year: input should be greater than or equal to 2000; correct the value",
    ),
    "an empty name": (
        'maker = "reference"', 'maker = ""',
        "target.maker: string should have at least 1 character; correct the value",
    ),
    "an unknown profile": (
        '"gpse"', '"phone"', "pixit.profile: input should be 'gpse' or 'card'; correct the value",
    ),
    "an unknown path": (
        '"internal"', '"wireless"',
        ("pixit.paths.0: input should be 'internal', 'contactless_a', 'contactless_b' or "
        "'contact'; correct the value"),
    ),
    "a misspelt capability": (
        '"pin.auth"', '"pin.auht"',
        "[capabilities] 'pin.auht' is not a capability id; did you mean 'pin.auth'?",
    ),
    "a capability like no other": (
        '"pin.auth"', '"zzz.zzz"',
        "[capabilities] 'zzz.zzz' is not a capability id; remove it",
    ),
    "a capability that is left out": (
        '"pin.auth" = true\n', "",
        ("[capabilities] is incomplete, it says nothing of pin.auth; "
        "say true, false or a value for each"),
    ),
    "a false in quotes, which would count as true": (
        '"pin.auth" = true', '"pin.auth" = "false"',
        "[capabilities] 'pin.auth' is 'false'; say true or false",
    ),
    "a number where only yes or no is asked": (
        '"pin.auth" = true', '"pin.auth" = 1', "[capabilities] 'pin.auth' is 1; say true or false",
    ),
    "a yes where a number is asked": (
        '"platform.channels" = 19', '"platform.channels" = true',
        "[capabilities] 'platform.channels' is True; say a number or false",
    ),
    "a literal secret": (
        "env:ACME_PASSWORD", "literal:SYN7HPASS4",
        "[secrets] password is a literal; write env:NAME, file:PATH or prompt:TEXT",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_statement_gets_one_line_with_file_place_and_remedy(case: str, write: Write):
    old, new, line = BROKEN[case]
    assert refusal(write((old, new))) == line


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    line = refusal(tmp_path / "nowhere.toml")
    assert line == "cannot be read (No such file or directory); name an ICS file"


@pytest.mark.parametrize("content", [b"[target\n", b"a = \n", b"a = 1\na = 2\n", b"\xff\xfe"])
def test_what_is_not_toml_is_shown_the_place(tmp_path: Path, content: bytes):
    path = tmp_path / "ics.toml"
    path.write_bytes(content)
    line = refusal(path)
    assert line.startswith("not TOML: ")
    assert line.endswith("; correct the line")


def test_a_list_is_no_answer_to_a_capability(write: Write):
    line = refusal(write(('"pin.auth" = true', '"pin.auth" = [true]')))
    assert line.startswith("capabilities.pin.auth")
    assert line.endswith("; correct the value")


def test_every_capability_that_is_left_out_is_named(write: Write):
    path = write()
    path.write_text(VENDOR[: VENDOR.index('"pin.auth"')], encoding="utf-8")
    used = {c.id for c in load_catalogue().capabilities.values() if c.used_by is UsedBy.NOW}
    assert f"says nothing of {', '.join(sorted(used))};" in refusal(path)


@pytest.mark.parametrize("secret", ["8351", "environment:X", "env:", r"env:A\nB", ""])
def test_a_secret_that_is_no_reference_is_refused_and_not_shown(write: Write, secret: str):
    line = refusal(write(("env:ACME_PIN", secret)))
    assert line.startswith("secrets.user_pin: string should match pattern")
    assert "8351" not in line


# --- secrets ------------------------------------------------------------------------------


def test_a_secret_in_the_environment_is_found(write: Write, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ACME_PIN", "8351")
    monkeypatch.setenv("ACME_KEY", "40" * 16)
    statement = load_statement(write())
    assert statement.secret("user_pin") == b"8351"
    assert statement.secret("administrator_key") == b"@" * 16


def test_a_secret_in_a_file_is_found_without_its_line_end(write: Write, tmp_path: Path):
    (tmp_path / "pin").write_text("8351\n", encoding="ascii")
    statement = load_statement(write(("env:ACME_PIN", f"file:{tmp_path / 'pin'}")))
    assert statement.secret("user_pin") == b"8351"


def test_a_secret_is_asked_for(write: Write, monkeypatch: pytest.MonkeyPatch):
    asked = []

    def getpass(question: str) -> str:
        asked.append(question)
        return "8351"

    monkeypatch.setattr("fixtures.ics.prompted.getpass", getpass)
    monkeypatch.setattr("fixtures.ics.prompted._answers", {})
    statement = load_statement(write(("env:ACME_PIN", "prompt:PIN of the phone")))
    assert [statement.secret("user_pin") for _ in range(2)] == [b"8351"] * 2
    assert asked == ["PIN of the phone: "], "once"


def test_what_was_typed_reaches_the_child_and_no_one_else(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fixtures.ics.prompted._answers", {"PIN": "8351"})
    environment = dict(os.environ)
    ask = (
        "import os; from fixtures.ics.prompted import answer, VARIABLE;"
        "print(answer('PIN'), VARIABLE in os.environ)"
    )
    with handed_over(environment) as descriptors:
        assert "8351" not in " ".join(environment.values())
        told = subprocess.run(
            [sys.executable, "-c", ask], env=environment, pass_fds=descriptors,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert told.stdout.split() == ["8351", "False"]


def failure(path: Path, name: str) -> str:
    statement = load_statement(path)
    with pytest.raises(BenchError) as caught:
        statement.secret(name)
    return str(caught.value)


def test_a_variable_that_is_not_set_is_named(write: Write, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ACME_PIN", raising=False)
    line = failure(write(), "user_pin")
    assert line == "user_pin: the environment has no variable ACME_PIN; set it"


def test_a_secret_file_that_is_not_there_is_named(write: Write, tmp_path: Path):
    line = failure(write(("env:ACME_PIN", f"file:{tmp_path}/none")), "user_pin")
    assert line == f"user_pin: the file {tmp_path}/none cannot be read; check the path"


def test_a_secret_the_statement_does_not_name_is_asked_for(write: Write):
    line = failure(write(('administrator_key = "env:ACME_KEY"\n', "")), "administrator_key")
    assert line == "the statement names no administrator_key; add it under [secrets]"


@pytest.mark.parametrize("value", ["404", "no hex", "40 4g", UMLAUT])
def test_a_key_that_is_not_hex_is_the_benchs_fault_and_not_shown(
    write: Write, monkeypatch: pytest.MonkeyPatch, value: str
):
    monkeypatch.setenv("ACME_KEY", value)
    line = failure(write(), "administrator_key")
    assert line == "administrator_key: what env: leads to is not hex; correct it"


def test_a_pin_that_is_not_ascii_is_the_benchs_fault_and_not_shown(
    write: Write, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ACME_PIN", UMLAUT)
    assert failure(write(), "user_pin") == "user_pin: what env: leads to is not ASCII; correct it"


def test_no_secret_shows_in_the_representation_of_a_statement():
    statement = load_statement(REFERENCE_STATEMENT, literals=True)
    for shown in (repr(statement), str(statement), repr(statement.secrets), str(statement.secrets)):
        assert not [word for word in ("8351", "SYN7HPASS4", "404142") if word in shown]


# --- the copy for a campaign --------------------------------------------------------------


def test_the_copy_of_a_vendors_statement_is_the_statement():
    assert withheld_copy(VENDOR) == VENDOR


def test_the_copy_of_the_references_statement_differs_in_its_secrets_only():
    original, copy = tomllib.loads(REFERENCE), tomllib.loads(withheld_copy(REFERENCE))
    assert copy.pop("secrets") == dict.fromkeys(original.pop("secrets"), "literal:‹withheld›")
    assert copy == original


@STEADY
@given(
    secret=st.text(min_size=4).filter(lambda s: s not in "literal:‹withheld›" and "\n" not in s),
    quote=st.sampled_from(['"', "'", '"""', "'''", '"""\n', ""]),
    after=st.sampled_from(["", "  # a remark", ', password = "literal:other" }', "\r"]),
)
def test_the_copy_holds_no_literal_however_it_is_written(secret: str, quote: str, after: str):
    head = "# Statement\nname = "
    copy = withheld_copy(f"{head}{quote}literal:{secret}{quote}{after}\nprofile = 1\n")
    assert secret not in copy.removeprefix(head).removesuffix("\nprofile = 1\n")
    assert copy.endswith("\nprofile = 1\n")
