"""Key pairs from a target, and what the judges say of them as findings.

Whether a target makes key pairs at all, and makes a new one each time, is asked elsewhere
(REQ-1-1-a); where it does not, there is nothing to judge here, and the ending is ``Inconclusive``.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fixtures.card.jpki import EF
from fixtures.outcome import Inconclusive
from fixtures.verdict import Finding, Verdict
from suites.applet.signatures import public_numbers
from suites.rsa_keys.battery import Battery
from suites.rsa_keys.key import KeyClass, RsaKey
from suites.rsa_keys.ordinance import judge_ordinance
from suites.rsa_keys.signature_judge import Signed, digest_info, judge_signature
from suites.rsa_keys.validator import Profile, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fixtures.bench import Bench
    from fixtures.card.jpki import JpkiCard
    from fixtures.targets.port import PrivateKeyParts
    from suites.rsa_keys.key import Remark

STANDARD, ORDINANCE, VALID = "REQ-1-2-d", "JPKI-KEY-01", "REQ-1-1-i"
USES = {EF.USER_KEY: "user", EF.SIGNATURE_KEY: "signature"}
DOCUMENT = b"a new key signs"
SHARES = 4  # of the pairs that a statement allows a specimen in its life, one is for one test
SMALLEST_JUDGED = 1_024  # bits of a modulus that a DigestInfo and its padding fit into


@dataclass(frozen=True)
class Plan:
    """How many key pairs are made: in each power-up, so many rounds of one pair for each use."""

    power_ups: int
    rounds: int

    @property
    def pairs(self) -> int:
        return self.power_ups * self.rounds * len(USES)


@dataclass(frozen=True)
class Made:
    """A key pair that was made, and the first thing it signed."""

    use: EF
    power_up: int
    key: RsaKey
    signed: Signed | None = None  # None where it refused to sign


def pairs_made(bench: Bench, plan: Plan) -> Iterator[Made]:
    """Key pairs by plan, over power cycles, each as soon as it is made; each signs once.

    ``Inconclusive`` where none comes out, or a pair comes twice in a row; ``NotRun`` where the wear
    of the specimen allows no more. Whoever judges each pair as it comes keeps what was found.
    """
    place = 0
    for power_up in range(1, plan.power_ups + 1):
        card = opened(bench)
        before: dict[EF, Made] = {}
        for _ in range(plan.rounds):
            for use in USES:
                place += 1
                made = make(card, use, power_up, place)
                insist_on_a_new_pair(before.get(use), made)
                before[use] = made
                yield made


def worn_less(bench: Bench, plan: Plan) -> Plan:
    """The plan, or fewer rounds where pairs wear a specimen: one test takes its share, no more."""
    if bench.guard is None or bench.guard.wear is None:
        return plan
    share = bench.statement.limits.key_generations // SHARES
    return replace(plan, rounds=min(plan.rounds, max(1, share // (len(USES) * plan.power_ups))))


def opened(bench: Bench) -> JpkiCard:
    """A card just switched on, before which the administrator and the holder have shown up."""
    card = bench.card
    card.power_cycle()
    card.authenticate_administrator(bench.administrator_key)
    for ef in (EF.USER_PIN, EF.PASSWORD):
        if not card.verify(ef, bench.right(ef)).ok:
            raise Inconclusive("a right PIN is refused; see JPKI-PIN-01 and JPKI-PIN-02")
    return card


def make(card: JpkiCard, use: EF, power_up: int, place: int) -> Made:
    """One key pair, and its signature. ``Inconclusive`` where none comes out."""
    subject = f"key {place} ({USES[use]}, power-up {power_up})"
    answer = card.generate(use)
    if not answer.ok:
        raise Inconclusive(f"{subject}: no key pair is made ({answer.sw:04X}); see REQ-1-1-a")
    key = public_key(answer.data, subject)
    data = digest_info(DOCUMENT)
    signature = card.signature(use, data)
    return Made(use, power_up, key, Signed(data, signature.data) if signature.ok else None)


def public_key(template: bytes, subject: str) -> RsaKey:
    """The key of a template 7F49; ``Inconclusive`` where it is none."""
    try:
        n, e = public_numbers(template)
    except ValueError as why:
        raise Inconclusive(f"{subject}: no public key comes out ({why}); see REQ-1-1-i") from None
    return RsaKey(subject, n, e)


def with_private_half(key: RsaKey, parts: PrivateKeyParts) -> RsaKey:
    """The key as its specimen tells it in test mode, public half included."""
    return replace(
        key, n=parts.n, e=parts.e, d=parts.d, p=parts.p, q=parts.q,
        dp=parts.dp, dq=parts.dq, qinv=parts.qinv,
    )  # fmt: skip


def insist_on_a_new_pair(before: Made | None, made: Made) -> None:
    """``Inconclusive`` for the modulus that was there before."""
    if before is not None and before.key.n == made.key.n:
        raise Inconclusive(f"{made.key.subject}: the old pair came out; see REQ-1-1-a")


# --- findings -----------------------------------------------------------------------------


def against_the_standard(key: RsaKey, *, deep: bool = False) -> list[Remark]:
    """Validator and battery on one key, as much of it as is known."""
    found = judge(key, Profile.FIPS186_4, secrets.randbelow)
    return [*found.remarks, *Battery(deep=deep).examine(key)]


def findings_of_key(key: RsaKey, *, deep: bool = False) -> Iterator[Finding]:
    """The standard and the ordinance on one key."""
    yield from findings_of(STANDARD, against_the_standard(key, deep=deep), key.subject)
    yield from findings_of(ORDINANCE, judge_ordinance(key, secrets.randbelow), key.subject)


def finding_of_signature(made: Made) -> Iterator[Finding]:
    """Whether the key that was made signs for the public half that came out."""
    subject = made.key.subject
    if made.signed is None:
        yield Finding(VALID, Verdict.INCONCLUSIVE, "it refuses to sign; see JPKI-J-02", subject)
    elif made.key.n.bit_length() < SMALLEST_JUDGED or made.key.e < 1:
        yield Finding(VALID, Verdict.FAIL, "it is no RSA key that could verify", subject)
    else:
        yield from findings_of(VALID, judge_signature(made.key, made.signed), subject)


def findings_of(requirement: str, remarks: Iterable[Remark], subject: str) -> Iterator[Finding]:
    """Remarks as findings; one PASS where there are none."""
    told = False
    for remark in remarks:
        told = True
        yield finding(requirement, remark)
    if not told:
        yield Finding(requirement, Verdict.PASS, subject=subject)


def finding(requirement: str, remark: Remark) -> Finding:
    """One remark, with its class and clause in front of its reason."""
    where = "" if remark.key_class is KeyClass.FINGERPRINT else f"{remark.subject}: "
    return Finding(
        requirement,
        remark.verdict,
        f"{where}{remark.key_class} {remark.criterion} ({remark.clause}): {remark.reason}",
        remark.subject,
        remark.statistic,
        remark.bound,
        remark.unit,
    )
