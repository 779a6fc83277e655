"""REQ-2-1-m: the ARA-M keeps the rules it was given, and tells them as they are."""

from __future__ import annotations

import pytest

from fixtures.card.apdu import SW, Response
from fixtures.card.global_platform_values import tlv
from fixtures.effort import Effort
from fixtures.outcome import Inconclusive, NotApplicable, Violation, expect
from fixtures.targets.omapi import Raised
from suites.access_control.handset import (
    ALL_RULES,
    ARA_M,
    DELETE,
    NEXT_PIECE,
    PLAIN,
    REFRESH_TAG,
    RULE,
    SPECIFIC,
    STORE,
    UPDATE_TAG,
    Handset,
    get_data,
    store_data,
)
from suites.access_control.rules import ALWAYS, NEVER, Rule, content_of, filters

ONE, OTHER = bytes(20), bytes(range(32))  # hashes of nobody's certificates
MANY = filters(*[("00A40000", "FFFF0000")] * 20)  # so that all rules take more than one piece
RULES = (
    Rule(PLAIN, ONE, ALWAYS, NEVER),
    Rule(PLAIN, b"", filters(("80500000", "FCFF0000"))),
    Rule(None, OTHER, NEVER),
    Rule(b"", OTHER, None, ALWAYS),
    Rule(ARA_M, OTHER, MANY),
    Rule(PLAIN[:5], ONE, ALWAYS, None, b"jp.example.app", bytes(8)),
)
pytestmark = [
    pytest.mark.requirement(RULE),
    pytest.mark.needs("platform.omapi_access"),
    pytest.mark.destructive,
]


def refresh_tag(handset: Handset) -> bytes:
    answer = handset.get_data(REFRESH_TAG)
    try:
        tag = content_of(answer.data, REFRESH_TAG)
    except ValueError as error:
        raise Violation(RULE, str(error), "a refresh tag", "GET DATA DF20") from None
    expect(RULE, (answer.sw, len(tag)), (SW.OK, 8), "GET DATA DF20")
    return tag


def test_what_was_stored_is_told_in_order_and_in_pieces(handset: Handset):
    """FF40 and FF60 until nothing is left, each piece as long as was asked for."""
    handset.set_rules(RULES)
    whole = tlv(ALL_RULES, b"".join(map(bytes, RULES)))
    for le in (1, 100, 255, 256):
        pieces = [handset.get_data(ALL_RULES, le=le)]
        pieces += [handset.get_data(NEXT_PIECE, le=le) for _ in range((len(whole) - 1) // le)]
        told = b"".join(piece.data for piece in pieces)
        expect(RULE, told, whole, f"in {len(pieces)} pieces of {le}")
        last = handset.get_data(NEXT_PIECE)
        expect(RULE, last, Response(b"", SW.CONDITIONS_NOT_SATISFIED), "nothing is left")


def test_no_rules_are_no_data(handset: Handset):
    handset.set_rules([])
    none = Response(b"", SW.REFERENCED_DATA_NOT_FOUND)
    expect(RULE, handset.get_data(ALL_RULES), none, "no rule is stored")


def test_one_rule_is_asked_for_by_its_reference(handset: Handset):
    """The very application and the very app, and else what follows for those nobody named."""
    handset.set_rules(RULES)
    for rule in RULES:
        wanted = Response(tlv(SPECIFIC, tlv(0xE3, rule.access)), SW.OK)
        expect(RULE, handset.get_data(SPECIFIC, rule.reference), wanted, rule.reference.hex())
    nobody = handset.get_data(SPECIFIC, Rule(PLAIN, OTHER).reference)
    never = Response(tlv(SPECIFIC, tlv(0xE3, Rule(PLAIN, OTHER, NEVER, NEVER).access)), SW.OK)
    expect(RULE, nobody, never, "a rule names another app")
    for unsaid in (Rule(PLAIN[:6], ONE), Rule(None, b""), Rule(ARA_M, b"")):
        answer = handset.get_data(SPECIFIC, unsaid.reference)
        expect(RULE, answer.sw, SW.REFERENCED_DATA_NOT_FOUND, unsaid.reference.hex())


def test_every_change_gives_another_refresh_tag(handset: Handset):
    """By it a phone learns that what it has read is stale; reading alone gives none."""
    handset.set_rules([])
    seen = [refresh_tag(handset)]
    for tag, what in (
        *((STORE, bytes(rule)) for rule in RULES[:3]), (UPDATE_TAG, b""), (DELETE, b""),
    ):  # fmt: skip
        handset.changed(tag, what)
        seen.append(refresh_tag(handset))
        expect(RULE, refresh_tag(handset), seen[-1], "asked for twice")
    expect(RULE, len(set(seen)), len(seen), "different tags after as many states")


def test_what_is_named_is_deleted_and_nothing_else(handset: Handset):
    """All, an AID, all applications, a reference, a rule, and a rule that is not there."""
    for what, left in (
        (b"", ()),
        (tlv(0x4F, PLAIN), RULES[2:]),
        (tlv(0x4F, b""), RULES[:3] + RULES[4:]),
        (RULES[0].reference, RULES[1:]),
        (bytes(RULES[2]), RULES[:2] + RULES[3:]),
        (bytes(Rule(None, OTHER, ALWAYS)), RULES),
    ):
        handset.set_rules(RULES)
        handset.changed(DELETE, what)
        expect(RULE, handset.rules(), left, f"DELETE {what.hex().upper()}")


def test_what_no_phone_could_read_is_not_stored(handset: Handset):
    """One such rule would close the element to everybody (GPD_SPE_013: 6A80)."""
    handset.set_rules(RULES[:1])
    before = refresh_tag(handset)
    for rule in (
        Rule(b"four", b"", ALWAYS),
        Rule(bytes(17), b"", ALWAYS),
        Rule(PLAIN, bytes(19), ALWAYS),
        Rule(PLAIN, ONE, b"\x02"),
        Rule(PLAIN, ONE, bytes(7)),
        Rule(PLAIN, ONE, ALWAYS, b"\x01\x01"),
        Rule(PLAIN, ONE),
    ):
        answer = handset.phone.ara_m(handset.reader, store_data(STORE, bytes(rule)))
        expect(RULE, answer, Response(b"", SW.WRONG_DATA), bytes(rule).hex().upper())
    expect(RULE, (handset.rules(), refresh_tag(handset)), (RULES[:1], before), "all were refused")


def test_an_app_that_reaches_the_ara_m_reads_and_changes_nothing(handset: Handset):
    """STORE DATA takes the rights of the ARA-M's security domain (6982)."""
    app = handset.of_one_signer[0]
    rules = (Rule(ARA_M, app.hashes[0], ALWAYS), *RULES[:2])
    handset.set_rules(rules)
    before = refresh_tag(handset)
    channel = handset.phone.open(handset.session(app), ARA_M)
    if not isinstance(channel, int):
        raise NotApplicable("no app reaches the ARA-M here, not even by a rule")
    for tag, what in ((STORE, bytes(RULES[3])), (DELETE, b""), (UPDATE_TAG, b"")):
        answer = handset.phone.send(channel, store_data(tag, what))
        refused = isinstance(answer, Raised) or not answer.ok
        expect(RULE, refused, True, f"an app sends STORE DATA {tag:X}")
    told = (handset.rules(), refresh_tag(handset))
    expect(RULE, told, (rules, before), "an app sent STORE DATA")


def test_each_channel_has_its_own_rest_of_an_answer(handset: Handset):
    """Two phones' worth of reading at the same time, as an enforcer and an app may do."""
    app = handset.of_one_signer[0]
    handset.set_rules((Rule(ARA_M, app.hashes[0], ALWAYS), *RULES))
    session = handset.session(app)
    channels = [handset.phone.open(session, ARA_M) for _ in range(2)]
    if not all(isinstance(one, int) for one in channels):
        raise NotApplicable("the ARA-M cannot be selected on two channels here")
    held = [b"", b""]
    for tag in (ALL_RULES, *[NEXT_PIECE] * 4):
        for at, channel in enumerate(channels):
            assert isinstance(channel, int)
            answer = handset.phone.send(channel, get_data(tag, le=100))
            held[at] += answer.data if isinstance(answer, Response) else b""
    expect(RULE, held[1], held[0], "the rules, read on two channels in turn")
    whole = handset.get_data(ALL_RULES).data
    expect(RULE, held[0][: len(whole)], whole[: len(held[0])], "the rules, read at one go")


@pytest.mark.needs("platform.element_double")
@pytest.mark.parametrize("change", ["store", "delete"])
def test_a_power_cut_leaves_rules_and_tag_both_old_or_both_new(
    handset: Handset, effort: Effort, change: str
):
    """Else phones go on with rules that are no longer there, or are never told of new ones."""
    sent = store_data(STORE, bytes(RULES[1])) if change == "store" else store_data(DELETE, b"")
    start = (RULES[0], RULES[2])
    handset.set_rules(start)
    pages = handset.phone.ara_m_writes(sent)
    afterwards, seen = handset.rules(), set()
    for after in positions(pages, effort.torn_positions):
        handset.set_rules(start)
        before = refresh_tag(handset)
        handset.phone.ara_m_cut(sent, after)
        rules = handset.rules()
        expect(RULE, rules in (start, afterwards), True, f"old or new rules, cut at page {after}")
        same = (rules == start, refresh_tag(handset) == before)
        expect(RULE, same[0], same[1], f"rules are old, and so is the tag, cut at page {after}")
        seen.add(rules)
    if seen != {start, afterwards}:
        raise Inconclusive("the power failed at no moment that left it undone, or done")


def positions(pages: int, most: int) -> list[int]:
    """Spread over the whole command, both ends among them."""
    step = max(1, -(-pages // most))
    return sorted({*range(0, pages, step), pages - 1, pages})
