"""Secure Channel Protocol '03' as the card keeps it, from INITIALIZE UPDATE to a session's end.

GPC Amendment D v1.1.1, chapters 5 and 7; the 16-byte mode (S16) of v1.2. One ``SecureChannel``
belongs to one application session on one logical channel. BEGIN and END R-MAC SESSION, which are
optional, are not there. Selection, reset and the closing of a logical channel are its owner's to
tell (``terminate``).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from reference_impl.applet.apdu import SW, Command, Refused, Response
from reference_impl.chip.drbg import RandomBytes
from reference_impl.platform.class_byte import ClassByte, Messaging
from reference_impl.platform.derivation import Derivation
from reference_impl.platform.key_sets import KeySet
from reference_impl.platform.secure_messaging import Level, NotSecure, SecureMessaging

PROTOCOL = 0x03
DIVERSIFICATION_BYTES = 10


class State(Enum):
    """How far a session has come (5.5, 5.6)."""

    NONE = auto()
    INITIALIZED = auto()  # the card has shown its cryptogram, the host has not
    OPEN = auto()
    ABORTED = auto()  # still there, and nothing passes


@dataclass(frozen=True)
class Options:
    """Parameter "i" of the protocol (table 5-1)."""

    i: int

    @property
    def challenge_size(self) -> int:
        """Bytes of a challenge, a cryptogram and a MAC."""
        return 16 if self.i & 0x01 else 8

    @property
    def pseudo_random(self) -> bool:
        return bool(self.i & 0x10)

    def levels(self) -> tuple[Level, ...]:
        """What P1 of EXTERNAL AUTHENTICATE may ask for (table 7-6)."""
        offered = [0x00, 0x01, 0x03]
        if self.i & 0x20:
            offered += [0x11, 0x13]
        if self.i & 0x60 == 0x60:
            offered += [0x33]
        return tuple(map(Level, offered))


class ChannelKeys(Protocol):
    """Where the keys of a session come from; see ``KeySets``."""

    def named(self, version: int) -> KeySet: ...

    def next_count(self, version: int) -> int: ...


@dataclass(frozen=True)
class Offer:
    """What the card has said and not yet heard an answer to."""

    messaging: SecureMessaging
    host_cryptogram: bytes = field(repr=False)
    dek: bytes = field(repr=False)


@dataclass
class SecureChannel:
    """The session of the application ``aid`` under the keys of its security domain."""

    keys: ChannelKeys
    random: RandomBytes
    options: Options
    aid: bytes
    derivation: Derivation = field(default_factory=Derivation)
    messaging_class: type[SecureMessaging] = SecureMessaging
    diversification: bytes = bytes(DIVERSIFICATION_BYTES)
    state: State = field(default=State.NONE, init=False)
    _offer: Offer | None = field(default=None, init=False, repr=False)
    _messaging: SecureMessaging | None = field(default=None, init=False, repr=False)
    _dek: bytes = field(default=b"", init=False, repr=False)

    @property
    def authenticated(self) -> bool:
        return self.state is State.OPEN

    @property
    def level(self) -> Level | None:
        """None: NO_SECURITY_LEVEL."""
        return self._messaging.level if self._messaging else None

    @property
    def dek(self) -> bytes:
        """Key-DEK of the set that opened the session: keys travel under it (6.2.8)."""
        return self._dek

    def terminate(self) -> None:
        """As if there had never been one."""
        self.state, self._offer, self._messaging, self._dek = State.NONE, None, None, b""

    def abort(self) -> None:
        """The session is of no more use; only a new one is (5.6)."""
        self.terminate()
        self.state = State.ABORTED

    # --- INITIALIZE UPDATE -----------------------------------------------------------------

    def initialize_update(self, command: Command) -> Response:
        """``80 50 <version> 00 <host challenge> 00``; the session so far ends, whatever comes."""
        if not self._is(command, Messaging.NONE):
            raise Refused(SW.CLA_NOT_SUPPORTED)
        self.terminate()
        if command.p2:
            raise Refused(SW.INCORRECT_P1_P2)
        if len(command.data) != self.options.challenge_size:
            raise Refused(SW.WRONG_LENGTH)
        keys = self.keys.named(command.p1)
        challenge, counter = self.card_challenge(keys)
        cryptogram = self._make_offer(keys, command.data + challenge)
        told = bytes((keys.version, PROTOCOL, self.options.i))
        return Response(SW.OK, self.diversification + told + challenge + cryptogram + counter)

    def card_challenge(self, keys: KeySet) -> tuple[bytes, bytes]:
        """The challenge, and the sequence counter as the answer shows it."""
        if not self.options.pseudo_random:
            return self.random.generate(self.options.challenge_size), b""
        count = self.keys.next_count(keys.version)
        size = self.options.challenge_size
        challenge = self.derivation.card_challenge(keys, count, self.aid, size)
        return challenge, count.to_bytes(3, "big")

    def _make_offer(self, keys: KeySet, context: bytes) -> bytes:
        size = self.options.challenge_size
        session = self.derivation.session_keys(keys, context)
        expected = self.derivation.host_cryptogram(session, context, size)
        self._offer = Offer(self.messaging_class(session, size), expected, keys.dek)
        self.state = State.INITIALIZED
        return self.derivation.card_cryptogram(session, context, size)

    # --- EXTERNAL AUTHENTICATE -------------------------------------------------------------

    def external_authenticate(self, command: Command) -> Response:
        """``84 82 <level> 00 <host cryptogram> <C-MAC>``; one try, right or wrong in any way."""
        if self.state in (State.OPEN, State.ABORTED):
            self.received(command)
        offer = self.use_up_offer()
        if offer is None:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if not self._is(command, Messaging.GLOBALPLATFORM):
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)
        if command.p2 or command.p1 not in self.options.levels():
            raise Refused(SW.INCORRECT_P1_P2)
        if len(command.data) != 2 * self.options.challenge_size:
            raise Refused(SW.WRONG_LENGTH)
        self.authenticate(offer, command)
        return Response(SW.OK)

    def use_up_offer(self) -> Offer | None:
        """A challenge serves once."""
        offer, self._offer = self._offer, None
        if offer is not None:
            self.state = State.NONE
        return offer

    def authenticate(self, offer: Offer, command: Command) -> None:
        """Raises Refused: 6300 for the cryptogram, 6982 for the C-MAC."""
        if not self.believes(offer.host_cryptogram, command.data[: self.options.challenge_size]):
            raise Refused(SW.AUTHENTICATION_FAILED)
        try:
            offer.messaging.verified(command)
        except NotSecure:
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED) from None
        offer.messaging.level = self.granted_level(command.p1)
        self._messaging, self._dek = offer.messaging, offer.dek
        self.state = State.OPEN

    def believes(self, right: bytes, given: bytes) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(right, given)

    def granted_level(self, asked: int) -> Level:
        return Level(asked)

    # --- everything else -------------------------------------------------------------------

    def received(self, command: Command) -> Command:
        """The plain command, class byte 00 or 80. A chained command comes here as a whole.

        Raises Refused (6982), and aborts an open session, for what is not secure enough. Without
        a session nothing is verified, and the application has rules of its own (5.6).
        """
        if self.state is State.ABORTED:
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)
        if self._messaging is None:
            return self.without_session(command)
        try:
            return self._messaging.opened(command)
        except NotSecure:
            self.insecure()
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED) from None

    def insecure(self) -> None:
        """What a command that is not secure costs."""
        self.abort()

    def without_session(self, command: Command) -> Command:
        """A command that claims protection which nobody can verify is refused."""
        found = ClassByte.parse(command.cla)
        if found is None or found.messaging is not Messaging.NONE:
            raise Refused(SW.SECURITY_STATUS_NOT_SATISFIED)
        return Command(
            found.plain, command.ins, command.p1, command.p2, command.data, command.le,
            command.extended,
        )  # fmt: skip

    def answered(self, response: Response) -> Response:
        """The answer as it leaves the card; longer ones are cut into pieces after this."""
        return self._messaging.sealed(response) if self._messaging else response

    def _is(self, command: Command, messaging: Messaging) -> bool:
        found = ClassByte.parse(command.cla)
        return found is not None and found.proprietary and found.messaging is messaging
