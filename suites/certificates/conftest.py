"""The office at which the checks of this folder ask."""

from __future__ import annotations

import pytest

from fixtures.bench import Bench
from suites.certificates.people import Office


@pytest.fixture
def office(bench: Bench) -> Office:
    """The JPKI system around the target, asked by its peers and by everybody."""
    return Office(bench)
