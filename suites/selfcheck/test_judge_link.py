"""`judge link`: captures and traces are read to the last byte, judged, converted, or refused."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.outcome import UsageError
from fixtures.verdict import Verdict
from reports.json_output import JsonOutput
from reports.verdicts import ExitStatus
from suites.contactless.crc import closed
from suites.contactless.link_files import Asked, judge_files, read_link
from suites.contactless.link_segments import breaches, segments
from suites.contactless.pcap import capture
from suites.contactless.pcap_reading import read_pcap
from suites.contactless.proxmark_list import read_list
from suites.contactless.trace import FC, Event, Passed
from suites.selfcheck.by_command import Called, called
from suites.selfcheck.link import link
from suites.selfcheck.lone_contactless import Done
from suites.selfcheck.test_contactless_proxmark import sample

LISTED = """
[+] Recorded activity ( 217 bytes )
      Start |        End | Src | Data (! denotes parity error)              | CRC | Annotation
------------+------------+-----+--------------------------------------------+-----+-----------
          0 |        992 | Rdr |52(7)                                       |     | WUPA
        992 |       2228 |     |Frame Delay Time 1236
       2228 |       4596 | Tag |44  03                                      |     |
       7040 |       9504 | Rdr |93  20                                      |     | ANTICOLL
      10676 |      16564 | Tag |88  04  8D! 24  25                          |     |
      19456 |      29920 | Rdr |93  70  88  04  8D  24  25                  |     |
            |            |     |6A  BA                                      |  ok | SELECT_UID
"""  # a public trace as its program lists it; the second byte of a frame with a parity error


def session(kind: str) -> list[Passed]:
    """Of the reference: activation, exchanges with more time and chains, deselection."""
    uid = "048D242532273B" if kind == "A" else "11223344"
    with link(kind, fsdi=2, uid=uid, fsci=1) as pair:
        assert isinstance(pair.run("select"), Done)
        for size, work in ((0, 0), (90, 0), (5, 3 * 4_096 << 8)):
            order = pair.card.order(size, b"0123456789" * 5, work)
            assert isinstance(pair.run("exchange", order), Done)
        assert pair.run("deselect") == Done(b"\x01")
        return pair.trace


def judge(*words: str) -> Called:
    return called("judge", "link", *words)


def classic(trace: list[Passed], order: str = "<", magic: int = 0xA1B23C4D) -> bytes:
    """By the letter: the classic format in either byte order and unit."""
    units = 1_000_000_000 if magic == 0xA1B23C4D else 1_000_000
    out = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65_535, 264)
    for one in trace:
        body = bytes((0, one.event)) + len(one.data).to_bytes(2, "big") + one.data
        seconds, rest = divmod(one.tick, FC)
        stamp = seconds, rest * units // FC
        out += struct.pack(f"{order}IIII", *stamp, len(body), len(body)) + body
    return out


def next_generation(trace: list[Passed], order: str = "<", tsresol: int = 9) -> bytes:
    """By the letter: a section, an interface with its resolution, a block nobody knows, packets."""

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        size = len(body) + 12
        return struct.pack(f"{order}II", kind, size) + body + struct.pack(f"{order}I", size)

    section = struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)
    interface = struct.pack(f"{order}HHI", 264, 0, 0)
    interface += struct.pack(f"{order}HHB3x", 9, 1, tsresol) + struct.pack(f"{order}HH", 0, 0)
    out = block(0x0A0D0D0A, section) + block(1, interface) + block(0xBAD, b"whatever")
    for one in trace:
        body = bytes((0, one.event)) + len(one.data).to_bytes(2, "big") + one.data
        high, low = divmod(one.tick * 10**tsresol // FC, 1 << 32)
        out += block(6, struct.pack(f"{order}IIIII", 0, high, low, len(body), len(body)) + body)
    return out


FRAMES = st.lists(
    st.builds(
        Passed,
        st.integers(0, 10**9),
        st.sampled_from([Event.READER, Event.CARD]),
        st.binary(max_size=40),
    )
).map(lambda frames: sorted(frames, key=lambda one: one.tick))


def plain(trace: list[Passed] | tuple[Passed, ...]) -> list[tuple[int, Event, bytes]]:
    begin = trace[0].tick if trace else 0
    return [(one.tick - begin, one.event, one.data) for one in trace]


@given(FRAMES, st.sampled_from("<>"))
def test_every_form_of_a_capture_holds_the_same_frames(trace: list[Passed], order: str):
    for content in (capture(trace), classic(trace, order), next_generation(trace, order)):
        found = read_pcap(content)
        assert plain(found.frames) == plain(trace)
        assert found.exact


def test_microseconds_are_read_and_not_taken_for_exact():
    for content in (classic(session("A"), magic=0xA1B2C3D4), next_generation(session("A"), "<", 6)):
        assert not read_pcap(content).exact


@given(st.binary(max_size=80), st.sampled_from(["d4c3b2a1", "4d3cb2a1", "0a0d0d0a", ""]))
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused_by_one_line(junk: bytes, head: str):
    with TemporaryDirectory() as name:
        file = Path(name) / "any"
        file.write_bytes(bytes.fromhex(head) + junk)
        with suppress(UsageError):
            judge_files([file], Asked())


@given(st.data())
@settings(max_examples=100)
def test_a_capture_that_was_cut_or_bent_never_crashes(data: st.DataObject):
    whole = bytearray(data.draw(st.sampled_from([CUT[0], CUT[1]])))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = data.draw(st.integers(0, 255))
    with suppress(ValueError):
        breaches(read_pcap(bytes(whole[: data.draw(st.integers(4, len(whole)))])).frames)


SHORT = [Passed(0, Event.READER, b"\x26", 7), Passed(2_000, Event.CARD, b"\x04\x00")]
CUT = (classic(SHORT), next_generation(SHORT))


@pytest.mark.parametrize("kind", ["A", "B"])
def test_a_session_of_the_reference_passes_in_every_form(kind: str, tmp_path: Path):
    trace = session(kind)
    for number, content in enumerate((capture(trace), next_generation(trace, ">"))):
        file = tmp_path / f"{number}.pcap"
        file.write_bytes(content)
        found = judge_files([file], Asked(lossless=True))
        assert found.verdict is Verdict.PASS, found.findings
        assert found.files[0][0].kinds == kind


def test_a_capture_without_crcs_is_judged_as_one_with_them():
    """As NFCGate and Flipper Zero write them: bytes of CRC dropped, events FA and FB."""
    for kind in "AB":
        trace = session(kind)
        dropped = bytearray(classic([
            Passed(one.tick, one.event, bare(kind, trace, n)) for n, one in enumerate(trace)
        ]))  # fmt: skip
        at = 24
        while at < len(dropped):
            size = struct.unpack_from("<I", dropped, at + 8)[0]
            dropped[at + 17] = {0xFE: 0xFA, 0xFF: 0xFB}.get(dropped[at + 17], dropped[at + 17])
            at += 16 + size
        assert plain(read_pcap(bytes(dropped)).frames) == plain(trace)


def bare(kind: str, trace: list[Passed], n: int) -> bytes:
    """A frame without its CRC, if it has one."""
    data = trace[n].data
    return data[:-2] if len(data) > 2 and closed(kind, data[:-2]) == data else data


def test_a_reader_that_polls_both_is_judged_by_both():
    """Requests of type A that nobody answers, then a session of type B, then A again."""
    silent = [Passed(n * 200_000, Event.READER, b"\x26", 7) for n in range(2)]
    of_b = [Passed(one.tick + 10**6, one.event, one.data) for one in session("B")]
    end = of_b[-1].tick + 10**6
    of_a = [Passed(one.tick + end, one.event, one.data, one.last_bits) for one in session("A")]
    trace = [*silent, *of_b, *of_a]
    assert [one.kind for one in segments(trace)] == ["A", "B", "A"]
    assert [frame for one in segments(trace) for frame in one.frames] == trace
    assert breaches(trace, lossless=True) == []
    bent = list(trace)
    place = next(n for n, one in enumerate(bent) if one.data[:1] == b"\x50")
    atqb = bytearray(bent[place].data[:-2])
    atqb[10] &= 0xFE
    bent[place] = Passed(bent[place].tick, Event.CARD, closed("B", bytes(atqb)))
    assert [(b.index, b.by) for b in breaches(bent)] == [(place, Event.CARD)]


def verdicts(trace: list[Passed], tmp_path: Path) -> dict[str, Verdict]:
    """By the word after the file's name."""
    file = tmp_path / "t.pcap"
    file.write_bytes(capture(trace))
    found = judge_files([file], Asked())
    return {one.subject.rpartition(": ")[2]: one.verdict for one in found.findings}


def without_field(trace: list[Passed]) -> list[Passed]:
    return [one for one in trace if one.event in (Event.READER, Event.CARD)]


@pytest.mark.parametrize("kind", ["A", "B"])
def test_two_taps_in_a_file_without_field_events_are_two(kind: str):
    """Each ends in HALT; between them the phone was taken away."""
    tap = without_field(session(kind))
    later = [replace(one, tick=one.tick + tap[-1].tick + FC) for one in tap]
    assert breaches([*tap, *later]) == []
    at_once = [replace(one, tick=one.tick + tap[-1].tick - tap[0].tick + 30_000) for one in tap]
    assert any("put to HALT" in one.what for one in breaches([*tap, *at_once]))
    untimed = [replace(one, tick=0) for one in (*tap, *tap)]
    assert breaches(untimed, timed=False) == []


@pytest.mark.parametrize("kind", ["A", "B"])
def test_what_came_before_an_activation_is_told_and_not_judged(kind: str, tmp_path: Path):
    tap = without_field(session(kind))
    begin = next(n for n, one in enumerate(tap) if one.data[:1] == b"\x02")
    assert breaches(tap[begin:]) == []
    found = verdicts(tap[begin:], tmp_path)
    assert set(found) == {"reader", "card", "beginning"}
    assert set(found.values()) == {Verdict.NOT_RUN}
    late = verdicts([*tap[begin:], *(replace(o, tick=o.tick + FC) for o in tap)], tmp_path)
    assert (late["reader"], late["card"]) == (Verdict.PASS, Verdict.PASS)
    assert late["beginning"] is Verdict.NOT_RUN


def test_a_side_without_frames_is_not_passed(tmp_path: Path):
    of_reader = [one for one in session("A") if one.event is not Event.CARD]
    assert verdicts(of_reader, tmp_path) == {"reader": Verdict.PASS, "card": Verdict.NOT_RUN}
    polls = [Passed(n * 200_000, Event.READER, b"\x26", 7) for n in range(3)]
    assert set(verdicts(polls, tmp_path).values()) == {Verdict.NOT_RUN}


# lists


def test_what_a_proxmark_lists_is_read_with_lines_that_go_on():
    trace = read_list(LISTED)
    assert [(p.tick, p.event, p.data.hex(), p.last_bits) for p in trace] == [
        (0, Event.READER, "52", 7), (2228, Event.CARD, "4403", 8), (7040, Event.READER, "9320", 8),
        (10676, Event.CARD, "88048d2425", 8),
        (19456, Event.READER, "937088048d24256aba", 8),
    ]  # fmt: skip


def test_what_was_measured_of_a_real_card_breaks_no_rule_of_time(tmp_path: Path):
    file = tmp_path / "list.txt"
    file.write_text(LISTED, encoding="utf-8")
    assert {one.verdict for one in judge_files([file], Asked()).findings} == {Verdict.PASS}
    late = LISTED.replace("10676 |      16564", "10740 |      16628")
    file.write_text(late, encoding="utf-8")
    assert judge_files([file], Asked()).verdict is Verdict.FAIL


def test_a_proxmark_that_listens_counts_by_sixteen(tmp_path: Path):
    """A public trace has 1188 where a card answers after 1172."""
    file = tmp_path / "list.txt"
    heard = LISTED.replace("2228 |       4596", "2244 |       4612")
    file.write_text(heard, encoding="utf-8")
    assert judge_files([file], Asked()).verdict is Verdict.PASS


def test_a_list_with_brackets_and_older_marks_is_read():
    text = LISTED.replace("52(7)", "52'  ").replace("6A  BA", "[6A BA]")
    assert read_list(text) == read_list(LISTED)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("44  03", "44  0G", "line 7: '0G' is no byte"),
        ("       7040 |", "       7.04 |", "line 8: '7.04' is no time"),
        ("Start |        End", "Gap |   Duration", "times are relative"),
    ],
)
def test_a_list_that_is_damaged_is_refused_with_its_line(
    old: str, new: str, told: str, tmp_path: Path
):
    file = tmp_path / "list.txt"
    file.write_text(LISTED.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError, match=told):
        read_link(file)


# the command


def test_a_trace_passes_and_becomes_a_capture(tmp_path: Path):
    trace, out = tmp_path / "t.trace", tmp_path / "t.pcap"
    trace.write_bytes(sample())
    done = judge(str(trace), "--pcap", str(out), "--json")
    told = json.loads(done.stdout)
    JsonOutput.model_validate(told)
    assert (done.returncode, told["verdict"], told["metrics"]["frames"]) == (0, "PASS", 12)
    assert plain(read_link(out).frames) == plain(read_link(trace).frames)
    again = judge(str(out), "--pcap", str(out))
    assert again.returncode == ExitStatus.USAGE
    assert "is the file that is judged" in again.stderr


def test_a_breach_names_the_frame_the_side_and_the_clause(tmp_path: Path):
    file = tmp_path / "t.trace"
    file.write_bytes(sample().replace(bytes.fromhex("88048D2425"), bytes.fromhex("88048D2424"), 1))
    done = judge(str(file))
    assert done.returncode == ExitStatus.FAIL
    assert "frame 3: the card shows a check byte (BCC) that is wrong (14443-3 6.5.4)" in done.stdout


def test_times_that_are_too_coarse_are_not_judged_unless_they_are_left_out(tmp_path: Path):
    file = tmp_path / "t.pcap"
    file.write_bytes(classic(session("A"), magic=0xA1B2C3D4))
    done = judge(str(file))
    assert done.returncode == ExitStatus.INCONCLUSIVE
    assert "NOT_RUN" in done.stdout
    assert judge(str(file), "--untimed").returncode == ExitStatus.PASS


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is neither a capture nor"),
        (b"reader,phone\n", "is neither a capture nor"),
        (classic(SHORT)[:20], "ends amid its head"),
        (classic(SHORT)[:-3], "packet 2 is cut off"),
        (classic(SHORT).replace(b"\x08\x01\0\0", b"\x01\0\0\0", 1), "link type 1 is not"),
        (classic([]), "holds no frame"),
        (sample()[:-1], "ends amid a frame"),
    ],
)
def test_what_is_no_exchange_is_refused_by_one_line(content: bytes, told: str, tmp_path: Path):
    file = tmp_path / "bad"
    file.write_bytes(content)
    done = judge(str(file))
    assert done.returncode == ExitStatus.USAGE
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.skipif(shutil.which("editcap") is None, reason="editcap is not installed")
def test_what_wireshark_saves_is_read(tmp_path: Path):
    """As a second opinion on the format: Wireshark's own program writes the pcapng."""
    trace = session("B")
    first, second = tmp_path / "a.pcap", tmp_path / "b.pcapng"
    first.write_bytes(capture(trace))
    argv = ["editcap", "-F", "pcapng", str(first), str(second)]
    subprocess.run(argv, check=True, capture_output=True, timeout=60)
    found = read_link(second)
    assert plain(found.frames) == plain(trace)
    assert found.timed
