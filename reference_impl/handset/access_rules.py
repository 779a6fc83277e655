"""Access rules as the phone understands them (GPD_SPE_013 v1.1, as read by AOSP).

OUR READING where AOSP and the tables leave it open: a package name (CA) and permissions (DB) are
for carriers and decide nothing here; a REF-DO without application or device is an error, and one
error makes all rules unreadable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, unique

from reference_impl.handset.data_objects import Malformed, first_of_each, objects, only

ALL_RULES, REF_AR_DO, REF_DO, AR_DO = 0xFF40, 0xE2, 0xE1, 0xE3
AID_REF, IMPLICIT_REF, HASH_REF = 0x4F, 0xC0, 0xC1
APDU_AR, NFC_AR = 0xD0, 0xD1
CARRIER = bytes.fromhex("FFFFFFFFFFFF")  # stands for the carrier's privileges, not for an applet


@unique
class Apdu(IntEnum):
    """What a rule says of commands; of two rules the greater one counts."""

    ABSENT = 0
    ALWAYS = 1
    FILTER = 2
    NEVER = 3


@unique
class Nfc(IntEnum):
    """What a rule says of transaction events; of two rules the greater one counts."""

    ABSENT = 0
    ALWAYS = 1
    NEVER = 2


@dataclass(frozen=True)
class ApduFilter:
    """Four bytes a command header must have where the mask has ones."""

    header: bytes
    mask: bytes

    def matches(self, command: bytes) -> bool:
        """A header with a one outside of its mask matches nothing."""
        masked = bytes(a & b for a, b in zip(command[:4], self.mask, strict=True))
        return masked == self.header


@dataclass(frozen=True)
class Access:
    """What one app may do with one application."""

    apdu: Apdu = Apdu.ABSENT
    nfc: Nfc = Nfc.ABSENT
    filters: tuple[ApduFilter, ...] = ()

    @property
    def may_open(self) -> bool:
        """Whether a channel is any use; a rule that says nothing of commands allows none."""
        return self.apdu in (Apdu.ALWAYS, Apdu.FILTER)


NO_ACCESS = Access(Apdu.NEVER, Nfc.NEVER)
FULL_ACCESS = Access(Apdu.ALWAYS, Nfc.ALWAYS)


@dataclass(frozen=True)
class Rule:
    """One REF-AR-DO. ``application``: b"" for all of them, None for the implicitly selected one.

    ``device``: the hash of a signing certificate, b"" for all apps.
    """

    application: bytes | None
    device: bytes
    access: Access = field(default_factory=Access)


class RuleReader:
    """Turns the element's answer into rules. Everything raises Malformed."""

    def rules(self, answer: bytes) -> tuple[Rule, ...]:
        """The whole Response-ALL-REF-AR-DO, put together."""
        found = [self.rule(value) for tag, value in self._listed(answer) if tag == REF_AR_DO]
        return tuple(rule for rule in found if rule.application != CARRIER)

    def _listed(self, answer: bytes) -> list[tuple[int, bytes]]:
        return list(objects(only(answer, ALL_RULES)))

    def rule(self, content: bytes) -> Rule:
        held = first_of_each(content)
        if REF_DO not in held or AR_DO not in held:
            raise Malformed("a rule needs a reference and an access")
        named = first_of_each(held[REF_DO])
        return Rule(self.application(named), self.device(named), self.access(held[AR_DO]))

    def application(self, named: dict[int, bytes]) -> bytes | None:
        aid = named.get(AID_REF)
        if aid is None:
            if named.get(IMPLICIT_REF) != b"":
                raise Malformed("a rule for no application")
            return None
        if aid and not 5 <= len(aid) <= 16:
            raise Malformed(f"an AID of {len(aid)} bytes")
        return aid

    def device(self, named: dict[int, bytes]) -> bytes:
        told = named.get(HASH_REF)
        if told is None or len(told) not in (0, 20, 32):
            raise Malformed("a rule for no app")
        return told

    def access(self, content: bytes) -> Access:
        held = first_of_each(content)
        apdu, filters = self.apdu(held.get(APDU_AR))
        return Access(apdu, self.nfc(held.get(NFC_AR)), filters)

    def apdu(self, value: bytes | None) -> tuple[Apdu, tuple[ApduFilter, ...]]:
        """01 is the only yes; nothing, or another single byte, is a no."""
        if value is None:
            return Apdu.ABSENT, ()
        if len(value) <= 1:
            return (Apdu.ALWAYS if value == b"\x01" else Apdu.NEVER), ()
        if len(value) % 8:
            raise Malformed(f"APDU filters of {len(value)} bytes")
        pairs = (value[at : at + 8] for at in range(0, len(value), 8))
        return Apdu.FILTER, tuple(ApduFilter(pair[:4], pair[4:]) for pair in pairs)

    def nfc(self, value: bytes | None) -> Nfc:
        if value is None:
            return Nfc.ABSENT
        if len(value) != 1:
            raise Malformed(f"an NFC rule of {len(value)} bytes")
        return Nfc.ALWAYS if value == b"\x01" else Nfc.NEVER
