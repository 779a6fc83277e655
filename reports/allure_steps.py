"""Given/When/Then and transcripts in Allure results.

``allure-pytest`` records scenarios without their steps, and cannot be installed beside
``allure-pytest-bdd``; so the steps are told to Allure here, from pytest-bdd's public hooks.
Allure has no word for most of our verdicts: the results are a convenience view, not evidence.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import allure
import pytest
from allure_commons import plugin_manager
from allure_commons.utils import uuid4

from fixtures.pytest_bed import requirements_of, transcript_name

if TYPE_CHECKING:
    from collections.abc import Generator

LARGEST_ATTACHMENT = 200_000  # bytes; a longer transcript stays in the campaign only

_steps: dict[int, str] = {}


def pytest_bdd_before_step(step: Any) -> None:
    _steps[id(step)] = uuid = uuid4()
    plugin_manager.hook.start_step(uuid=uuid, title=f"{step.keyword} {step.name}", params={})


def pytest_bdd_after_step(step: Any) -> None:
    _stop(step, None)


def pytest_bdd_step_error(step: Any, exception: BaseException) -> None:
    _stop(step, exception)


def _stop(step: Any, error: BaseException | None) -> None:
    kind = type(error) if error is not None else None
    trace = error.__traceback__ if error is not None else None
    uuid = _steps.pop(id(step))
    plugin_manager.hook.stop_step(
        uuid=uuid, title=step.name, exc_type=kind, exc_val=error, exc_tb=trace
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Attach requirement ids and the transcript once the recorder has closed it."""
    result = yield
    campaign: Path | None = item.config.getoption("campaign")
    if campaign is None or not item.config.getoption("allure_report_dir", None):
        return result
    for id_ in requirements_of(item):
        allure.dynamic.label("requirement", id_)
    file = campaign / "apdu" / f"{transcript_name(item.nodeid)}.jsonl"
    if file.exists() and file.stat().st_size <= LARGEST_ATTACHMENT:
        allure.attach.file(file, "transcript", allure.attachment_type.TEXT)
    return result
