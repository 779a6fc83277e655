"""A population of moduli to look at: SVG, each with a word on what a healthy one looks like.

Drawn from public numbers alone; the same moduli give the same picture, byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import gcd, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from suites.pictures import BLUE, INK, RED, SIGMAS, Picture, drawn
from suites.rsa_keys import kolmogorov, modulus_law

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST = modulus_law.LEAST_KEYS  # moduli of one length; fewer show nothing
RESIDUES = (3, 4, 5, 7, 8, 11)
COLOURS = {modulus_law.FIPS: INK, modulus_law.TOP_TWO: "#4f9d69", modulus_law.REJECT: RED}
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
    """Those of the length that most of them have, each once."""
    different = dict.fromkeys(n for n in moduli if n > 0)
    lengths = Counter(n.bit_length() for n in different)
    most = max(lengths, key=lambda bits: (lengths[bits], bits), default=0)
    return [n for n in different if n.bit_length() == most]


def law_of_moduli(moduli: Sequence[int]) -> Picture:
    """Where moduli of one length lie between 2^(nlen-1) and 2^nlen, beside the laws in use.

    The band around the law of the standard holds a population that follows it in 999 of 1,000
    cases (Kolmogorov's distance).
    """
    length = moduli[0].bit_length()
    z = np.sort(np.array([modulus_law.fraction(n, length) for n in moduli]))
    grid = np.linspace(0.5, 1, 501)
    width = kolmogorov.critical(len(z), modulus_law.SIGNIFICANCE)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot(
            xlabel="n / 2^nlen", ylabel="share of moduli below", xlim=(0.5, 1), ylim=(0, 1)
        )
        standard = modulus_law.FIPS.below(grid)
        axes.fill_between(grid, standard - width, standard + width, color=INK, alpha=0.15, lw=0)
        for law, colour in COLOURS.items():
            axes.plot(grid, law.below(grid), "--", color=colour, label=law.name)
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
    return [law_of_moduli(chosen), residues(chosen)]
