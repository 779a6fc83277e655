"""Test persons with cards and phones, as the checks of the JPKI system bring them.

Cards and phones here are key pairs of the tester: what is judged is the JPKI system. Where the
target is as new for every test, key pairs are taken from a pool made once in a process; a system
that remembers gets new ones every time.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fixtures.outcome import Inconclusive
from fixtures.services.jpki_client import JpkiClient, Told, Use, document, signed
from suites.certificates.answers import Answer, Question, read_answer

if TYPE_CHECKING:
    from fixtures.bench import Bench
    from fixtures.services.http_json import Reply

PERSON = {
    "name": "合成　花子",
    "birth_date": "419990102",
    "sex": "2",
    "address": "合成県試験市架空町一丁目２番３号",
    "prefecture": "Synthetic-ken",
    "municipality": "Shiken-shi",
}
YEARS = timedelta(days=3_650)  # that a card lives


@dataclass
class Holder:
    """A person with a card: what the municipality told, and the keys on the card."""

    person: str
    card: str
    keys: dict[Use, rsa.RSAPrivateKey] = field(repr=False)
    certificates: dict[Use, Told]


@dataclass
class Phone:
    """A phone with certificates, and the application they came by."""

    application: str
    keys: dict[Use, rsa.RSAPrivateKey] = field(repr=False)
    certificates: dict[Use, Told]


@dataclass
class Office:
    """All that a check does with the JPKI system, on a bench."""

    bench: Bench
    drawn: int = 0

    @property
    def client(self) -> JpkiClient:
        return JpkiClient(lambda peer: self.bench.service("jpki", peer))

    def now(self) -> datetime:
        if self.bench.statement.has("services.clock"):
            return self.bench.service_time()
        return datetime.now(UTC)

    def new_key(self) -> rsa.RSAPrivateKey:
        if not self.bench.statement.has("specimen.renew"):
            return rsa.generate_private_key(65537, 2048)
        self.drawn += 1
        return _pooled(self.drawn)

    def new_keys(self) -> dict[Use, rsa.RSAPrivateKey]:
        return {use: self.new_key() for use in Use}

    # --- steps that have to succeed before anything can be judged ------------------------

    def holder(self, life: timedelta = YEARS, differing: dict[str, str] | None = None) -> Holder:
        """A new person with a new card."""
        keys = self.new_keys()
        expires = (self.now() + life).date().isoformat()
        reply = self.client.new_card(PERSON | (differing or {}), expires, spki(keys))
        told = reply.told()
        return Holder(told["person_id"], told["card_id"], keys, _by_use(told["certificates"]))

    def renewed(self, holder: Holder, life: timedelta) -> Holder:
        """The same person with a new card."""
        keys = self.new_keys()
        expires = (self.now() + life).date().isoformat()
        told = self.client.renew_card(holder.card, expires, spki(keys)).told()
        return Holder(told["person_id"], told["card_id"], keys, _by_use(told["certificates"]))

    def phone(self, holder: Holder) -> Phone:
        """Both certificates on a new phone of this person."""
        application = str(self.client.apply(self.application(holder)).told()["application_id"])
        keys = self.new_keys()
        certificates = {
            use: Told.of(self.client.certify(application, use, spki(keys)[use]).told())
            for use in Use
        }
        return Phone(application, keys, certificates)

    def application(self, holder: Holder, **differing: Any) -> dict[str, str]:
        """An application that the holder has signed with the card."""
        told = document("apply", self.now(), secrets.token_bytes(16)) | differing
        return self.signed(holder, told)

    def signed(self, holder: Holder | Phone, told: dict[str, Any]) -> dict[str, str]:
        body = json.dumps(told).encode()
        signature = holder.keys[Use.SIGNATURE].sign(body, PKCS1v15(), SHA256())
        return signed(body, signature, holder.certificates[Use.SIGNATURE].der)

    def revocation(
        self, holder: Holder | Phone, told: list[Told], reason: str = "cessationOfOperation"
    ) -> dict[str, str]:
        """A revocation that the holder has signed."""
        named = [{"purpose": one.use.value, "serial": f"{one.serial:x}"} for one in told]
        asked = document(
            "revoke", self.now(), secrets.token_bytes(16), reason=reason, certificates=named
        )
        return self.signed(holder, asked)

    # --- what a verifier finds -----------------------------------------------------------

    def issuer(self, use: Use) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.client.authority(use))

    def asked(self, use: Use, der: bytes) -> Answer:
        """The online status of a certificate, believed or not."""
        certificate = x509.load_der_x509_certificate(der)
        at = self.now().timestamp()
        question = Question(certificate, self.issuer(use), secrets.token_bytes(16), at)
        return read_answer(self.client.status(use, question.request()), question)

    def status(self, told: Told) -> tuple[str, str | None]:
        """What verifiers are told of a certificate: status and reason.

        ``Inconclusive`` where the answer cannot be believed or the system's own books say
        otherwise: that is REQ-5-1-c's to judge.
        """
        answer = self.asked(told.use, told.der)
        if not answer.sound:
            raise Inconclusive(f"the OCSP answer is not sound ({answer.misses[0]}); see REQ-5-1-c")
        book = self.book(told)
        if (answer.status == "good") != (book.status == "good"):
            raise Inconclusive(
                f"OCSP says {answer.status}, the books of the system {book.status}; see REQ-5-1-c"
            )
        return answer.status, answer.reason

    def book(self, told: Told) -> Told:
        """What the system itself keeps of a certificate."""
        return Told.of(self.client.show_certificate(told.use, told.serial).told())


def all_of(*holders: Holder | Phone) -> list[Told]:
    return [told for holder in holders for told in holder.certificates.values()]


def expect_own_numbers(*holders: Holder | Phone) -> None:
    """``Inconclusive`` where a number stands for two certificates: then no status says which."""
    numbers = [(told.use, told.serial) for told in all_of(*holders)]
    if len(set(numbers)) < len(numbers):
        raise Inconclusive("a number was given to two certificates; see JPKI-CERT-01")


def expect_ok(reply: Reply) -> Any:
    return reply.told()


def spki(keys: dict[Use, rsa.RSAPrivateKey]) -> dict[Use, bytes]:
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    return {use: key.public_key().public_bytes(*form) for use, key in keys.items()}


def loaded(told: Told) -> x509.Certificate:
    return x509.load_der_x509_certificate(told.der)


def _by_use(values: list[dict[str, Any]]) -> dict[Use, Told]:
    return {one.use: one for one in map(Told.of, values)}


@lru_cache(maxsize=64)
def _pooled(_: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)
