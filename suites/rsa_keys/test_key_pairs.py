"""Every key a target gives, as far as it lets it be seen: alone, beside the others, and inside.

FIPS 186-4 5.1 and B.3 (REQ-1-2-d), article 2 of the ministerial ordinance (JPKI-KEY-01), and the
signature of each new key (REQ-1-1-i). What public halves cannot show is said in
``suites.rsa_keys.battery`` and, for how many keys were seen, in the bounds of the population.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.effort import Effort
from fixtures.outcome import Inconclusive, NotRun
from fixtures.verdict import Finding, Findings, Verdict
from suites.rsa_keys import population
from suites.rsa_keys.containers import keys_in_der
from suites.rsa_keys.harvest import (
    DOCUMENT,
    ORDINANCE,
    STANDARD,
    USES,
    VALID,
    Plan,
    finding_of_signature,
    findings_of,
    findings_of_key,
    pairs_made,
    with_private_half,
    worn_less,
)
from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.signature_judge import Signed, digest_info, judge_crosswise, judge_distinctness

PLANS = {"distilled": Plan(2, 2), "quick": Plan(2, 2), "full": Plan(5, 4)}
"""8, 8 and 40 key pairs; a real specimen may make 100 in its life, unless its maker says more."""

INSIDE = {"distilled": Plan(2, 2), "quick": Plan(2, 5), "full": Plan(2, 50)}
"""8, 20 and 200 key pairs where nothing wears; see ``worn_less``."""

CERTIFICATES = {
    EF.USER_KEY: (EF.USER_CERTIFICATE, EF.USER_PIN),
    EF.SIGNATURE_KEY: (EF.SIGNATURE_CERTIFICATE, EF.PASSWORD),
}


def certified(bench: Bench, use: EF) -> RsaKey:
    """The key of a certificate on the card; ``Inconclusive`` where there is none to be read."""
    file, pin = CERTIFICATES[use]
    if not bench.card.verify(pin, bench.right(pin)).ok:
        raise Inconclusive("a right PIN is refused; see JPKI-PIN-01 and JPKI-PIN-02")
    found = next(keys_in_der(bench.card.read_file(file).data), None)
    if not isinstance(found, RsaKey):
        raise Inconclusive(f"EF {file:04X} holds no certificate with an RSA key; see JPKI-EF-01")
    return RsaKey(f"certified {USES[use]} key", found.n, found.e)


@pytest.mark.requirement(STANDARD, ORDINANCE)
@pytest.mark.needs("pin.auth", "pin.sign")
def test_the_certified_keys_are_two_that_meet_the_standard(bench: Bench, findings: Findings):
    """What the holder has: each key alone, and that they are two, by number and by signature."""
    bench.card.power_cycle()
    keys = {use: certified(bench, use) for use in USES}
    for key in keys.values():
        findings += findings_of_key(key)
    user, signing = keys.values()
    findings += findings_of(STANDARD, judge_distinctness([user, signing]), "both certified keys")
    for use, other in ((EF.USER_KEY, signing), (EF.SIGNATURE_KEY, user)):
        findings += crosswise(bench, use, keys[use], other)


def crosswise(bench: Bench, use: EF, key: RsaKey, other: RsaKey) -> Iterator[Finding]:
    """Whether the other key of the card verifies what this one signs."""
    subject = f"{key.subject} beside the other"
    data = digest_info(DOCUMENT)
    signature = bench.card.signature(use, data)
    if signature.ok:
        signed = Signed(data, signature.data)
        yield from findings_of(STANDARD, judge_crosswise(key, other, signed), subject)
    else:
        reason = f"a signature is refused ({signature.sw:04X}); see JPKI-J-02"
        yield Finding(STANDARD, Verdict.INCONCLUSIVE, reason, subject)


@pytest.mark.requirement(STANDARD, ORDINANCE, VALID)
@pytest.mark.needs("key.generate", "pin.auth", "pin.sign")
@pytest.mark.destructive
def test_every_new_key_meets_the_standard(bench: Bench, effort: Effort, findings: Findings):
    """Key pairs over power cycles: each alone, all together, and each by what it signs."""
    keys: list[RsaKey] = []
    try:
        for made in pairs_made(bench, PLANS[effort.name]):
            keys.append(made.key)
            findings += findings_of_key(made.key, deep=effort.name == "full")
            findings += finding_of_signature(made)
    except NotRun as why:
        findings.append(worn_out(why, keys))
    finally:
        findings += compared(keys)


def worn_out(why: NotRun, keys: list[RsaKey]) -> Finding:
    """The keys that are missing; ``NotRun`` where all are."""
    if not keys:
        raise why
    return Finding(STANDARD, Verdict.NOT_RUN, str(why), "the other new keys")


def compared(keys: list[RsaKey]) -> Iterator[Finding]:
    """What the keys are to each other; nothing for fewer than two."""
    if len(keys) > 1:
        together = population.examine(keys)
        yield from findings_of(STANDARD, together.remarks, f"{len(keys)} new keys together")


@pytest.mark.requirement(STANDARD, ORDINANCE)
@pytest.mark.needs("key.private_view", "key.generate", "pin.auth", "pin.sign")
@pytest.mark.destructive
def test_the_private_halves_meet_the_standard(bench: Bench, effort: Effort, findings: Findings):
    """K01 to K11 on what a specimen in test mode tells of itself; power cycled in between."""
    wanted = INSIDE[effort.name]
    plan = worn_less(bench, wanted)
    if plan != wanted:
        findings.append(fewer(plan, wanted))
    keys: list[RsaKey] = []
    try:
        for made in pairs_made(bench, plan):
            keys.append(with_private_half(made.key, bench.private_key(made.use)))
            findings += findings_of_key(keys[-1])
    except NotRun as why:
        findings.append(worn_out(why, keys))


def fewer(plan: Plan, wanted: Plan) -> Finding:
    """No verdict on anything, but whoever reads the report knows."""
    reason = f"{plan.pairs} pairs instead of {wanted.pairs}, to spare the specimen ([limits])"
    return Finding(STANDARD, Verdict.PASS, reason, "number of key pairs")
