"""A population of moduli to look at: SVG, each with a word on what a healthy one looks like.

Drawn from public numbers alone; the same moduli give the same picture, byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import gcd, log, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from suites.random_numbers.pictures import BLUE, INK, RED, SIGMAS, Picture
from suites.random_numbers.pictures import _drawn as drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Law = Callable[[NDArray[np.float64]], NDArray[np.float64]]

LEAST = 20  # moduli of one length; fewer show nothing
RESIDUES = (3, 4, 5, 7, 8, 11)
CRITICAL = 1.9495  # of Kolmogorov and Smirnov at 0.001, times the root of the number of moduli


def fips_law(z: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Distribution of z = n / 2^nlen for p, q uniform in [√2·2^(h-1), 2^h); z in [1/2, 1].

    The density is c·ln 2z below 1/√2 and -c·ln z above, c = (1 - 1/√2)^-2.
    """
    c, middle = (1 - 1 / sqrt(2)) ** -2, 1 / sqrt(2)
    below = c / 2 * (2 * z * np.log(2 * z) - 2 * z + 1)
    half = c / 2 * (2 * middle * log(2 * middle) - 2 * middle + 1)
    above = half + c * ((z - z * np.log(z)) - middle * (1 + log(2) / 2))
    return np.where(z <= middle, below, above)


def two_bits_law(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same for p, q uniform in [3/4·2^h, 2^h): their top two bits are set."""
    low, middle = 9 / 16, 3 / 4
    below = 16 * (z * np.log(z / low) - z + low)
    half = 16 * (middle * log(middle / low) - middle + low)
    above = half + 16 * ((z - z * np.log(z)) - (middle - middle * log(middle)))
    return np.where(z < low, 0.0, np.where(z <= middle, below, above))


def reject_law(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same for p, q uniform in [2^(h-1), 2^h), drawn again until n has nlen bits."""
    return ((z - z * np.log(z)) - (1 + log(2)) / 2) / ((1 - log(2)) / 2)


LAWS: tuple[tuple[str, Law, str], ...] = (
    ("FIPS 186: primes from √2·2^(h-1)", fips_law, INK),
    ("top two bits of the primes set", two_bits_law, "#4f9d69"),
    ("drawn again until n is long enough", reject_law, RED),
)

HEALTHY_LAW = (
    (
        "A healthy population stays in the grey band or on the green line; on the red one, some "
        "primes are shorter than FIPS 186 allows."
    ),
    (
        "健全な集団は灰色の帯の中か緑の線上にある。赤の線に沿う集団には、FIPS 186の下限より"
        "短い素数が含まれる。"
    ),
)
HEALTHY_RESIDUES = (
    (
        "A healthy population ends between the red lines (±4σ); bars that stand out, or are "
        "missing, tell the maker of the keys and cost it some entropy."
    ),
    (
        "健全な集団の棒は赤線(±4σ)の間に収まる。突出や欠落は鍵の生成元を示し、"
        "その分エントロピーが減る。"
    ),
)


def of_one_length(moduli: Sequence[int]) -> list[int]:
    """Those of the length that most of them have."""
    lengths = Counter(n.bit_length() for n in moduli if n > 0)
    most = max(lengths, key=lambda bits: (lengths[bits], bits), default=0)
    return [n for n in moduli if n > 0 and n.bit_length() == most]


def modulus_law(moduli: Sequence[int]) -> Picture:
    """Where the moduli lie between 2^(nlen-1) and 2^nlen; all of the same length, 54 bits at least.

    The band around the law of the standard holds a population that follows it in 999 of 1,000
    cases (Kolmogorov and Smirnov).
    """
    shift = moduli[0].bit_length() - 53
    z = np.sort(np.array([n >> shift for n in moduli], np.float64) / 2**53)
    grid = np.linspace(0.5, 1, 501)
    width = CRITICAL / sqrt(len(z))

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot(
            xlabel="n / 2^nlen", ylabel="share of moduli below", xlim=(0.5, 1), ylim=(0, 1)
        )
        axes.fill_between(
            grid, fips_law(grid) - width, fips_law(grid) + width, color=INK, alpha=0.15, linewidth=0
        )
        for name, law, colour in LAWS:
            axes.plot(grid, law(grid), "--", color=colour, label=name)
        places = np.concatenate([[0.5], z, [1.0]])
        shares = np.concatenate([[0.0], np.arange(1, len(z) + 1) / len(z), [1.0]])
        name = f"these {len(z):,} moduli"
        axes.step(places, shares, color=BLUE, where="post", linewidth=1.4, label=name)
        axes.legend(loc="upper left", frameon=False)

    return drawn(
        "modulus_law",
        ("Where the moduli lie", "法nの分布"),
        HEALTHY_LAW,
        draw,
        (7.2, 4.0),
    )


def residues(moduli: Sequence[int]) -> Picture:
    """How often each residue came for small divisors, against 4σ around the even share."""

    def draw(figure: Figure) -> None:
        for place, r in enumerate(RESIDUES, 1):
            axes = figure.add_subplot(2, 3, place, title=f"n mod {r}")
            _bars(axes, Counter(n % r for n in moduli), r, len(moduli))

    return drawn(
        "residues",
        ("Residues of the moduli", "法nの剰余"),
        HEALTHY_RESIDUES,
        draw,
        (7.2, 3.8),
    )


def _bars(axes: Any, counts: Counter[int], r: int, total: int) -> None:
    units = [residue for residue in range(r) if gcd(residue, r) == 1]
    shown = sorted({*units, *counts})
    share = total / len(units)
    around = SIGMAS * sqrt(share * (1 - 1 / len(units)))
    good = [abs(counts[one] - share) <= around and one in units for one in shown]
    axes.bar(
        [str(one) for one in shown], [counts[one] for one in shown],
        color=[BLUE if fine else RED for fine in good], width=0.6,
    )  # fmt: skip
    for bound in (max(0.0, share - around), share + around):
        axes.axhline(bound, color=RED, linewidth=0.8)


def of_population(moduli: Sequence[int]) -> list[Picture]:
    """What can be shown of the moduli of the commonest length; nothing of fewer than 20."""
    chosen = of_one_length(moduli)
    if len(chosen) < LEAST or chosen[0].bit_length() < 54:
        return []
    return [modulus_law(chosen), residues(chosen)]
