"""The judge of traces: silent about sound sessions and public ones, and each breach is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.contactless.crc import closed, content
from suites.contactless.link_judge import judge_trace
from suites.contactless.trace import Event, Passed
from suites.selfcheck.link import link
from suites.selfcheck.lone_contactless import Done

UIDS = {
    ("A", 0): "08A1B2C3",
    ("A", 3): "048D242532273B",
    ("B", 0): "11223344",
    ("B", 3): "11223344",
}
FWT_8 = 4_096 << 8


@cache
def session(kind: str, cid: int = 0) -> tuple[Passed, ...]:
    """Chains both ways, more time, deselection and another activation."""
    with link(kind, fsdi=2, cid=cid, uid=UIDS[kind, cid], fsci=1) as pair:
        for _ in range(2):
            assert isinstance(pair.run("select"), Done)
            for size, work in ((0, 0), (90, 0), (5, 3 * FWT_8)):
                order = pair.card.order(size, b"0123456789" * 5, work)
                assert isinstance(pair.run("exchange", order), Done)
            assert pair.run("deselect") == Done(b"\x01")
        return tuple(pair.trace)


@pytest.mark.parametrize(("kind", "cid"), UIDS)
def test_a_sound_session_breaks_no_rule(kind: str, cid: int):
    assert judge_trace(kind, session(kind, cid)) == []


PUBLIC = {
    "7-byte UID, ATS with history": [
        "> 52", "< 4403", "> 9320", "< 88048D2425", "> 937088048D24256ABA", "< 24D836", "> 9520",
        "< 3227 3B80AE", "> 957032273B80AECAF4", "< 20FC70", "> E0803173", "< 067577810280 02F0",
    ],
    "ATS without TB": [
        "> 9370A1A2A3A4045FCD", "< 20FC70", "> E0803173", "< 0458800213CE",
    ],
    "random UID, PPS, blocks with CID": [
        "> 52", "< 0100", "> 9320", "< 08E4983145", "> E0803173", "< 0578778002 9C3A",
        "> D0110052A6", "< D07387",
    ],
}  # fmt: skip


@pytest.mark.parametrize("lines", PUBLIC.values(), ids=PUBLIC)
def test_a_public_trace_breaks_no_rule(lines: list[str]):
    assert judge_trace("A", written(lines)) == []


def written(lines: list[str]) -> list[Passed]:
    """Frames as text, at times that are right."""
    trace, now = [], 0
    for line in lines:
        data = bytes.fromhex(line[1:])
        short = line in ("> 26", "> 52")
        event = Event.READER if line[0] == ">" else Event.CARD
        trace.append(Passed(now, event, data, 7 if short else 8))
        bits = 7 if short else 9 * len(data)
        now += 128 * (1 + bits) + (1_204 if event is Event.READER else 50_000)
    return trace


# --- times that were measured --------------------------------------------------------------------

MEASURED = """
          0 > 52                    |     2228 < 4403         |  1836032 > 9320
    1839668 < 88046E22C0            |  3806976 > 937088046E22C0DCB8
    3818676 < 24D836                |  5815808 > 9520         |  5819444 < 72633480A5
    7757824 > 957072633480A5A7A5    |  7769524 < 20FC70       |  9715072 > E0803173
    9721012 < 067577810280 02F0     | 12074624 > 020A00DCED
   12111924 < 02AF4FB1ED2E1137D51ABF55
"""  # a card of type A read by a Proxmark3, as its program listed it in a public repository


def measured() -> list[Passed]:
    trace = []
    for line in MEASURED.replace("\n", "|").split("|"):
        tick, side, *data = line.split() or ["", ""]
        if tick:
            bits = 7 if data == ["52"] else 8
            event = Event.READER if side == ">" else Event.CARD
            trace.append(Passed(int(tick), event, bytes.fromhex("".join(data)), bits))
    return trace


def test_a_real_card_answers_on_the_grid():
    """Last bits of 0 and of 1 are among them."""
    assert len(measured()) == 14
    assert judge_trace("A", measured()) == []


@pytest.mark.parametrize("index", range(1, 14, 2))
@pytest.mark.parametrize("by", [-40, -6, 6, 40])
def test_an_answer_some_ticks_beside_its_place_is_seen(index: int, by: int):
    trace = measured()
    trace[index] = replace(trace[index], tick=trace[index].tick + by)
    assert [breach.index for breach in judge_trace("A", trace)] == [index]
    trace[index] = replace(trace[index], tick=measured()[index].tick + by // abs(by) * 5)
    assert judge_trace("A", trace) == []


@pytest.mark.parametrize("index", range(1, 10, 2))
def test_requests_and_selections_have_one_place(index: int):
    """Those a bit later are not answered together with another card; RATS may be."""
    trace = measured()
    trace[index] = replace(trace[index], tick=trace[index].tick + 128)
    assert ["late" in breach.what for breach in judge_trace("A", trace)] == [True]
    assert judge_trace("A", trace, accuracy=128) == []


def test_an_answer_to_rats_may_take_another_place():
    trace = measured()
    trace[11] = replace(trace[11], tick=trace[11].tick + 3 * 128)
    assert judge_trace("A", trace) == []


# --- one frame changed -----------------------------------------------------------------------


def changed(
    trace: tuple[Passed, ...], who: str, starts: str, change: Callable[[bytes], bytes], kind: str
) -> list[Passed]:
    """The first frame of this side whose content starts so gets another content, CRC and all."""
    event = Event.CARD if who == "card" else Event.READER
    for index, passed in enumerate(trace):
        data = content(kind, passed.data)
        bare = data is None
        data = passed.data if data is None else data
        if passed.event is event and data.hex().startswith(starts.lower()):
            new = change(data)
            frame = new if bare else closed(kind, new)
            return [*trace[:index], replace(passed, data=frame), *trace[index + 1 :]]
    raise AssertionError(f"no frame of the {who} starts with {starts}")


def flip(at: int, bits: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + bytes((data[at] ^ bits,)) + data[at + 1 :]


def put(text: str) -> Callable[[bytes], bytes]:
    return lambda _: bytes.fromhex(text)


CHANGES = [
    ("A", 0, "card", "0400", flip(0, 0x08), "exactly one bit"),
    ("A", 0, "card", "0400", flip(0, 0xC0), "UID size that is reserved"),
    ("A", 0, "card", "08A1B2C3", flip(4, 0x01), "check byte (BCC)"),
    ("A", 3, "card", "88048D24", lambda d: bytes((0x08, *d[1:4], d[4] ^ 0x80)), "cascade tag"),
    ("A", 0, "reader", "9370", flip(3, 0x01), "selects what no card has shown"),
    ("A", 0, "card", "20", flip(0, 0x20), "does not tell of ISO/IEC 14443-4"),
    ("A", 3, "card", "04", flip(0, 0x04), "more or less UID"),
    ("A", 0, "card", "0571", flip(0, 0x01), "length byte"),
    ("A", 0, "card", "0571", flip(3, 0x70), "FWI that is reserved"),
    ("B", 0, "card", "50", flip(10, 0x01), "does not tell of ISO/IEC 14443-4"),
    ("B", 0, "card", "50", flip(10, 0x08), "a bit that is reserved"),
    ("B", 0, "card", "50", flip(0, 0x01), "ATQB of a wrong form"),
    ("B", 0, "reader", "1D", flip(4, 0x01), "names a PUPI"),
    ("B", 3, "card", "03", flip(0, 0x01), "by the CID it was given"),
    ("A", 0, "card", "02", flip(0, 0x01), "sends the number 1, not 0"),
    ("B", 0, "card", "A2", flip(0, 0x01), "sends the number 1, not 0"),
    ("A", 0, "card", "A2", put("02"), "ends a chain that goes on"),
    ("A", 0, "reader", "02", flip(0, 0x01), "sends the number 1, not 0"),
    ("A", 0, "card", "02", flip(0, 0x20), "what is no block"),
    ("A", 0, "reader", "02", flip(0, 0x20), "answers what is no block"),
    ("A", 3, "card", "0A", flip(1, 0x01), "with the CID"),
    ("A", 3, "reader", "0A", flip(1, 0x01), "for another card"),
    ("A", 0, "card", "F2", put("F200"), "asks for WTXM 0"),
    ("B", 0, "card", "F2", put("F23C"), "asks for WTXM 60"),
    ("B", 0, "reader", "F2", flip(1, 0x01), "another WTXM"),
    ("A", 0, "card", "C2", put("A2"), "S(DESELECT)"),
    ("A", 0, "card", "12", lambda d: d + bytes(40), "longer than the reader takes"),
    ("A", 0, "reader", "12", lambda d: d + bytes(40), "longer than the card takes"),
    ("B", 0, "card", "02", put("B2"), "R(NAK)"),
]


@pytest.mark.parametrize(
    ("kind", "cid", "who", "starts", "change", "what"), CHANGES, ids=[c[-1] for c in CHANGES]
)
def test_one_changed_frame_is_a_named_breach(  # noqa: PLR0917  a row of the table
    kind: str, cid: int, who: str, starts: str, change: Callable[[bytes], bytes], what: str
):
    found = judge_trace(kind, changed(session(kind, cid), who, starts, change, kind))
    assert any(what in breach.what for breach in found), found
    blamed = "card" if what.startswith(("answers", "for another")) else who
    assert str(found[0]).split()[3] == blamed, found[0]


@pytest.mark.parametrize("kind", "AB")
def test_a_crc_that_is_wrong_is_seen_on_either_side(kind: str):
    trace = session(kind)
    for event in (Event.READER, Event.CARD):
        index = next(
            i for i, p in enumerate(trace)
            if p.event is event and (content(kind, p.data) or b"")[:1] == b"\x02"
        )  # fmt: skip
        broken = replace(trace[index], data=flip(-1 % len(trace[index].data), 1)(trace[index].data))
        found = judge_trace(kind, [*trace[:index], broken, *trace[index + 1 :]])
        assert found
        assert "CRC" in found[0].what


@pytest.mark.parametrize("starts", [b"\x02", b"\xc2", b"\xf2"])
@pytest.mark.parametrize("kind", "AB")
def test_silence_is_seen(kind: str, starts: bytes):
    """Where nothing is lost on the way, an answer that is missing is the card's."""
    trace = session(kind)
    index = next(
        i for i, p in enumerate(trace)
        if p.event is Event.READER and (content(kind, p.data) or b"")[:1] == starts
    )  # fmt: skip
    found = judge_trace(kind, [*trace[: index + 1], *trace[index + 2 :]])
    assert "does not answer" in found[0].what


@pytest.mark.parametrize("kind", "AB")
@pytest.mark.parametrize(("by", "what"), [(-900, "too early"), (10**7, "it has")])
def test_times_are_held(kind: str, by: int, what: str):
    trace = session(kind)
    index = next(
        i for i, p in enumerate(trace)
        if p.event is Event.CARD and (content(kind, p.data) or b"")[:1] == b"\x02"
    )  # fmt: skip
    moved = replace(trace[index], tick=trace[index].tick + by)
    found = judge_trace(kind, [*trace[:index], moved, *trace[index + 1 :]])
    assert [what in breach.what for breach in found] == [True]


@pytest.mark.parametrize(
    ("kind", "starts"), [("A", b"\x93\x70"), ("A", b"\xe0"), ("B", b"\x05"), ("B", b"\x1d")]
)
def test_a_damaged_frame_that_is_answered_in_activation_is_seen(kind: str, starts: bytes):
    trace = list(session(kind))
    at = next(n for n, p in enumerate(trace) if (content(kind, p.data) or b"").startswith(starts))
    data = trace[at].data
    trace[at] = replace(trace[at], data=data[:-1] + bytes((data[-1] ^ 0x01,)))
    begun = trace[: at + 2]
    found = judge_trace(kind, begun)
    assert ["CRC" in one.what for one in found] == [True]


def test_who_was_woken_is_at_rest_no_more():
    """DESELECT, an answered WUPB, then an answered REQB."""
    trace = session("B")
    found = [n for n, one in enumerate(trace) if (content("B", one.data) or b"")[:1] == b"\x05"]
    ask, atqb = trace[found[0] : found[0] + 2]
    step, now, woken = atqb.tick - ask.tick, trace[-1].tick, []
    for number, parameter in enumerate((0x08, 0x00), 1):
        at = now + number * 10**6
        frame = closed("B", bytes((0x05, 0x00, parameter)))
        woken += [replace(ask, tick=at, data=frame), replace(atqb, tick=at + step)]
    assert judge_trace("B", [*trace, *woken]) == []
    assert "put to HALT" in judge_trace("B", [*trace, *woken[2:]])[0].what


CONTENTS = st.one_of(
    st.binary(max_size=3),
    st.binary(max_size=300),
    st.builds(
        bytes.__add__,
        st.sampled_from(
            [b"\x93\x70", b"\x93\x20", b"\xe0", b"\x1d", b"\x05", b"\x50", b"\x0a", b"\xf2"]
        ),
        st.binary(max_size=14),
    ),
)
FRAMES = st.builds(
    Passed, st.integers(0, 1 << 40), st.sampled_from(Event), CONTENTS, st.integers(1, 8)
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from("AB"), st.lists(FRAMES, max_size=8), st.booleans())
def test_any_trace_can_be_judged(kind: str, frames: list[Passed], sealed: bool):
    """Whatever somebody captured; and after a sound beginning as well."""
    if sealed:
        frames = [replace(p, data=closed(kind, p.data)) for p in frames]
    judge_trace(kind, frames)
    judge_trace(kind, [*session(kind)[:-2], *frames])
