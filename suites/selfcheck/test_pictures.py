"""Pictures of random numbers: the same every time, without a network, for any sample."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from suites.pictures import RED
from suites.random_numbers import pictures
from suites.random_numbers.bits import unpacked
from suites.random_numbers.samples import sample

KINDS = {
    "good": sample("aesctr8")[:100_000],
    "constant": np.zeros(20_000, np.uint8),
    "short": sample("aesctr8")[:40],
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_sample_can_be_drawn(kind: str):
    drawn = pictures.of_sample(KINDS[kind])
    assert len(drawn) == (3 if kind == "short" else 4)
    for picture in drawn:
        ET.fromstring(picture.svg)
        assert all(picture.title)
        assert all(picture.healthy)
        assert 'href="http' not in picture.svg


def test_the_same_numbers_give_the_same_picture():
    assert pictures.of_sample(KINDS["good"]) == pictures.of_sample(KINDS["good"])


def test_failed_sequences_are_red():
    good = pictures.of_sequences(unpacked(sample("aesctr8")[:50_000]))
    bad = pictures.of_sequences(np.zeros(400_000, np.uint8))
    points = f"fill: {RED}"
    assert points not in good.svg
    assert points in bad.svg


def test_the_page_is_one_file_in_two_languages(tmp_path: Path):
    (tmp_path / "sample.bin").write_bytes(sample("aesctr8").tobytes())
    done = subprocess.run(
        [sys.executable, "-m", "reports.command_line", "judge", "rng", str(tmp_path / "sample.bin"),
         "--profile", "sp800-90b", "--restarts", "--claim", "7", "--pictures", str(tmp_path / "p")],
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "p" / "index.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "健全な乱数源" in page
    assert "A healthy source" in page
    assert page.count("<svg") == 5 == len(list((tmp_path / "p").glob("*.svg")))
