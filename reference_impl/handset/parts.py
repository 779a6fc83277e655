"""Where the phone's side of a secure element is put together, and from which class each part is."""

from __future__ import annotations

from reference_impl.handset.access_rules import RuleReader
from reference_impl.handset.apdu import CommandRules
from reference_impl.handset.apps import Signers
from reference_impl.handset.channel import Channel
from reference_impl.handset.driver import Driver, Transmit
from reference_impl.handset.enforcer import Enforcer
from reference_impl.handset.rule_cache import RuleCache
from reference_impl.handset.terminal import Terminal
from reference_impl.parts import Part, sound


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
