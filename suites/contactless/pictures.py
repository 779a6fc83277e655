"""A campaign of positions to look at: heat maps of each plane, and the matrix of all pairs.

Colour is the class, text the first attempts that succeeded of all tries with the Wilson interval,
which is for pictures only. Drawn by matplotlib; the same taps give the same picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from suites.contactless.positions import ResultClass
from suites.contactless.proportions import wilson
from suites.pictures import INK, Picture, drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from suites.contactless.matrix import Entry
    from suites.contactless.positions import Cell, Pair

FIELD = {
    ResultClass.FIRST: "#3f9c5a",
    ResultClass.SECOND: "#b07d0b",
    ResultClass.NEITHER: "#d2493f",
}
UNTRIED = "#c9ced6"
MARGIN = 7  # mm around the outermost position
HALF = 4.5  # mm, of the square of a position
HEALTHY_MAP = (
    "A sound pair is green (○) everywhere; a red side points at an antenna that is off its mark.",
    "健全な組合せは全位置が緑(○)。片側だけ赤い場合は、マークとアンテナ中心のずれを疑う。",
)
HEALTHY_MATRIX = (
    "A red row blames a reader, a red column a phone. A, B: the type spoken; M: mixed; ?: unknown.",
    "赤い行はリーダ側、赤い列は端末側の問題を示す。A・Bは通信タイプ、Mは混在、?は不明。",
)


def planes(pair: Pair, cells: Sequence[Cell]) -> Picture:
    """One field of positions for each height above the reader."""
    heights = sorted({cell.position.z for cell in cells})
    reach = MARGIN + max(max(abs(c.position.x), abs(c.position.y)) for c in cells)

    def draw(figure: Figure) -> None:
        for number, z in enumerate(heights, 1):
            axes = figure.add_subplot(1, len(heights), number, aspect="equal")
            axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="x (mm)", ylabel="y (mm)")
            _plane(axes, [cell for cell in cells if cell.position.z == z])
            axes.set_title(f"z = {z} mm", color=INK, fontsize=9)

    title = (f"{pair}: positions", f"{pair}: 位置別結果")
    size = (max(3.6, 3.2 * len(heights)), 3.4)
    return drawn("planes", title, HEALTHY_MAP, draw, size, letters=True)


def matrix(entries: Sequence[Entry]) -> Picture:
    """Reader by phone: the worst class, the type, first attempts of all tries."""
    readers = sorted({(one.pair.reader, one.pair.firmware) for one in entries})
    phones = sorted({one.pair.phone for one in entries})
    places = {(one.pair.reader, one.pair.firmware, one.pair.phone): one for one in entries}

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot(xlim=(-0.5, len(phones) - 0.5), ylim=(len(readers) - 0.5, -0.5))
        axes.set_xticks(range(len(phones)), [_plain(phone) for phone in phones], rotation=30)
        names = [_plain(f"{reader} ({firmware})") for reader, firmware in readers]
        axes.set_yticks(range(len(readers)), names)
        for y, reader in enumerate(readers):
            for x, phone in enumerate(phones):
                _entry(axes, x, y, places.get((*reader, phone)))

    size = (2.4 + 1.1 * len(phones), 1.3 + 0.55 * len(readers))
    title = ("Readers by phones: the worst class", "リーダ×端末: 最も悪い区分")
    return drawn("matrix", title, HEALTHY_MATRIX, draw, size, letters=True)


def _plane(axes: Axes, cells: Sequence[Cell]) -> None:
    for cell in cells:
        x, y = cell.position.x, cell.position.y
        _square(axes, x, y, HALF, FIELD[cell.worst])
        score = wilson(cell.first, len(cell))
        told = f"{cell.worst} {cell.first}/{len(cell)}\n{score.low:.0%}–{score.high:.0%}"
        axes.text(x, y, told, ha="center", va="center", color="white", fontsize=7)


def _entry(axes: Axes, x: int, y: int, entry: Entry | None) -> None:
    _square(axes, x, y, 0.46, UNTRIED if entry is None else FIELD[entry.worst])
    told = "" if entry is None else f"{entry.worst} {entry.glyph}\n{entry.first}/{entry.tries}"
    axes.text(x, y, told, ha="center", va="center", color="white", fontsize=8)


def _square(axes: Axes, x: float, y: float, half: float, colour: str) -> None:
    left, right, low, high = x - half, x + half, y - half, y + half
    axes.fill([left, right, right, left], [low, low, high, high], color=colour, linewidth=0)


def _plain(name: str) -> str:
    """A name with dollars is no formula."""
    return name.replace("$", r"\$")
