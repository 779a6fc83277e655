"""The judges of the access source: each can fail, by what it is there for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.ics.statement import REFERENCE_STATEMENT
from fixtures.targets.port import AccessPath, ChipProfiles, SourceView
from fixtures.targets.resolve import resolve
from fixtures.verdict import Verdict
from suites.access_source.both_types import judge_types
from suites.access_source.forged import forged
from suites.access_source.model import LEAST, TRUE, View, allowed_for, judge_values, judge_views
from suites.access_source.policy import ALLOWED, DENIED, PROBES, Operation, Probe, judge_probe
from suites.access_source.record import RecordError, judge_record, read_record

REQUIREMENT = "REQ-6-5-a"
HCI = {"internal": 0xB1, "contact": 0x01, "contactless_a": 0x81, "contactless_b": 0x91}
WIRED = {"internal": 0x01, "contact": 0x00, "contactless_a": 0x81, "contactless_b": 0x91}


def views(count: int = LEAST) -> list[View]:
    return [View(path, "READ", min(TRUE[path])) for path in AccessPath for _ in range(count)]


def verdicts(seen: list[View]) -> set[Verdict]:
    return {finding.verdict for finding in judge_views(REQUIREMENT, "s", seen)}


# --- views --------------------------------------------------------------------------------


def test_enough_right_views_pass():
    assert verdicts(views()) == {Verdict.PASS}


@given(st.data())
def test_one_wrong_view_of_any_path_fails(data: st.DataObject):
    seen = views()
    at = data.draw(st.integers(0, len(seen) - 1))
    others = {s for path, sources in TRUE.items() for s in sources if path is not seen[at].path}
    wrong = data.draw(st.sampled_from(sorted(others | {"unknown", "unverified", "nonsense"})))
    seen[at] = replace(seen[at], source=wrong)
    assert Verdict.FAIL in verdicts(seen)


def test_299_are_needed_for_99_percent_at_95():
    """Clopper-Pearson with none wrong: 1 - 0.05^(1/n)."""
    assert 1 - 0.05 ** (1 / LEAST) <= 0.01 < 1 - 0.05 ** (1 / (LEAST - 1))
    assert Verdict.INCONCLUSIVE in verdicts(views(LEAST - 1))


def test_views_that_never_reached_the_applet_count_for_nothing():
    seen = [replace(view, source="") for view in views()]
    assert verdicts(seen) == {Verdict.INCONCLUSIVE}


def test_a_reader_alone_is_told_from_nobody():
    seen = [view for view in views() if view.path is AccessPath.CONTACT]
    assert Verdict.INCONCLUSIVE in verdicts(seen)


# --- values -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "chip", "wanted"),
    [
        (0xB1, HCI, {"device_wired", "device_hci"}),
        (0xB0, HCI, {"unknown"}),  # the app's medium, not its protocol: an app it is not
        (0xB1, WIRED, {"unknown", "external_f"}),
        (0x81, WIRED, {"external_a"}),
        (0x82, WIRED, {"unknown"}),
        (0x00, WIRED, {"external_contact"}),
        (0x01, WIRED, {"device_wired", "device_hci"}),
        (0xC0, WIRED, {"unknown"}),
        (0xA1, WIRED, {"unknown"}),
    ],
)
def test_what_a_value_may_be_taken_for(value: int, chip: dict[str, int], wanted: set[str]):
    assert allowed_for(value, chip) == wanted


def test_a_value_taken_for_anything_else_fails():
    sound = {v: min(allowed_for(v, WIRED)) for v in range(256)}
    assert judge_values(REQUIREMENT, "s", sound, WIRED).verdict is Verdict.PASS
    for value in (0xB0, 0xC0, 0x02, 0x11, 0x91):
        wrong = judge_values(REQUIREMENT, "s", sound | {value: "device_wired"}, WIRED)
        assert wrong.verdict is Verdict.FAIL
        assert f"{value:02X}" in wrong.reason


# --- policy -------------------------------------------------------------------------------


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_cell_of_the_table_decides(probe: Probe):
    for source in sorted(ALLOWED[Operation.LOOK]):
        allowed = source in ALLOWED[probe.operation]
        told = {sw: judge_probe("R", probe, source, sw).verdict for sw in (0x9000, DENIED, 0x6700)}
        passes = {sw for sw, verdict in told.items() if verdict is Verdict.PASS}
        assert passes == ({0x9000, 0x6700} if allowed else {DENIED})


def test_no_reader_by_radio_administers():
    assert not ALLOWED[Operation.ADMINISTER] & {"contactless_a", "contactless_b", "unknown"}


def test_every_class_byte_and_every_spoof_is_forged():
    commands = dict(forged())
    assert {raw[0] for raw in commands.values() if len(raw) > 1 and raw[1] == 0xB0} == set(
        range(256)
    )
    assert not any(raw[1] == 0x20 and len(raw) > 5 for raw in commands.values() if len(raw) > 1)


# --- both types ---------------------------------------------------------------------------


def test_one_other_answer_fails():
    by_a = [("READ", b"\x90\x00"), ("VERIFY", b"\x63\xc3")]
    assert judge_types("R", by_a, list(by_a)).verdict is Verdict.PASS
    by_b = [by_a[0], ("VERIFY", b"\x69\x82")]
    found = judge_types("R", by_a, by_b)
    assert (found.verdict, "63C3" in found.reason) == (Verdict.FAIL, True)


# --- the record ---------------------------------------------------------------------------

GOOD = f"""
[[verified]]
product = "A"
os_version = "A-1.0"
date = 2026-11-01
result = "PASS"
seal = "{"ab" * 32}"
"""
DAY = date(2026, 11, 25)


def judged(text: str = GOOD, product: str = "A", os: str = "A-1.0", day: date = DAY) -> Verdict:
    return judge_record(read_record(text), product, os, day).verdict


def test_a_fresh_result_of_this_chip_holds():
    assert judged() is Verdict.PASS
    assert judged(day=date(2026, 11, 1)) is Verdict.PASS
    assert judged(day=date(2026, 11, 1) + timedelta(days=365)) is Verdict.PASS


def test_no_other_result_does():
    assert judged(product="B") is Verdict.FAIL
    assert judged(os="A-1.1") is Verdict.FAIL
    assert judged(day=date(2026, 10, 31)) is Verdict.FAIL
    assert judged(day=date(2026, 11, 1) + timedelta(days=366)) is Verdict.FAIL
    assert judged(GOOD.replace("PASS", "INCONCLUSIVE")) is Verdict.FAIL


def test_the_reason_says_that_the_policy_is_off_and_why():
    found = judge_record(read_record(GOOD), "A", "A-1.1", DAY)
    assert "access-source policy disabled" in found.reason
    assert "operating system A-1.0" in found.reason


def test_one_of_several_results_is_enough():
    assert judged(GOOD.replace("A-1.0", "A-0.9") + GOOD) is Verdict.PASS


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('product = "A"\n', "", "product is missing"),
        ('product = "A"', "product = 1", "product is 1; give a text"),
        ('product = "A"', 'product = " "', "product is empty"),
        ("2026-11-01", '"yesterday"', "give a date"),
        ("abab", "xyzt", "64 hex digits"),
        ("result", "verdict", "'verdict' is not a key"),
        ("[[verified]]", "[verified]", "one table"),
        ("date =", "date", "not TOML"),
    ],
)
def test_a_broken_record_is_rejected_in_one_line(old: str, new: str, told: str):
    with pytest.raises(RecordError) as caught:
        read_record(GOOD.replace(old, new, 1))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


# --- the reference ------------------------------------------------------------------------


def test_the_reference_is_four_products_and_refuses_a_fifth():
    with resolve("reference", REFERENCE_STATEMENT).open() as target:
        assert isinstance(target, ChipProfiles)
        assert isinstance(target, SourceView)
        assert [chip.name for chip in target.chips()] == ["A", "B", "C", "D"]
        assert len({tuple(chip.protocol.values()) for chip in target.chips()}) == 4
        with pytest.raises(ValueError, match="no chip 'E'; there are A, B, C, D"):
            target.use_chip("E")


def test_what_is_stored_stays_in_another_chip():
    with resolve("reference", REFERENCE_STATEMENT).open() as opened:
        target: Any = opened
        channel = target.open(AccessPath.INTERNAL)
        before = read_certificate(channel)
        target.use_chip("D")
        assert read_certificate(channel) == before
        assert target.last_source() == "device_wired"
        target.use_chip("B")
        assert read_certificate(channel) == before
        assert target.last_source() == "device_hci"


def read_certificate(channel: Any) -> bytes:
    channel.reset()
    channel.transmit(bytes.fromhex("00A4040C0AD392F000260100000001"))
    answer = channel.transmit(bytes.fromhex("00B0820000"))
    assert answer[-2:] == b"\x90\x00"
    return bytes(answer)
