"""The prober against cards of the reference that are not as most are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pytest

from fixtures.targets.desk_port import AirEvent
from fixtures.verdict import Verdict
from suites.contactless.probing import judge_probing, takes_cid
from suites.contactless.trace import Event
from suites.selfcheck.link import spoken
from suites.selfcheck.lone_contactless import LoneCard, lone_card


@dataclass
class LoneDesk:
    """What the prober asks of a desk, with one card on it."""

    card: LoneCard

    def probe_field(self, phone: str) -> None:
        self.card.field_reset()

    def probe(
        self, kind: str, data: bytes, last_bits: int, after: int
    ) -> tuple[AirEvent, AirEvent | None]:
        self.card.now += after
        sent = AirEvent(self.card.now, Event.READER, kind, data, last_bits)
        self.card.now += spoken(kind, data, last_bits)
        heard = self.card.raw(data, last_bits)
        if heard is None:
            return sent, None
        answer = AirEvent(self.card.now, Event.CARD, kind, heard.data, heard.last_bits)
        self.card.now += 128 * (10 * len(heard.data) + 22)
        return sent, answer


@pytest.mark.parametrize("kind", ["A", "B"])
@pytest.mark.parametrize("supported", [True, False])
def test_a_card_may_know_no_cid(kind: str, supported: bool):
    with lone_card(kind, cid_supported=supported) as card:
        found = judge_probing(cast("Any", LoneDesk(card)), "card", kind)
    assert [one.reason for one in found if one.verdict is not Verdict.PASS] == []


def test_what_an_ats_leaves_out_counts_as_cid_supported():
    assert takes_cid("A", b"\x01")
    assert takes_cid("A", bytes.fromhex("03 32 80"))
    assert not takes_cid("A", bytes.fromhex("05 72 80 40 00"))
    assert takes_cid("A", bytes.fromhex("04 62 40 02"))
