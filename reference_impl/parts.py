"""The one place where a chip is put together, and from which class each part is built.

What is around the applet on a phone's chip: ``platform_parts.py``.
"""

from __future__ import annotations

from reference_impl.applet.access import Access
from reference_impl.applet.access_source import AccessSources, SourceWatch
from reference_impl.applet.apdu import INS, SW
from reference_impl.applet.authenticate import Administrator, ExternalAuthenticate
from reference_impl.applet.challenge import GetChallenge
from reference_impl.applet.change import ChangeReferenceData
from reference_impl.applet.encoding import Encoding
from reference_impl.applet.files import Files
from reference_impl.applet.jpki import Handlers, JpkiApplet, always
from reference_impl.applet.key_pair import GenerateKeyPair
from reference_impl.applet.pin import Pin, Pins
from reference_impl.applet.private_keys import PrivateKeys
from reference_impl.applet.profile import (
    ATR,
    GP_SE,
    JPKI_AID,
    PASSWORD,
    PROFILES,
    USER_PIN,
    Profile,
)
from reference_impl.applet.read import ReadBinary
from reference_impl.applet.reference_data import ReferenceData
from reference_impl.applet.select import Select
from reference_impl.applet.signature import ComputeDigitalSignature
from reference_impl.applet.source_gate import SourceGate
from reference_impl.applet.source_policy import NoPolicy, SourcePolicy
from reference_impl.applet.token_information import TokenInformation
from reference_impl.applet.unblock import ResetRetryCounter
from reference_impl.applet.update import UpdateBinary
from reference_impl.applet.verify import Verify
from reference_impl.chip.drbg import ChipRandom
from reference_impl.chip.entropy import EntropySource
from reference_impl.chip.memory import Medium, Store
from reference_impl.chip.noise import NoiseSource, NoiseTests
from reference_impl.chip.presets import Pace, PresetKeys
from reference_impl.chip.primes import Primes
from reference_impl.chip.rsa import FipsKeyPairs, KeyPairSource, PrivateOperation
from reference_impl.chip.timing import Timekeeper
from reference_impl.choice import Part, sound
from reference_impl.platform.card import Card, System
from reference_impl.platform.class_rules import PHONE, PLASTIC, ClassRules
from reference_impl.platform.diagnostics import DiagnosticLog
from reference_impl.platform.fresh import TEST_KEYS, StaticKeys
from reference_impl.platform.line import Line
from reference_impl.platform.media import REFERENCE_CHIP, ChipInUse, Interfaces
from reference_impl.platform.plastic import PlasticSystem
from reference_impl.platform_parts import Delivered, PlatformParts, build_platform

__all__ = ["ADMINISTRATOR_KEY", "Part", "build_chip", "sound"]

ADMINISTRATOR_KEY = bytes.fromhex("404142434445464748494A4B4C4D4E4F")  # published, for tests


def build_chip(
    profile: str,
    medium: Medium,
    entropy: EntropySource,
    part: Part = sound,
    *,
    keys: KeyPairSource | None = None,
    pace: Pace | None = None,
    administrator_key: bytes = ADMINISTRATOR_KEY,
    in_use: ChipInUse = REFERENCE_CHIP,
    issuer_keys: StaticKeys = TEST_KEYS,
    bare: bool = False,
) -> Card:
    """A chip, switched on, that continues from what is on the medium.

    Parameters
    ----------
    profile : "gpse" (phone) or "card" (plastic card)
    keys : where key pairs come from; None: made by the chip itself (FIPS 186-4)
    pace : the clock it lives by and how fast it works; a preset brings its own pool of key pairs
    administrator_key : 16 bytes, stored when the applet is installed on an empty medium
    in_use : the product and the day, which decide whether it can tell sources (``source_gate``)
    issuer_keys : of the issuer's security domain ("gpse"), stored on an empty medium
    bare : an empty medium gets the issuer's security domain and no applet ("gpse")

    Raises
    ------
    ValueError
        Unknown profile, key of a wrong length, or a medium with something else on it.
    """
    if profile not in PROFILES:
        raise ValueError(f"no profile {profile!r}; there are {', '.join(PROFILES)}")
    if len(administrator_key) != 16:
        raise ValueError("the administrator key is an AES-128 key of 16 bytes")
    store = part(Store)(medium)
    noise = part(NoiseSource)(entropy)
    random = part(ChipRandom)(store, noise, part(NoiseTests)())
    pace = pace or Pace()
    time = part(Timekeeper)(pace.clock, pace.product, pace.entropy)
    if pace.preset is not None:
        keys = part(PresetKeys)(pace.pool, pace.preset, time)
    source = keys or part(FipsKeyPairs)(random, part(Primes)(random, time.candidate))

    ways = part(Interfaces)(in_use.product)
    sources = part(AccessSources)(part(SourceGate)().table(in_use))

    def applet(aid: bytes) -> JpkiApplet:
        watch = part(SourceWatch)(sources, ways)
        return build_applet(
            PROFILES[profile], store, random, source, watch, time=time, part=part, aid=aid
        )

    system: System
    if profile == GP_SE.name:
        classes = part(ClassRules)(PHONE)
        delivered = Delivered(administrator_key, issuer_keys, bare)
        system = build_platform(PlatformParts(store, random, classes, applet, part), delivered)
    else:
        classes = part(ClassRules)(PLASTIC)
        system = part(PlasticSystem)(store, JPKI_AID, applet(JPKI_AID), administrator_key, classes)
    log, line = part(DiagnosticLog)(), part(Line)(time)
    card = part(Card)(store, random, system, ATR, line, ways, classes, log)
    card.reset()
    return card


def build_applet(
    profile: Profile,
    store: Store,
    random: ChipRandom,
    source: KeyPairSource,
    watch: SourceWatch,
    *,
    time: Timekeeper,
    part: Part,
    aid: bytes = JPKI_AID,
) -> JpkiApplet:
    """The JPKI applet with its handlers."""
    files = part(Files)(store, part(TokenInformation)(profile))
    pins = Pins(part(Pin)(USER_PIN, store), part(Pin)(PASSWORD, store))
    administrator = part(Administrator)(store)
    access = part(Access)(profile, pins, administrator)
    named = part(ReferenceData)(files, pins)
    keys = part(PrivateKeys)(store)
    generate = part(GenerateKeyPair)(files, access, keys, source, random, time)
    handlers: Handlers = {
        (0x00, INS.SELECT): part(Select)(files),
        (0x00, INS.READ_BINARY): part(ReadBinary)(files, access),
        (0x00, INS.UPDATE_BINARY): part(UpdateBinary)(files, access, store),
        (0x00, INS.VERIFY): part(Verify)(profile, named),
        (0x00, INS.CHANGE_REFERENCE_DATA): part(ChangeReferenceData)(named, access),
        (0x00, INS.RESET_RETRY_COUNTER): part(ResetRetryCounter)(named, access),
        (0x00, INS.GET_CHALLENGE): part(GetChallenge)(random, administrator),
        (0x00, INS.EXTERNAL_AUTHENTICATE): part(ExternalAuthenticate)(administrator),
        (0x00, INS.GENERATE_KEY_PAIR): generate,
        (0x00, INS.GENERATE_KEY_PAIR_BER): generate,
        (0x80, INS.COMPUTE_DIGITAL_SIGNATURE): part(ComputeDigitalSignature)(
            files, access, keys, part(Encoding)(random), part(PrivateOperation)(), time
        ),
        (0x80, INS.SET_SESSION_KEY): always(SW.SECURITY_STATUS_NOT_SATISFIED),
        (0x80, INS.LAST_COMMAND): always(SW.WRONG_LENGTH),
    }
    policy = part(SourcePolicy)() if profile is GP_SE else NoPolicy()
    return part(JpkiApplet)(store, files, pins, administrator, handlers, watch, policy, aid)
