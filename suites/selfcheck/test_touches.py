"""What is read out of the air and said of attempts: by hand, and by spoiling sound ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.bench import Bench
from fixtures.desk import event_of, event_told
from fixtures.effort import EFFORTS
from fixtures.ics.statement import REFERENCE_STATEMENT, load_statement
from fixtures.outcome import NotApplicable, NotRun
from fixtures.recorder import Recorder
from fixtures.targets.desk_port import AirEvent, PollingLoop
from fixtures.targets.replay import Replay
from fixtures.targets.resolve import resolve
from fixtures.verdict import Finding, Findings, Verdict
from reports.touch_evidence import tries
from suites.contactless import on_air
from suites.contactless import test_touches as desk
from suites.contactless.crc import closed
from suites.contactless.desk_campaign import DeskCampaign
from suites.contactless.firmware import judge_firmware, made_worse
from suites.contactless.negotiation import Link
from suites.contactless.positions import CENTRE, Pair, Position, ResultClass, Try, cells_of
from suites.contactless.touch_types import judge_insistence, judge_types
from suites.contactless.touches import (
    Touch,
    as_try,
    judge_answers,
    judge_attempts,
    judge_frames,
    succeeded,
)

MS = 13_560  # ticks
ON, OFF, READER, CARD = 0xFC, 0xFD, 0xFE, 0xFF
REQA = (READER, "A", b"\x26", 7)
ATQA = (CARD, "A", b"\x04\x00")
SELECT = (READER, "A", closed("A", bytes.fromhex("937008010203") + b"\x08"))
RATS = (READER, "A", closed("A", b"\xe0\x80"))
ATS = (CARD, "A", closed("A", b"\x01"))
REQB = (READER, "B", closed("B", b"\x05\x00\x00"))
ATQB = (CARD, "B", closed("B", bytes.fromhex("5008010203000005E0808181")))
ATQB_OTHER = (CARD, "B", closed("B", bytes.fromhex("5008010203000005E0808081")))
ATTRIB = (READER, "B", closed("B", bytes.fromhex("1D0801020300080100")))
ATTRIBUTED = (CARD, "B", closed("B", b"\x00"))
EDGE = Position(0, 0, 25)


def air(*told: tuple[object, ...]) -> list[AirEvent]:
    """One event every ten milliseconds."""
    return [AirEvent(10 * MS * n, *one) for n, one in enumerate(told)]  # type: ignore[arg-type]


# --- reading the air ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("passed", "wanted"),
    [
        ([(ON,), REQA, (OFF,)], Link.NONE),
        ([(ON,), REQA, ATQA, SELECT, RATS, ATS, (OFF,)], Link.A),
        ([(ON,), REQA, ATQA, SELECT, RATS, (OFF,)], None),
        ([(ON,), REQA, REQB, ATQB, ATTRIB, ATTRIBUTED, (OFF,)], Link.B),
        ([(ON,), REQA, ATQA, REQB, ATQB, (OFF,)], Link.COLLISION),
        ([(ON,), REQA, ATQA, REQB, ATQB_OTHER, (OFF,)], None),
        ([(ON,), REQA, ATQA, REQB, ATQB, SELECT, (OFF,)], None),
        ([(ON,), REQA, ATQA, (OFF,)], None),
    ],
)
def test_the_type_is_that_of_the_activation_that_was_answered(
    passed: list[tuple[object, ...]], wanted: Link | None
):
    assert on_air.link(air(*passed)) is wanted


@pytest.mark.parametrize(
    ("passed", "count"),
    [
        ([(ON,), REQA, (OFF,), (ON,), REQA, (OFF,)], 0),
        ([(ON,), REQA, ATQA, SELECT, RATS, RATS, ATS, (OFF,)], 1),
        ([(ON,), REQA, ATQA, SELECT, (OFF,), (ON,), REQA, ATQA, SELECT, RATS, ATS, (OFF,)], 2),
        ([(ON,), REQB, ATQB, ATTRIB, (OFF,), (ON,), REQB, ATQB, ATTRIB, ATTRIBUTED, (OFF,)], 2),
        ([(ON,), REQA, ATQA, SELECT, RATS, REQA, ATQA, SELECT, SELECT, RATS, ATS, (OFF,)], 2),
        ([(ON,), REQB, ATQB, ATTRIB, REQB, ATQB, ATTRIB, ATTRIBUTED, (OFF,)], 2),
        ([(ON,), REQA, ATQA, SELECT, REQB, ATQB, REQA, ATQA, SELECT, RATS, ATS, (OFF,)], 1),
        ([(ON,), (READER, "A", b""), (READER, "B", b""), (OFF,)], 0),
    ],
)
def test_a_transaction_is_a_field_in_which_a_card_was_selected(
    passed: list[tuple[object, ...]], count: int
):
    assert on_air.transactions(air(*passed)) == count


def test_the_silence_before_a_request_is_counted_from_the_field_or_the_other_type():
    frame = 128 * (10 * 5 + 22)  # REQB: ticks of five bytes with start and stop bits, SOF and EOF
    passed = [
        AirEvent(0, ON), AirEvent(5 * MS, *REQA), AirEvent(20 * MS, *REQB),
        AirEvent(30 * MS, *REQB), AirEvent(30 * MS + frame + 3 * MS, *REQA),
    ]  # fmt: skip
    short = 128 * (2 + 7) / MS  # REQA: start, seven bits, end
    assert list(on_air.guards(passed)) == pytest.approx([5.0, 15.0 - short, 3.0])


def test_the_field_is_off_from_its_going_to_its_coming():
    first, second = air((ON,), (OFF,)), [AirEvent(17 * MS, ON)]
    assert on_air.off_between(first, second) == pytest.approx(7.0)
    assert on_air.off_between([], second) is None


EVENTS = st.builds(
    AirEvent, st.integers(0, 1 << 60), st.sampled_from([ON, OFF, READER, CARD]),
    st.sampled_from(["", "A", "B"]), st.binary(max_size=300), st.integers(1, 8),
)  # fmt: skip


@given(event=EVENTS)
def test_an_event_is_the_same_after_it_was_written_down(event: AirEvent):
    assert event_of(event_told(event)) == event


def test_a_word_that_is_no_event_is_refused():
    with pytest.raises(ValueError, match="nothing that passed on the air"):
        event_of("t12eFEkAxZZb8")


# --- sound attempts, and what becomes of spoilt ones ----------------------------------------


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    resolved = resolve("reference", None, seed=1)
    recorder = Recorder.to_file(tmp_path / "apdu" / "t.jsonl")
    with resolved.open() as target:
        yield Bench(target, resolved.statement, recorder, resolved.statement.pixit.paths[0])
    recorder.close()


@pytest.fixture
def campaign(bench: Bench) -> DeskCampaign:
    return DeskCampaign.of(bench)


def touched(
    campaign: DeskCampaign, reader: str, phone: str, at: Position = CENTRE, count: int = 1
) -> list[Touch]:
    """By the latest firmware."""
    desk = [one for one in campaign.readers if one.name == reader][-1]
    held = next(one for one in campaign.phones if one.name == phone)
    return campaign.touches(desk, held, at, count)


def spoilt(touch: Touch, **change: Any) -> Touch:
    return replace(touch, attempts=(replace(touch.attempts[0], **change), *touch.attempts[1:]))


def failed(findings: list[Finding]) -> str:
    return "; ".join(one.reason for one in findings if one.verdict is Verdict.FAIL)


def test_a_sound_touch_is_found_sound(campaign: DeskCampaign):
    (touch,) = touched(campaign, "SYN-R1", "SYN-P1")
    found = [
        judge_frames([touch]), judge_answers([touch], campaign.wanted),
        judge_attempts([touch], campaign.wanted), *judge_types([touch]),
    ]  # fmt: skip
    assert {one.verdict for one in found} == {Verdict.PASS}
    assert any("TYPE_A_RISK" in one.reason for one in found), "both know type B"
    assert as_try(touch, campaign.wanted).result is ResultClass.FIRST


def test_another_answer_is_told_from_a_radio_failure(campaign: DeskCampaign):
    (touch,) = touched(campaign, "SYN-R1", "SYN-P1")
    elsewhere = spoilt(touch, answers=(b"\x6a\x82", b"\x6d\x00"))
    assert "wrong endpoint" in failed([judge_answers([elsewhere], campaign.wanted)])
    cut = spoilt(touch, answers=(campaign.wanted[0], campaign.wanted[1][:60] + b"\x90\x00"))
    assert "brings 60 bytes" in failed([judge_answers([cut], campaign.wanted)])
    assert not succeeded(cut.attempts[0], campaign.wanted)


def test_a_retry_that_is_heard_and_not_told_is_found(campaign: DeskCampaign):
    (touch,) = touched(campaign, "SYN-R1", "SYN-P1")
    twice = touch.attempts[0].passed * 2
    touch = replace(touch, reader=replace(touch.reader, retries=1))
    hidden, told = spoilt(touch, passed=twice), spoilt(touch, passed=twice, retries=1)
    assert "began again 1 times" in failed([judge_attempts([hidden], campaign.wanted)])
    assert failed([judge_attempts([told], campaign.wanted)]) == ""
    for touch_with_retry in (hidden, told):
        assert as_try(touch_with_retry, campaign.wanted).result is ResultClass.NEITHER


def test_more_retries_than_the_maker_declares_are_found(campaign: DeskCampaign):
    (touch,) = touched(campaign, "SYN-R1", "SYN-P1")
    more = spoilt(touch, passed=touch.attempts[0].passed * 2, retries=1)
    assert "1 times by itself, 0 declared" in failed([judge_attempts([more], campaign.wanted)])


def test_a_second_attempt_in_the_same_field_is_none(campaign: DeskCampaign):
    touch = next(t for t in touched(campaign, "SYN-R1", "SYN-P1", EDGE, 20) if len(t.attempts) > 1)
    assert failed([judge_attempts([touch], campaign.wanted)]) == ""
    first, second = touch.attempts
    early = tuple(replace(event, tick=event.tick - 4 * MS) for event in second.passed)
    hurried = replace(touch, attempts=(first, replace(second, passed=early)))
    assert "off for 1.0 ms" in failed([judge_attempts([hurried], campaign.wanted)])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"spoken": "B"}, "type A was spoken, the reader tells of B"),
        ({"atr": bytes.fromhex("3B888001000005E0B381A1007F")}, ""),  # likely: no failure
    ],
)
def test_the_type_told_is_held_against_the_air(
    campaign: DeskCampaign, change: dict[str, object], told: str
):
    (touch,) = touched(campaign, "SYN-R1", "SYN-P1")
    found = judge_types([spoilt(touch, **change)])
    assert told in failed(found)
    assert any(one.verdict is not Verdict.PASS for one in found)


def test_a_type_that_is_told_of_nobody_is_found(campaign: DeskCampaign):
    (touch,) = touched(campaign, "SYN-R1", "SYN-P1")
    alone = tuple(one for one in touch.attempts[0].passed if one.event != CARD)
    assert "no phone was heard" in failed(judge_types([spoilt(touch, passed=alone)]))


def test_a_type_that_the_settings_do_not_lead_to_is_found(campaign: DeskCampaign):
    (touch,) = touched(campaign, "SYN-R1", "SYN-P1")
    other = replace(touch, reader=replace(touch.reader, loop=PollingLoop("BA")))
    assert "A was seen, B was predicted" in failed(judge_types([other]))


def test_a_guard_time_shorter_than_declared_is_found(campaign: DeskCampaign):
    (touch,) = touched(campaign, "SYN-R1", "SYN-P1")
    longer = replace(touch.reader, loop=replace(touch.reader.loop, guard_ms=5.2))
    assert "5.2 ms are declared" in failed(judge_types([replace(touch, reader=longer)]))


def test_any_damaged_frame_is_found(campaign: DeskCampaign):
    """One bit of each frame of the phone in turn."""
    (touch,) = touched(campaign, "SYN-R1", "SYN-P1")
    passed = touch.attempts[0].passed
    for place, event in enumerate(passed):
        if event.event == CARD and len(event.data) > 2:
            data = bytes((event.data[0], event.data[1] ^ 0x08, *event.data[2:]))
            bad = (*passed[:place], replace(event, data=data), *passed[place + 1 :])
            assert failed([judge_frames([spoilt(touch, passed=bad)])]), f"frame {place}"


def test_an_application_that_insists_on_type_b_is_held_to_it(campaign: DeskCampaign):
    (touch,) = touched(campaign, "SYN-R2", "SYN-P3")
    assert judge_insistence([touch]).verdict is Verdict.PASS
    assert "served in type A" in failed([judge_insistence([spoilt(touch, answers=(b"\x90\x00",))])])


def test_what_was_answered_in_type_a_is_served_whatever_the_reader_tells(campaign: DeskCampaign):
    (touch,) = touched(campaign, "SYN-R1", "SYN-P3")
    other = spoilt(touch, spoken="B")
    assert other.attempts[0].answers
    assert "served in type A" in failed([judge_insistence([other])])


def test_a_bench_that_cannot_hear_the_air_shows_nothing_of_it(campaign: DeskCampaign):
    (touch,) = touched(campaign, "SYN-R1", "SYN-P1")
    deaf = spoilt(touch, passed=())
    assert on_air.link(()) is None
    found = [judge_frames([deaf]), judge_attempts([deaf], campaign.wanted), *judge_types([deaf])]
    assert {one.verdict for one in found} == {Verdict.NOT_RUN}
    assert all("not heard" in one.reason for one in found)


def test_a_risk_is_told_with_the_types_heard(campaign: DeskCampaign):
    (touch,) = touched(campaign, "SYN-R1", "SYN-P1")
    reasons = " ".join(one.reason for one in judge_types([touch]))
    assert "type A in 1 of 1 attempts heard" in reasons


@pytest.mark.parametrize(
    ("test", "ending"),
    [
        (
            lambda of, found: desk.test_every_phone_on_every_reader(
                of, EFFORTS["distilled"], found
            ),
            NotRun,
        ),
        (desk.test_no_retry_is_hidden_where_attempts_fail, NotRun),
        (desk.test_the_type_is_the_one_that_the_settings_lead_to, NotRun),
        (desk.test_every_polling_loop_leads_to_the_type_predicted, NotApplicable),
        (desk.test_an_application_that_insists_on_type_b_serves_no_type_a, NotApplicable),
        (desk.test_a_phone_on_a_test_reader_answers_by_the_standard, NotRun),
    ],
)
def test_a_bench_without_a_pair_passes_nothing(
    campaign: DeskCampaign,
    test: Callable[[DeskCampaign, Findings], None],
    ending: type[Exception],
):
    campaign.readers = tuple(one for one in campaign.readers if one.requires_b)
    campaign.phones = ()
    found = Findings()
    with pytest.raises(ending):
        test(campaign, found)
    assert not list(found)


def test_what_no_judge_spoke_of_is_not_passed():
    assert {one.verdict for one in desk.unjudged([])} == {Verdict.NOT_RUN}
    assert len(desk.unjudged([])) == len(desk.OF_EVERY_PAIR)


def of_firmware(firmware: str, phone: int, good: int) -> list[Try]:
    """Ten tries at the centre, so many of which succeed at once."""
    pair = Pair("R", firmware, f"P{phone}")
    return [
        Try(pair, CENTRE, n + 1, ResultClass.FIRST if n < good else ResultClass.SECOND, None)
        for n in range(10)
    ]


@pytest.mark.parametrize(("after", "worse"), [(5, []), (0, [Pair("R", "2", "P0")])])
def test_a_pair_is_called_worse_where_the_judge_of_firmware_fails_it(after: int, worse: list[Pair]):
    """Of six pairs: five of ten may be chance in one of them, none of ten may not."""
    made = [one for phone in range(6) for one in of_firmware("1", phone, 10)]
    made += [one for phone in range(6) for one in of_firmware("2", phone, 10 if phone else after)]
    cells, firmwares = cells_of(made), (("R", "1"), ("R", "2"))
    assert made_worse(cells, firmwares) == set(worse)
    verdicts = [one.verdict for one in judge_firmware(cells, firmwares)]
    assert verdicts.count(Verdict.FAIL) == len(worse)


def test_one_firmware_alone_says_nothing_of_an_update(campaign: DeskCampaign):
    tried = [as_try(touch, campaign.wanted) for touch in touched(campaign, "SYN-R3", "SYN-P1")]
    (found,) = desk.before_and_after(cells_of(tried), campaign.firmwares())
    assert found.verdict is Verdict.NOT_RUN
    assert "two firmwares" in found.reason


# --- the bench, its record, and the page ----------------------------------------------------


def test_a_touch_carries_nothing_but_select_and_read(campaign: DeskCampaign):
    verify = bytes.fromhex("0020008004") + b"8351"
    with pytest.raises(ValueError, match="neither SELECT nor READ"):
        campaign.desk.attempt(("SYN-R1", "1.1"), "SYN-P1", (0, 0, 0), (verify,))


def test_what_was_recorded_is_played_again_without_the_bench(
    campaign: DeskCampaign, bench: Bench, tmp_path: Path
):
    readers, phones = campaign.readers, campaign.phones
    taken = touched(campaign, "SYN-R3", "SYN-P2", EDGE, 4)
    campaign.desk.probe_field("SYN-P1")
    probed = campaign.desk.probe("A", b"\x26", 7, 0)
    bench.recorder.close()
    replay = Replay(tmp_path)
    replay.begin("t")
    again = DeskCampaign.of(
        Bench(replay, load_statement(REFERENCE_STATEMENT, literals=True), Recorder(), bench.path)
    )
    assert (again.readers, again.phones) == (readers, phones)
    assert touched(again, "SYN-R3", "SYN-P2", EDGE, 4) == taken
    again.desk.probe_field("SYN-P1")
    assert again.desk.probe("A", b"\x26", 7, 0) == probed
    replay.finished()


def test_the_page_reads_the_same_tries_out_of_a_transcript(
    campaign: DeskCampaign, bench: Bench, tmp_path: Path
):
    taken = touched(campaign, "SYN-R3", "SYN-P2", EDGE, 8) + touched(campaign, "SYN-R2", "SYN-P1")
    bench.recorder.close()
    wanted = [as_try(touch, campaign.wanted) for touch in taken]
    assert list(tries(tmp_path / "apdu" / "t.jsonl")) == wanted
    assert len({one.result for one in wanted}) > 1


@given(kind=st.sampled_from("AB"), data=st.binary(max_size=40), last_bits=st.integers(1, 8))
def test_no_frame_of_any_length_upsets_a_phone(kind: str, data: bytes, last_bits: int):
    resolved = resolve("reference", None, seed=1)
    with resolved.open() as target:
        path = resolved.statement.pixit.paths[0]
        campaign = DeskCampaign.of(Bench(target, resolved.statement, Recorder(), path))
        for phone in campaign.phones:
            campaign.desk.probe_field(phone.name)
            campaign.desk.probe(kind, data, last_bits, MS)
        (touch,) = touched(campaign, "SYN-R1", "SYN-P1")
    assert succeeded(touch.attempts[0], campaign.wanted)
