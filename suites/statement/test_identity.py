"""The model is named by maker, SoC, GP-SE type, release year, OS version and class."""

from __future__ import annotations

import pytest

from fixtures.ics.statement import Statement
from fixtures.outcome import expect
from suites.statement.identity import identity_gaps


@pytest.mark.requirement("REQ-3-1-i")
def test_the_statement_names_the_model(statement: Statement):
    """So that what was found can be laid beside what was found on other models."""
    expect("REQ-3-1-i", identity_gaps(statement.target.model_dump()), [], "reading the statement")
