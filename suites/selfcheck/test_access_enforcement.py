"""The reference phone against the model: any rules, any app, and rules that change or fail."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from fixtures.card.global_platform_values import tlv
from suites.access_control.model import Decision, decide
from suites.access_control.rules import ALWAYS, NEVER, Rule, filters, parse_rules
from suites.selfcheck.by_hand import STEADY
from suites.selfcheck.lone_phone import Phone, Raised, lone_phone, store_data

CERTIFICATES = {"wallet": [b"wallet's signer"], "tickets": [b"tickets' signer", b"the shop's"],
                "stranger": [b"nobody's"]}  # fmt: skip
HASHES = {
    name: [made(told).digest() for told in signers for made in (hashlib.sha1, hashlib.sha256)]
    for name, signers in CERTIFICATES.items()
}
JPKI, PAYMENT, OTHER = (bytes.fromhex(f"A0000000{last}") for last in ("0151", "0152", "0153"))
CONFIGURATION: dict[str, Any] = {
    "apps": {
        **{n: {"certificates": [one.hex() for one in told]} for n, told in CERTIFICATES.items()},
        "unsigned": {},
        "system": {"privileged": True},
    },
    "readers": {
        "eSE1": {"names": [aid.hex() for aid in (JPKI, PAYMENT, OTHER)], "default": OTHER.hex()},
        "eSE2": {"names": [JPKI.hex()], "ara": False},
        "eSE3": {"names": [JPKI.hex()], "channels": 2},
    },
}
COMMANDS = [bytes.fromhex(told) for told in ("00B00000", "80CA0066", "80CA9F7F", "002000810131")]
READ = filters(("00B00000", "FFFF0000"))
PLAIN = filters(("80CA0000", "FFFF0000"))


@pytest.fixture(scope="module")
def running() -> Iterator[Phone]:
    with lone_phone(CONFIGURATION) as phone:
        yield phone


@pytest.fixture
def phone(running: Phone) -> Phone:
    running.renew()
    return running


def outcome(phone: Phone, app: str, aid: bytes | None) -> str:
    """What the phone lets the app do, found out by doing it; the name of another exception."""
    session = phone.session(app)
    told = None if aid is None else aid.hex()
    (channel,) = phone.many([{"do": "open_logical", "session": session, "aid": told}])
    if isinstance(channel, Raised):
        return "closed" if channel.name == "SecurityException" else channel.name
    assert channel is not None
    sent = phone.many([
        {"do": "transmit", "channel": channel, "command": command.hex()} for command in COMMANDS
    ])  # fmt: skip
    phone.do("close_session", session=session)
    return " ".join("no" if isinstance(one, Raised) else "yes" for one in sent)


def expected(decision: Decision) -> str:
    sends = ("yes" if decision.sends(command) else "no" for command in COMMANDS)
    return " ".join(sends) if decision.open else "closed"


aids = st.sampled_from([JPKI, JPKI[:5], PAYMENT, b"", None])
signers = st.sampled_from([b"", b"", *HASHES["wallet"], *HASHES["tickets"]])
said = st.sampled_from([None, NEVER, ALWAYS, ALWAYS, READ, PLAIN, READ + PLAIN])
rules = st.builds(Rule, aids, signers, said, st.sampled_from([None, None, NEVER, ALWAYS]))
well_formed = rules.filter(lambda rule: rule.apdu is not None or rule.nfc is not None)


@settings(STEADY, max_examples=100)
@given(held=st.lists(well_formed, max_size=8))
def test_phone_and_model_agree_on_any_rules(running: Phone, held: list[Rule]):
    """Stored in the ARA-M, read by the phone, tried by three apps on three applications."""
    running.renew()
    running.store(*held)
    for app, hashes in HASHES.items():
        for aid in (JPKI, JPKI[:5], OTHER, None):
            decision = decide(held, aid, hashes)
            event(f"case {decision.case}, open {decision.open}")
            assert outcome(running, app, aid) == expected(decision), (app, aid)
            heard = running.do("nfc", app=app, aid=None if aid is None else aid.hex())
            assert (heard == "ALWAYS") is decision.nfc


def test_the_model_meets_every_case_of_its_table():
    """A rule set for each line, so that no line is dead."""
    by_case = {
        "A": [Rule(JPKI, HASHES["wallet"][0], ALWAYS), Rule(JPKI, b"", NEVER)],
        "A'": [Rule(JPKI, HASHES["tickets"][0], ALWAYS), Rule(JPKI, b"", ALWAYS)],
        "B": [Rule(JPKI, b"", ALWAYS), Rule(b"", HASHES["wallet"][0], NEVER)],
        "C": [Rule(b"", HASHES["wallet"][1], ALWAYS), Rule(b"", b"", NEVER)],
        "C'": [Rule(b"", HASHES["tickets"][1], ALWAYS), Rule(b"", b"", ALWAYS)],
        "D": [Rule(b"", b"", ALWAYS), Rule(PAYMENT, HASHES["tickets"][0], ALWAYS)],
        "none": [Rule(PAYMENT, b"", ALWAYS)],
    }
    for case, held in by_case.items():
        decision = decide(held, JPKI, HASHES["wallet"])
        assert (decision.case, decision.open) == (case, case in "ABCD")


@pytest.mark.parametrize("at", range(4))
def test_an_app_is_known_by_sha_1_and_sha_256_of_each_of_its_signers(phone: Phone, at: int):
    phone.store(Rule(JPKI, HASHES["tickets"][at], ALWAYS))
    assert outcome(phone, "tickets", JPKI) == "yes yes yes yes"
    assert outcome(phone, "wallet", JPKI) == "closed"


def test_an_app_without_a_signer_is_nobody_even_where_everybody_may(phone: Phone):
    phone.store(Rule(b"", b"", ALWAYS))
    assert outcome(phone, "wallet", JPKI) == "yes yes yes yes"
    assert outcome(phone, "unsigned", JPKI) == "closed"


def test_a_privileged_app_is_not_asked_for_rules(phone: Phone):
    assert outcome(phone, "system", JPKI) == "yes yes yes yes"


def test_a_filter_with_a_one_outside_of_its_mask_lets_nothing_pass(phone: Phone):
    phone.store(Rule(JPKI, b"", filters(("00B00001", "FFFF0000"))))
    assert outcome(phone, "wallet", JPKI) == "no no no no"


def test_a_rule_is_found_by_the_name_that_was_asked_for_and_not_by_what_it_selects(phone: Phone):
    """As in AOSP, and the reason why "all applications: always" is no rule to have on a card:

    a part of the name selects the application that the whole name is closed to.
    """
    phone.store(Rule(JPKI, b"", NEVER), Rule(b"", b"", ALWAYS))
    assert outcome(phone, "stranger", JPKI) == "closed"
    channel = phone.open(phone.session("stranger"), JPKI[:5])
    assert JPKI in bytes.fromhex(phone.do("select_response", channel=channel))


def test_rules_are_read_once_and_the_tag_at_every_opening(phone: Phone):
    phone.store(Rule(JPKI, b"", ALWAYS))
    session = phone.session("wallet")
    phone.open(session, JPKI)
    first = phone.do("wire")
    assert sum(command.endswith("CAFF4000") for command in first) == 1
    phone.open(session, JPKI)
    later = phone.do("wire")
    assert sum(command.endswith("CADF2000") for command in later) == 1
    assert not any("CAFF" in command for command in later)


def test_a_rule_that_is_withdrawn_counts_at_the_next_opening(phone: Phone):
    """What is open stays open: the rules of then are the rules of the channel."""
    phone.store(Rule(JPKI, b"", ALWAYS))
    session = phone.session("wallet")
    channel = phone.open(session, JPKI)
    phone.clear()
    assert phone.raised("open_logical", session=session, aid=JPKI.hex()) == "SecurityException"
    assert phone.send(channel, COMMANDS[0]).sw == 0x6D00
    phone.store(Rule(JPKI, b"", ALWAYS))
    assert phone.open(session, JPKI) is not None


def test_a_new_tag_alone_makes_the_phone_read_again(phone: Phone):
    phone.store(Rule(JPKI, b"", ALWAYS))
    outcome(phone, "wallet", JPKI)
    phone.do("wire")
    assert phone.ara(store_data(tlv(0xF2, b""))).ok
    assert outcome(phone, "wallet", JPKI) == "yes yes yes yes"
    assert any(command.endswith("CAFF4000") for command in phone.do("wire"))


def test_without_an_ara_m_nobody_gets_in(phone: Phone):
    session = phone.session("wallet", "eSE2")
    assert phone.raised("open_logical", session=session, aid=JPKI.hex()) == "SecurityException"


def test_a_development_build_is_open_where_there_is_no_ara_m_and_nowhere_else():
    with lone_phone({**CONFIGURATION, "open_to_all": True}) as phone:
        for reader, raised in (("eSE1", "SecurityException"), ("eSE2", None)):
            session = phone.session("wallet", reader)
            assert phone.raised("open_logical", session=session, aid=JPKI.hex()) == raised


def pretend(phone: Phone, *told: Rule) -> None:
    """Rules that an ARA-M would not have stored."""
    answer = tlv(0xFF40, b"".join(map(bytes, told))) + b"\x90\x00"
    phone.do("lie", answers={"81CAFF4000": answer.hex()})


@pytest.mark.parametrize("apdu", [b"", b"\x00", b"\x01", b"\x02", b"\x81", b"\xff"])
def test_of_all_single_bytes_only_01_is_a_yes(phone: Phone, apdu: bytes):
    pretend(phone, Rule(JPKI, b"", apdu), Rule(OTHER, b"", ALWAYS))
    assert outcome(phone, "wallet", OTHER) == "yes yes yes yes"
    assert outcome(phone, "wallet", JPKI) == ("yes yes yes yes" if apdu == ALWAYS else "closed")
    pretend(phone, Rule(JPKI, b"", ALWAYS, apdu or b"\x00"))
    phone.do("state_changed", connected=True)
    assert outcome(phone, "wallet", JPKI) == "yes yes yes yes"
    heard = phone.do("nfc", app="wallet", aid=JPKI.hex())
    assert heard == ("ALWAYS" if apdu == ALWAYS else "NEVER")


def test_what_a_rule_says_of_carriers_is_nothing_to_an_app(phone: Phone):
    """Neither a package name and permissions, nor the AID of FF that stands for no applet."""
    named = Rule(JPKI, b"", ALWAYS, None, b"jp.example.other", bytes(8))
    phone.store(named, Rule(b"\xff" * 6, b"", ALWAYS, None, b"jp.example", bytes(8)))
    assert outcome(phone, "wallet", JPKI) == "yes yes yes yes"
    assert outcome(phone, "wallet", b"\xff" * 6) == "closed"


ONE_RULE = Rule(JPKI, b"", ALWAYS)
WRONG = [
    "6A82", "6F00", "9000", "FF409000", "FF4003E200009000", "FF400030009000", "E2009000",
    "FF40820200E29000",
    (tlv(0xFF40, bytes(Rule(bytes(4), b"", ALWAYS))) + b"\x90\x00").hex(),
    (tlv(0xFF40, bytes(Rule(JPKI, bytes(21), ALWAYS))) + b"\x90\x00").hex(),
    (tlv(0xFF40, bytes(ONE_RULE) + bytes(Rule(OTHER, b"", bytes(9)))) + b"\x90\x00").hex(),
    (tlv(0xFF40, bytes(ONE_RULE) + bytes(Rule(OTHER, b"", None, b""))) + b"\x90\x00").hex(),
]  # fmt: skip


@pytest.mark.parametrize("answer", WRONG)
def test_rules_that_cannot_be_read_close_the_element_until_it_comes_back(phone: Phone, answer: str):
    """Also to those whose own rule was sound."""
    phone.store(ONE_RULE)
    phone.do("lie", answers={"81CAFF4000": answer})
    assert outcome(phone, "wallet", JPKI) == "closed"
    phone.do("lie", answers={})
    assert outcome(phone, "wallet", JPKI) == "closed"
    phone.do("state_changed", connected=True)
    assert outcome(phone, "wallet", JPKI) == "yes yes yes yes"


@pytest.mark.parametrize("answer", ["6A88", "DF20019000", "DF2007000000000000009000", "9000"])
def test_a_refresh_tag_that_cannot_be_read_closes_the_element(phone: Phone, answer: str):
    phone.store(ONE_RULE)
    assert outcome(phone, "wallet", JPKI) == "yes yes yes yes"
    phone.do("lie", answers={"81CADF2000": answer})
    assert outcome(phone, "wallet", JPKI) == "closed"


def test_a_line_that_fails_decides_nothing(phone: Phone):
    """Neither open nor closed: an IOException now, and the rules later."""
    phone.store(ONE_RULE)
    session = phone.session("wallet")
    phone.do("break_line", broken=True)
    assert phone.raised("open_logical", session=session, aid=JPKI.hex()) == "IOException"
    phone.do("break_line", broken=False)
    assert outcome(phone, "wallet", JPKI) == "yes yes yes yes"


def test_a_line_that_fails_between_tag_and_rules_leaves_no_half_of_them(phone: Phone):
    phone.store(ONE_RULE)
    phone.do("lie", answers={"81CAFF4000": "90"})  # half a status word
    session = phone.session("wallet")
    assert phone.raised("open_logical", session=session, aid=JPKI.hex()) == "IOException"
    phone.do("lie", answers={})
    assert outcome(phone, "wallet", JPKI) == "yes yes yes yes"


def test_without_a_channel_to_read_the_rules_on_the_answer_is_null(phone: Phone):
    """The element has one logical channel, and the app that is there keeps it."""
    sent = store_data(tlv(0xF0, bytes(ONE_RULE)))
    assert phone.do("ara", command=bytes(sent).hex(), reader="eSE3") == "9000"
    session = phone.session("wallet", "eSE3")
    channel = phone.open(session, JPKI)
    assert channel is not None
    assert phone.open(session, JPKI) is None
    phone.do("close", channel=channel)
    assert phone.open(session, JPKI) is not None


@settings(STEADY, max_examples=150)
@given(answer=st.binary(max_size=80), framed=st.booleans(), held=well_formed, at=st.integers(0, 70))
def test_any_answer_in_place_of_rules_is_survived(
    running: Phone, answer: bytes, framed: bool, held: Rule, at: int
):
    """And lets in nobody whom no readable rule lets in."""
    raw = bytes(held)
    content = raw[: at % (len(raw) + 1)] + answer if framed else answer
    told = (tlv(0xFF40, content) if framed else content) + b"\x90\x00"
    running.do("lie", answers={"81CAFF4000": told.hex()})
    running.do("state_changed", connected=True)
    got = outcome(running, "wallet", JPKI)
    running.do("lie", answers={})
    if got not in ("closed", "IOException"):
        assert got == expected(decide(parse_rules(content), JPKI, HASHES["wallet"]))
