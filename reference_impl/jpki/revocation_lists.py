"""Certificate revocation lists (RFC 5280 5): the full one of a CA, and one a municipality.

Published once a day and kept: what was revoked since is told by OCSP at once and by the list of
the next day, as in the real JPKI. A list is good for two days, so that yesterday's can still be
used while the new one is put in place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import delete, insert, select

from reference_impl.jpki import records
from reference_impl.jpki.issued import Issued
from reference_impl.jpki.life_cycle import LifeCycle
from reference_impl.jpki.profile import partition
from reference_impl.jpki.rules import LIST_LIFE, ListRules
from reference_impl.jpki.tables import certificates, lists

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from reference_impl.jpki.authorities import Authorities
    from reference_impl.jpki.profile import Purpose
    from reference_impl.web.clock import Clock


@dataclass(frozen=True)
class Part:
    """What a list speaks of: a municipality."""

    prefecture: str
    municipality: str

    def __str__(self) -> str:
        return f"{self.prefecture}/{self.municipality}"


@dataclass(frozen=True)
class RevocationLists:
    """Publishes lists and hands out those that are in force."""

    store: Engine
    clock: Clock
    authorities: Authorities
    life_cycle: LifeCycle
    rules: ListRules

    def current(self, purpose: Purpose, part: Part | None) -> bytes:
        """The list in force (DER): of one municipality, or the full one."""
        with self.store.begin() as connection:
            name = "" if part is None else str(part)
            key = (lists.c.purpose == purpose.name) & (lists.c.part == name)
            last = connection.execute(select(lists).where(key)).first()
            now = self.clock.now().replace(microsecond=0)
            if last is not None and not self.rules.is_due(last.published_at, now):
                der: bytes = last.der
                return der
            number = 1 if last is None else last.number + 1
            der = self._publish(connection, purpose, part, number, now)
            connection.execute(delete(lists).where(key))
            connection.execute(
                insert(lists).values(
                    purpose=purpose.name, part=name, number=number, published_at=now, der=der
                )
            )
            return der

    def _publish(
        self,
        connection: Connection,
        purpose: Purpose,
        part: Part | None,
        number: int,
        now: datetime,
    ) -> bytes:
        ca = self.authorities.cas[purpose]
        builder = x509.CertificateRevocationListBuilder(ca.name, now, now + LIST_LIFE)
        for issued in records.where(connection, certificates.c.purpose == purpose.name):
            if self._is_listed(issued, part, now):
                builder = builder.add_revoked_certificate(self._entry(issued))
        builder = builder.add_extension(ca.key_identifier(), critical=False)
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        if part is not None:
            name = partition(ca.name, part.prefecture, part.municipality)
            builder = builder.add_extension(_scope(name), critical=True)
        return builder.sign(ca.key, SHA256()).public_bytes(Encoding.DER)

    def _is_listed(self, issued: Issued, part: Part | None, now: datetime) -> bool:
        if part and not self.rules.speaks_of(issued, part.prefecture, part.municipality):
            return False
        status = self.life_cycle.rules.status_at(issued, now)
        return self.rules.is_listed(status, issued.not_after, now)

    def _entry(self, issued: Issued) -> x509.RevokedCertificate:
        builder = x509.RevokedCertificateBuilder(issued.serial, issued.changed_at)
        if (reason := self.rules.reason(str(issued.reason))) is not None:
            builder = builder.add_extension(x509.CRLReason(reason), critical=False)
        return builder.build()


def _scope(name: x509.Name) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(
        full_name=[x509.DirectoryName(name)],
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
