"""How long the chip works: what each kind of work costs, and who the time is put down to.

REQ-1-1-h: the time of an exchange is split into lanes that add up. REQ-1-1-j: what work costs is
data, a ``Product``, so that chips of different makers can be modelled by the same code.

The law of key-generation time is not put in, it comes out: a chip that tries candidates one after
the other pays for each that it really tries, two searches with geometric lengths make a shifted
Gamma distribution of shape 2, and its coefficient of variation is near 0.7. All figures are OUR
DESIGN, in the range of public tables of measured cards (JCAlgTest): RSA-2048 signatures of 60 to
210 ms that spread by less than 1 %, means of key generation from 2 s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum, unique

from reference_impl.chip.clock import VirtualClock
from reference_impl.chip.entropy import EntropySource, SeededEntropy

US = 1_000  # ns
MS = 1_000_000  # ns
FRACTION_BYTES = 6  # of a random fraction; 48 bits fit a float exactly
LEAST_UNIFORM = 0.5**48  # in place of 0, of which there is no logarithm


@unique
class Lane(StrEnum):
    """Where time goes."""

    APPLET = "applet"
    TRANSPORT = "transport"
    OMAPI = "omapi"
    TSM = "tsm"  # the reference has no TSM in the way of a command: always 0


@dataclass(frozen=True)
class Breakdown:
    """The time of one exchange by lane, in nanoseconds."""

    applet: int = 0
    transport: int = 0
    omapi: int = 0
    tsm: int = 0


@dataclass(frozen=True)
class Product:
    """What work costs on one chip; all in nanoseconds."""

    key_pair: int  # of every key generation: checks of the pair, and storing it
    candidate: int  # each candidate for a prime that is tried
    signature: int
    signature_spread: int  # standard deviation
    command: int = 3 * MS  # of any command: reading it, access rules, the answer
    power_on: int = 50 * MS


PLAIN_SEARCH = Product(
    key_pair=497 * MS, candidate=2_113 * US, signature=61 * MS, signature_spread=120 * US
)
"""The chip as it is: 0.5 s, and 1.5 s for the 710 candidates of an average pair."""


@dataclass
class Timekeeper:
    """Turns work into time on the clock, and keeps the account of the last exchange."""

    clock: VirtualClock
    product: Product = PLAIN_SEARCH
    entropy: EntropySource = field(default_factory=lambda: SeededEntropy(b"pace"))
    _account: dict[Lane, int] = field(default_factory=dict, init=False)

    def begin(self) -> None:
        """A new exchange; the account of the last one is closed."""
        self._account = {}

    def spend(self, lane: Lane, nanoseconds: int) -> None:
        self.clock.advance(nanoseconds)
        self._account[lane] = self._account.get(lane, 0) + nanoseconds

    def breakdown(self) -> Breakdown:
        """The account of the last exchange."""
        return Breakdown(**{str(lane): spent for lane, spent in self._account.items()})

    # --- what work costs -----------------------------------------------------------------

    def power_on(self) -> None:
        self.spend(Lane.APPLET, self.product.power_on)

    def command(self) -> None:
        self.spend(Lane.APPLET, self.product.command)

    def candidate(self) -> None:
        self.candidates(1)

    def candidates(self, count: int) -> None:
        self.spend(Lane.APPLET, count * self.product.candidate)

    def key_pair(self) -> None:
        self.spend(Lane.APPLET, self.product.key_pair)

    def signature(self) -> None:
        self.spend(Lane.APPLET, self.signature_time())

    def signature_time(self) -> int:
        """The same work for every signature; normal jitter of the oscillator, no more."""
        jitter = math.sqrt(-2 * math.log(self.fraction())) * math.cos(math.tau * self.fraction())
        return max(0, self.product.signature + round(self.product.signature_spread * jitter))

    def fraction(self) -> float:
        """A random number in (0, 1]; not from the chip's generator, whose output makes keys."""
        number = int.from_bytes(self.entropy.read(FRACTION_BYTES), "big")
        return 1.0 - number * LEAST_UNIFORM
