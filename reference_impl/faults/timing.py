"""What goes wrong with time: slow and unsteady chips, models that are not what they say, and
accounts that do not add up.

A product that is slow or unsteady is one whose data are so, and declares it truly: it is sound as a
model (REQ-1-1-j) and bad as a product.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from reference_impl.applet.files import EF
from reference_impl.applet.key_pair import GenerateKeyPair
from reference_impl.chip.presets import BothPrimes, Fraction, Preset, Presets, Search
from reference_impl.chip.rsa import KeyPair
from reference_impl.chip.timing import MS, US, Breakdown, Lane, Product, Timekeeper
from reference_impl.faults.registry import fault
from reference_impl.platform.line import Line

# --- products -----------------------------------------------------------------------------


@fault(
    "timing.slow_arithmetic",
    breaks="REQ-1-1-b",
    gain="users give up while their phone makes a key pair",
)
class SlowArithmetic(Presets):
    """Product D has no coprocessor for large numbers: 13 s on average."""

    def d(self) -> Preset:
        sound = super().d()
        slow = replace(sound.product, candidate=5 * sound.product.candidate)
        return replace(sound, product=slow, mean_s=13.189, sd_s=9.172)


@fault(
    "timing.most_are_slower",
    breaks="REQ-1-1-c",
    gain="screens laid out for 2 s are wrong for half of the products",
)
class MostAreSlower(Presets):
    """Products A and B check every pair for another 1.3 s, and are no longer near 2 s."""

    def a(self) -> Preset:
        return slower(super().a(), 1_300)

    def b(self) -> Preset:
        return slower(super().b(), 1_300)


def slower(sound: Preset, by_ms: int) -> Preset:
    """Every pair takes so many milliseconds longer, and the declaration says so."""
    product = replace(sound.product, key_pair=sound.product.key_pair + by_ms * MS)
    return replace(sound, product=product, mean_s=sound.mean_s + by_ms / 1_000)


@fault(
    "timing.second_product_unsteady",
    breaks="REQ-1-1-d",
    gain="the screen of the wrong product shows a time it cannot keep",
)
class SecondUnsteady(Presets):
    """Product C searches both primes plainly: with D there are two that vary widely."""

    def c(self) -> Preset:
        product = Product(97 * MS, 2_677 * US, 114 * MS, 300 * US)
        return Preset("C", product, BothPrimes(), mean_s=2.000, sd_s=1.342)


@fault(
    "timing.no_product_unsteady",
    breaks="REQ-1-1-d",
    gain="nobody learns that a screen must allow for long waits",
)
class NoneUnsteady(Presets):
    """Product D spends most of its time on what is the same for every pair."""

    def d(self) -> Preset:
        product = Product(2_445 * MS, 493 * US, 202 * MS, 500 * US)
        return Preset("D", product, BothPrimes(), mean_s=2.798, sd_s=0.247)


@dataclass(frozen=True)
class Restarts:
    """Now and then the search is begun anew after a long pause."""

    search: Search
    every: int
    pause: int  # in candidates that could have been tried

    def candidates(self, fraction: Fraction) -> int:
        restarted = fraction() * self.every <= 1
        return self.search.candidates(fraction) + restarted * self.pause


@fault(
    "timing.retry_storm",
    breaks="REQ-1-1-d",
    gain="one issuance in twelve seems to hang, and users tear it off",
)
class RetryStorm(Presets):
    """Product A throws away one pair in twelve and waits 4 s before the next try."""

    def a(self) -> Preset:
        sound = super().a()
        steady = replace(sound.product, key_pair=sound.product.key_pair - 333 * MS)
        storm = Restarts(sound.search, every=12, pause=8_114)
        return replace(sound, product=steady, search=storm, mean_s=2.000, sd_s=1.133)


# --- models that are not what they say ----------------------------------------------------


@fault(
    "timing.preset_of_an_older_sample",
    breaks="REQ-1-1-j",
    gain="what is simulated says nothing about the product",
)
class OlderSample(Presets):
    """Product B is modelled after a sample that was slower by 0.3 s than what is declared."""

    def b(self) -> Preset:
        sound = super().b()
        older = replace(sound.product, key_pair=sound.product.key_pair + 300 * MS)
        return replace(sound, product=older)


@fault(
    "timing.preset_with_half_the_spread",
    breaks="REQ-1-1-j",
    gain="time-outs that are tried on the model are too short for the product",
)
class HalfTheSpread(Presets):
    """In the model of product A a candidate takes half as long, and the rest is made up for."""

    def a(self) -> Preset:
        sound = super().a()
        half = replace(sound.product, key_pair=1_822 * MS, candidate=246 * US)
        return replace(sound, product=half)


# --- operations ---------------------------------------------------------------------------


@fault(
    "timing.signature_varies",
    breaks="REQ-1-1-e",
    gain="a reader's time-out cuts some signatures off; and what varies may tell of the key",
)
class SignatureVaries(Timekeeper):
    """Interrupts of the radio part stretch a signature by anything up to its own length."""

    def signature_time(self) -> int:
        return round(super().signature_time() * (1 + self.fraction()))


@fault(
    "timing.signature_spread_grows",
    breaks="REQ-1-1-e",
    gain="what passes on the bench fails at the counter in the afternoon",
)
class SpreadGrows(Timekeeper):
    """The regulator warms up: with each signature the chip's clock swings further."""

    def signature_time(self) -> int:
        self.made = getattr(self, "made", 0) + 1
        swing = min(self.made * 300 * US, self.product.signature // 2)
        return super().signature_time() + (swing if self.made % 2 else -swing)


@fault(
    "timing.user_pair_made_in_advance",
    breaks="REQ-1-1-g",
    gain="a key pair lies about before anybody asked for it, and the time of one is taken for both",
)
class MadeInAdvance(GenerateKeyPair):
    """The pair for user authentication is made while nobody waits, and only handed out."""

    def new_pair(self, ef: EF) -> KeyPair:
        if ef is not EF.USER_KEY:
            return super().new_pair(ef)
        with unnoticed(self.time):
            return super().new_pair(ef)


@contextmanager
def unnoticed(time: Timekeeper) -> Iterator[None]:
    """What is done now was done while nobody waited."""
    sound = time.product
    time.product = replace(sound, key_pair=0, candidate=0)
    try:
        yield
    finally:
        time.product = sound


# --- accounts -----------------------------------------------------------------------------


@fault(
    "timing.omapi_left_out",
    breaks="REQ-1-1-h",
    gain="what the phone costs is blamed on nobody, and is never made faster",
)
class OmapiLeftOut(Timekeeper):
    """The account knows nothing of OMAPI: the parts are less than the whole."""

    def breakdown(self) -> Breakdown:
        return replace(super().breakdown(), omapi=0)


@fault(
    "timing.delay_booked_as_applet",
    breaks="REQ-1-1-h",
    gain="a slow line is taken for a slow chip, and the wrong part is replaced",
)
class DelayBookedAsApplet(Line):
    """Whatever time passes until the answer is there is put down to the applet."""

    def lane_of_delay(self) -> Lane:
        return Lane.APPLET


@fault(
    "timing.omapi_booked_as_transport",
    breaks="REQ-1-1-h",
    gain="the cost of OMAPI's access control hides in that of the line",
)
class OmapiBookedAsTransport(Timekeeper):
    """OMAPI is not told apart from the bus below it."""

    def breakdown(self) -> Breakdown:
        sound = super().breakdown()
        return replace(sound, transport=sound.transport + sound.omapi, omapi=0)
