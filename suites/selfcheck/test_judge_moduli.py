"""``judge moduli``: what is shared is found, what is done stays done; broken lines are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports.command_line import main
from suites.rsa_keys import recipes
from suites.rsa_keys.key import RsaKey


@pytest.fixture
def good() -> list[int]:
    return [recipes.make_one(recipes.GOOD, seed, bits=512).n for seed in range(6)]


def listed(folder: Path, moduli: list[int]) -> Path:
    file = folder / "list.csv"
    file.write_text("".join(f"{n:x}\n" for n in moduli), encoding="utf-8")
    return file


def judged(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, dict[str, Any]]:
    status = main(["judge", "moduli", *map(str, words), "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_good_keys_have_nothing_in_common_and_are_not_compared_again(
    tmp_path: Path, good: list[int], capsys: pytest.CaptureFixture[str]
):
    file, state = listed(tmp_path, good), tmp_path / "state"
    status, told = judged(capsys, file, "--state", state)
    assert (status, told["verdict"]) == (0, "PASS")
    assert told["metrics"] == {"keys": 6, "blocks": 1, "reused": 0}
    assert judged(capsys, file, "--state", state)[1]["metrics"]["reused"] == 1
    assert told["bounds"]


def test_a_shared_prime_and_a_duplicate_are_named_with_their_lines(
    tmp_path: Path, good: list[int], capsys: pytest.CaptureFixture[str]
):
    shared = recipes.make("V23", 1, bits=512)
    assert isinstance(shared, tuple)
    keys: list[RsaKey] = list(shared)
    file = listed(tmp_path, [good[0], keys[0].n, good[1], keys[1].n, good[0]])
    status, told = judged(capsys, file, "--state", tmp_path / "state")
    assert status == 1
    found = {(one["subject"], one["id"]) for one in told["findings"]}
    assert {subject for subject, _ in found} == {f"list.csv, line {n}" for n in (1, 2, 4, 5)}
    assert {one["class"] for one in told["findings"]} == {"FAIL-BROKEN"}


def test_a_broken_line_is_named_and_the_rest_is_compared(
    tmp_path: Path, good: list[int], capsys: pytest.CaptureFixture[str]
):
    file = listed(tmp_path, good)
    file.write_text(file.read_text() + "what is this\n", encoding="utf-8")
    status, told = judged(capsys, file, "--state", tmp_path / "state")
    assert (status, told["metrics"]["keys"]) == (2, 6)
    assert "line 7" in told["findings"][0]["reason"]


def test_no_key_at_all_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "empty.csv"
    file.write_text("", encoding="utf-8")
    assert main(["judge", "moduli", str(file), "--state", str(tmp_path / "state")]) == 4
    assert "no RSA key can be read" in capsys.readouterr().err


def test_one_key_alone_is_inconclusive_and_says_why(
    tmp_path: Path, good: list[int], capsys: pytest.CaptureFixture[str]
):
    status, told = judged(capsys, listed(tmp_path, good[:1]), "--state", tmp_path / "state")
    assert (status, told["verdict"]) == (2, "INCONCLUSIVE")
    (found,) = told["findings"]
    assert found["id"] == "too few keys"
    assert found["reason"].startswith("1 key alone has nothing to be compared with")
    main(["judge", "moduli", str(tmp_path / "list.csv"), "--state", str(tmp_path / "state")])
    assert "too few keys: 1 key alone" in capsys.readouterr().out
