"""Wires the test bed, the vocabulary of the features and the reports into pytest."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent
HOUSE = ("fixtures", "reports", "steps", "suites", "reference_impl")

pytest_plugins = [
    "fixtures.draws",
    "fixtures.pytest_bed",
    "fixtures.vectors",
    "reports.pytest_verdicts",
    "reports.allure_steps",
    "steps.access_source",
    "steps.applet",
    "steps.evidence",
    "steps.files",
    "steps.interruption",
    "steps.keys",
    "steps.old_phone",
    "steps.omapi",
    "steps.pins",
    "steps.platform",
    "steps.random_numbers",
    "steps.reader",
    "steps.services",
]


def pytest_sessionstart() -> None:
    """A stale installation of another checkout would be judged instead of this one."""
    for name in HOUSE:
        module = sys.modules.get(name)
        where = Path(getattr(module, "__file__", None) or ROOT).resolve()
        if not where.is_relative_to(ROOT):
            raise pytest.UsageError(
                f"{name} is imported from {where}, not from {ROOT}; run `make clean` and again"
            )
