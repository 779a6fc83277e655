"""Many signatures of one key: the whole block, its length, its range, and the same every time."""

from __future__ import annotations

import pytest
from gmpy2 import powmod  # type: ignore[import-untyped]

from fixtures.bench import Bench
from fixtures.card.jpki import EF
from fixtures.effort import Effort
from fixtures.outcome import Inconclusive
from fixtures.targets.port import PrivateKeyParts
from fixtures.verdict import Findings
from suites.rsa_keys.harvest import public_key
from suites.rsa_keys.key import RsaKey
from suites.rsa_keys.remarked import Remarked
from suites.rsa_keys.signature_judge import (
    Signed,
    digest_info,
    encoded_message,
    judge_determinism,
    judge_signature,
)

EXACT = "JPKI-SIG-01"
MANY = {"distilled": 256, "quick": 500, "full": 5_000}  # signatures
TWICE = 16  # of them are made twice
SHORT = {"distilled": 2, "quick": 4, "full": 20}  # signatures with a zero in front


class Signer:
    """The user key of a card, with its PIN entered."""

    def __init__(self, bench: Bench) -> None:
        self.card = bench.card
        self.card.power_cycle()
        if not self.card.verify(EF.USER_PIN, bench.user_pin).ok:
            raise Inconclusive("the right user PIN is refused; see JPKI-PIN-01")
        self.key: RsaKey = public_key(self.card.public_key_object(EF.USER_KEY).data, "user key")

    def sign(self, data: bytes) -> Signed:
        answer = self.card.signature(EF.USER_KEY, data)
        if not answer.ok:
            raise Inconclusive(f"a signature is refused ({answer.sw:04X}); see JPKI-J-02")
        return Signed(data, answer.data)


@pytest.mark.requirement(EXACT)
@pytest.mark.needs("pin.auth", "key.generate")
def test_many_signatures_are_right_and_repeatable(
    bench: Bench, effort: Effort, seed: int, findings: Findings
):
    """Whatever goes wrong now and then; a wrong half of a computation gives the key away."""
    signer = Signer(bench)
    found = Remarked(findings, EXACT)
    for n in range(count := MANY[effort.name]):
        signed = signer.sign(digest_info(b"document %d of seed %d" % (n, seed)))
        found.note(judge_signature(signer.key, signed))
        if n < TWICE:
            found.note(judge_determinism(signer.key, signed, signer.sign(signed.data)))
    found.end(f"{count} signatures")


@pytest.mark.requirement(EXACT)
@pytest.mark.needs("pin.auth", "key.generate", "key.private_view")
def test_a_short_number_is_filled_up_in_front(bench: Bench, effort: Effort, findings: Findings):
    """Digests chosen with the private key, so that the signature begins with a zero."""
    signer = Signer(bench)
    private = bench.private_key(EF.USER_KEY)
    found = Remarked(findings, EXACT)
    for data in with_short_signatures(private, SHORT[effort.name]):
        found.note(judge_signature(signer.key, signer.sign(data)))
    found.end("signatures with a zero in front")


def with_short_signatures(key: PrivateKeyParts, count: int) -> list[bytes]:
    """DigestInfos whose signature is below 2**2040, about one in 200."""
    found: list[bytes] = []
    qinv = pow(key.q, -1, key.p)
    tried = 0
    while len(found) < count:
        data = digest_info(b"%d" % tried)
        em = int.from_bytes(encoded_message(data, 256), "big")
        at_p = int(powmod(em, key.d % (key.p - 1), key.p))
        at_q = int(powmod(em, key.d % (key.q - 1), key.q))
        s = at_q + key.q * ((at_p - at_q) * qinv % key.p)
        if s.bit_length() <= 2_040:
            found.append(data)
        tried += 1
    return found
