"""What is on a card when it is delivered: registry, keys and applets, all in one transaction.

The fast path. The same card comes about by commands alone in ``reference_impl/issue.py``.
AIDs, key version and owner OUR DESIGN; the issuer's domain has the AID of the Card Specification
(H.1.3 [R]), its code the module names that cards in the field show [R].
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reference_impl.applet import image
from reference_impl.applet.profile import JPKI_AID
from reference_impl.chip.memory import Store, Transaction
from reference_impl.platform import ara_applet
from reference_impl.platform.allotment import Allotment
from reference_impl.platform.ara_applet import AraApplet
from reference_impl.platform.ara_m import ARA_M_AID
from reference_impl.platform.key_sets import KeyId, KeySets
from reference_impl.platform.life_cycle import CardState, ContentState
from reference_impl.platform.privileges import ISSUER, Privilege
from reference_impl.platform.registry import Entry, Kind, Registry
from reference_impl.platform.session import Applet

ISSUER_AID = bytes.fromhex("A000000151000000")
DOMAIN_PACKAGE = bytes.fromhex("A0000001515350")
DOMAIN_MODULE = bytes.fromhex("A000000151535041")
PROVIDER_AID = bytes.fromhex("D392F00026FF00000001")
"""Security domain of the service provider, to which the JPKI applet belongs."""
KEY_VERSION = 0x30
VERSION = b"\x00\x01"  # of a load file: minor, major


@dataclass(frozen=True)
class StaticKeys:
    """Three AES keys of a security domain: Key-ENC, Key-MAC, Key-DEK."""

    enc: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    dek: bytes = field(repr=False)

    def by_identifier(self) -> dict[int, bytes]:
        return dict(zip(KeyId, (self.enc, self.mac, self.dek), strict=True))


TEST_KEY = bytes(range(0x40, 0x50))  # published, for tests
TEST_KEYS = StaticKeys(TEST_KEY, TEST_KEY, TEST_KEY)


@dataclass
class FreshCard:
    """``bare``: only the issuer's domain, the code of domains and the ARA-M, in OP_READY."""

    registry: Registry
    store: Store
    applet: Applet
    ara: AraApplet
    issuer_keys: StaticKeys
    provider_keys: StaticKeys
    administrator_key: bytes = field(repr=False)
    code: int  # bytes of the JPKI package once it is linked
    volatile: int  # bytes of RAM of the JPKI applet
    bare: bool = False

    def __call__(self) -> None:
        """Only on an empty medium; also after a first time that was cut off."""
        if self.registry.aids():
            return
        with self.store.transaction() as changes:
            self.issuer(changes)
            self.access_rules(changes)
            if not self.bare:
                self.provider(changes)
                self.jpki(changes)

    def issuer(self, changes: Transaction) -> None:
        state = CardState.OP_READY if self.bare else CardState.SECURED
        self.registry.add(changes, Entry(Kind.ISSUER, ISSUER_AID, state, ISSUER_AID, ISSUER))
        self.registry.add(changes, Entry(
            Kind.LOAD_FILE, DOMAIN_PACKAGE, ContentState.LOADED, ISSUER_AID,
            modules=(DOMAIN_MODULE,), version=VERSION,
        ))  # fmt: skip
        held = KeySets(self.store, ISSUER_AID)
        held.put(changes, KEY_VERSION, self.issuer_keys.by_identifier())

    def access_rules(self, changes: Transaction) -> None:
        self.registry.add(changes, Entry(
            Kind.LOAD_FILE, ara_applet.PACKAGE_AID, ContentState.LOADED, ISSUER_AID,
            modules=(ARA_M_AID,), version=VERSION,
        ))  # fmt: skip
        self.registry.add(changes, Entry(
            Kind.APPLICATION, ARA_M_AID, ContentState.SELECTABLE, ISSUER_AID,
            load_file=ara_applet.PACKAGE_AID, modules=(ARA_M_AID,),
        ))  # fmt: skip
        self.ara.deliver(changes)

    def provider(self, changes: Transaction) -> None:
        self.registry.add(changes, Entry(
            Kind.DOMAIN, PROVIDER_AID, ContentState.PERSONALIZED, ISSUER_AID,
            Privilege.SECURITY_DOMAIN, DOMAIN_PACKAGE, (DOMAIN_MODULE,),
        ))  # fmt: skip
        held = KeySets(self.store, PROVIDER_AID)
        held.put(changes, KEY_VERSION, self.provider_keys.by_identifier())

    def jpki(self, changes: Transaction) -> None:
        self.registry.add(changes, Entry(
            Kind.LOAD_FILE, image.PACKAGE_AID, ContentState.LOADED, PROVIDER_AID,
            modules=(JPKI_AID,), version=VERSION, allotment=Allotment(code=self.code),
        ))  # fmt: skip
        self.registry.add(changes, Entry(
            Kind.APPLICATION, JPKI_AID, ContentState.SELECTABLE, PROVIDER_AID,
            load_file=image.PACKAGE_AID, modules=(JPKI_AID,),
            allotment=Allotment(volatile=self.volatile),
        ))  # fmt: skip
        self.applet.install(changes, self.administrator_key)
