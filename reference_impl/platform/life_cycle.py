"""Life cycles of the card, of security domains and of applications (GPCS 5.1 to 5.3, 11.1.1).

Every rule asks only for states and for who wants the change; where they are kept is
``registry.py``'s business. A state that no table codes is refused with 6A86, one that cannot be
reached from here, or not by this one, with 6985 (OUR READING: 11.10.3.2 names no status word).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, auto, unique

from reference_impl.applet.apdu import SW, Refused
from reference_impl.platform.privileges import Privilege, has

LOCKED = 0x80  # over the state before (11.1.1)
CARD_IS_LOCKED, SELECTION_DISABLED = 0x6283, 0x6A81  # tables 11-83 and 11-84


@unique
class CardState(IntEnum):
    """Also that of the issuer's security domain (table 11-6)."""

    OP_READY = 0x01
    INITIALIZED = 0x07
    SECURED = 0x0F
    CARD_LOCKED = 0x7F
    TERMINATED = 0xFF


CARD_STATES = {int(state): state for state in CardState}


@unique
class ContentState(IntEnum):
    """Of load files, applications and security domains (tables 11-3 to 11-5)."""

    LOADED = 0x01
    INSTALLED = 0x03
    SELECTABLE = 0x07
    PERSONALIZED = 0x0F  # domains only; to an application one of its own states


class Actor(Enum):
    """Who wants the change."""

    ITSELF = auto()
    DOMAIN = auto()  # the associated security domain, or one above it
    GLOBAL = auto()  # a holder of Global Lock
    STRANGER = auto()


CARD_PATHS: dict[tuple[CardState, CardState], Privilege | None] = {
    (CardState.OP_READY, CardState.INITIALIZED): None,
    (CardState.INITIALIZED, CardState.SECURED): None,
    (CardState.SECURED, CardState.CARD_LOCKED): Privilege.CARD_LOCK,
    (CardState.CARD_LOCKED, CardState.SECURED): Privilege.CARD_LOCK,
    (CardState.OP_READY, CardState.TERMINATED): Privilege.CARD_TERMINATE,
    (CardState.INITIALIZED, CardState.TERMINATED): Privilege.CARD_TERMINATE,
    (CardState.SECURED, CardState.TERMINATED): Privilege.CARD_TERMINATE,
    (CardState.CARD_LOCKED, CardState.TERMINATED): Privilege.CARD_TERMINATE,
}
"""Figure 5-1, and the privilege each way needs; None: only the issuer's domain goes it."""

GET_DATA, GET_STATUS, SET_STATUS = 0xCA, 0xF2, 0xF0
INITIALIZE_UPDATE, EXTERNAL_AUTHENTICATE = 0x50, 0x82
LEFT = {
    CardState.CARD_LOCKED: (
        GET_DATA, GET_STATUS, SET_STATUS, INITIALIZE_UPDATE, EXTERNAL_AUTHENTICATE,
    ),
    CardState.TERMINATED: (GET_DATA,),
}  # fmt: skip
"""Commands of a security domain that remain (table 11-1)."""


class CardLifeCycle:
    """Rules of 5.1."""

    def moved(self, now: CardState, asked: int, held: Privilege, *, by_issuer: bool) -> CardState:
        """The state after SET STATUS. Raises Refused."""
        if asked not in [*CardState]:
            raise Refused(SW.INCORRECT_P1_P2)
        path = (now, CardState(asked))
        if path not in CARD_PATHS or not self.entitled(CARD_PATHS[path], held, by_issuer):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        return CardState(asked)

    def entitled(self, needed: Privilege | None, held: Privilege, by_issuer: bool) -> bool:
        return by_issuer if needed is None else has(held, needed)

    def permits(self, now: CardState, ins: int) -> bool:
        """Whether a security domain still carries out this command."""
        return now not in LEFT or ins in LEFT[now]

    def selection(self, now: CardState, *, final: bool) -> int:
        """The status word of a SELECT that finds its application: 9000, 6283 or 6A81."""
        if now is CardState.TERMINATED or (now is CardState.CARD_LOCKED and not final):
            return SELECTION_DISABLED
        return CARD_IS_LOCKED if now is CardState.CARD_LOCKED else SW.OK


@dataclass
class ContentLifeCycle:
    """Rules of 5.3, for applications and (``domain``) for security domains."""

    def moved(self, now: int, asked: int, actor: Actor, *, domain: bool, final: bool) -> int:
        """The state after SET STATUS for this one alone. Raises Refused.

        ``final``: it holds Final Application, and is never locked.
        """
        if actor is Actor.STRANGER:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if actor is not Actor.ITSELF:
            return self.locked(now, final) if asked & LOCKED else self.unlocked(now)
        if not self.coded(asked, domain):
            raise Refused(SW.INCORRECT_P1_P2)
        if asked & LOCKED:
            return self.locked(now, final)
        return self.advanced(now, asked, domain)

    def coded(self, asked: int, domain: bool) -> bool:
        """Whether tables 11-4 and 11-5 have this state."""
        plain = asked & ~LOCKED
        if domain:
            return plain in (0x03, 0x07, 0x0F)
        return plain & 0x07 == 0x07 or plain == 0x03 or (asked & 0x83 == 0x83)

    def locked(self, now: int, final: bool) -> int:
        """Bit 8 over the state so far, which is what unlocking goes back to."""
        if final or self.is_locked(now):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        return now | LOCKED

    def unlocked(self, now: int) -> int:
        """Back to exactly the state before."""
        if not self.is_locked(now):
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        return now & ~LOCKED

    def advanced(self, now: int, asked: int, domain: bool) -> int:
        """By itself; what is locked or not yet selectable does nothing by itself.

        An application passes between its own states as it likes (5.3.1.5), a domain goes from
        SELECTABLE to PERSONALIZED and not back.
        """
        own = (ContentState.PERSONALIZED,) if domain else range(0x07, 0x80)
        ready = now == ContentState.SELECTABLE if domain else now & 0x87 == 0x07
        if not ready or asked == now or asked not in own or asked & 0x07 != 0x07:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        return asked

    def made_selectable(self, now: int) -> int:
        """By INSTALL, once."""
        if now != ContentState.INSTALLED:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        return ContentState.SELECTABLE

    def is_locked(self, now: int) -> bool:
        return bool(now & LOCKED)

    def selectable(self, now: int) -> bool:
        return now != ContentState.INSTALLED and not self.is_locked(now)

    def may_own(self, now: int) -> bool:
        """Whether a domain in this state may be given load files and applications."""
        return now == ContentState.PERSONALIZED
