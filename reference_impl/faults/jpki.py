"""What goes wrong in a JPKI system: certificates, their states, and who may ask for what.

Only classes that need neither store nor web framework are touched here, for every command that
knows the faults by name loads this module.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509 import ocsp

from reference_impl.faults.registry import fault
from reference_impl.jpki.documents import Notary, Signed
from reference_impl.jpki.holder import Holder
from reference_impl.jpki.issued import Issued, Status
from reference_impl.jpki.profile import (
    CertificateProfile,
    Purpose,
    distribution_point,
    key_usage,
)
from reference_impl.jpki.rules import (
    CESSATION,
    AnswerRules,
    LifeRules,
    ListRules,
    Serials,
    Terms,
)
from reference_impl.web.peers import PeerGate

# --- certificates -------------------------------------------------------------------------


@fault(
    "certificate.attributes_in_numerical_order",
    breaks="JPKI-CERT-01",
    gain="a verifier that reads by place takes flags for the birth date",
)
class NumericalOrder(CertificateProfile):
    """The six entries come in the order of their numbers, 1 to 6."""

    def other_names(self, holder: Holder) -> list[tuple[int, str]]:
        return sorted(super().other_names(holder))


@fault(
    "certificate.flags_counted_in_bytes",
    breaks="JPKI-CERT-01",
    gain="which character is a substitute can no longer be told",
)
class FlagsInBytes(CertificateProfile):
    """There is one substitute flag for each byte of UTF-8, not for each character."""

    def other_names(self, holder: Holder) -> list[tuple[int, str]]:
        told = super().other_names(holder)
        texts = dict(told)
        lengths = {2: len(texts[1].encode()), 6: len(texts[5].encode())}
        return [(arc, "0" * lengths[arc] if arc in lengths else text) for arc, text in told]


@fault(
    "certificate.birth_date_without_era",
    breaks="JPKI-CERT-01",
    gain="verifiers read a date of another century, or none",
)
class NoEra(CertificateProfile):
    """The birth date is YYYYMMDD."""

    def other_names(self, holder: Holder) -> list[tuple[int, str]]:
        told = super().other_names(holder)
        return [(arc, text[1:] if arc == 4 else text) for arc, text in told]


@fault(
    "certificate.signs_without_non_repudiation",
    breaks="JPKI-CERT-01",
    gain="whoever signed can say that the certificate was not for that",
)
class NoNonRepudiation(CertificateProfile):
    """Both certificates are for digitalSignature alone."""

    def key_usage(self, purpose: Purpose) -> x509.KeyUsage:
        return key_usage(digital_signature=True)


@fault(
    "certificate.attributes_in_authentication",
    breaks="JPKI-CERT-01",
    gain="name and address go to every service that only asks who logs in",
)
class AttributesInBoth(CertificateProfile):
    """The authentication certificate tells the attributes as well."""

    def attributes(self, purpose: Purpose, holder: Holder) -> x509.SubjectAlternativeName | None:
        return super().attributes(Purpose.SIGNATURE, holder)


@fault(
    "certificate.one_policy_for_both_uses",
    breaks="JPKI-CERT-01",
    gain="a log-in certificate passes where a signature with legal force is wanted",
)
class OnePolicy(CertificateProfile):
    """Both certificates name the policy of the signature."""

    def policy(self, purpose: Purpose) -> x509.CertificatePolicies:
        return super().policy(Purpose.SIGNATURE)


@fault(
    "certificate.points_to_the_whole_list",
    breaks="JPKI-CERT-01",
    gain="each verifier loads the list of the whole country for every signature, or none",
)
class NotPartitioned(CertificateProfile):
    """The distribution point is the CA itself, not the part of the municipality."""

    def distribution_point(self, issuer: x509.Name, holder: Holder) -> x509.CRLDistributionPoints:
        return distribution_point(issuer)


@fault(
    "certificate.number_given_twice",
    breaks="JPKI-CERT-01",
    gain="who revokes one certificate revokes another's, and not his own",
)
class SameNumber(Serials):
    """The counter has one decimal digit: the eleventh certificate has the number of the first."""

    def next(self) -> int:
        count: int = vars(self).get("count", 0)
        vars(self)["count"] = count + 1
        return 1 << 64 | count % 10


# --- validity -----------------------------------------------------------------------------


@fault(
    "certificate.phone_outlives_the_card",
    breaks="JPKI-CERT-02",
    gain="a phone signs for somebody whose card is long expired or given back",
)
class FiveYearsOfItsOwn(Terms):
    """A phone's certificate lives for five years from its issue."""

    def of_phone(self, issued: datetime, basis: Issued) -> datetime:
        return max(basis.not_after, issued.replace(microsecond=0) + timedelta(days=5 * 365))


@fault(
    "certificate.renewal_keeps_the_old_expiry",
    breaks="JPKI-CERT-02",
    gain="the phone stops soon after a renewal that seemed to work",
)
class OldExpiry(Terms):
    """What was found out of a card at the first application is remembered."""

    def of_phone(self, issued: datetime, basis: Issued) -> datetime:
        first: datetime = vars(self).setdefault(basis.card, basis.not_after)
        return first


# --- who may ask --------------------------------------------------------------------------


@fault(
    "jpki.signature_of_the_card_not_checked",
    breaks="JPKI-LIFE-01",
    gain="whoever has seen a certificate has himself issued a phone in that name",
)
class BelievesEveryDocument(Notary):
    """That there is a signature is enough."""

    def is_signed(self, signed: Signed) -> bool:
        return bool(signed.signature)


@fault(
    "jpki.two_phones_at_once",
    breaks="JPKI-LIFE-01",
    gain="a phone that was sold goes on signing for its former owner",
)
class TwoPhones(LifeRules):
    """What was issued to an earlier phone stays valid."""

    def is_on_another_phone(self, issued: Issued, application: str) -> bool:
        return False


@fault(
    "jpki.lost_answer_never_told_again",
    breaks="JPKI-LIFE-01",
    gain="a certificate is in force that is on no phone and in no table, and nobody will revoke it",
)
class TakesEveryRequestForANewOne(LifeRules):
    """A request whose answer was lost is one more request, for a key that has its certificate."""

    def is_told_again(self, known: Issued) -> bool:
        return False


@fault(
    "jpki.documents_of_any_time",
    breaks="JPKI-LIFE-01",
    gain="an application that was intercepted months ago is sent in at last",
)
class AnyTime(Notary):
    """When a document was made is not looked at."""

    def expect_fresh(self, made_at: datetime) -> None:
        return


@fault(
    "peer.any_issuer_accepted",
    breaks="JPKI-LIFE-01",
    gain="anybody with a certificate he made himself is the SP-TSM",
)
class AnyIssuer(PeerGate):
    """Whose certificate a peer presents is not looked at, only what it says."""

    def is_of_the_network(self, presented: x509.Certificate) -> bool:
        return True


@fault(
    "peer.expired_certificate_accepted",
    breaks="JPKI-LIFE-01",
    gain="a key that was thrown away with the old server opens the door still",
)
class ExpiredAccepted(PeerGate):
    """The validity of a client certificate is not looked at."""

    def is_in_force(self, presented: x509.Certificate) -> bool:
        return True


@fault(
    "peer.any_role_accepted",
    breaks="JPKI-LIFE-01",
    gain="every server of the network has certificates issued, the call centre's too",
)
class AnyRole(PeerGate):
    """Whoever is of the network may do everything."""

    def may(self, role: str, roles: Iterable[str]) -> bool:
        return True


# --- states -------------------------------------------------------------------------------


@fault(
    "jpki.change_revokes_both",
    breaks="JPKI-LIFE-02",
    gain="after every move people can no longer log in anywhere",
)
class ChangeRevokesBoth(LifeRules):
    """With the address the authentication certificate is revoked as well."""

    def concerned_by_change(self) -> frozenset[Purpose]:
        return frozenset(Purpose)


@fault(
    "jpki.change_revokes_nothing",
    breaks="JPKI-LIFE-02",
    gain="contracts are signed under a name and an address that are no longer true",
)
class ChangeRevokesNothing(LifeRules):
    """A change is written down, and the certificates that tell the old one live on."""

    def concerned_by_change(self) -> frozenset[Purpose]:
        return frozenset()


@fault(
    "jpki.change_told_as_cessation",
    breaks="JPKI-LIFE-02",
    gain="services close the account of somebody who has only moved",
)
class ToldAsCessation(LifeRules):
    """The reason given for a change is that the certificate is no longer used."""

    def reason_of_change(self) -> str:
        return CESSATION


@fault(
    "list.of_the_whole_prefecture_only",
    breaks="JPKI-LIFE-02",
    gain="a verifier that loads the list the certificate names finds nothing there",
)
class EmptyParts(ListRules):
    """Parts are filled by prefecture and given out by municipality: they stay empty."""

    def speaks_of(self, issued: Issued, prefecture: str, municipality: str) -> bool:
        return (issued.prefecture, "") == (prefecture, municipality)


@fault(
    "list.never_published_again",
    breaks="JPKI-LIFE-02",
    gain="revoked certificates pass with every verifier that goes by the list",
)
class PublishedOnce(ListRules):
    """The list of the first day is the list of every day."""

    def is_due(self, published_at: datetime, now: datetime) -> bool:
        return False


@fault(
    "list.reason_left_out",
    breaks="JPKI-LIFE-02",
    gain="a moved holder cannot be told from a stolen card",
)
class NoReason(ListRules):
    """Entries of a list have no reason."""

    def reason(self, told: str) -> x509.ReasonFlags | None:
        return None


@fault(
    "hold.released_on_request",
    breaks="JPKI-LIFE-03",
    gain="a thief who knows what to say on the telephone has the phone unlocked again",
)
class Released(LifeRules):
    """The call centre can take a suspension back."""

    def may_become(self, now: Status, then: Status) -> bool:
        return super().may_become(now, then) or (now, then) == (Status.HOLD, Status.GOOD)


@fault(
    "hold.lapses_after_a_month",
    breaks="JPKI-LIFE-03",
    gain="whoever stole the phone has only to wait",
)
class Lapses(LifeRules):
    """A suspension of more than thirty days is over."""

    def status_at(self, issued: Issued, moment: datetime) -> Status:
        since = issued.changed_at
        if issued.status is Status.HOLD and since and moment - since > timedelta(days=30):
            return Status.GOOD
        return issued.status


@fault(
    "hold.left_out_of_the_list",
    breaks="JPKI-LIFE-03",
    gain="verifiers that go by the list accept the stolen phone",
)
class HoldNotListed(ListRules):
    """Only what is revoked stands in a list."""

    def is_listed(self, status: Status, not_after: datetime, now: datetime) -> bool:
        return status is Status.REVOKED and not_after >= now


# --- online status ------------------------------------------------------------------------


@fault(
    "status.unknown_is_good",
    breaks="REQ-5-1-c",
    gain="a certificate that nobody issued passes the check",
)
class UnknownIsGood(AnswerRules):
    """What is not in the table of revoked certificates is good."""

    def status(self, told: Status | None) -> ocsp.OCSPCertStatus:
        return super().status(Status.GOOD if told is None else told)


@fault(
    "status.revoked_is_good",
    breaks="REQ-5-1-c",
    gain="a phone that was revoked and not deleted goes on signing",
)
class RevokedIsGood(AnswerRules):
    """Answers come from a copy in which nothing was revoked yet."""

    def status(self, told: Status | None) -> ocsp.OCSPCertStatus:
        return super().status(told and Status.GOOD)


@fault(
    "status.nonce_not_echoed",
    breaks="REQ-5-1-c",
    gain="an answer from before the revocation is shown again",
)
class NoNonce(AnswerRules):
    """The nonce of the question is passed over."""

    def echoed(self, nonce: x509.OCSPNonce | None) -> x509.OCSPNonce | None:
        return None


@fault(
    "status.answers_of_the_day_before_yesterday",
    breaks="REQ-5-1-c",
    gain="for two days after a theft the phone passes every check",
)
class StaleAnswers(AnswerRules):
    """Answers are made in advance, and handed out when they are stale."""

    def moment(self, now: datetime) -> datetime:
        return super().moment(now) - timedelta(days=2)
