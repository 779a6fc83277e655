"""Key pairs from a target, and what the judges say of them as findings.

Whether a target makes key pairs at all, and makes a new one each time, is asked elsewhere
(REQ-1-1-a); where it does not, there is nothing to judge here, and the ending is ``Inconclusive``.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from fixtures.card.jpki import EF
from fixtures.outcome import Inconclusive, NotRun
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
SMALLEST_JUDGED = 1_024  # bits of a modulus that a DigestInfo and its padding fit into


@dataclass(frozen=True)
class Plan:
    """How many key pairs are made: in each power-up, so many rounds of one pair for each use."""

    power_ups: int
    rounds: int


@dataclass(frozen=True)
class Made:
    """A key pair that was made, and the first thing it signed."""

    use: EF
    power_up: int
    key: RsaKey
    signed: Signed | None = None  # None where it refused to sign


@dataclass(frozen=True)
class Harvest:
    """The key pairs in the order they were made, and why there are no more."""

    made: tuple[Made, ...]
    stopped: str = ""

    @property
    def keys(self) -> tuple[RsaKey, ...]:
        return tuple(made.key for made in self.made)


def harvest(bench: Bench, plan: Plan) -> Harvest:
    """Make key pairs by plan, over power cycles; each signs once.

    Where the wear of the specimen allows no more, those that were made are judged. ``Inconclusive``
    where none is made, or a pair comes twice in a row.
    """
    made: list[Made] = []
    try:
        for power_up in range(1, plan.power_ups + 1):
            card = opened(bench)
            for _ in range(plan.rounds):
                made += [
                    make(card, use, power_up, len(made) + place + 1)
                    for place, use in enumerate(USES)
                ]
    except NotRun as why:
        if not made:
            raise
        return Harvest(tuple(made), str(why))
    insist_on_new_pairs(made)
    return Harvest(tuple(made))


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


def insist_on_new_pairs(made: list[Made]) -> None:
    for use in USES:
        mine = [one for one in made if one.use is use]
        for one, after in pairwise(mine):
            if one.power_up == after.power_up and one.key.n == after.key.n:
                raise Inconclusive(f"{after.key.subject}: the old pair came out; see REQ-1-1-a")


# --- findings -----------------------------------------------------------------------------


def against_the_standard(key: RsaKey, *, deep: bool = False) -> list[Remark]:
    """Validator and battery on one key, as much of it as is known."""
    found = judge(key, Profile.FIPS186_4, secrets.randbelow)
    return [*found.remarks, *Battery(deep=deep).weaknesses(key)]


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
