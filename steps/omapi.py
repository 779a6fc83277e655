"""Apps on the phone, and the rules that are there for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.bench import Bench
from suites.access_control.handset import Handset


@pytest.fixture
def handset(bench: Bench) -> Iterator[Handset]:
    """The phone; a specimen that cannot be renewed gets its rules back afterwards."""
    found = Handset.of(bench)
    if bench.statement.has("specimen.renew"):
        yield found
        return
    before = found.rules()
    yield found
    found.set_rules(before)
