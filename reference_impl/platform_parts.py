"""Where the GlobalPlatform system of a phone's chip is put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reference_impl.applet.jpki import JpkiApplet
from reference_impl.applet.profile import JPKI_AID
from reference_impl.chip.drbg import ChipRandom
from reference_impl.chip.memory import Store
from reference_impl.choice import Part
from reference_impl.platform.channels import Channels
from reference_impl.platform.class_rules import ClassRules
from reference_impl.platform.command_chain import CommandChain
from reference_impl.platform.derivation import Derivation
from reference_impl.platform.domain import DomainSession, Handler
from reference_impl.platform.fresh import TEST_KEYS, FreshCard, StaticKeys
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
from reference_impl.platform.long_answer import LongAnswer
from reference_impl.platform.open import Open
from reference_impl.platform.programs import Program, Programs
from reference_impl.platform.registry import Entry, Registry
from reference_impl.platform.scp03 import Options, SecureChannel
from reference_impl.platform.secure_messaging import SecureMessaging
from reference_impl.platform.selection import Selection
from reference_impl.platform.session import Session
from reference_impl.platform.sessions import Sessions
from reference_impl.platform.status import GetStatus, SetStatus

OPTIONS = Options(0x70)  # pseudo-random challenge, R-MAC and R-ENC, 8-byte MACs
JPKI_VOLATILE = 1_024  # bytes of RAM; OUR DESIGN


@dataclass(frozen=True)
class Delivered:
    """What an empty medium is given."""

    administrator_key: bytes = field(repr=False)
    issuer_keys: StaticKeys
    bare: bool


@dataclass
class PlatformParts:
    """What all security domains of one chip are made over."""

    store: Store
    random: ChipRandom
    part: Part
    registry: Registry = field(init=False)

    def __post_init__(self) -> None:
        self.registry = self.part(Registry)(self.store)

    def domain(self, entry: Entry, number: int) -> Session:
        """The session of a security domain on one channel."""
        part = self.part
        channel = self.channel(entry.aid)
        return part(DomainSession)(
            entry.aid, self.registry, channel, self.handlers(entry.aid, channel),
            part(CardLifeCycle)(), part(CommandChain)(), part(LongAnswer)(),
        )  # fmt: skip

    def channel(self, aid: bytes) -> SecureChannel:
        part = self.part
        return part(SecureChannel)(
            part(KeySets)(self.store, aid), self.random, OPTIONS, aid,
            part(Derivation)(), part(SecureMessaging),
        )  # fmt: skip

    def handlers(self, aid: bytes, channel: SecureChannel) -> dict[int, Handler]:
        part, cycle, content = self.part, self.part(CardLifeCycle)(), self.part(ContentLifeCycle)()
        return {
            PUT_KEY: part(PutKey)(channel.keys, lambda: channel.dek),
            SET_STATUS: part(SetStatus)(aid, self.registry, cycle, content),
            GET_STATUS: part(GetStatus)(aid, self.registry, cycle),
            DELETE: part(DeleteKeys)(channel.keys),
            GET_DATA: part(KeyInformation)(channel.keys),
        }


def build_platform(
    parts: PlatformParts,
    jpki: Callable[[], JpkiApplet],
    classes: ClassRules,
    delivered: Delivered,
) -> Open:
    """The system around the JPKI applet; ``jpki`` makes a new object of it."""
    part, registry = parts.part, parts.registry
    programs = part(Programs)({JPKI_AID: Program(lambda aid: jpki(), volatile=JPKI_VOLATILE)})
    channels = part(Channels)()
    selection = part(Selection)(
        registry, channels, programs.multi_selectable,
        part(CardLifeCycle)(), part(ContentLifeCycle)(),
    )  # fmt: skip
    sessions = part(Sessions)(programs, classes, parts.domain)
    fresh = part(FreshCard)(
        registry, parts.store, jpki(), delivered.issuer_keys, TEST_KEYS,
        delivered.administrator_key, delivered.bare,
    )  # fmt: skip
    return part(Open)(registry, sessions, channels, selection, fresh)
