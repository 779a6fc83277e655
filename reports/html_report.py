"""The campaign on one page, Japanese and English, from its folder alone.

The page is one file without a network: styles and the little script are in it, a policy in its head
forbids anything else, and without the script everything can still be read. Whatever came from the
target is text, never markup. The same folder gives the same page, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fixtures.catalogue.load import load_catalogue
from fixtures.verdict import BENCH, Verdict
from reports.campaign import read_run
from reports.random_evidence import pictures_of
from reports.touch_evidence import pictures_of_touches
from reports.transcript import Excerpt, excerpt
from reports.verdicts import executed_tests, overall
from suites.contactless.position_terminal import LIMITS as TOUCH_LIMITS
from suites.contactless.position_terminal import LIMITS_JA as TOUCH_LIMITS_JA
from suites.random_numbers.files import LIMITS, LIMITS_JA

if TYPE_CHECKING:
    from fixtures.catalogue.model import Requirement
    from fixtures.verdict import Finding
    from reports.judgement import CampaignResult
    from reports.verdicts import RequirementVerdict, TestRecord

REPORT = "report.html"
TEMPLATES = Path(__file__).parent / "templates"
SHOWN_WELL = (10, 4)  # exchanges from the beginning and the end of a test that passed
SHOWN_BAD = (10, 60)  # and of one that did not: what was found stands at its end

VERDICTS_JA = {
    Verdict.PASS: "合格",
    Verdict.FAIL: "不合格",
    Verdict.INCONCLUSIVE: "判定不能",
    Verdict.DEVIATION: "逸脱(承認済)",
    Verdict.NOT_APPLICABLE: "対象外",
    Verdict.ERROR: "試験環境エラー",
    Verdict.NOT_RUN: "未実施",
    Verdict.MANUAL_PENDING: "人手待ち",
}
IDENTITY = {
    "maker": ("maker", "メーカ"),
    "model": ("model", "機種"),
    "soc": ("SoC", "SoC"),
    "gp_se_type": ("GP-SE type", "GP-SE種別"),
    "release_year": ("release year", "発売年度"),
    "os_version": ("OS version", "OSバージョン"),
    "device_class": ("class", "クラス"),
    "specimen_id": ("specimen", "検体番号"),
    "applet_version": ("applet version", "アプレット版"),
}
SETUP = {
    "jpki": ("JPKI system", "JPKIシステム"),
    "sp_tsm": ("SP-TSM", "SP-TSM"),
    "sei_tsm": ("SEI-TSM", "SEI-TSM"),
    "card": ("My Number Card", "マイナンバーカード"),
}
CHAPTERS = {
    "REQ-0": ("Foundations", "基盤"),
    "REQ-1": ("Key generation", "鍵生成"),
    "REQ-2": ("Biometrics", "生体認証"),
    "REQ-3": ("Feasibility of the flows", "業務フローの実現性"),
    "REQ-4": ("UI and UX", "UI・UX"),
    "REQ-5": ("Misuse prevention", "不正利用防止"),
    "REQ-6": ("Other", "その他"),
    "JPKI": ("JPKI application rules", "JPKIアプリケーションの規則"),
}


@dataclass(frozen=True)
class Test:
    """A test as the page shows it: what it found about one requirement, and what was said."""

    record: TestRecord
    findings: tuple[Finding, ...]
    said: Excerpt | None

    @property
    def name(self) -> str:
        return self.record.id.removeprefix("suites/")


@dataclass(frozen=True)
class Row:
    """A requirement with its verdict and its tests."""

    requirement: Requirement
    judged: RequirementVerdict
    tests: tuple[Test, ...]


@dataclass(frozen=True)
class Chapter:
    """The requirements of one chapter of the catalogue."""

    title: str
    title_ja: str
    rows: tuple[Row, ...]


def write_html(result: CampaignResult) -> Path:
    """Write ``report.html`` into the folder of a campaign that was judged."""
    file = result.folder / REPORT
    file.write_text(render(result), encoding="utf-8")
    return file


def render(result: CampaignResult) -> str:
    """The page."""
    run = read_run(result.folder)
    page: str = _template().render(
        run=run,
        identity=[(*names, run["target"][key]) for key, names in IDENTITY.items()]
        + [(*names, told) for key, names in SETUP.items() if (told := _set_up(run, key))],
        overall=overall(result.verdicts, load_catalogue()),
        counts=_counts(result),
        chapters=_chapters(result),
        bench=[record for record in result.records if record.requirements == (BENCH,)],
        executed=executed_tests(result.records),
        false_alarm=result.false_alarm,
        planned=len(load_catalogue().planned),
        verdicts_ja=VERDICTS_JA,
        pictures=pictures_of(result),
        touches=pictures_of_touches(result),
        touch_limits=(TOUCH_LIMITS, TOUCH_LIMITS_JA),
        limits=(LIMITS, LIMITS_JA),
    )
    return page


def _counts(result: CampaignResult) -> dict[Verdict, int]:
    found = [judged.verdict for judged in result.verdicts.values()]
    return {verdict: found.count(verdict) for verdict in Verdict if verdict in found}


def _chapters(result: CampaignResult) -> list[Chapter]:
    shown = _excerpts(result)
    chapters = []
    for head, (title, title_ja) in CHAPTERS.items():
        rows = tuple(
            _row(judged, result.records, shown)
            for id_, judged in result.verdicts.items()
            if id_.startswith(head)
        )
        if rows:
            chapters.append(Chapter(title, title_ja, rows))
    return chapters


def _row(judged: RequirementVerdict, records: list[TestRecord], shown: dict[str, Excerpt]) -> Row:
    tests = []
    for record in records:
        findings = tuple(f for f in record.findings if f.requirement == judged.id)
        if findings:
            tests.append(Test(record, findings, shown.get(record.id)))
    tests.sort(key=lambda test: all(f.verdict is Verdict.PASS for f in test.findings))
    return Row(load_catalogue().requirements[judged.id], judged, tuple(tests))


def _excerpts(result: CampaignResult) -> dict[str, Excerpt]:
    """What was said in each test; read once, though a test may speak for many requirements."""
    shown = {}
    for record in result.records:
        if record.evidence and (file := result.folder / record.evidence).exists():
            shown[record.id] = excerpt(
                file, *(SHOWN_WELL if record.verdict is Verdict.PASS else SHOWN_BAD)
            )
    return shown


@cache
def _template() -> Any:
    return environment().get_template("report.html.j2")


def environment() -> Environment:
    """Templates that escape all text, and stop at a name that is not there."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["plain"] = plain
    return made


def plain(text: object) -> str:
    """Text with what could reorder or hide it made visible (controls, bidirectional marks)."""
    return "".join(c if c.isprintable() or c == "\n" else f"⟨U+{ord(c):04X}⟩" for c in str(text))


def _set_up(run: dict[str, Any], party: str) -> str:
    """What a party was, where the statement tells it."""
    setup = run.get("setup", {})
    assumed = " (its time is assumed)" if party in setup.get("assumed", ()) else ""
    return f"{told}{assumed}" if (told := setup.get(party, "")) else ""
