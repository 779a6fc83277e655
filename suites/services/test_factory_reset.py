"""JPKI-LIFE-04: a factory reset of the phone does not erase what lies in the SE."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from suites.services.agreement import PURPOSES
from suites.services.parties import certificate_on, issued_phone, signs_with

if TYPE_CHECKING:
    from fixtures.bench import Bench


@pytest.mark.requirement("JPKI-LIFE-04")
def test_certificates_and_keys_are_there_after_a_factory_reset(bench: Bench):
    with bench.new_world() as world:
        issued_phone(world)
        before = {p: certificate_on(world.card("phone"), p) for p in PURPOSES}
        world.phone_does("phone", "factory_reset")
        for purpose in PURPOSES:
            after = certificate_on(world.card("phone"), purpose)
            assert after == before[purpose], f"the {purpose} certificate did not survive"
            assert signs_with(world.card("phone"), purpose, after), f"the {purpose} key did not"


@pytest.mark.requirement("JPKI-LIFE-04")
def test_the_app_itself_is_as_new_after_a_factory_reset(bench: Bench):
    """So the next user's app knows nothing of the last one's flows."""
    with bench.new_world() as world:
        issued_phone(world)
        world.kill("sp-tsm", "F-REN-1 kept")
        if world.start("phone", "renew").done:
            pytest.fail("the flow was to be interrupted")
        world.restart()
        world.phone_does("phone", "factory_reset")
        assert world.resume("phone").state == "failed", "a flow was gone on with after the reset"
