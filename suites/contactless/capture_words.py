"""What a person is asked and told while taps are taken, in English and Japanese. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from suites.contactless.capture import Stage
from suites.contactless.positions import Position, ResultClass


@dataclass(frozen=True)
class Words:
    """One language. Braces are filled in by ``str.format``."""

    begin: str
    axes: str
    place: str  # where the phone goes
    hold: str  # Enter, then the phone
    again: str  # the second attempt
    took: str
    failed: str
    remove: str
    typed_first: str
    typed_second: str
    not_understood: str
    withdrawn: str
    nothing_to_withdraw: str
    torn: str
    kept: str
    complete: str
    centre: str
    above: str
    type_unknown: str
    stages: Mapping[Stage, str]


ENGLISH = Words(
    begin="{reader} ({firmware}) × {phone}: {done} of {total} taps are there. "
    "What you enter is on the disk at once; q or Ctrl-C ends, the same command goes on.",
    axes="x: width of the reader, y: its length, z: away from it; origin: the contactless mark of "
    "the phone on that of the reader.",
    place="Position {place}, tap {number} of {tries}",
    hold="{attempt}. attempt: press Enter, then hold the phone there at once ({seconds:g} s). > ",
    again="It failed. Take the phone away; this is the second and last attempt of this tap.",
    took="  ○ {told}",
    failed="  × {told}",
    remove="  Take the phone away …",
    typed_first="1st attempt (a: worked by Type A, b: Type B, y: type unknown; n: failed; "
    "u: undo; q: end) > ",
    typed_second="2nd attempt, after taking the phone away (a, b, y, n, u, q) > ",
    not_understood="  a, b, y, n, u or q, please.",
    withdrawn="  taken back: position {place}, tap {number}, attempt {attempt}",
    nothing_to_withdraw="  nothing that was typed can be taken back",
    torn="The last line of {file} was cut off by a failure; that attempt is to be made again.",
    kept="{done} of {total} taps are in {table}; the same command goes on.",
    complete="All {total} taps are in {table}. Judge them: jpki-conformance judge positions "
    "{table}",
    centre="marks on each other",
    above="{z} mm above the reader",
    type_unknown="type unknown",
    stages={stage: str(stage) for stage in Stage},
)

JAPANESE = Words(
    begin="{reader} ({firmware}) × {phone}: {total}回中{done}回が記録済み。"
    "入力は直ちにディスクに保存される。qまたはCtrl-Cで中断、同じコマンドで再開できる。",
    axes="x: リーダの幅方向、y: 長さ方向、z: 離隔方向。原点は端末とリーダのマークを合わせた位置。",
    place="位置 {place}、{tries}回中{number}回目",
    hold="{attempt}次試行: Enterを押し、すぐに端末をかざす({seconds:g}秒以内)。 > ",
    again="失敗。端末を一度離すこと。次がこの回の2次試行(最後)である。",
    took="  ○ {told}",
    failed="  × {told}",
    remove="  端末を離すこと…",
    typed_first="1次試行 (a: TypeAで成功、b: TypeBで成功、y: 成功・タイプ不明、n: 失敗、"
    "u: 取消、q: 中断) > ",
    typed_second="2次試行(端末を離した後) (a, b, y, n, u, q) > ",
    not_understood="  a, b, y, n, u, q のいずれかを入力すること。",
    withdrawn="  取消: 位置 {place}、{number}回目、{attempt}次試行",
    nothing_to_withdraw="  取り消せる入力はない",
    torn="{file}の最終行は障害により途切れている。その試行をやり直すこと。",
    kept="{total}回中{done}回を{table}に記録した。同じコマンドで再開できる。",
    complete="全{total}回を{table}に記録した。判定: jpki-conformance judge positions {table}",
    centre="マークを合わせる",
    above="リーダから{z} mm離す",
    type_unknown="タイプ不明",
    stages={
        Stage.NOTHING: "検出されず",
        Stage.DETECTED: "検出したが活性化できず",
        Stage.ACTIVATED: "活性化したがアプリケーションを選択できず",
        Stage.SELECTED: "選択したがファイルを読めず",
        Stage.READ: "ファイル読出し成功",
        Stage.TYPED: "失敗(手入力)",
    },
)


def told_place(words: Words, position: Position) -> str:
    """The position as a person finds it: shift along x and y, height."""
    flat = [f"{name} {mm:+d} mm" for name, mm in (("x", position.x), ("y", position.y)) if mm]
    where = ", ".join(flat) or words.centre
    return f"{where}; {words.above.format(z=position.z)}" if position.z else where


def drawn(position: Position, seen: Mapping[Position, ResultClass]) -> list[str]:
    """The plane of this position as lines of text: the worst class so far, ◎ for here."""
    places = {(p.x, p.y): c.value for p, c in seen.items() if p.z == position.z}
    steps = (-10, 0, 10)
    lines = []
    for y in reversed(steps):
        marks = ["◎" if (x, y) == (position.x, position.y) else places.get((x, y), "·")
                 for x in steps]  # fmt: skip
        lines.append(f"  y {told(y)}   " + "   ".join(marks))
    return [*lines, "      x " + " ".join(map(told, steps)) + f"   z = {position.z} mm"]


def told(mm: int) -> str:
    """Three characters."""
    return f"{mm:+3d}" if mm else "  0"
