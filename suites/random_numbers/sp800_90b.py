"""SP 800-90B, non-IID track: ten estimates on the symbols and on their bits. Pure.

Source: NIST SP 800-90B (January 2018), 3.1.3 and 6.3; conventions of NIST's program 1.1.7. Symbols
are numbered again in ascending order before the estimates; the bitstring is the ``width`` low bits
of every symbol as it came, the high bit first. What is assessed is the least of all estimates,
those of the bitstring times the width.

A perfect source does not reach its width: with 8 bits it comes to about 7.3, with 1 bit to 0.89,
because the t-tuple and the compression estimate lean to the safe side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

import numpy as np

from suites.random_numbers import estimators
from suites.random_numbers.bits import InsufficientDataError
from suites.random_numbers.lag import lag
from suites.random_numbers.lz78y import ENTRIES, Counted, lz78y
from suites.random_numbers.markov_models import multi_mmc
from suites.random_numbers.most_common_in_window import multi_mcw
from suites.random_numbers.tuples import repeats

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLES = 1_000_000  # what the standard asks for (3.1.1)
FEWEST = 6_100  # bits; below, the compression estimate has no data


@unique
class Data(StrEnum):
    """What an estimate was made on."""

    LITERAL = "literal"
    BITSTRING = "bitstring"


@dataclass(frozen=True)
class Estimate:
    """One estimate: bits of min-entropy a symbol (literal) or a bit (bitstring)."""

    name: str
    section: str
    data: Data
    min_entropy: float


@dataclass(frozen=True)
class Assessment:
    """What a sample came to.

    Attributes
    ----------
    samples, alphabet, width
        N, k and the bits of a symbol.
    h_original, h_bitstring
        The least estimate of each kind; ``h_bitstring`` is 1 or less, ``None`` for width 1.
    min_entropy
        What is assessed, bits a symbol.
    """

    samples: int
    alphabet: int
    width: int
    estimates: tuple[Estimate, ...]

    @property
    def h_original(self) -> float:
        return min(e.min_entropy for e in self.estimates if e.data is Data.LITERAL)

    @property
    def h_bitstring(self) -> float | None:
        found = [e.min_entropy for e in self.estimates if e.data is Data.BITSTRING]
        return min(found, default=None)

    @property
    def min_entropy(self) -> float:
        bits = self.h_bitstring
        return self.h_original if bits is None else min(self.h_original, self.width * bits)

    @property
    def binding(self) -> Estimate:
        """The estimate that decides."""
        return min(self.estimates, key=lambda e: e.min_entropy * self._scale(e))

    def _scale(self, estimate: Estimate) -> int:
        return self.width if estimate.data is Data.BITSTRING else 1


def renumbered(symbols: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """The symbols as 0 to k - 1 in ascending order, and k."""
    there = np.bincount(symbols, minlength=256) > 0
    return (np.cumsum(there) - 1).astype(np.uint8)[symbols], int(np.count_nonzero(there))


def bitstring(symbols: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """The low ``width`` bits of each symbol, the high one first, one a byte."""
    bits = np.unpackbits(symbols).reshape(-1, 8)[:, 8 - width :]
    return np.ascontiguousarray(bits).reshape(-1)


def assess(
    symbols: NDArray[np.uint8],
    width: int,
    *,
    counted: Counted = Counted.PREFIXES,
    with_bits: bool = True,
    threads: int = 1,
    told: Callable[[str], None] = lambda _: None,
) -> Assessment:
    """Assess symbols of ``width`` bits (1 to 8), one a byte.

    ``InsufficientDataError`` when there are too few for an estimate to mean anything. ``told`` is
    called with each estimate that is done, from any thread. ``with_bits=False`` leaves the
    bitstring out, as the restart tests do.
    """
    literal, alphabet = renumbered(symbols)
    if len(symbols) * width < FEWEST:
        raise InsufficientDataError(
            f"{len(symbols):,} symbols of {width} bits are not enough for the compression "
            f"estimate; it needs {FEWEST:,} bits, and the standard {SAMPLES:,} symbols"
        )
    kinds = [(Data.LITERAL, literal, alphabet)]
    if width > 1 and with_bits:
        kinds.append((Data.BITSTRING, bitstring(symbols, width), 2))
    tasks = [task for kind in kinds for task in _tasks(*kind, counted, width)]
    if alphabet == 1:  # nothing to predict: no entropy, and no estimate that could divide by it
        return Assessment(len(symbols), 1, width, (Estimate("MCV", "6.3.1", Data.LITERAL, 0.0),))

    def run(task: Callable[[], list[Estimate]]) -> list[Estimate]:
        found = task()
        told(", ".join(f"{e.name} ({e.data})" for e in found))
        return found

    with ThreadPoolExecutor(threads) as pool:
        order = list(pool.map(run, tasks))
    done = [estimate for found in order for estimate in found]
    done.sort(key=lambda e: (e.data is Data.LITERAL, tuple(map(int, e.section.split(".")))))
    return Assessment(len(symbols), alphabet, width, tuple(done))


def _tasks(
    data: Data, symbols: NDArray[np.uint8], alphabet: int, counted: Counted, width: int
) -> Iterator[Callable[[], list[Estimate]]]:
    """The estimates of one kind of data, those that take longest first."""

    def one(name: str, section: str, value: Callable[[], float]) -> Callable[[], list[Estimate]]:
        return lambda: [Estimate(name, section, data, abs(value()))]  # -0.0 is 0

    def both() -> list[Estimate]:
        found = repeats(symbols, alphabet)
        made = [Estimate("t-tuple", "6.3.5", data, abs(found.t_tuple))]
        if found.lrs is not None:
            made.append(Estimate("LRS", "6.3.6", data, abs(found.lrs)))
        return made

    yield one("MultiMMC", "6.3.9", lambda: multi_mmc(symbols, alphabet).min_entropy)
    yield both
    yield one("LZ78Y", "6.3.10", lambda: lz78y(symbols, alphabet, ENTRIES, counted).min_entropy)
    yield one("MultiMCW", "6.3.7", lambda: multi_mcw(symbols, alphabet).min_entropy)
    yield one("Lag", "6.3.8", lambda: lag(symbols, alphabet).min_entropy)
    yield one("MCV", "6.3.1", lambda: estimators.most_common_value(symbols))
    if data is Data.BITSTRING or width == 1:
        yield one("Compression", "6.3.4", lambda: estimators.compression(symbols))
        yield one("Collision", "6.3.2", lambda: estimators.collision(symbols))
        yield one("Markov", "6.3.3", lambda: estimators.markov(symbols))
