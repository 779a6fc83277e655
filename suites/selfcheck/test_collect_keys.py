"""Collections of key pairs: every pair on the disk at once, taken up again, private ones apart."""

from __future__ import annotations

import csv
import hashlib
import json
import resource
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from fixtures.card.apdu import Command, Response
from fixtures.card.jpki import EF, JpkiCard
from fixtures.outcome import BenchError, UsageError
from fixtures.targets.port import PrivateKeyParts
from reports.json_output import JsonOutput
from reports.verdicts import ExitStatus
from suites.random_numbers.collection import Clock
from suites.rsa_keys import collection as keys_collection
from suites.rsa_keys.collection import Collection, Plan
from suites.rsa_keys.formats import read_keys
from suites.selfcheck.vendor import SECRETS, environment, vendor_statement
from suites.timing.files import read_times

TARGET = {"maker": "ACME"}


def modulus(number: int) -> int:
    """As many bits as a modulus has; nobody looks whether it is one."""
    return 1 << 2047 | number


def template(number: int) -> bytes:
    return (
        bytes.fromhex("7F49820109818201 00") + modulus(number).to_bytes(256, "big") +
        bytes.fromhex("8203010001")
    )  # fmt: skip


@dataclass
class ScriptedCard:
    """Makes key 1, 2, 3 …; refuses or is torn away before a certain one, and ticks as it works."""

    refuse_at: int = 0
    torn_at: int = 0
    repeat_from: int = 10**9
    made: int = 0
    now: int = 0
    resets: int = 0
    selected: list[EF] = field(default_factory=list)

    def power_cycle(self) -> None:
        self.resets += 1

    def select_ef(self, ef: EF) -> None:
        self.selected.append(ef)

    def send(self, command: Command) -> Response:
        assert bytes(command)[:4] == bytes.fromhex("00468000")
        if self.made + 1 == self.torn_at:
            raise KeyboardInterrupt
        if self.made + 1 == self.refuse_at:
            return Response(b"", 0x6400)
        self.made += 1
        self.now += 2_000_000_000 + self.made
        return Response(template(min(self.made, self.repeat_from)), 0x9000)

    def collect(self, response: Response) -> Response:
        return response


def collection(folder: Path, plan: Plan, card: ScriptedCard) -> Collection:
    return Collection(folder, plan, TARGET, "chip A", Clock(lambda: 1.5, lambda: card.now))


def run(done: Collection, card: ScriptedCard) -> str:
    def view(ef: EF) -> PrivateKeyParts:
        n = modulus(card.made)
        return PrivateKeyParts(n, 65_537, 7, 11, 13, qinv=5)

    return done.run(cast("JpkiCard", card), lambda _: None, view)


def table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def provenance(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "provenance.json").read_text())
    return found


def test_every_key_pair_is_on_the_disk_with_its_time(tmp_path: Path):
    card = ScriptedCard()
    assert run(collection(tmp_path, Plan(5), card), card) == ""
    lines = table(tmp_path / "keys.csv")
    assert [int(line["n"], 16) for line in lines] == [modulus(n) for n in range(1, 6)]
    assert [bytes.fromhex(line["template"]) for line in lines] == [template(n) for n in range(1, 6)]
    assert [float(line["seconds"]) for line in lines] == [2 + n / 1e9 for n in range(1, 6)]
    assert [line["operation"] for line in lines[:2]] == ["keygen user", "keygen signature"]
    assert card.selected == [EF.USER_KEY, EF.SIGNATURE_KEY] * 2 + [EF.USER_KEY]
    told = provenance(tmp_path)
    assert told["sha256"] == hashlib.sha256((tmp_path / "keys.csv").read_bytes()).hexdigest()
    assert (told["keys"], told["segments"][0]["keys"]) == (5, 5)
    assert not (tmp_path / "sensitive").exists()


def test_what_judges_keys_and_what_judges_times_read_it(tmp_path: Path):
    card = ScriptedCard()
    run(collection(tmp_path, Plan(4), card), card)
    found = read_keys(tmp_path / "keys.csv")
    assert ([(key.n, key.e) for key in found.keys], found.troubles) == (
        [(modulus(n), 65_537) for n in range(1, 5)], (),
    )  # fmt: skip
    times = read_times(tmp_path / "keys.csv")
    assert [(row.product, row.operation, row.seconds) for row in times.rows] == [
        ("chip A", ("keygen user", "keygen signature")[n % 2], 2 + (n + 1) / 1e9) for n in range(4)
    ]


def test_private_keys_lie_apart_and_are_their_owners_alone(tmp_path: Path):
    card = ScriptedCard()
    run(collection(tmp_path, Plan(3, private=True), card), card)
    file = tmp_path / "sensitive" / "keys.csv"
    lines = table(file)
    assert [(int(x["n"], 16), x["p"], x["dp"], x["qinv"]) for x in lines] == [
        (modulus(n), "0xb", "", "0x5") for n in range(1, 4)
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    public = (tmp_path / "keys.csv").read_text() + (tmp_path / "provenance.json").read_text()
    assert "0xb" not in public


def test_without_being_asked_for_no_private_key_is_written(tmp_path: Path):
    card = ScriptedCard()
    run(collection(tmp_path, Plan(3), card), card)
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["keys.csv", "provenance.json"]


def test_a_refused_generation_ends_it_and_is_written_down(tmp_path: Path):
    card = ScriptedCard(refuse_at=3)
    reason = run(collection(tmp_path, Plan(5), card), card)
    assert reason == "key pair 3 was refused with 6400"
    assert len(table(tmp_path / "keys.csv")) == 2
    assert provenance(tmp_path)["segments"][-1]["reason"] == reason


def test_a_broken_run_is_taken_up_without_losing_a_key(tmp_path: Path):
    card = ScriptedCard(torn_at=4)
    with pytest.raises(KeyboardInterrupt):
        run(collection(tmp_path, Plan(6), card), card)
    assert len(table(tmp_path / "keys.csv")) == 3
    with (tmp_path / "keys.csv").open("a") as file:
        file.write("4,chip A,keygen")  # torn in the middle of a line
    card.torn_at = 0
    assert run(collection(tmp_path, Plan(6), card), card) == ""
    lines = table(tmp_path / "keys.csv")
    assert [int(line["key"]) for line in lines] == list(range(1, 7))
    assert [line["power_cycle"] for line in lines] == ["1"] * 3 + ["2"] * 3
    assert [segment["first"] for segment in provenance(tmp_path)["segments"]] == [1, 4]


class KilledError(BaseException):
    """Stands for a power cut: nothing catches it."""


@pytest.mark.parametrize("torn", ["public", "private"])
def test_a_run_that_is_killed_between_the_halves_leaves_no_public_key_without_its_private_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torn: str
):
    card = ScriptedCard()
    appended = keys_collection._append
    left = iter(range(5 if torn == "public" else 4))

    def cut(file: Path, *rest: Any) -> None:
        if next(left, None) is None:
            raise KilledError
        appended(file, *rest)

    monkeypatch.setattr(keys_collection, "_append", cut)
    with pytest.raises(KilledError):
        run(collection(tmp_path, Plan(4, private=True), card), card)
    monkeypatch.undo()
    assert len(table(tmp_path / "keys.csv")) == 2
    assert run(collection(tmp_path, Plan(4, private=True), card), card) == ""
    public, private = table(tmp_path / "keys.csv"), table(tmp_path / "sensitive" / "keys.csv")
    assert [line["key"] for line in private] == [line["key"] for line in public] == list("1234")
    assert [int(x["n"], 16) for x in private] == [int(x["n"], 16) for x in public]
    assert "without_private_half" not in provenance(tmp_path)


def test_a_private_half_that_is_not_told_leaves_the_public_one_and_is_named(tmp_path: Path):
    card = ScriptedCard()

    def silent(_: EF) -> PrivateKeyParts:
        raise BenchError("the specimen tells no private key")

    done = collection(tmp_path, Plan(2, private=True), card)
    with pytest.raises(BenchError):
        done.run(cast("JpkiCard", card), lambda _: None, silent)
    assert len(table(tmp_path / "keys.csv")) == 1
    assert provenance(tmp_path)["without_private_half"] == [1]


@pytest.mark.parametrize("change", ["a digit", "a line less", "a line between"])
def test_a_collection_that_was_changed_meanwhile_is_not_taken_up(tmp_path: Path, change: str):
    card = ScriptedCard()
    run(collection(tmp_path, Plan(3), card), card)
    file = tmp_path / "keys.csv"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join({
        "a digit": [*lines[:2], lines[2].replace("65537", "3", 1).replace("2.", "1.", 1), lines[3]],
        "a line less": lines[:3],
        "a line between": [*lines[:2], *lines[1:]],
    }[change]))  # fmt: skip
    with pytest.raises(UsageError, match="the first 3 key pairs are not what was collected"):
        collection(tmp_path, Plan(4), card)


def test_more_can_be_collected_later(tmp_path: Path):
    card = ScriptedCard()
    run(collection(tmp_path, Plan(2), card), card)
    again = collection(tmp_path, Plan(5), card)
    assert (again.collected, run(again, card), again.collected) == (2, "", 5)
    assert run(collection(tmp_path, Plan(5), card), card) == ""
    assert card.resets == 2


def test_a_key_that_comes_twice_is_found(tmp_path: Path):
    card = ScriptedCard(repeat_from=3)
    done = collection(tmp_path, Plan(5), card)
    run(done, card)
    assert done.repeated() == [(3, 4), (3, 5)]


def test_another_collection_in_the_folder_is_left_alone(tmp_path: Path):
    card = ScriptedCard()
    run(collection(tmp_path / "c", Plan(1), card), card)
    with pytest.raises(UsageError, match="another target or kind"):
        collection(tmp_path / "c", Plan(1, private=True), card)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match="is not empty and no collection"):
        collection(tmp_path / "d", Plan(1), card)
    (tmp_path / "c" / "provenance.json").write_text("[]")
    with pytest.raises(UsageError, match="is no provenance"):
        collection(tmp_path / "c", Plan(1), card)


# --- the command --------------------------------------------------------------------------


def collect(
    folder: Path, *words: str, limit: int | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    def small_disk() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-m", "reports.command_line", "collect", "keys", "--out", str(folder),
         *words],
        capture_output=True, text=True, check=False, timeout=200, preexec_fn=small_disk, env=env,
    )  # fmt: skip


def test_the_reference_is_collected_from(tmp_path: Path):
    done = collect(tmp_path / "c", "--count", "3", "--private", "--json")
    told = json.loads(done.stdout)
    JsonOutput.model_validate(told)
    assert (done.returncode, told["metrics"]["keys"]) == (0, 3)
    public, private = (read_keys(tmp_path / "c" / n / "keys.csv") for n in ("", "sensitive"))
    assert [key.n for key in public.keys] == [key.n for key in private.keys]
    assert all((key.p or 0) * (key.q or 0) == key.n for key in private.keys)


def test_a_fault_of_the_generator_shows_at_once(tmp_path: Path):
    done = collect(tmp_path / "c", "--count", "3", "--fault", "key.same_pair_every_time")
    assert done.returncode == ExitStatus.FAIL
    assert "key 3 is key 1 again" in done.stdout


def test_a_full_disk_is_one_line_and_nothing_is_lost(tmp_path: Path):
    done = collect(tmp_path / "c", "--count", "6", limit=3_000)
    assert done.returncode == ExitStatus.ERROR
    assert "make room and give the same command again" in done.stderr
    assert "Traceback" not in done.stderr
    kept = table(tmp_path / "c" / "keys.csv")
    assert kept
    assert collect(tmp_path / "c", "--count", "6").returncode == 0
    whole = table(tmp_path / "c" / "keys.csv")
    assert (len(whole), whole[: len(kept)]) == (6, kept)


def test_a_device_loses_its_keys_only_with_consent_and_private_ones_are_claimed(tmp_path: Path):
    statement = vendor_statement(tmp_path)
    target = ("--target", "suites.detection.bad_targets:Sound", "--ics", str(statement))
    words = ("--count", "2", *target)
    refused = collect(tmp_path / "c", *words, env=environment(tmp_path))
    assert (refused.returncode, len(refused.stderr.splitlines())) == (ExitStatus.USAGE, 1)
    assert "allow it with --destructive" in refused.stderr
    unclaimed = collect(tmp_path / "c", *words, "--private", env=environment(tmp_path))
    assert unclaimed.returncode == ExitStatus.USAGE
    assert "says no to key.private_view" in unclaimed.stderr
    done = collect(tmp_path / "c", *words, "--destructive", env=environment(tmp_path))
    assert done.returncode == 0, done.stderr
    assert SECRETS["ACME_KEY"] not in (tmp_path / "c" / "keys.csv").read_text()


def test_the_wear_of_a_device_is_respected(tmp_path: Path):
    statement = vendor_statement(tmp_path)
    text = statement.read_text().replace("[limits]", "[limits]\nkey_generations = 2")
    statement.write_text(text)
    target = ("--target", "suites.detection.bad_targets:Sound", "--ics", str(statement))
    words = ("--count", "5", "--destructive", *target)
    done = collect(tmp_path / "c", *words, env=environment(tmp_path))
    assert done.returncode == ExitStatus.ERROR
    assert "the statement allows 2" in done.stderr
    assert len(table(tmp_path / "c" / "keys.csv")) == 2
