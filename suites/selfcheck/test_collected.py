"""A campaign reads every test that it could run."""

from __future__ import annotations

import pytest

from fixtures.pytest_bed import requirements_of
from reports.collected import OF_THE_SUITE, campaign_files


def test_every_test_with_a_requirement_is_read(all_items: list[pytest.Item]):
    read = [f"{path}/" if not path.endswith(".py") else f"{path}::" for path in campaign_files()]
    speaking = [item.nodeid for item in all_items if requirements_of(item)]
    assert [name for name in speaking if not name.startswith(tuple(read))] == []


def test_of_the_tests_of_the_suite_few_are_read():
    own = [path for path in campaign_files() if path.split("/")[1] in OF_THE_SUITE]
    assert "suites/selfcheck/test_bench_health.py" in own
    assert "suites/selfcheck/test_trace.py" in own
    assert all(path.endswith(".py") for path in own)
