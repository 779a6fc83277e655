"""The model of the flows and the comparison of the parties: a mistake is seen."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.outcome import Inconclusive
from steps import services
from steps.scene import Scene
from suites.services.agreement import Bound, Issued, OnChip, View, contradictions
from suites.services.flow_model import (
    CHANGE_OF_PHONE,
    ISSUANCE,
    REMOTE_DELETION,
    USE_BY_PASSWORD,
    USE_BY_PIN,
    Definition,
    deviations,
    due,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.services.world import World

BESIDE = REMOTE_DELETION.steps[6:]
"""Steps 7 to 14, beside which the sixth is carried out."""


def test_issuance_has_nine_sections_and_remote_deletion_fourteen_steps():
    assert len(ISSUANCE.steps) == 9
    assert len(REMOTE_DELETION.steps) == 14


@pytest.mark.parametrize("place", range(len(BESIDE) + 1))
def test_the_sixth_step_may_come_anywhere_beside_seven_to_fourteen(place: int):
    executed = [*REMOTE_DELETION.steps[:5], *BESIDE[:place], "F-DEL-6", *BESIDE[place:]]
    assert deviations(REMOTE_DELETION, executed) == []


@given(st.permutations(REMOTE_DELETION.steps))
def test_an_order_is_sound_where_six_comes_after_five_and_the_rest_in_sequence(order: list[str]):
    """By the letter: the steps but the sixth are in sequence, and the sixth follows the fifth."""
    rest = [step for step in order if step != "F-DEL-6"]
    in_sequence = rest == [step for step in REMOTE_DELETION.steps if step != "F-DEL-6"]
    sound = in_sequence and order.index("F-DEL-5") < order.index("F-DEL-6")
    assert (deviations(REMOTE_DELETION, order) == []) == sound


@pytest.mark.parametrize("step", ISSUANCE.steps)
def test_a_step_left_out_or_done_twice_is_told(step: str):
    without = [one for one in ISSUANCE.steps if one != step]
    assert deviations(ISSUANCE, without) == [f"{step} was not executed"]
    twice = [*ISSUANCE.steps, step]
    assert f"{step} was executed 2 times" in deviations(ISSUANCE, twice)


@pytest.mark.parametrize("use", [USE_BY_PIN, USE_BY_PASSWORD], ids=lambda use: use.name)
def test_a_use_without_its_validity_check_is_told(use: Definition):
    assert deviations(use, use.steps[:5]) == [f"{use.steps[5]} was not executed"]
    early = [*use.steps[:4], use.steps[5], use.steps[4]]
    assert deviations(use, early) == [f"{use.steps[5]} came before {use.steps[4]}"]


def test_a_step_of_another_flow_is_told():
    assert deviations(ISSUANCE, [*ISSUANCE.steps, "F-DEL-7"])


def test_a_flow_goes_on_at_the_first_step_that_was_not_executed():
    assert due(ISSUANCE, []) == "F-ISS-2", "the application is made again"
    assert due(ISSUANCE, ISSUANCE.steps[:4]) == "F-ISS-5"
    assert due(ISSUANCE, ISSUANCE.steps) is None
    assert due(CHANGE_OF_PHONE, []) == "F-DEL-3"


SOUND = View(
    (OnChip("se", "signature", "1", True),),
    (
        Bound("1", "signature", "person", "se", "valid"),
        Bound("2", "signature", "person", "old", "revoked"),
    ),
    (Issued("1", "signature", "good"), Issued("2", "signature", "revoked")),
)  # fmt: skip


def test_parties_that_agree_are_accused_of_nothing():
    assert contradictions(SOUND) == []


@pytest.mark.parametrize(
    "broken",
    [
        replace(SOUND, chips=(OnChip("se", "signature", "1", False),)),
        replace(SOUND, chips=()),
        replace(SOUND, chips=(OnChip("se", "signature", "3", True),)),
        replace(SOUND, jpki=SOUND.jpki[:1]),
        replace(SOUND, jpki=(Issued("1", "signature", "hold"), SOUND.jpki[1])),
        replace(SOUND, jpki=(SOUND.jpki[0], Issued("2", "signature", "good"))),
        replace(SOUND, table=(SOUND.table[0], replace(SOUND.table[1], state="valid"))),
    ],
    ids=["foreign key", "nothing on the chip", "another certificate", "unknown to the JPKI",
         "held", "not revoked", "two in force"],
)  # fmt: skip
def test_each_contradiction_is_told(broken: View):
    assert contradictions(broken)


@pytest.mark.parametrize("step", [services.invalidation, services.suspension])
def test_what_the_jpki_refuses_is_no_word_about_a_tsm(step: Callable[[Scene], None]):
    refuses = cast("World", SimpleNamespace(http=lambda *_, **__: (403, {"type": "forbidden"})))
    with pytest.raises(Inconclusive, match=r"the JPKI refuses /v1/.*: 403"):
        step(Scene(refuses, {"person_id": "1", "card_id": "2"}))


def test_a_pin_that_does_not_block_is_no_word_about_unblocking():
    told = SimpleNamespace(sw=0x63C3)
    card = SimpleNamespace(
        select_ap=lambda: None,
        verify=lambda *_: told,
        tries_left=lambda _: told,
        channel=SimpleNamespace(reset=lambda: None),
    )
    with pytest.raises(Inconclusive, match="do not block it: 63C3"):
        services.blocked(Scene(cast("World", SimpleNamespace(card=lambda _: card))))
