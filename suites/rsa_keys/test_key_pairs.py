"""Every key a target gives, as far as it lets it be seen: alone, beside the others, and inside.

FIPS 186-4 5.1 and B.3 (REQ-1-2-d), article 2 of the ministerial ordinance (JPKI-KEY-01), and the
signature of each new key (REQ-1-1-i). What public halves cannot show is said in
``suites.rsa_keys.battery`` and, for how many keys were seen, in the bounds of the population.
"""

from __future__ import annotations

import pytest

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.effort import Effort
from fixtures.outcome import Inconclusive
from fixtures.verdict import Finding, Findings, Verdict
from suites.applet.signatures import digest_info
from suites.rsa_keys import population
from suites.rsa_keys.containers import keys_in_der
from suites.rsa_keys.harvest import (
    DOCUMENT,
    ORDINANCE,
    STANDARD,
    USES,
    VALID,
    Made,
    Plan,
    finding_of_signature,
    findings_of,
    findings_of_key,
    harvest,
    make,
    opened,
    with_private_half,
)
from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.signature_judge import Signed, judge_crosswise, judge_distinctness

PLANS = {"distilled": Plan(2, 2), "quick": Plan(2, 2), "full": Plan(5, 4)}
"""8, 8 and 40 key pairs; a real specimen may make 100 in its life, unless its maker says more."""

INSIDE = {"distilled": 3, "quick": 10, "full": 100}  # pairs of each use, where nothing wears
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
    remarks = judge_distinctness([user, signing])
    for use, other in ((EF.USER_KEY, signing), (EF.SIGNATURE_KEY, user)):
        data = digest_info(DOCUMENT)
        signature = bench.card.signature(use, data)
        if signature.ok:
            remarks += judge_crosswise(keys[use], other, Signed(data, signature.data))
    findings += findings_of(STANDARD, remarks, "both certified keys")


@pytest.mark.requirement(STANDARD, ORDINANCE, VALID)
@pytest.mark.needs("key.generate", "pin.auth", "pin.sign")
@pytest.mark.destructive
def test_every_new_key_meets_the_standard(bench: Bench, effort: Effort, findings: Findings):
    """Key pairs over power cycles: each alone, all together, and each by what it signs."""
    found = harvest(bench, PLANS[effort.name])
    for made in found.made:
        findings += findings_of_key(made.key, deep=effort.name == "full")
        findings += finding_of_signature(made)
    together = population.examine(found.keys)
    findings += findings_of(STANDARD, together.remarks, f"{len(found.keys)} new keys together")
    if found.stopped:
        findings.append(Finding(STANDARD, Verdict.NOT_RUN, found.stopped, "the other new keys"))


@pytest.mark.requirement(STANDARD, ORDINANCE)
@pytest.mark.needs("key.private_view", "key.generate", "pin.auth", "pin.sign")
@pytest.mark.destructive
def test_the_private_halves_meet_the_standard(bench: Bench, effort: Effort, findings: Findings):
    """K01 to K11 on what a specimen in test mode tells of itself; power cycled in between."""
    made: list[Made] = []
    for power_up in (1, 2):
        card = opened(bench)
        for _ in range(-(-INSIDE[effort.name] // 2)):
            for use in USES:
                one = make(card, use, power_up, len(made) + 1)
                key = with_private_half(one.key, bench.private_key(use))
                made.append(Made(use, power_up, key, one.signed))
    for one in made:
        findings += findings_of_key(one.key)
