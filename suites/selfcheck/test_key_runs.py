"""Runs over many keys and signatures: what was seen stands, however the run ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from gmpy2 import powmod  # type: ignore[import-untyped]

from fixtures.bench import Bench
from fixtures.card.apdu import Response
from fixtures.card.jpki import EF
from fixtures.effort import Effort
from fixtures.outcome import Inconclusive, NotRun
from fixtures.targets.port import PrivateKeyParts
from fixtures.verdict import Findings, Verdict
from suites.rsa_keys import harvest, recipes, test_key_pairs, test_signatures
from suites.rsa_keys.key import KeyClass, Remark, RsaKey
from suites.rsa_keys.remarked import MOST_SHOWN, Remarked
from suites.rsa_keys.signature_judge import encoded_message

KEY = recipes.make_one(recipes.GOOD, 1)
OTHER = recipes.make_one(recipes.GOOD, 2)
DISTILLED = cast("Effort", SimpleNamespace(name="distilled"))
FULL = cast("Effort", SimpleNamespace(name="full"))


def template(key: RsaKey) -> bytes:
    n = key.n.to_bytes((key.n.bit_length() + 7) // 8, "big")
    return (
        bytes.fromhex("7F49820109") + b"\x81\x82" + len(n).to_bytes(2, "big") + n
        + bytes.fromhex("8203010001")
    )  # fmt: skip


def signed(key: RsaKey, data: bytes) -> bytes:
    em = int.from_bytes(encoded_message(data, 256), "big")
    return int(powmod(em, key.d or 0, key.n)).to_bytes(256, "big")


def with_a_wrong_half(key: RsaKey, data: bytes) -> bytes:
    p, q = key.p or 0, key.q or 0
    em = int.from_bytes(encoded_message(data, 256), "big")
    at_p, at_q = int(powmod(em, key.dp or 0, p)) ^ 1, int(powmod(em, key.dq or 0, q))
    return (at_q + q * ((at_p - at_q) * (key.qinv or 0) % p)).to_bytes(256, "big")


Signing = Callable[[RsaKey, bytes], bytes]


@dataclass
class Card:
    """Hands out these keys in turn, signs as it is told, and refuses or wears out in the end."""

    made: Iterator[RsaKey] = field(default_factory=lambda: iter(()))
    signing: Signing = signed
    refuses_after: int = 1 << 30  # signatures
    wears_out_after: int = 1 << 30  # key pairs
    held: dict[EF, RsaKey] = field(default_factory=dict)
    signatures: int = 0
    pairs: int = 0

    def power_cycle(self) -> None: ...

    def authenticate_administrator(self, key: bytes) -> None: ...

    def verify(self, _: EF, candidate: bytes) -> Response:
        return Response(b"", 0x9000 if candidate == b"1234" else 0x63C2)

    def public_key_object(self, ef: EF) -> Response:
        return Response(template(self.held.get(ef, KEY)), 0x9000)

    def generate(self, ef: EF) -> Response:
        if self.pairs == self.wears_out_after:
            raise NotRun("the statement allows no more")
        self.pairs += 1
        self.held[ef] = next(self.made)
        return self.public_key_object(ef)

    def signature(self, ef: EF, data: bytes) -> Response:
        if self.signatures == self.refuses_after:
            return Response(b"", 0x6F00)
        self.signatures += 1
        return Response(self.signing(self.held.get(ef, KEY), data), 0x9000)

    def private(self, ef: EF) -> PrivateKeyParts:
        key = self.held[ef]
        return PrivateKeyParts(
            key.n, key.e, key.d or 0, key.p or 0, key.q or 0, key.dp, key.dq, key.qinv
        )


def bench_of(card: Card, *, wears: bool = False, key_generations: int = 100) -> Bench:
    wear = SimpleNamespace(limits={"key_generations": key_generations}) if wears else None
    return cast("Bench", SimpleNamespace(
        card=card, user_pin=b"1234", administrator_key=b"", right=lambda _: b"1234",
        private_key=card.private, guard=SimpleNamespace(wear=wear) if wears else None,
        statement=SimpleNamespace(limits=SimpleNamespace(key_generations=key_generations)),
    ))  # fmt: skip


def run(test: Callable[..., Any], *words: Any) -> Findings:
    """What a check found, whatever ended it."""
    findings = Findings()
    try:
        test(*words, findings)
    except (Inconclusive, NotRun):
        return findings
    return findings


# --- signatures ---------------------------------------------------------------------------


def test_wrong_halves_before_a_refusal_are_told():
    """Twenty signatures that give the key away, and then the card signs no more."""
    card = Card(signing=with_a_wrong_half, refuses_after=20)
    findings = Findings()
    with pytest.raises(Inconclusive, match="6F00"):
        test_signatures.test_many_signatures_are_right_and_repeatable(
            bench_of(card), DISTILLED, 1, findings
        )
    assert {one.verdict for one in findings} == {Verdict.FAIL}
    assert len(findings) == MOST_SHOWN + 1
    assert all("FAIL-BROKEN crt fault" in one.reason for one in findings[:MOST_SHOWN])


def test_right_signatures_pass_once():
    card = Card()
    found = run(
        test_signatures.test_many_signatures_are_right_and_repeatable, bench_of(card), DISTILLED, 1
    )
    assert [one.verdict for one in found] == [Verdict.PASS]
    assert card.signatures == 256 + 16


def remark(name: str, key_class: KeyClass = KeyClass.CONFORMANCE) -> Remark:
    return Remark(name, key_class, "RFC 8017", "a reason", "key")


def test_what_breaks_the_key_is_told_first_and_the_rest_is_counted():
    findings = Findings()
    found = Remarked(findings, "JPKI-SIG-01")
    for number in range(MOST_SHOWN + 3):
        found.note([remark(f"form {number}")])
    found.note([remark("crt fault", KeyClass.BROKEN)])
    found.end("signatures")
    assert "crt fault" in findings[0].reason
    assert "form 0" in findings[1].reason
    assert len(findings) == MOST_SHOWN + 1
    assert findings[-1].reason.startswith("4 more remarks of 14 are not shown, 0 of them")


def test_broken_ones_that_are_not_shown_are_counted():
    findings = Findings()
    Remarked(findings, "JPKI-SIG-01").note([remark("crt fault", KeyClass.BROKEN)] * 12)
    assert findings[-1].reason == "2 more remarks of 12 are not shown, 2 of them FAIL-BROKEN"


# --- key pairs ----------------------------------------------------------------------------


def good_keys(count: int) -> list[RsaKey]:
    return [recipes.make_one(recipes.GOOD, seed) for seed in range(count)]


def told(findings: Findings, requirement: str = "REQ-1-2-d") -> list[Verdict]:
    return [one.verdict for one in findings if one.requirement == requirement]


def test_private_halves_seen_before_the_budget_ended_are_judged():
    first, second, third = good_keys(3)
    bad = replace(second, d=(second.d or 0) + 2)
    card = Card(iter([first, bad, third]), wears_out_after=3)
    findings = Findings()
    test_key_pairs.test_the_private_halves_meet_the_standard(bench_of(card), DISTILLED, findings)
    assert told(findings) == [Verdict.PASS, Verdict.FAIL, Verdict.PASS, Verdict.NOT_RUN]
    assert findings[-1].reason == "the statement allows no more"


def test_private_halves_are_judged_before_the_next_pair_is_made():
    """A card that is gone after the second pair leaves what was seen of two."""
    card = Card(iter(good_keys(2)))  # and then StopIteration, the bench's own trouble
    findings = Findings()
    with pytest.raises(RuntimeError):
        test_key_pairs.test_the_private_halves_meet_the_standard(
            bench_of(card), DISTILLED, findings
        )
    assert told(findings) == [Verdict.PASS] * 2


@pytest.mark.parametrize(("allowed", "made"), [(100, 24), (4, 4), (2_000, 200)])
def test_a_specimen_that_wears_makes_a_quarter_of_what_its_statement_allows(allowed, made):
    bench = bench_of(Card(), wears=True, key_generations=allowed)
    assert harvest.worn_less(bench, test_key_pairs.INSIDE["full"]).pairs == made


def test_fewer_pairs_are_told():
    card = Card(iter(good_keys(4)))
    findings = Findings()
    test_key_pairs.test_the_private_halves_meet_the_standard(
        bench_of(card, wears=True, key_generations=4), FULL, findings
    )
    assert card.pairs == 4
    assert findings[0].reason == "4 pairs instead of 200, to spare the specimen ([limits])"


def test_new_keys_seen_before_the_budget_ended_are_compared():
    card = Card(iter([KEY, OTHER]), wears_out_after=2)
    findings = Findings()
    test_key_pairs.test_every_new_key_meets_the_standard(bench_of(card), DISTILLED, findings)
    assert told(findings) == [Verdict.PASS, Verdict.PASS, Verdict.NOT_RUN, Verdict.PASS]
    assert findings[-1].subject == "2 new keys together"
    assert told(findings, "REQ-1-1-i") == [Verdict.PASS] * 2


def test_no_pair_at_all_is_not_run():
    with pytest.raises(NotRun):
        test_key_pairs.test_every_new_key_meets_the_standard(
            bench_of(Card(wears_out_after=0)), DISTILLED, Findings()
        )


def test_an_old_pair_is_inconclusive_even_where_the_budget_ends_after_it():
    """One pair twice in a row is not a duplicate of two devices."""
    card = Card(iter([KEY, OTHER, KEY]), wears_out_after=3)
    findings = Findings()
    with pytest.raises(Inconclusive, match="the old pair came out; see REQ-1-1-a"):
        test_key_pairs.test_every_new_key_meets_the_standard(bench_of(card), DISTILLED, findings)
    assert set(told(findings)) == {Verdict.PASS}


def test_a_pair_that_comes_again_after_a_power_cycle_is_a_duplicate():
    card = Card(iter([*good_keys(4), good_keys(1)[0]]), wears_out_after=5)
    findings = Findings()
    test_key_pairs.test_every_new_key_meets_the_standard(bench_of(card), DISTILLED, findings)
    duplicates = [one.subject for one in findings if "FAIL-BROKEN duplicate" in one.reason]
    assert duplicates == ["key 1 (user, power-up 1)", "key 5 (user, power-up 2)"]


# --- both keys of a card ------------------------------------------------------------------


def test_a_refused_signature_leaves_the_cross_check_open():
    bench = bench_of(Card(refuses_after=0))
    (found,) = test_key_pairs.crosswise(bench, EF.USER_KEY, KEY, OTHER)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason == "a signature is refused (6F00); see JPKI-J-02"


@pytest.mark.parametrize(("other", "verdict"), [(OTHER, Verdict.PASS), (KEY, Verdict.FAIL)])
def test_the_other_key_verifies_nothing(other: RsaKey, verdict: Verdict):
    (found,) = test_key_pairs.crosswise(bench_of(Card()), EF.USER_KEY, KEY, other)
    assert (found.requirement, found.verdict) == ("REQ-1-2-d", verdict)
