"""Timing a target: key pairs and signatures, each with what it took, and where the time went.

Timed is what the host sees from sending a command to having its whole answer, GET RESPONSE
included; selecting the file and authenticating are not. Rules:

1. the two key pairs are made in turn and their times kept apart (REQ-1-1-g), so that what changes
   in the course of a measurement changes both;
2. every new user pair signs once, and what does not verify ends the measurement: the time of a
   wrong operation says nothing of the right one (REQ-1-1-i). So does a pair of either key that was
   there before. The signature key is not asked to sign: that takes the password, and both keys are
   used by the same code (its signatures are looked at for REQ-1-1-i, without a clock);
3. what the wear limits or the guard do not allow is left out: fewer times are INCONCLUSIVE.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fixtures.card.apdu import EXTENDED_LE_MAX, SHORT_LE_MAX, Command
from fixtures.card.jpki import EF, JpkiCard, parse_public_key
from fixtures.outcome import Inconclusive, NotRun
from suites.applet.signatures import digest_info, verifies
from suites.timing.breakdown import Parts
from suites.timing.series import Series

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    from fixtures.bench import Bench
    from fixtures.card.apdu import Response
    from fixtures.targets.port import AccessPath, Breakdown, Channel

NS = 1e-9  # s
KEYS = {EF.SIGNATURE_KEY: "signature key", EF.USER_KEY: "user key"}


@dataclass
class Stopwatch:
    """A channel that adds up what its exchanges take, until it is read."""

    bench: Bench
    channel: Channel
    splits: bool  # whether the target tells where the time went
    _ns: int = 0
    _lanes: list[Breakdown] = field(default_factory=list)

    @classmethod
    def of(cls, bench: Bench, path: AccessPath | None = None) -> Stopwatch:
        channel = bench.channel_by(path or bench.path)
        return cls(bench, channel, bench.statement.has("timing.breakdown"))

    @property
    def card(self) -> JpkiCard:
        return JpkiCard(self)

    def reset(self) -> bytes:
        return self.channel.reset()

    def transmit(self, command: bytes, /) -> bytes:
        before = self.bench.recorder.spent_ns
        answer = self.channel.transmit(command)
        self._ns += self.bench.recorder.spent_ns - before
        if self.splits:
            self._lanes.append(self.bench.last_breakdown())
        return answer

    def start(self) -> None:
        self._ns, self._lanes = 0, []

    def read(self) -> Parts:
        """Seconds since ``start``; the parts are NaN where the target does not tell them."""
        total = self._ns * NS
        if not self.splits:
            return Parts(math.nan, math.nan, math.nan, math.nan, total)
        return Parts(
            sum(lane.applet for lane in self._lanes) * NS,
            sum(lane.transport for lane in self._lanes) * NS,
            sum(lane.omapi for lane in self._lanes) * NS,
            sum(lane.tsm for lane in self._lanes) * NS,
            total,
        )


@dataclass
class Times:
    """What was measured of one product, in the order in which it was."""

    product: str
    keys: dict[EF, list[Parts]] = field(default_factory=lambda: {ef: [] for ef in KEYS})
    signatures: list[Parts] = field(default_factory=list)

    def of_key(self, ef: EF) -> Series:
        return series(f"{self.product}, {KEYS[ef]}", self.keys[ef])

    @property
    def of_both_keys(self) -> Series:
        parts = [one for pair in zip(*self.keys.values(), strict=False) for one in pair]
        return series(f"{self.product}, key generation", parts)

    @property
    def of_signing(self) -> Series:
        return series(f"{self.product}, signing", self.signatures)


def series(subject: str, parts: list[Parts]) -> Series:
    """The whole times, as the user waits for them."""
    return Series(subject, np.array([one.total for one in parts]))


def applet_series(subject: str, parts: list[Parts]) -> Series:
    """The applet's share, or the whole where the target does not split it."""
    shares = [one.total if math.isnan(one.applet) else one.applet for one in parts]
    return Series(subject, np.array(shares))


@dataclass
class Measurement:
    """Makes and times key pairs and signatures of the target as it is now, after a reset."""

    bench: Bench
    product: str
    signs: bool = True  # with every new user key
    times: Times = field(init=False)
    _known: dict[EF, int] = field(default_factory=dict)  # the moduli of the last pairs

    def __post_init__(self) -> None:
        self.times = Times(self.product)
        self.watch = Stopwatch.of(self.bench)
        self.card = self.bench.card

    def take(self, count: int, keys: tuple[EF, ...] = tuple(KEYS)) -> Times:
        """``count`` pairs of each key; fewer where no more may be made, ``NotRun`` for none."""
        self.card.power_cycle()
        self.card.authenticate_administrator(self.bench.administrator_key)
        if self.signs:
            enter_user_pin(self.bench, self.card)
        for n in range(count):
            for ef in keys:
                try:
                    self.times.keys[ef].append(self.key_pair(ef, n))
                except NotRun:
                    if n == 0:
                        raise
                    return self.times
        return self.times

    def key_pair(self, ef: EF, n: int) -> Parts:
        """The time of one new pair. ``Inconclusive`` for what is no new, valid pair."""
        self.card.select_ef(ef)
        self.watch.start()
        answer = self.watch.card.collect(self.watch.card.send(self.generate))
        took = self.watch.read()
        key = public_key(answer)
        modulus = key.public_numbers().n
        if modulus in self._known.values():
            raise Inconclusive("a key pair came that was there before; see REQ-1-1-a, REQ-1-2-d")
        self._known[ef] = modulus
        if n == 0:
            self.confirm(ef, modulus)
        if self.signs and ef is EF.USER_KEY:
            self.times.signatures.append(timed_signature(self.watch, key, f"{self.product} {n}"))
        return took

    def confirm(self, ef: EF, modulus: int) -> None:
        """The pair that was told is the one that is kept, so the time is that of one pair."""
        kept = public_key(self.card.public_key_object(ef))
        if kept.public_numbers().n != modulus:
            raise Inconclusive("the public key told is not that of the pair; see REQ-1-1-i")

    @property
    def generate(self) -> Command:
        extended = self.bench.statement.has("apdu.extended")
        le = EXTENDED_LE_MAX if extended else SHORT_LE_MAX
        return Command(0x00, 0x46, 0x80, 0x00, le=le, extended=extended)


def public_key(answer: Response) -> RSAPublicKey:
    """The key in the answer; ``Inconclusive`` where there is none."""
    if not answer.ok:
        raise Inconclusive(f"no key pair was made ({answer.sw:04X}); see REQ-1-1-a")
    try:
        return parse_public_key(answer.data)
    except ValueError as error:
        raise Inconclusive(f"what was made is no RSA key ({error}); see REQ-1-1-i") from None


def timed_signature(watch: Stopwatch, key: object, message: str) -> Parts:
    """The time of one signature of the user key. ``Inconclusive`` where it does not verify."""
    document = message.encode()
    watch.start()
    answer = watch.card.signature(EF.USER_KEY, digest_info(document))
    took = watch.read()
    if not answer.ok:
        raise Inconclusive(f"nothing was signed ({answer.sw:04X}); see REQ-1-1-i")
    if not verifies(key, answer.data, document):
        raise Inconclusive("a timed signature does not verify; see REQ-1-1-i")
    return took


def enter_user_pin(bench: Bench, card: JpkiCard) -> None:
    """``Inconclusive`` where the right PIN is refused."""
    answer = card.verify(EF.USER_PIN, bench.user_pin)
    if not answer.ok:
        raise Inconclusive(f"the right PIN is refused ({answer.sw:04X}); see JPKI-PIN-01")
