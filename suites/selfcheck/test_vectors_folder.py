"""The folder of published vectors: found at any depth, NOT_RUN where something is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.outcome import UsageError
from fixtures.vectors import located


def test_a_file_is_found_at_any_depth(tmp_path: Path):
    (tmp_path / "rng").mkdir()
    (tmp_path / "rng" / "a.bin").touch()
    assert located(tmp_path, "a.bin") == tmp_path / "rng" / "a.bin"


@pytest.mark.parametrize("named", [True, False])
def test_what_is_not_there_is_not_run(tmp_path: Path, named: bool):
    with pytest.raises(pytest.skip.Exception, match=r"NOT_RUN: a\.bin"):
        located(tmp_path if named else None, "a.bin")


def test_no_folder_is_an_error(tmp_path: Path):
    with pytest.raises(UsageError, match="is no folder; name the one with the vectors"):
        located(tmp_path / "nowhere", "a.bin")
