"""A campaign of positions to look at: heat maps of each plane, and the matrix of all pairs.

Colour is the class, text the first attempts that succeeded of all tries with the Wilson interval,
which is for pictures only. Drawn by matplotlib; the same taps give the same picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from suites.contactless.firmware import Change
from suites.contactless.positions import ResultClass
from suites.contactless.proportions import wilson
from suites.pictures import INK, Picture, drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from suites.contactless.firmware import Comparison
    from suites.contactless.matrix import Entry
    from suites.contactless.positions import Cell, Pair, Position

FIELD = {
    ResultClass.FIRST: "#3f9c5a",
    ResultClass.SECOND: "#b07d0b",
    ResultClass.NEITHER: "#d2493f",
}
CHANGED = {
    Change.CURED: "#3f9c5a",
    Change.BETTER: "#3f9c5a",
    Change.SAME: "#7b8494",
    Change.STILL_FAILS: "#b07d0b",
    Change.REGRESSION: "#d2493f",
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
HEALTHY_CHANGE = (
    "Green got better, grey is as before, amber still fails, red got worse; before → after.",
    "緑は改善、灰は不変、黄は依然失敗、赤は悪化。区分と1次成功数を更新前→更新後で示す。",
)


def planes(pair: Pair, cells: Sequence[Cell]) -> Picture:
    """One field of positions for each height above the reader."""
    title = (f"{pair}: positions", f"{pair}: 位置別結果")
    squares = [(cell.position, FIELD[cell.worst], _told(cell)) for cell in cells]
    return _map("planes", title, HEALTHY_MAP, squares)


def changes(pair: str, compared: Sequence[Comparison]) -> Picture:
    """What a new firmware made of each position of a pair; at least one."""
    title = (f"{pair}: before and after", f"{pair}: 更新前後")
    squares = [(one.before.position, CHANGED[one.change], _both(one)) for one in compared]
    return _map("changes", title, HEALTHY_CHANGE, squares)


def _told(cell: Cell) -> str:
    score = wilson(cell.first, len(cell))
    return f"{cell.worst} {cell.first}/{len(cell)}\n{score.low:.0%}–{score.high:.0%}"


def _both(one: Comparison) -> str:
    before, after = one.before, one.after
    told = f"{before.first}/{len(before)} → {after.first}/{len(after)}"
    return f"{before.worst} → {after.worst}\n{told}"


def _map(
    name: str, title: tuple[str, str], healthy: tuple[str, str],
    squares: Sequence[tuple[Position, str, str]],
) -> Picture:  # fmt: skip
    """A field of coloured squares with a text for each height above the reader."""
    heights = sorted({position.z for position, _, _ in squares})
    reach = MARGIN + max(max(abs(p.x), abs(p.y)) for p, _, _ in squares)

    def draw(figure: Figure) -> None:
        for number, z in enumerate(heights, 1):
            axes = figure.add_subplot(1, len(heights), number, aspect="equal")
            axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="x (mm)", ylabel="y (mm)")
            for position, colour, told in squares:
                if position.z == z:
                    x, y = position.x, position.y
                    _square(axes, x, y, HALF, colour)
                    axes.text(x, y, told, ha="center", va="center", color="white", fontsize=7)
            axes.set_title(f"z = {z} mm", color=INK, fontsize=9)

    size = (max(3.6, 3.2 * len(heights)), 3.4)
    return drawn(name, title, healthy, draw, size, letters=True)


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
