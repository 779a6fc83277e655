"""The rules of the JPKI, one method each, without store or network.

Desks and responders ask them; a fault overrides one of them.
"""

from __future__ import annotations

import secrets
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ocsp

from reference_impl.jpki.issued import Issued, Status
from reference_impl.jpki.profile import Purpose

if TYPE_CHECKING:
    from cryptography.x509 import OCSPNonce

JAPAN = timezone(timedelta(hours=9), "JST")
CARD_BIRTHDAYS = 5  # "until the fifth birthday after issue"
MODULUS_BITS = 2048
LIST_EVERY = timedelta(days=1)
LIST_LIFE = timedelta(days=2)  # yesterday's is still good while the new one is put in place
ANSWER_LIFE = timedelta(minutes=15)  # OUR DESIGN

AFFILIATION_CHANGED = "affiliationChanged"
CESSATION = "cessationOfOperation"
HOLD = "certificateHold"
KEY_COMPROMISE = "keyCompromise"
SUPERSEDED = "superseded"


class Terms:
    """How long a certificate lives."""

    def of_card(self, issued: datetime, birth_date: str, card_expires: datetime) -> datetime:
        """Until the fifth birthday after issue, and no longer than the card."""
        return min(self.fifth_birthday(issued, birth_date), card_expires)

    def of_phone(self, issued: datetime, basis: Issued) -> datetime:
        """Until the certificate of the card, on which it rests, expires."""
        return basis.not_after

    def fifth_birthday(self, issued: datetime, birth_date: str) -> datetime:
        """``birth_date`` is EYYYYMMDD; a day that a month does not have is its last."""
        today = issued.astimezone(JAPAN).date()
        month, day = int(birth_date[5:7]), int(birth_date[7:9])
        first = today.year + ((month, day) <= (today.month, today.day))
        year = first + CARD_BIRTHDAYS - 1
        return end_of_day(date(year, month, min(day, monthrange(year, month)[1])))


def end_of_day(day: date) -> datetime:
    """The last second of a day in Japan, UTC."""
    return datetime.combine(day, time(23, 59, 59), JAPAN).astimezone(UTC)


class Serials:
    """The numbers of certificates."""

    def next(self) -> int:
        """64 random bits behind a leading one: never twice (RFC 5280 4.1.2.2)."""
        return 1 << 64 | secrets.randbits(64)


class KeyRules:
    """Which public keys are certified."""

    def is_acceptable(self, key: rsa.RSAPublicKey) -> bool:
        e = key.public_numbers().e
        return key.key_size == MODULUS_BITS and 65537 <= e < 1 << 256 and e % 2 == 1


class LifeRules:
    """The states of a certificate, the ways between them, and what a change concerns."""

    def may_become(self, now: Status, then: Status) -> bool:
        """Good → hold, good → revoked, hold → revoked; there is no other way."""
        order = [Status.GOOD, Status.HOLD, Status.REVOKED]
        return order.index(now) < order.index(then)

    def status_at(self, issued: Issued, moment: datetime) -> Status:
        """What is told of a certificate; time alone changes nothing."""
        return issued.status

    def concerned_by_change(self) -> frozenset[Purpose]:
        """Which certificates a change of name or address makes wrong: those that tell them."""
        return frozenset({Purpose.SIGNATURE})

    def reason_of_change(self) -> str:
        return AFFILIATION_CHANGED

    def is_on_another_phone(self, issued: Issued, application: str) -> bool:
        """One person has certificates on one phone: that of the latest application."""
        return issued.application != application

    def is_told_again(self, known: Issued) -> bool:
        """An application has one certificate of a purpose: an answer that was lost is repeated."""
        return True


class ListRules:
    """What stands in a revocation list, and when the next one is published."""

    def is_due(self, published_at: datetime, now: datetime) -> bool:
        return now >= published_at + LIST_EVERY

    def speaks_of(self, issued: Issued, prefecture: str, municipality: str) -> bool:
        """Whether a certificate belongs to the list of a municipality: if it names that list."""
        return (issued.prefecture, issued.municipality) == (prefecture, municipality)

    def is_listed(self, status: Status, not_after: datetime, now: datetime) -> bool:
        """Revoked or on hold, until it expires."""
        return status is not Status.GOOD and not_after >= now

    def reason(self, told: str) -> x509.ReasonFlags | None:
        """``unspecified`` is left out, as RFC 5280 5.3.1 asks."""
        flag = x509.ReasonFlags(told)
        return None if flag is x509.ReasonFlags.unspecified else flag


class AnswerRules:
    """What an OCSP response says (RFC 6960)."""

    def status(self, told: Status | None) -> ocsp.OCSPCertStatus:
        """A certificate that was never issued is not good but unknown (2.2)."""
        if told is None:
            return ocsp.OCSPCertStatus.UNKNOWN
        good = told is Status.GOOD
        return ocsp.OCSPCertStatus.GOOD if good else ocsp.OCSPCertStatus.REVOKED

    def moment(self, now: datetime) -> datetime:
        """The instant an answer speaks of: that of the question."""
        return now.replace(microsecond=0)

    def echoed(self, nonce: OCSPNonce | None) -> OCSPNonce | None:
        """The nonce of the answer: that of the question (4.4.1)."""
        return nonce
