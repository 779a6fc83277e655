"""The port of a phone: what is recorded of it, replayed, guarded, and put back afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from fixtures.bench import Bench
from fixtures.card.apdu import SW, Command, Response
from fixtures.card.global_platform import install_for_personalization, store_data
from fixtures.card.global_platform_values import tlv
from fixtures.card.jpki import EF, JPKI_AP, JpkiCard, another
from fixtures.guard import Guard
from fixtures.ics.statement import REFERENCE_STATEMENT, load_statement
from fixtures.outcome import BenchError, NotRun
from fixtures.phone import Caught, Phone
from fixtures.provenance import Origin, Provenance
from fixtures.recorder import Recorder
from fixtures.targets.omapi import OmapiAccess, Raised, SignedApp
from fixtures.targets.port import AccessPath
from fixtures.targets.reference import factory
from fixtures.targets.replay import Replay
from reports.transcript import excerpt
from suites.access_control.handset import ARA_M, PLAIN, Handset, get_data, handset_with
from suites.access_control.rules import ALWAYS, NEVER, Rule
from suites.platform.session import opened, platform_of

STATEMENT = load_statement(REFERENCE_STATEMENT, literals=True)
TEST_CARD = Guard(Provenance(Origin.TEST, "a test card"), may_destroy=False, wear=None)


@contextmanager
def benched(recorder: Recorder | None = None, guard: Guard | None = None) -> Iterator[Bench]:
    with factory()(STATEMENT) as target:
        yield Bench(target, STATEMENT, recorder or Recorder(), AccessPath.INTERNAL, guard)


def dialogue(bench: Bench) -> list[object]:
    """A bit of everything an app can do and get."""
    phone = Phone(bench)
    app, other = phone.apps()[:2]
    told: list[object] = [app, phone.readers(app.name)]
    with handset_with(bench, JPKI_AP) as handset:
        handset.set_rules([Rule(JPKI_AP, app.hashes[0], ALWAYS)])
        session = handset.session(app)
        channel = phone.open(session, JPKI_AP)
        assert isinstance(channel, int)
        card = JpkiCard(phone.way(channel))
        told += [phone.select_response(channel), card.verify(EF.USER_PIN, bench.user_pin)]
        told += [phone.transmit(channel, b""), phone.transmit(channel, None)]
        told += [phone.open(handset.session(other), JPKI_AP), phone.open(session, None, basic=True)]
        told += [phone.select_next(channel), handset.rules()]
        phone.close_session(session)
        phone.process_dies(app.name)
    with handset_with(bench, PLAIN) as handset:
        phone.answers({b"\xca\xff\x40": None, b"\xf8": b"\x90\x00"})
        told += [phone.trace(), phone.event(PLAIN)]
        phone.answers({})
        told.append(handset.phone.ara_m_writes(Command(0x80, 0xE2, 0x90, 0x00, tlv(0xF2, b""))))
        handset.phone.ara_m_cut(Command(0x80, 0xE2, 0x90, 0x00, tlv(0xF2, b"")), 0)
        phone.connected(False)
    return told


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Path, list[object]]:
    """A folder with the transcript of the dialogue, and what it told."""
    recorder = Recorder.to_file(tmp_path / "apdu" / "dialogue.jsonl")
    with benched(recorder) as bench:
        told = dialogue(bench)
    recorder.close()
    return tmp_path, told


def replayed(folder: Path) -> tuple[Replay, Bench]:
    target = Replay(folder)
    target.begin("dialogue")
    return target, Bench(target, STATEMENT, Recorder(), AccessPath.INTERNAL)


def test_a_record_tells_what_the_phone_told(recorded: tuple[Path, list[object]]):
    folder, told = recorded
    target, bench = replayed(folder)
    assert isinstance(target, OmapiAccess)
    assert dialogue(bench) == told
    target.finished()


def test_another_dialogue_than_the_recorded_one_is_noticed(recorded: tuple[Path, list[object]]):
    _, bench = replayed(recorded[0])
    Phone(bench).apps()
    with pytest.raises(BenchError, match="line 2: OpenSession in place of Readers"):
        Phone(bench).session("app1", "eSE1")


def test_a_pin_that_an_app_enters_is_not_written_down(recorded: tuple[Path, list[object]]):
    text = (recorded[0] / "apdu" / "dialogue.jsonl").read_text(encoding="utf-8")
    assert STATEMENT.secret("user_pin").hex() not in text
    lines = [json.loads(line) for line in text.splitlines()]
    (verify,) = [line for line in lines if line.get(">", "").startswith("00200098")]
    assert verify[">"] == "00200098‹redacted 5 bytes #1›"
    assert verify["how"] == {"channel": 1}


def test_what_reached_the_element_is_written_down_without_pins(tmp_path: Path):
    recorder = Recorder.to_file(tmp_path / "apdu" / "trace.jsonl")
    with benched(recorder) as bench, handset_with(bench, PLAIN) as handset:
        handset.set_rules([Rule(PLAIN, b"", ALWAYS)])
        channel = handset.channel(handset.apps[0], PLAIN)
        handset.phone.transmit(channel, bytes.fromhex("002000800438333531"))
        assert handset.phone.trace()[-1] == bytes.fromhex("012000800438333531")
    recorder.close()
    assert "38333531" not in (tmp_path / "apdu" / "trace.jsonl").read_text(encoding="utf-8")
    target = Replay(tmp_path)
    target.begin("trace")
    with pytest.raises(BenchError):
        target.element_trace()  # not the first that was recorded


def test_a_transcript_says_in_words_what_apps_did(recorded: tuple[Path, list[object]]):
    told = excerpt(recorded[0] / "apdu" / "dialogue.jsonl", 200, 0)
    words = {line.asked_words: line.answered_words for line in told.head}
    assert words["Readers app app1"] == "eSE1, eSE2"
    channel = "OpenChannel session 2 aid d392f000260100000001 p2 0 basic False"
    assert words[channel] == "SecurityException"
    assert any(asked.endswith(": VERIFY user PIN") or "VERIFY" in asked for asked in words)


def test_the_last_try_of_a_pin_is_not_spent_by_an_app_either():
    """The guard of a device asks for the tries left, on the app's own channel."""
    with benched(guard=TEST_CARD) as bench, handset_with(bench, JPKI_AP) as handset:
        handset.set_rules([Rule(JPKI_AP, b"", ALWAYS)])
        channel = handset.channel(handset.apps[0], JPKI_AP)
        card = JpkiCard(handset.phone.way(channel))
        wrong = another(bench.user_pin)
        answers = [card.verify(EF.USER_PIN, wrong).tries_left for _ in range(2)]
        assert answers == [2, 1]
        with pytest.raises(NotRun, match="VERIFY was not sent: 1 tries are left"):
            card.verify(EF.USER_PIN, wrong)


def test_what_an_app_catches_passes_the_guard_as_it_is():
    with benched(guard=TEST_CARD) as bench, handset_with(bench, JPKI_AP) as handset:
        handset.set_rules([Rule(JPKI_AP, b"", ALWAYS)])
        channel = handset.channel(handset.apps[0], JPKI_AP)
        forbidden = bytes.fromhex("0070000001")
        assert handset.phone.transmit(channel, forbidden) == Raised("SecurityException")
        with pytest.raises(Caught, match="SecurityException"):
            handset.phone.way(channel).transmit(forbidden)


def test_a_card_that_is_nobody_s_test_card_gets_nothing_from_an_app():
    unknown = Guard(Provenance(Origin.UNKNOWN, "no CA"), may_destroy=True, wear=None)
    with benched(guard=unknown) as bench:
        phone = Phone(bench)
        with pytest.raises(NotRun, match="STORE DATA was not sent"):
            phone.ara_m("eSE1", Command(0x80, 0xE2, 0x90, 0x00, tlv(0xF1, b"")))
        with pytest.raises(NotRun, match="VERIFY was not sent"):
            phone.transmit(0, bytes.fromhex("002000980438333531"))


def test_a_device_gets_its_rules_back():
    """Whatever the test did, and also when it failed."""
    before = (Rule(PLAIN, bytes(20), NEVER), Rule(b"", b"", ALWAYS))
    with benched() as bench:
        handset = Handset(Phone(bench), "eSE2", Phone(bench).apps())
        handset.set_rules(before)
        with suppress(RuntimeError), handset.kept(renewed=False):
            handset.set_rules([Rule(PLAIN, b"", ALWAYS)])
            raise RuntimeError
        assert handset.rules() == before


class FewApps:
    """A phone with too few apps; everything else is not asked for."""

    def omapi_apps(self) -> tuple[SignedApp, ...]:
        return (SignedApp("only", (bytes(20), bytes(32))),)

    def omapi(self, call: object, /) -> None:
        raise AssertionError

    def ara_m(self, reader: str, command: bytes, /) -> bytes:
        raise AssertionError


def test_a_phone_that_lacks_what_the_port_asks_for_says_nothing_of_access_control():
    bench = Bench(FewApps(), STATEMENT, Recorder(), AccessPath.INTERNAL)  # type: ignore[arg-type]
    with pytest.raises(BenchError, match="three apps"), handset_with(bench, PLAIN):
        pass
    with benched() as bench:
        missing = pytest.raises(BenchError, match="no element of eSE1, eSE2 has A0000000FF")
        with missing, handset_with(bench, bytes.fromhex("A0000000FF")):
            pass


def test_the_rules_of_the_chip_come_over_a_secure_channel_of_its_issuer():
    """INSTALL [for personalization] and STORE DATA; and nobody else's STORE DATA counts."""
    rule = Rule(JPKI_AP, b"", ALWAYS)
    with benched() as bench, handset_with(bench, JPKI_AP) as handset:
        app = handset.apps[0]
        assert not handset.seen(app, JPKI_AP, ()).opens
        session = opened(platform_of(bench))
        stored = session.carry_out([
            install_for_personalization(ARA_M), store_data(tlv(0xF0, bytes(rule)), 0, last=True),
        ])  # fmt: skip
        assert stored.sw == SW.OK
        assert handset.seen(app, JPKI_AP, ()).opens
        assert handset.rules() == (rule,)
        bench.channel.reset()
        card = bench.card
        assert card.select_ap(0x00, ARA_M).ok
        refused = card.send(Command(0x80, 0xE2, 0x90, 0x00, tlv(0xF1, b"")))
        assert refused == Response(b"", SW.SECURITY_STATUS_NOT_SATISFIED)
        assert rule.reference in card.send(get_data(0xFF40)).data


def test_an_answer_in_pieces_of_the_chip_s_ara_m_belongs_to_its_channel():
    with benched() as bench, handset_with(bench, JPKI_AP) as handset:
        app = handset.apps[0]
        many = [Rule(bytes((at,)) * 16, bytes(32), NEVER) for at in range(8)]
        handset.set_rules([Rule(ARA_M, app.hashes[0], ALWAYS), *many])
        session = handset.session(app)
        one, two = (handset.phone.open(session, ARA_M) for _ in range(2))
        assert isinstance(one, int)
        first = handset.phone.send(one, get_data(0xFF40, le=200))
        assert isinstance(two, int)
        for channel, tag in ((two, 0xFF40), (one, 0xFF60)):
            answer = handset.phone.send(channel, get_data(tag, le=200))
        assert isinstance(first, Response)
        assert isinstance(answer, Response)
        whole = handset.get_data(0xFF40, le=256).data
        assert (first.data + answer.data)[: len(whole)] == whole[:400]
