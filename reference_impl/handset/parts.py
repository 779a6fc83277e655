"""Where the phone's side of a secure element is put together, and from which class each part is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reference_impl.chip.drbg import RandomBytes
from reference_impl.chip.memory import Store
from reference_impl.handset.access_rules import RuleReader
from reference_impl.handset.apdu import CommandRules
from reference_impl.handset.apps import Signers
from reference_impl.handset.channel import Channel
from reference_impl.handset.cts_applet import INSTANCES
from reference_impl.handset.driver import Driver, Transmit
from reference_impl.handset.enforcer import Enforcer
from reference_impl.handset.lone_element import LoneElement
from reference_impl.handset.omapi import Service
from reference_impl.handset.rule_cache import RuleCache
from reference_impl.handset.terminal import Terminal
from reference_impl.parts import Part, sound
from reference_impl.platform.ara_applet import AraApplet
from reference_impl.platform.ara_m import ARA_M_AID, AraM
from reference_impl.platform.ara_rules import RuleCoding
from reference_impl.platform.card import Card
from reference_impl.platform.life_cycle import ContentState
from reference_impl.platform.open import Open
from reference_impl.platform.programs import Program
from reference_impl.platform.registry import Entry, Kind


def build_terminal(
    name: str,
    transmit: Transmit,
    atr: bytes,
    *,
    open_to_all: bool = False,
    part: Part = sound,
) -> Terminal:
    """The element behind ``transmit``, as apps reach it; its name begins with SIM, eSE or SD."""
    driver = part(Driver)(transmit, part(CommandRules)())
    enforcer = part(Enforcer)(driver, part(RuleCache)(), part(RuleReader)(), open_to_all)
    return part(Terminal)(name, driver, enforcer, part(Signers)(), atr, part(Channel))


def fit_ara_m(card: Card, random: RandomBytes, entitled: Callable[[], bool], part: Part) -> AraM:
    """An ARA-M on a phone's chip, under the issuer's domain; what is there of it goes on.

    OUR DESIGN: installed when the phone is first used, so that the card as issued is the
    provider's alone.
    """
    system, store = card.system, card.store
    assert isinstance(system, Open), "the chip of a phone"
    ara = part(AraM)(store, random, part(RuleCoding)(), entitled)
    known = system.sessions.programs.known
    known[ARA_M_AID] = Program(lambda aid: AraApplet(ara), multi_selectable=True)
    if system.registry.find(ARA_M_AID) is None:
        owner = system.registry.issuer().aid
        with store.transaction() as changes:
            ara.put(changes, ())
            system.registry.add(changes, Entry(
                Kind.APPLICATION, ARA_M_AID, ContentState.SELECTABLE, owner, modules=(ARA_M_AID,)
            ))  # fmt: skip
    return ara


def build_element(
    store: Store, random: RandomBytes, entitled: Callable[[], bool], part: Part = sound
) -> LoneElement:
    """An element with an ARA-M, of which ``entitled`` says who may change it, and test applets."""
    ara = part(AraM)(store, random, part(RuleCoding)(), entitled)
    if not ara.installed:
        ara.install()
    return LoneElement(ara, INSTANCES, default=INSTANCES[0])


def build_service(terminals: Iterable[Terminal], part: Part = sound) -> Service:
    """What apps bind to, with a reader for each terminal."""
    return part(Service).of(terminals)
