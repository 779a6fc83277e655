"""Where the GlobalPlatform system of a phone's chip is put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reference_impl.applet.image import LoadImage
from reference_impl.applet.jpki import INSTALLED, JpkiApplet
from reference_impl.applet.profile import JPKI_AID
from reference_impl.chip.drbg import ChipRandom
from reference_impl.chip.memory import Store
from reference_impl.choice import Part
from reference_impl.platform.allotment import ParameterCoding
from reference_impl.platform.ara_applet import NAMES as ARA_NAMES
from reference_impl.platform.ara_applet import AraApplet
from reference_impl.platform.ara_m import ARA_M_AID, AraM
from reference_impl.platform.ara_rules import RuleCoding
from reference_impl.platform.authority import Authority
from reference_impl.platform.card_data import GetData
from reference_impl.platform.channels import Channels
from reference_impl.platform.class_rules import ClassRules
from reference_impl.platform.command_chain import CommandChain
from reference_impl.platform.dap import DapVerification
from reference_impl.platform.deletion import DeleteContent
from reference_impl.platform.derivation import Derivation
from reference_impl.platform.domain import DomainSession, Handler
from reference_impl.platform.fields import FieldCoding
from reference_impl.platform.footprint import NAMES
from reference_impl.platform.foreign import Values
from reference_impl.platform.fresh import DOMAIN_MODULE, TEST_KEYS, FreshCard, StaticKeys
from reference_impl.platform.install import Install
from reference_impl.platform.installing import Installer
from reference_impl.platform.key_commands import (
    DELETE,
    PUT_KEY,
    DeleteKeys,
    KeyInformation,
    PutKey,
)
from reference_impl.platform.key_sets import KeySets
from reference_impl.platform.life_cycle import (
    GET_DATA,
    GET_STATUS,
    SET_STATUS,
    CardLifeCycle,
    ContentLifeCycle,
)
from reference_impl.platform.loading import Loader
from reference_impl.platform.long_answer import LongAnswer
from reference_impl.platform.memory import Memory
from reference_impl.platform.memory import Values as Stored
from reference_impl.platform.open import Open
from reference_impl.platform.package import PackageReader
from reference_impl.platform.payment import Payment
from reference_impl.platform.personalization import StoreData
from reference_impl.platform.privileges import PrivilegeRules
from reference_impl.platform.programs import Program, Programs
from reference_impl.platform.registry import Entry, Registry
from reference_impl.platform.scp03 import Options, SecureChannel
from reference_impl.platform.secure_messaging import SecureMessaging
from reference_impl.platform.secured_session import SecuredSession
from reference_impl.platform.selection import Selection
from reference_impl.platform.serving_keys import ServingKeys
from reference_impl.platform.session import Session
from reference_impl.platform.sessions import Sessions
from reference_impl.platform.status import GetStatus, SetStatus
from reference_impl.platform.ticket import Ticket
from reference_impl.platform.tokens import Tokens
from reference_impl.platform.transfer import Transfer
from reference_impl.platform.transit import Transit

OPTIONS = Options(0x70)  # pseudo-random challenge, R-MAC and R-ENC, 8-byte MACs
INSTALL, LOAD, STORE_DATA = 0xE6, 0xE8, 0xE2
JPKI_VOLATILE = 1_024  # bytes of RAM; OUR DESIGN
TRANSIT_MODULE, PAYMENT_MODULE, TICKET_MODULE = (
    bytes.fromhex(aid) for aid in ("F0000000A10001", "F0000000A20001", "F0000000A30001")
)


@dataclass(frozen=True)
class Delivered:
    """What an empty medium is given."""

    administrator_key: bytes = field(repr=False)
    issuer_keys: StaticKeys
    bare: bool


@dataclass
class PlatformParts:
    """What all security domains of one chip are made over; ``jpki``: a new object of the applet."""

    store: Store
    random: ChipRandom
    classes: ClassRules
    jpki: Callable[[bytes], JpkiApplet]
    part: Part

    def __post_init__(self) -> None:
        part = self.part
        self.registry = part(Registry)(self.store)
        self.memory = part(Memory)(self.store, owner)
        self.store.admit = self.memory.admit
        self.tokens = part(Tokens)(self.registry, self.store)
        self.programs = part(Programs)(self.known())
        self.channels = part(Channels)()
        self.sessions = part(Sessions)(self.programs, self.classes, self.domain, self.secured)

    def known(self) -> dict[bytes, Program]:
        """Programs by the AID of their module."""
        part, store = self.part, self.store
        return {
            JPKI_AID: Program(self.jpki, volatile=JPKI_VOLATILE, single=True),
            ARA_M_AID: Program(
                lambda aid: self.ara(lambda: False), multi_selectable=True, single=True,
                secured=True,
            ),
            TRANSIT_MODULE: Program(
                lambda aid: part(Transit)(Values(store, aid)), multi_selectable=True, volatile=256
            ),
            PAYMENT_MODULE: Program(
                lambda aid: part(Payment)(Values(store, aid)), multi_selectable=True, volatile=512
            ),
            TICKET_MODULE: Program(lambda aid: part(Ticket)(Values(store, aid)), volatile=128),
        }  # fmt: skip

    def ara(self, entitled: Callable[[], bool]) -> AraApplet:
        """The ARA-M; ``entitled``: whether there is a session with its security domain."""
        part = self.part
        return part(AraApplet)(part(AraM)(self.store, self.random, part(RuleCoding)(), entitled))

    def secured(self, entry: Entry, number: int) -> Session:
        """The ARA-M on one channel."""
        channel = self.channel(entry.aid)
        applet = self.ara(lambda: channel.authenticated)
        return self.part(SecuredSession)(applet, number, channel, self.part(LongAnswer)())

    def channel(self, aid: bytes) -> SecureChannel:
        """A secure channel of a security domain, or of an application with the keys of its own."""
        part, keys = self.part, self.part(ServingKeys)(self.registry, aid, self.keys)
        return part(SecureChannel)(
            keys, self.random, OPTIONS, aid, part(Derivation)(), part(SecureMessaging)
        )

    def keys(self, aid: bytes) -> KeySets:
        return self.part(KeySets)(self.store, aid)

    def domain(self, entry: Entry, number: int) -> Session:
        """The session of a security domain on one channel."""
        part, aid = self.part, entry.aid
        channel = self.channel(aid)
        authority = part(Authority)(aid, self.registry, self.tokens)
        loader = part(Loader)(
            self.registry, self.memory, self.tokens, part(ParameterCoding)(),
            part(PackageReader)(), part(ContentLifeCycle)(),
            part(DapVerification)(self.registry, self.store),
        )  # fmt: skip
        store_data = part(StoreData)(self.registry, self.programs, authority, lambda: channel.dek)
        handlers: dict[int, Handler] = {
            **self.own(aid, channel),
            INSTALL: self.install(authority, loader, store_data),
            LOAD: loader.load,
            STORE_DATA: store_data,
            DELETE: part(DeleteContent)(
                self.registry, self.memory, authority, self.channels, self.sessions,
                part(DeleteKeys)(self.keys(aid)),
            ),
        }  # fmt: skip
        return part(DomainSession)(
            aid, self.registry, channel, handlers, part(CardLifeCycle)(),
            part(CommandChain)(), part(LongAnswer)(), (loader.forget, store_data.forget),
        )  # fmt: skip

    def own(self, aid: bytes, channel: SecureChannel) -> dict[int, Handler]:
        """What concerns the domain and the registry."""
        part, keys, cycle = self.part, self.keys(aid), self.part(CardLifeCycle)()
        return {
            PUT_KEY: part(PutKey)(keys, lambda: channel.dek),
            SET_STATUS: part(SetStatus)(aid, self.registry, cycle, part(ContentLifeCycle)()),
            GET_STATUS: part(GetStatus)(aid, self.registry, cycle),
            GET_DATA: part(GetData)(
                self.registry, self.memory, self.tokens, channel, keys, part(KeyInformation)(keys)
            ),
        }

    def install(self, authority: Authority, loader: Loader, store_data: StoreData) -> Install:
        part, registry, coding = self.part, self.registry, self.part(ParameterCoding)()
        rules, content = part(PrivilegeRules)(), part(ContentLifeCycle)()
        installer = part(Installer)(
            registry, self.programs, authority, rules, coding, content,
            lambda module: module == DOMAIN_MODULE,
        )  # fmt: skip
        transfer = part(Transfer)(registry, authority, rules, coding, content)
        return part(Install)(
            authority, part(FieldCoding)(), loader, installer, transfer, store_data
        )


def owner(name: str, values: Stored) -> bytes | None:
    """Whose a value is: the JPKI applet's by fixed names, keys and data of others by their AID."""
    if name in NAMES:
        return values.get(INSTALLED)
    if name in ARA_NAMES:
        return ARA_M_AID
    kind, _, rest = name.partition(" ")
    if kind not in ("sd", "app"):
        return None
    return bytes.fromhex(rest.partition("/")[0])


def build_platform(parts: PlatformParts, delivered: Delivered) -> Open:
    """The system around the JPKI applet."""
    part, registry = parts.part, parts.registry
    selection = part(Selection)(
        registry, parts.channels, parts.programs.multi_selectable,
        part(CardLifeCycle)(), part(ContentLifeCycle)(),
    )  # fmt: skip
    fresh = part(FreshCard)(
        registry, parts.store, parts.jpki(JPKI_AID), parts.ara(lambda: False),
        delivered.issuer_keys, TEST_KEYS, delivered.administrator_key,
        part(LoadImage)().kept(), JPKI_VOLATILE, delivered.bare,
    )  # fmt: skip
    return part(Open)(registry, parts.sessions, parts.channels, selection, fresh)
