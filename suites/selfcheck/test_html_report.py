"""The page says what the campaign says, carries no foreign code, and lets none in."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reports.apdu_words import command_words, status_words
from reports.html_report import REPORT, plain, render
from reports.judgement import judge
from reports.transcript import excerpt


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("html") / "c"
    select = ("--select", "JPKI-PIN-01", "--select", "JPKI-TOK-01", "--effort", "distilled")
    fault = ("--fault", "pin.counter_reset_on_select", "--out", str(folder))
    subprocess.run(
        [sys.executable, "-m", "reports.command_line", "run", *select, *fault],
        capture_output=True, check=False, timeout=200,
    )  # fmt: skip
    return folder


class Page(HTMLParser):
    """Tags with their attributes, and whether every tag that was opened was closed."""

    VOID = frozenset({"meta", "input", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text(campaign: Path) -> str:
    return (campaign / REPORT).read_text(encoding="utf-8")


def test_it_is_well_formed_and_loads_nothing_from_anywhere(text: str):
    page = Page(text)
    assert page.open == []
    assert not re.search(r"https?://|url\(|@import", text)
    links = [value for _, a in page.tags for key, value in a.items() if key in ("src", "href")]
    assert links
    assert all(value and value.startswith("apdu/") for value in links)
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv"))
    assert policy
    assert "default-src 'none'" in policy


def test_it_has_every_requirement_with_its_verdict_in_both_languages(text: str, campaign: Path):
    for id_, judged in judge(campaign).verdicts.items():
        assert f'id="{id_}"' in text
        assert f'class="requirement {judged.verdict.lower()}"' in text
    assert "暗証番号" in text or "PIN" in text
    assert '<span lang="ja">試験対象</span>' in text
    assert '<span lang="en">Target</span>' in text


def test_the_exchange_that_shows_the_failure_is_on_the_page(text: str, campaign: Path):
    failed = next(r for r in judge(campaign).records if r.verdict == "FAIL" and r.evidence)
    last = (campaign / str(failed.evidence)).read_text(encoding="utf-8").splitlines()[-1]
    assert json.loads(last)["<"][:32] in text  # a long answer is shown by its beginning
    assert "VERIFY EF 0018 user PIN" in text


def test_the_same_folder_gives_the_same_page(text: str, campaign: Path):
    assert render(judge(campaign)) == text


def test_what_the_target_says_is_never_markup(campaign: Path, tmp_path: Path):
    hostile = "<script>alert(1)</script>\u202egnp.exe"
    run = json.loads((campaign / "run.json").read_text())
    run["target"]["model"] = hostile
    for name in ("ledger.jsonl", "plan.json"):
        (tmp_path / name).write_bytes((campaign / name).read_bytes())
    (tmp_path / "run.json").write_text(json.dumps(run))
    page = render(judge(tmp_path))
    assert hostile not in page
    assert "<script>alert" not in page
    assert "⟨U+202E⟩gnp.exe" in page


def test_what_could_reorder_text_is_made_visible():
    assert plain("a\u202eb\x1b[0m\nc") == "a⟨U+202E⟩b⟨U+001B⟩[0m\nc"


def test_a_long_transcript_is_cut_in_the_middle_and_says_how_much(tmp_path: Path):
    file = tmp_path / "t.jsonl"
    file.write_text(
        "".join(f'{{"n":{n},">":"00B0","<":"9000","took_ns":1000000}}\n' for n in range(100))
    )
    part = excerpt(file, 3, 2)
    assert [e.number for e in (*part.head, *part.tail)] == [0, 1, 2, 98, 99]
    assert part.left_out == 95
    assert part.head[0].milliseconds == 1.0
    assert excerpt(file, 99, 60).left_out == 0


def test_what_goes_through_a_narrower_port_is_told_in_words(tmp_path: Path):
    file = tmp_path / "t.jsonl"
    file.write_text(
        '{"n":0,"noise":"bias"}\n{"n":1,"preset":"A"}\n{"n":2,"delay_ns":5}\n'
        '{"n":3,"ask":"breakdown","told":[1,2,3,4]}\n'
    )
    assert [(e.asked_words, e.answered_words) for e in excerpt(file, 9, 9).head] == [
        ("the noise source fails: bias", ""),
        ("timing model: A", ""),
        ("every exchange is made longer by 5 ns", ""),
        ("the bench is asked for its breakdown", "1, 2, 3, 4"),
    ]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("00A4040C0AD392F000260100000001", "SELECT the JPKI application"),
        ("00A4020C020006", "SELECT EF 0006 token information"),
        ("00B0820000", "READ BINARY EF 0002 signature CA"),
        ("00200098‹redacted 5 bytes #1›", "VERIFY EF 0018 user PIN"),
        ("802A0097", "COMPUTE DIGITAL SIGNATURE EF 0017 user key"),
        ("0084000008", "GET CHALLENGE"),
        ("00FF0000", ""),
        ("00", ""),
        ("", ""),
        ("zz", ""),
    ],
)
def test_a_command_is_told_in_words(command: str, words: str):
    assert command_words(command) == words


@pytest.mark.parametrize(
    ("sw", "words"),
    [("9000", "done"), ("63C2", "2 tries left"), ("6983", "blocked"), ("6110", "more bytes wait"),
     ("6C20", "wrong Le"), ("1234", ""), ("", "")],
)  # fmt: skip
def test_a_status_word_is_told_in_words(sw: str, words: str):
    assert status_words(sw) == words
