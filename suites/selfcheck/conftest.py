"""What every test of the suite itself gets."""

from __future__ import annotations

import pytest

from suites.rsa_keys.seeded import Seeded


@pytest.fixture(autouse=True)
def draws_of_its_own(request: pytest.FixtureRequest) -> None:
    """A test draws the same numbers whatever ran before it, and in whichever process."""
    for stream in vars(request.module).values():
        if isinstance(stream, Seeded):
            stream.begin(f"{request.node.name}/")
