"""What was found out about applets, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fixtures.verdict import Finding, Verdict
from suites.capacity.cap_file import CapFile, Component, Form, Tag
from suites.capacity.files import Judged, JudgedApplet
from suites.capacity.size import COUNTERMEASURE, Size

COLOURS = {
    Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow",
    Verdict.DEVIATION: "magenta",
}  # fmt: skip
INDENTED = (0, 0, 1, 2)
LIMITS = (
    "A size is counted, not verified: bytecode and references are not looked at, and what a card "
    "takes for an installed applet is that card's."
)


def shown(found: Judged) -> Group:
    """Each applet with components, loading and findings; what was not read; the whole."""
    return Group(*_parts(found))


def _parts(found: Judged) -> Iterator[RenderableType]:
    for one in found.applets:
        yield Text(one.size.subject, style="bold").append(f"  {one.cap.form}", style="not bold")
        yield Padding(_identity(one.cap), INDENTED)
        yield Padding(_components(one), INDENTED)
        yield Padding(_loading(one.size), INDENTED)
        yield Padding(_findings(one.findings), INDENTED)
    for trouble in found.troubles:
        yield Text("not read: ", style="yellow").append(f"{trouble.subject}: {trouble.reason}")
    yield Text("verdict  ").append(_told(found.verdict), COLOURS.get(found.verdict, ""))


def _identity(cap: CapFile) -> Table:
    rows = Table.grid(padding=(0, 2))
    rows.add_row("package", Text(f"{cap.package} {cap.name}"))
    for aid in cap.applets:
        rows.add_row("applet", aid.hex().upper())
    for package in cap.imports:
        rows.add_row("imports", str(package))
    return rows


def _components(one: JudgedApplet) -> Table:
    rows = Table("component", "bytes", "", box=None, pad_edge=False)
    rows.columns[1].justify = "right"
    for component in one.cap.components:
        rows.add_row(component.name, f"{component.size:,}", _loaded(one, component))
    rows.add_row("loaded", f"{one.size.load:,}", "")
    return rows


def _loaded(one: JudgedApplet, component: Component) -> str:
    if one.cap.form is not Form.ARCHIVE:
        return ""
    if component.tag == Tag.DEBUG:
        return "not loaded"
    if component.tag == Tag.DESCRIPTOR:
        return "counted; a loader may leave it out" if one.size.optional else "left out"
    return ""


def _loading(size: Size) -> Table:
    """LOAD commands at each level."""
    rows = Table("SCP03", "bytes a block", "blocks", "ceiling", "", box=None, pad_edge=False)
    for column in rows.columns[1:4]:
        column.justify = "right"
    for each in size.loadings:
        fits = "" if each.fits else Text("cannot be loaded", style="yellow")
        rows.add_row(
            str(each.channel), str(each.channel.chunk), f"{each.blocks:,}",
            f"{each.channel.ceiling:,}", fits,
        )  # fmt: skip
    return rows


def _findings(findings: tuple[Finding, ...]) -> Table:
    rows = Table(box=None, pad_edge=False, show_header=False)
    rows.add_column(no_wrap=True)
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    for one in findings:
        what = "record" if one.requirement == COUNTERMEASURE else one.subject.rpartition(": ")[2]
        measured = f"{what}: {one.reason}" if one.reason else f"{what}: {one.statistic:,.0f} bytes"
        verdict = Text(_told(one.verdict), style=COLOURS.get(one.verdict, ""))
        rows.add_row(one.requirement, verdict, Text(measured))
    return rows


def _told(verdict: Verdict) -> str:
    return str(verdict).replace("_", " ")
