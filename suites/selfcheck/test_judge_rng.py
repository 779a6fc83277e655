"""`judge rng`: samples that were taken elsewhere, with a status, a table and one object."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from reports.json_output import JsonOutput
from reports.verdicts import ExitStatus
from suites.random_numbers.bits import unpacked
from suites.random_numbers.samples import sample


def judge(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports.command_line", "judge", "rng", *words],
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("samples")
    for name in ("ais31_4MB", "markov45_8", "aesctr8"):
        (made / f"{name}.bin").write_bytes(sample(name).tobytes())
    (made / "empty.bin").write_bytes(b"")
    return made


def test_a_good_file_passes_with_one_finding_for_each_basic_test(folder: Path):
    done = judge(str(folder / "ais31_4MB.bin"), "--json")
    told = json.loads(done.stdout)
    JsonOutput.model_validate(told)
    assert (done.returncode, told["verdict"]) == (0, "PASS")
    assert len(told["findings"]) == 1286 + 9
    assert told["metrics"]["family_wise_false_alarm"] == pytest.approx(3.8e-6, rel=0.05)


def test_bad_and_short_files_have_their_own_status(folder: Path):
    short = folder / "short.bin"
    short.write_bytes(bytes(100))
    assert judge(str(folder / "markov45_8.bin")).returncode == ExitStatus.FAIL
    assert judge(str(short)).returncode == ExitStatus.INCONCLUSIVE
    both = judge(str(folder / "ais31_4MB.bin"), str(folder / "markov45_8.bin"))
    assert both.returncode == ExitStatus.FAIL
    assert "never prove entropy" in both.stdout
    assert "B: 2 basic tests failed: T6b, T8" in both.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("empty.bin",), "empty.bin: is empty"),
        (("none.bin",), "none.bin: cannot be read"),
        (("markov45_8.bin", "--profile", "ais20"), "--profile 'ais20' is not known"),
        (("markov45_8.bin", "--width", "0"), "--width"),
        (("markov45_8.bin", "--bit-order", "x"), "--bit-order 'x' is not known"),
        (("markov45_8.bin", "--draw", "x"), "--draw 'x' is not known"),
        (("aesctr8.bin", "--profile", "sp800-90b", "--width", "9"), "--width 9 is no width"),
        (("aesctr8.bin", "--profile", "sp800-90b", "--width", "4"), "byte 1 is 141"),
        (("aesctr8.bin", "--profile", "sp800-90b", "--claim", "9"), "--claim 9 is no entropy"),
        (("ais31_4MB.bin", "--profile", "sp800-90b", "--restarts"), "a restart matrix is 1,000"),
        (("ais31_4MB.bin", "--iid"), "--iid says nothing to profile ais31-2011"),
        (("ais31_4MB.bin", "--profile", "sp800-90b", "--whole"), "it needs --profile ais31-2011"),
    ],
)
def test_bad_input_is_one_line(folder: Path, words: tuple[str, ...], told: str):
    done = judge(str(folder / words[0]), *words[1:])
    assert done.returncode == ExitStatus.USAGE
    assert len(done.stderr.strip().splitlines()) == 1
    assert told in done.stderr


def test_the_bit_order_is_the_callers(folder: Path):
    """Bits turned around within each byte are the same sample in the other order."""
    turned = np.packbits(unpacked(sample("markov45_8")), bitorder="little")
    (folder / "turned.bin").write_bytes(turned.tobytes())
    values = []
    for words in (("markov45_8.bin",), ("turned.bin", "--bit-order", "lsb")):
        told = json.loads(judge(str(folder / words[0]), *words[1:], "--json").stdout)
        values.append([f["statistic"] for f in told["findings"]])
    assert values[0] == values[1]


def test_entropy_is_told_estimate_by_estimate(folder: Path):
    done = judge(str(folder / "aesctr8.bin"), "--profile", "sp800-90b", "--json")
    told = json.loads(done.stdout)
    JsonOutput.model_validate(told)
    assert done.returncode == 0
    found = {f["subject"]: f["statistic"] for f in told["findings"]}
    assert found["aesctr8.bin: t-tuple literal (non-IID track)"] == pytest.approx(7.295390094662)
    assert found["aesctr8.bin: Markov bitstring (non-IID track)"] == pytest.approx(0.999942184489)
    assert len(found) == 7 + 10 + 2 + 1


def test_a_claim_that_is_not_reached_fails(folder: Path):
    done = judge(str(folder / "markov45_8.bin"), "--profile", "sp800-90b", "--claim", "5")
    assert done.returncode == ExitStatus.FAIL
    assert "4.803266 bits a symbol are assessed, 5 are claimed" in done.stdout.replace("\n", " ")
    done = judge(str(folder / "markov45_8.bin"), "--profile", "sp800-90b", "--claim", "4.8")
    assert done.returncode == 0


def test_a_short_sample_is_assessed_and_inconclusive(folder: Path):
    (folder / "short90b.bin").write_bytes(sample("aesctr8")[:20_000].tobytes())
    for claim in ("5", "7.9"):  # reached, and not reached by so few
        done = judge(str(folder / "short90b.bin"), "--profile", "sp800-90b", "--claim", claim)
        assert done.returncode == ExitStatus.INCONCLUSIVE
        assert "the standard asks for 1,000,000" in done.stdout.replace("\n", " ")


def test_a_short_sample_that_stands_still_fails_all_the_same(folder: Path):
    (folder / "still.bin").write_bytes(sample("aesctr8")[:7_000].tobytes() + bytes(500))
    done = judge(str(folder / "still.bin"), "--profile", "sp800-90b", "--claim", "5")
    assert done.returncode == ExitStatus.FAIL
    assert "alarm of RCT" in done.stdout.replace("\n", " ")


def test_a_long_sample_is_judged_to_its_end(folder: Path):
    told = json.loads(judge(str(folder / "ais31_4MB.bin"), "--whole", "--json").stdout)
    rounds = {p["procedure"]: p["runs"] for p in told["procedures"]}
    assert rounds == {"A": 1, "A to the end": 3, "B": 1, "B to the end": 4}
