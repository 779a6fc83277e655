"""How pictures are drawn: SVG by matplotlib, each with a word on what a healthy subject looks like.

The same numbers give the same picture, byte for byte. Colours are read on light and on dark paper.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

INK, BLUE, RED = "#7b8494", "#3d7dca", "#d2493f"
SIGMAS = 4  # of the red lines around what is expected
STYLE: Any = {
    "svg.hashsalt": "jpki-conformance", "svg.fonttype": "path", "font.size": 9,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK,
    "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False,
    "lines.linewidth": 0.8,
}  # fmt: skip
LETTERS: Any = {"svg.fonttype": "none", "font.family": "sans-serif"}


@dataclass(frozen=True)
class Picture:
    """An SVG with its titles and what a healthy subject looks like, English and Japanese."""

    name: str
    title: tuple[str, str]
    healthy: tuple[str, str]
    svg: str


def drawn(
    name: str,
    title: tuple[str, str],
    healthy: tuple[str, str],
    draw: Callable[[Figure], None],
    size: tuple[float, float] = (7.2, 2.4),
    *,
    letters: bool = False,
) -> Picture:
    """What ``draw`` makes of an empty figure of ``size`` inches.

    ``letters`` keeps letters as letters, so that a name may be Japanese whatever fonts are here.
    """
    with mpl.rc_context(STYLE | (LETTERS if letters else {})), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # only its width is guessed
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    text = file.getvalue()
    return Picture(name, title, healthy, text[text.index("<svg") :])
