"""REQ-2-1-m: who may open a channel to what, and send what over it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from fixtures.effort import Effort
from fixtures.outcome import Violation, expect
from suites.access_control import cts
from suites.access_control.cases import ALL, COMMANDS, PROPRIETARY, READ, Case, cases
from suites.access_control.handset import PLAIN, RULE, UPDATE_TAG, Handset, expected, named
from suites.access_control.model import decide
from suites.access_control.rules import ALWAYS, NEVER, Rule

ANOTHER = cts.AIDS[0]
pytestmark = [
    pytest.mark.requirement(RULE),
    pytest.mark.needs("platform.omapi_access"),
    pytest.mark.destructive,
]


def the_cases(handset: Handset) -> list[Case]:
    one, other, _ = handset.of_one_signer[:3]
    shared = handset.of_two_signers
    assert shared is not None
    return [*cases(PLAIN, ANOTHER, one.hashes[0], other.hashes[-1], shared.hashes)]


def agrees(handset: Handset, rules: tuple[Rule, ...], aids: Iterable[bytes | None]) -> None:
    """Every app on each of these applications gets what the model says."""
    for app in handset.apps:
        for aid in aids:
            decision = decide(rules, aid, app.hashes)
            where = f"{app.name} on {named(aid)}, case {decision.case}"
            expect(RULE, handset.seen(app, aid, COMMANDS), expected(decision, COMMANDS), where)


def test_android_s_tables_of_applications_and_commands(handset: Handset):
    """48 decisions on AIDs and 76 on commands, with the apps at hand in the roles of Android's."""
    apps = dict(zip(cts.APPS, handset.of_one_signer, strict=False))
    names = {told: apps[role].hashes[0] for role, told in cts.APPS.items()}
    handset.set_rules(Rule(r.aid, names.get(r.app, r.app), r.apdu) for r in cts.rules())
    for told in cts.on_aids():
        seen = handset.seen(apps[told.app], told.aid, ())
        expect(RULE, seen.opens, told.opens, f"{told.app} on {told.aid.hex().upper()}")
    for sent in cts.on_commands():
        seen = handset.seen(apps[sent.app], sent.aid, [sent.command])
        expect(RULE, seen.sends, (sent.passes,), f"{sent.app}, {sent.command.hex().upper()}")


def test_every_line_of_the_decision_order(handset: Handset):
    """A set of rules for each, tried by every app on three applications."""
    for case in the_cases(handset):
        handset.set_rules(case.rules)
        try:
            agrees(handset, case.rules, (PLAIN, ANOTHER, None))
        except Violation as violation:
            raise Violation(
                RULE, violation.got, violation.want, f"{case.turns_on}: {violation}"
            ) from None


@pytest.mark.needs("platform.element_double")
def test_who_hears_of_transactions(handset: Handset):
    """By the rule on events, and where it says nothing by that on commands."""
    for case in the_cases(handset):
        handset.set_rules(case.rules)
        hear = [app.name for app in handset.apps if decide(case.rules, PLAIN, app.hashes).nfc]
        expect(RULE, sorted(handset.phone.event(PLAIN)), sorted(hear), case.turns_on)


def test_any_rules_decide_as_the_model_says(handset: Handset, effort: Effort, seed: int):
    """Random sets of rules about the apps and applications at hand."""
    hashes = [told for app in handset.apps for told in app.hashes]
    said = st.sampled_from([None, NEVER, ALWAYS, ALWAYS, READ, PROPRIETARY])
    rules = st.builds(
        Rule,
        st.sampled_from([PLAIN, PLAIN, ANOTHER, ALL, None]),
        st.sampled_from([ALL, ALL, *hashes]),
        said,
        st.sampled_from([None, NEVER, ALWAYS]),
    ).filter(lambda rule: rule.apdu is not None or rule.nfc is not None)

    @seeded(seed)
    @settings(
        max_examples=effort.machine_walks // 2,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(rules, max_size=6))
    def decide_alike(held: list[Rule]) -> None:
        handset.set_rules(held)
        agrees(handset, tuple(held), (PLAIN, None))

    decide_alike()


@pytest.mark.parametrize("basic", [False, True], ids=["logical", "basic"])
def test_rules_count_on_both_kinds_of_channel(handset: Handset, basic: bool):
    one, other, _ = handset.of_one_signer[:3]
    rules = (Rule(PLAIN, one.hashes[0], READ),)
    handset.set_rules(rules)
    for app in (one, other):
        wanted = expected(decide(rules, PLAIN, app.hashes), COMMANDS)
        expect(RULE, handset.seen(app, PLAIN, COMMANDS, basic=basic), wanted, app.name)
    expect(RULE, handset.seen(other, None, (), basic=basic).opens, False, "no rule for the default")


def test_rules_that_change_count_at_the_next_opening(handset: Handset):
    """What is open stays open, by the rules of then."""
    app = handset.of_one_signer[0]
    may, may_not = Rule(PLAIN, app.hashes[0], ALWAYS), Rule(PLAIN, app.hashes[0], NEVER)
    handset.set_rules([may])
    channel = handset.channel(app, PLAIN)
    handset.store(may_not)
    expect(RULE, handset.seen(app, PLAIN, ()).opens, False, "a NEVER was stored")
    answer = handset.phone.transmit(channel, COMMANDS[0])
    expect(RULE, answer, b"\x90\x00", "the channel was open before")
    handset.set_rules([may])
    expect(RULE, handset.seen(app, PLAIN, ()).opens, True, "the NEVER was deleted")
    handset.changed(UPDATE_TAG, b"")
    expect(RULE, handset.seen(app, PLAIN, ()).opens, True, "only the tag is another")
