"""`judge keys`: good and bad keys in one folder, with a status, a table and one object."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from fixtures.outcome import UsageError
from fixtures.verdict import Verdict
from reports.command_line import main
from reports.json_output import JsonOutput
from reports.verdicts import ExitStatus
from suites.rsa_keys import files, recipes
from suites.rsa_keys.files import Asked, judge_files, to_json
from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.reading import collect
from suites.rsa_keys.recipes import EXPECTED, make
from suites.rsa_keys.seeded import Seeded
from suites.selfcheck.by_hand import tlv

BAD = ("V02", "V03", "V05", "V07", "V08", "V13", "V14", "V16", "V17", "V19", "V20", "V22", "V36")
SEVERAL = ("V23", "V24")
SHOWN = re.compile(r"\b(K\d\d|P\d\d)\s+(FAIL-BROKEN|FAIL-CONFORMANCE)\s+(?:FIPS 186-4|SP 800-56B)")


@cache
def make_one(name: str, seed: int, bits: int = 2048) -> RsaKey:
    return recipes.make_one(name, seed, bits=bits)


def pkcs1(*numbers: int | None) -> bytes:
    parts = [n or 0 for n in numbers]
    coded = [n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True) for n in parts]
    return tlv(0x30, b"".join(tlv(0x02, one) for one in coded))


def private(key: RsaKey) -> bytes:
    return pkcs1(0, key.n, key.e, key.d, key.p, key.q, key.dp, key.dq, key.qinv)


def pem(der: bytes, label: str) -> str:
    body = base64.encodebytes(der).decode("ascii")
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n"


def judge(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports.command_line", "judge", "keys", *map(str, words)],
        capture_output=True, text=True, check=False, timeout=200,
        env={**os.environ, "COLUMNS": "160"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good keys, one bad key of each recipe, and things that are no RSA key."""
    made = tmp_path_factory.mktemp("keys")
    for seed in (1, 2):
        key = make_one("V01", seed)
        (made / f"good{seed}.pem").write_text(pem(private(key), "RSA PRIVATE KEY"))
    for name in BAD:
        (made / f"{name}.der").write_bytes(private(make_one(name, 1)))
    for name in SEVERAL:
        several = make(name, 1)
        assert isinstance(several, tuple)
        for number, key in enumerate(several, 1):
            (made / f"{name}-{number}.der").write_bytes(pkcs1(key.n, key.e))
    (made / "short.der").write_bytes(private(make_one("V01", 3))[:-1])
    (made / "list.csv").write_text(f"n,e\n{make_one('V01', 4).n:x},65537\nxyz,3\n")
    (made / "minus.der").write_bytes(pkcs1(-make_one("V01", 4).n, 65_537))
    (made / "ec.jwk").write_text('{"kty": "EC", "crv": "P-256"}')
    return made


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, object]:
    done = judge(folder, "--json")
    assert done.returncode == ExitStatus.FAIL, done.stderr
    assert len(done.stdout.splitlines()) == 1
    found: dict[str, object] = json.loads(done.stdout)
    JsonOutput.model_validate(found)
    return found


def findings(told: dict[str, object]) -> list[dict[str, str]]:
    found = told["findings"]
    assert isinstance(found, list)
    return found


def criteria(told: dict[str, object], subject: str) -> set[str]:
    """The criteria of the standard that a key is said to contradict."""
    return {
        one["id"]
        for one in findings(told)
        if one["subject"] == subject
        and one["verdict"] == "FAIL"
        and re.fullmatch(r"[KP]\d\d", one["id"])
    }


def violated(name: str) -> frozenset[str]:
    """What is expected of a recipe, and K11 where p = q has no qInv: 0 stands in its file."""
    return EXPECTED[name].violated | ({"K11"} if make_one(name, 1).qinv is None else set())


@pytest.mark.parametrize("name", BAD)
def test_each_bad_key_is_named_with_its_criteria(told: dict[str, object], name: str):
    assert criteria(told, f"{name}.der") == violated(name)


def test_every_remark_has_class_clause_and_reason(told: dict[str, object]):
    remarks = [one for one in findings(told) if "class" in one]
    assert len(remarks) >= len(BAD)
    assert all(one["clause"] and one["reason"] and one["subject"] for one in remarks)


def test_a_good_key_has_two_passes_and_nothing_that_fails(told: dict[str, object]):
    for name in ("good1.pem", "good2.pem"):
        found = [one for one in findings(told) if one["subject"] == name]
        assert {"functional", "fips186-4"} <= {one["id"] for one in found}
        assert {one["verdict"] for one in found} == {"PASS"}


def test_both_verdicts_of_each_key_are_told(told: dict[str, object]):
    keys = told["keys"]
    assert isinstance(keys, list)
    found = {key["subject"]: (key["functional"], key["fips"]) for key in keys}
    for name in BAD:
        expected = EXPECTED[name]
        assert found[f"{name}.der"] == (expected.functional, expected.fips)
    assert found["V07.der"] == ("PASS", "FAIL")
    assert found["list.csv, line 2"] == ("NOT_APPLICABLE", "PASS")


@pytest.mark.parametrize(("name", "check"), [("V23", "shared-prime"), ("V24", "duplicate")])
def test_a_key_that_only_the_others_give_away_is_named(
    told: dict[str, object], name: str, check: str
):
    for number in (1, 2):
        subject = f"{name}-{number}.der"
        (found,) = [f for f in findings(told) if f["subject"] == subject and "class" in f]
        assert (found["id"], found["class"]) == (check, "FAIL-BROKEN")
        assert f"{name}-{3 - number}.der" in found["reason"]


def test_the_figures_are_those_of_the_keys(told: dict[str, object]):
    figures = told["metrics"]
    assert isinstance(figures, dict)
    good = 2 + 1  # and the one of the list
    bad = len(BAD) + 2 * len(SEVERAL)
    assert (figures["keys"], figures["keys_with_failure"]) == (good + bad, bad)
    assert 0 <= figures["family_wise_false_alarm"] < 0.01
    assert told["bounds"]


def test_what_cannot_be_read_is_told_and_the_rest_is_judged(told: dict[str, object]):
    unread = {one["subject"]: one for one in findings(told) if one["id"] == "unreadable"}
    assert set(unread) == {"short.der", "list.csv, line 3", "minus.der", "ec.jwk"}
    assert all(one["verdict"] == "INCONCLUSIVE" for one in unread.values())
    assert told["metrics"]["unreadable"] == 4  # type: ignore[index]


def test_no_private_number_is_told(told: dict[str, object]):
    text = json.dumps(told)
    for name in BAD:
        key = make_one(name, 1)
        secrets = [
            n for n in (key.d, key.p, key.q, key.dp) if n is not None and n.bit_length() > 64
        ]
        assert not [n for n in secrets if str(n) in text or f"{n:x}" in text.lower()]


def test_the_table_names_key_criterion_class_and_clause(folder: Path):
    done = judge(folder)
    assert done.returncode == ExitStatus.FAIL
    blocks = re.split(r"^(\S.*?)  \d+ bits  verdict", done.stdout, flags=re.MULTILINE)
    shown = dict(zip(blocks[1::2], blocks[2::2], strict=True))
    for name in BAD:
        lines = SHOWN.findall(shown[f"{name}.der"])
        assert {criterion for criterion, _ in lines} == violated(name), name
    assert "duplicate  FAIL-BROKEN" in shown["V24-2.der"]
    assert re.search(r"^not checked\n( .*\n)*.*K09.*\(5 keys\)", done.stdout, re.MULTILINE)
    assert "not read: list.csv, line 3: column n is no hexadecimal number" in done.stdout


def test_good_keys_alone_pass(folder: Path):
    done = judge(folder / "good1.pem", folder / "good2.pem")
    assert done.returncode == ExitStatus.PASS, done.stdout
    assert "verdict  PASS   0 of 2 keys fail" in done.stdout


def test_a_good_key_beside_what_cannot_be_read_is_inconclusive(folder: Path):
    done = judge(folder / "good1.pem", folder / "short.der", "--json")
    assert done.returncode == ExitStatus.INCONCLUSIVE
    assert json.loads(done.stdout)["verdict"] == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("none.pem",), "no RSA key to judge: none.pem: cannot be read"),
        (("ec.jwk",), "ec.jwk: holds an EC key; only RSA keys are judged here"),
        (("short.der",), "short.der: byte 0: cut short"),
        (("ec.jwk", "short.der"), "only RSA keys are judged here, leave it out (and 1 more)"),
        (("good1.pem", "--profile", "fips"), "--profile 'fips' is not known; use fips186-4 or"),
        (("good1.pem", "--assurance", "x"), "--assurance 'x' is not known; use table or high"),
        (("good1.pem", "--blocklist", "none"), "none: No such file or directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_line(
    folder: Path, words: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]
):
    named = [str(folder / word) if "." in word else word for word in words]
    assert main(["judge", "keys", *named]) == ExitStatus.USAGE
    told = capsys.readouterr().err.strip()
    assert len(told.splitlines()) == 1
    assert line in told


def test_a_file_named_twice_is_judged_once_and_told(folder: Path):
    found = collect([folder / "good1.pem", folder / ".." / folder.name / "good1.pem"])
    assert len(found.keys) == 1
    assert found.troubles == ("good1.pem: is named twice; it is judged once, drop one of the two",)


def test_two_files_with_the_same_content_stay_two_keys(folder: Path):
    found = collect([folder / "V24-1.der", folder / "V24-2.der"])
    assert len(found.keys) == 2
    (note,) = found.notes
    assert note.startswith("V24-2.der: byte for byte the same as V24-1.der; a copy, or a generator")


def test_a_public_half_is_judged_with_its_private_key(tmp_path: Path):
    key = make_one("V01", 1)
    (tmp_path / "a.pem").write_text(pem(pkcs1(key.n, key.e), "RSA PUBLIC KEY"))
    (tmp_path / "b.der").write_bytes(private(key))
    found = collect([tmp_path])
    assert [one.subject for one in found.keys] == ["b.der"]
    assert found.notes == ("a.pem: the public half of b.der, judged with it",)
    (tmp_path / "c.der").write_bytes(pkcs1(key.n, key.e))
    assert len(collect([tmp_path]).keys) == 2, "the third is one too many"


def test_key_request_and_certificate_are_one_delivery(tmp_path: Path):
    """Twice in the same kind of container is a duplicate all the same."""
    for words in (
        "genrsa -out key.pem 2048",
        "req -new -key key.pem -subj /CN=a -out request.pem",
        "req -x509 -new -key key.pem -subj /CN=a -out certificate.pem",
        "rsa -in key.pem -pubout -out public.pem",
    ):
        subprocess.run(["openssl", *words.split()], cwd=tmp_path, check=True, capture_output=True)
    found = collect([tmp_path])
    assert [one.subject for one in found.keys] == ["key.pem"]
    (tmp_path / "key.pem").unlink()
    found = collect([tmp_path])
    assert [one.subject for one in found.keys] == ["certificate.pem"]
    assert found.notes[1] == "request.pem: has the key of certificate.pem, judged with it"
    (tmp_path / "twice.pem").write_bytes((tmp_path / "public.pem").read_bytes())
    assert len(collect([tmp_path]).keys) == 2


def test_processes_come_to_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Enough keys for processes of their own, one of them bad."""
    monkeypatch.setattr(files, "ALONE", 4)
    lines = [f"{make_one('V01', seed, bits=1024).n:x},65537" for seed in range(4)]
    file = tmp_path / "keys.csv"
    file.write_text("\n".join([*lines, f"{make_one('V08', 1).n:x},3"]) + "\n")
    shares: list[float] = []

    def tell(_: str, share: float | None = None, /) -> None:
        shares.append(share or 0.0)

    draw = Seeded("judge keys").below
    alone = judge_files([file], Asked(), processes=1, draw=draw)
    both = judge_files([file], Asked(), tell, processes=2, draw=draw)
    assert to_json(alone, Asked()) == to_json(both, Asked())
    assert both.keys[-1].fips is Verdict.FAIL
    assert 1.0 in shares


def test_the_profile_decides_about_the_length(tmp_path: Path):
    (tmp_path / "k.der").write_bytes(private(make_one("V01", 1, bits=1536)))
    for profile in ("fips186-4", "fips186-5"):
        (key,) = judge_files([tmp_path / "k.der"], Asked(profile)).keys
        assert {one.criterion for one in key.remarks} >= {"K01"}


def test_a_modulus_too_long_for_the_battery_never_simply_passes(tmp_path: Path):
    (tmp_path / "k.csv").write_text(f"{Seeded('long').bits(20_000) | 3 << 19_998 | 1:x}")
    found = judge_files([tmp_path / "k.csv"], Asked("fips186-5"))
    assert found.verdict in (Verdict.INCONCLUSIVE, Verdict.FAIL)
    assert "battery of public-key checks: n has more than 8,192 bits" in found.keys[0].not_checked


def test_nothing_readable_is_a_matter_of_usage(tmp_path: Path):
    with pytest.raises(UsageError, match="holds no file; name one with keys"):
        judge_files([tmp_path], Asked())


def test_the_page_is_one_file_in_two_languages(tmp_path: Path):
    several = make("V42", 1, bits=1024, size=24)
    assert isinstance(several, tuple)
    (tmp_path / "list.csv").write_text("\n".join(f"{key.n:x}" for key in several))
    done = judge(tmp_path / "list.csv", "--pictures", tmp_path / "p")
    assert f"pictures {tmp_path / 'p' / 'index.html'}" in done.stdout, done.stderr
    page = (tmp_path / "p" / "index.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "健全な集団" in page
    assert "A healthy population" in page
    assert page.count("<svg") == 2 == len(list((tmp_path / "p").glob("*.svg")))
