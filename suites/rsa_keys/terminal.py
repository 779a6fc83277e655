"""What was found out about keys, on a terminal: each key with remarks, then the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fixtures.verdict import Verdict
from suites.rsa_keys.files import Asked, Judged, JudgedKey
from suites.rsa_keys.key import KeyClass, Remark

MOST_SHOWN = 200  # keys with remarks; --json has them all
MOST_GAPS = 10  # criteria that could not be checked, those of most keys first
COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}
CLASS_COLOURS = {
    KeyClass.BROKEN: "bold red", KeyClass.CONFORMANCE: "red", KeyClass.FINGERPRINT: "cyan",
}  # fmt: skip
LIMITS = (
    "A pass says that these checks found nothing. Nothing public shows how p and q were chosen, or "
    "how many bits of noise went into them."
)
LIMITS_JA = (
    "合格とは、これらの検査で異常が見つからなかったことを意味する。公開鍵だけでは、"
    "p と q の選び方も、用いられた乱数のエントロピーも分からない。"
)


def shown(found: Judged, asked: Asked) -> Group:
    """Keys with remarks, then remarks on all of them together, what was not read, and the whole."""
    return Group(*_parts(found, asked))


def _parts(found: Judged, asked: Asked) -> Iterator[RenderableType]:
    told = [key for key in found.keys if key.remarks or key.verdict is not Verdict.PASS]
    told.sort(key=lambda key: key.verdict is not Verdict.FAIL)  # failures first, else as they came
    for key in told[:MOST_SHOWN]:
        yield _heading(key, asked.profile)
        if key.verdict is Verdict.INCONCLUSIVE:
            yield Text("  not checked: " + "; ".join(key.not_checked), style="yellow")
        yield _remarks(key.remarks)
    if len(told) > MOST_SHOWN:
        yield Text(f"and {len(told) - MOST_SHOWN:,} more keys with remarks; --json tells them all")
    if found.together:
        yield Text("all keys together", style="bold")
        yield _remarks(found.together, named=True)
    for line in found.troubles:
        yield Text("not read: ", style="yellow").append(line, style="default")
    for line in found.notes:
        yield Text(f"note: {line}")
    yield _summary(found)
    yield from _listed("what this result bounds", found.bounds)
    gaps = Counter(gap for key in found.keys for gap in key.not_checked).most_common(MOST_GAPS)
    yield from _listed("not checked", [f"{gap} ({count:,} keys)" for gap, count in gaps])


def _listed(heading: str, lines: Sequence[str]) -> Iterator[RenderableType]:
    if lines:
        yield Text(heading, style="bold")
    for line in lines:
        yield Padding(Text(line), (0, 0, 0, 2))


def _heading(key: JudgedKey, profile: str) -> Text:
    line = Text(key.subject, style="bold").append(f"  {key.bits} bits", style="default")
    for name, verdict in (
        ("verdict", key.verdict),
        ("functional", key.functional),
        (profile, key.fips),
    ):
        shown_as = str(verdict).replace("_", " ")
        line.append(f"  {name} ", style="not bold").append(shown_as, COLOURS.get(verdict, ""))
    return line


def _remarks(remarks: Sequence[Remark], *, named: bool = False) -> Padding:
    rows = Table(box=None, pad_edge=False, show_header=False)
    rows.add_column(no_wrap=True, min_width=4)
    rows.add_column(no_wrap=True, min_width=max(map(len, KeyClass)))
    rows.add_column(overflow="fold")
    for one in remarks:
        text = Text(one.clause, style="bold").append(f": {one.reason}", style="not bold")
        if named:
            text.append(f"\n{one.subject}", style="not bold dim")
        kind = Text(str(one.key_class), style=CLASS_COLOURS[one.key_class])
        rows.add_row(one.criterion, kind, text)
    return Padding(rows, (0, 0, 1, 2))


def _summary(found: Judged) -> Text:
    bad = sum(key.verdict is Verdict.FAIL for key in found.keys)
    line = Text("verdict  ").append(str(found.verdict), COLOURS.get(found.verdict, ""))
    line.append(f"   {bad:,} of {len(found.keys):,} keys fail")
    for kind in KeyClass:
        line.append(f", {found.count(kind):,} {kind}")
    if found.troubles:
        line.append(f", {len(found.troubles):,} not read")
    return line
