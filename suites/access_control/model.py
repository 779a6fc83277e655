"""What an app may do by a set of access rules, written down a second time. Pure.

GPD_SPE_013 v1.1 as AOSP enforces it. Six cases, the first that applies decides:

====  ===================  ======================  =======================================
case  rule's application   rule's app              decision
====  ===================  ======================  =======================================
A     the one asked for    signed by this signer   what these rules say, merged
A'    the one asked for    signed by another       never
B     the one asked for    all apps                what these rules say, merged
C     all applications     signed by this signer   what these rules say, merged
C'    all applications     signed by another       never
D     all applications     all apps                what these rules say, merged
====  ===================  ======================  =======================================

Otherwise never. Of an app with several names (SHA-1 and SHA-256 of each signer) the first one that
has a rule counts. "Is this rule about it" is asked of each rule anew: nothing is indexed or cached.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from suites.access_control.rules import ALWAYS, Rule

ALL = b""
CARRIER = b"\xff" * 6  # in place of an AID: the privileges of a carrier's apps, no applet


@dataclass(frozen=True)
class Decision:
    """``case``: by which line of the table; "none" where no rule applies.

    ``filters``: what a command must match one of; None where every command passes. ``open`` is
    whether a channel can be opened at all.
    """

    case: str
    open: bool
    filters: frozenset[bytes] | None = None
    nfc: bool = False

    def sends(self, command: bytes) -> bool:
        """Whether a command with this header goes through an open channel."""
        if not self.open or self.filters is None:
            return self.open
        return any(matches(command, one) for one in self.filters)


def decide(rules: Sequence[Rule], aid: bytes | None, hashes: Sequence[bytes]) -> Decision:
    """``aid=None``: whatever is selected implicitly."""
    for application, own, others, general in ((aid, "A", "A'", "B"), (ALL, "C", "C'", "D")):
        about = [rule for rule in rules if rule.aid == application != CARRIER]
        for told in hashes:
            if mine := [rule for rule in about if rule.app == told]:
                return merged(own, mine)
        if any(rule.app != ALL for rule in about):
            return Decision(others, open=False)
        if about:
            return merged(general, about)
    return Decision("none", open=False)


def merged(case: str, rules: Iterable[Rule]) -> Decision:
    """Never before filters before always before nothing; events follow commands if not said."""
    apdu = [rule.apdu for rule in rules if rule.apdu is not None]
    nfc = [rule.nfc for rule in rules if rule.nfc is not None]
    passing = [said for said in apdu if said == ALWAYS or len(said) >= 8]
    may_open = bool(apdu) and len(passing) == len(apdu)
    parts = frozenset(
        said[at : at + 8] for said in passing if len(said) >= 8 for at in range(0, len(said), 8)
    )
    events = all(said == ALWAYS for said in nfc) if nfc else may_open
    return Decision(case, may_open, (parts or None) if may_open else None, events)


def matches(command: bytes, told: bytes) -> bool:
    """Header under the mask equals the filter's header, whole."""
    header, wanted, mask = (
        int.from_bytes(part, "big") for part in (command[:4], told[:4], told[4:])
    )
    return header & mask == wanted
