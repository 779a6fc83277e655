"""The same seed draws the same, whatever modules are loaded."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

CONSTANTS = "\n".join(f"C{n} = {n}" for n in range(70_001, 90_001, 97))


def drawn() -> list[int]:
    values: list[int] = []

    @settings(max_examples=200, database=None)
    @seed(1)
    @given(st.integers(0, 100_000))
    def draw(value: int) -> None:
        values.append(value)

    draw()
    return values


def test_draws_do_not_depend_on_what_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = drawn()
    (tmp_path / "full_of_constants.py").write_text(CONSTANTS, encoding="ascii")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        importlib.import_module("full_of_constants")
        assert drawn() == before
    finally:
        sys.modules.pop("full_of_constants", None)
