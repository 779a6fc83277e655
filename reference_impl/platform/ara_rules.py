"""Access rules as the card keeps and compares them (GPD_SPE_013 v1.1, REF-AR-DO).

``E2{E1{4F|C0, C1, CA?}, E3{D0?, D1?, DB?}}``. What is not coded so is refused with 6A80 before it
is stored; what a rule means for an app is the business of the handset.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.applet.apdu import SW, Refused
from reference_impl.platform import tlv

REF_AR_DO, REF_DO, AR_DO = 0xE2, 0xE1, 0xE3
AID_REF, IMPLICIT_REF, HASH_REF, PACKAGE_REF = 0x4F, 0xC0, 0xC1, 0xCA
APDU_AR, NFC_AR, PERMISSIONS_AR = 0xD0, 0xD1, 0xDB
FILTER_SIZE = 8  # header and mask
NEVER = bytes((APDU_AR, 1, 0, NFC_AR, 1, 0))


@dataclass(frozen=True)
class Reference:
    """REF-DO: an application of the element, and an app of the device.

    ``application``: its AID; nothing for all of them, None for the implicitly selected one.
    ``device``: hash of the certificate an app is signed with; nothing for all apps.
    """

    application: bytes | None
    device: bytes
    package: bytes | None = None

    def __bytes__(self) -> bytes:
        if self.application is None:
            named = tlv.written(IMPLICIT_REF, b"")
        else:
            named = tlv.written(AID_REF, self.application)
        named += tlv.written(HASH_REF, self.device)
        if self.package is not None:
            named += tlv.written(PACKAGE_REF, self.package)
        return tlv.written(REF_DO, named)


@dataclass(frozen=True)
class StoredRule:
    """One REF-AR-DO; ``access`` is the content of its AR-DO as it came."""

    reference: Reference
    access: bytes

    def __bytes__(self) -> bytes:
        return tlv.written(REF_AR_DO, bytes(self.reference) + tlv.written(AR_DO, self.access))


class RuleCoding:
    """What is well-formed. Everything here raises Refused (6A80) for what is not."""

    def rules(self, raw: bytes) -> tuple[StoredRule, ...]:
        """A sequence of REF-AR-DO."""
        found = list(tlv.objects(raw))
        if any(tag != REF_AR_DO for tag, _ in found):
            raise Refused(SW.INCORRECT_DATA)
        return tuple(self.rule(value) for _, value in found)

    def rule(self, content: bytes) -> StoredRule:
        """The content of one REF-AR-DO: reference first, then access."""
        found = list(tlv.objects(content))
        if [tag for tag, _ in found] != [REF_DO, AR_DO]:
            raise Refused(SW.INCORRECT_DATA)
        access = found[1][1]
        self.check_access(access)
        return StoredRule(self.reference(found[0][1]), access)

    def reference(self, content: bytes) -> Reference:
        """The content of one REF-DO."""
        held = self.once_each(content)
        named = held.keys() & {AID_REF, IMPLICIT_REF}
        if held.keys() - {AID_REF, IMPLICIT_REF, HASH_REF, PACKAGE_REF} or len(named) != 1:
            raise Refused(SW.INCORRECT_DATA)
        device = held.get(HASH_REF)
        if device is None or len(device) not in (0, 20, 32) or held.get(IMPLICIT_REF):
            raise Refused(SW.INCORRECT_DATA)
        application = held.get(AID_REF)
        if application is not None and not self.names_application(application):
            raise Refused(SW.INCORRECT_DATA)
        return Reference(application, device, held.get(PACKAGE_REF))

    def names_application(self, aid: bytes) -> bool:
        return not aid or 5 <= len(aid) <= 16

    def check_access(self, content: bytes) -> None:
        """At least one of the three, and none twice."""
        held = self.once_each(content)
        if not held or held.keys() - {APDU_AR, NFC_AR, PERMISSIONS_AR}:
            raise Refused(SW.INCORRECT_DATA)
        apdu, nfc = held.get(APDU_AR), held.get(NFC_AR)
        if apdu is not None and not self.says_yes_or_no(apdu) and not self.has_filters(apdu):
            raise Refused(SW.INCORRECT_DATA)
        if nfc is not None and not self.says_yes_or_no(nfc):
            raise Refused(SW.INCORRECT_DATA)
        if len(held.get(PERMISSIONS_AR, bytes(8))) != 8:
            raise Refused(SW.INCORRECT_DATA)

    def says_yes_or_no(self, value: bytes) -> bool:
        return value in (b"\x00", b"\x01")

    def has_filters(self, value: bytes) -> bool:
        return bool(value) and len(value) % FILTER_SIZE == 0

    def once_each(self, content: bytes) -> dict[int, bytes]:
        found = list(tlv.objects(content))
        held = dict(found)
        if len(held) != len(found):
            raise Refused(SW.INCORRECT_DATA)
        return held
