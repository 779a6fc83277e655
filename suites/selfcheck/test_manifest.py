"""Whatever happens to a sealed campaign is found, with the file and, where it has any, the line.

The oracle knows nothing of chains or digests: the line is the first in which the bytes as sealed
and the bytes as they lie there differ.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.outcome import UsageError
from fixtures.recorder import Recorder
from fixtures.targets.port import AccessPath
from fixtures.verdict import Finding, Verdict
from reports.chains import first_broken_line
from reports.folder_stock import BLOCK, MANIFEST
from reports.ledger import LEDGER, RESULTS, Ledger, canonical, link, write_results
from reports.manifest import Change, NotSealed, check_manifest, describe, write_manifest
from reports.verdicts import TestRecord
from suites.selfcheck.by_hand import STEADY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRANSCRIPT = "apdu/applet.test_x.jsonl"
PATH = AccessPath.INTERNAL
BINARY = "allure-results/shot.png"
LONG = "allure-results/long.txt"
LINELESS = {BINARY, LONG}
RECORDS = [
    TestRecord(
        f"suites/test_x.py::test_{name}",
        ("JPKI-J-01",),
        (Finding("JPKI-J-01", Verdict.FAIL, reason, "署名鍵"),),
        1.5,
        2.25,
        TRANSCRIPT,
        7,
    )
    for name, reason in (("c", "got 9000"), ("a", "残回数が減らない"), ("b", '"\\'))
]


class Echo:
    """Answers every command with success."""

    def reset(self) -> bytes:
        return b"\x3b\x00"

    def transmit(self, command: bytes, /) -> bytes:
        return command[:1] + b"\x90\x00"


def transcript(file: Path, commands: int = 4) -> None:
    recorder = Recorder.to_file(file)
    recorder.reset(PATH, Echo())
    for number in range(commands):
        recorder.exchange(PATH, Echo(), bytes((0, 0xB0, 0, number, 1)))
    recorder.close()


def chained_by_hand(bodies: list[str]) -> bytes:
    """The rule of the recorder, written down a second time."""
    chain, lines = "0" * 16, []
    for body in bodies:
        chain = hashlib.sha256((chain + body).encode()).hexdigest()[:16]
        lines.append(f'{body},"c":"{chain}"}}\n'.encode())
    return b"".join(lines)


def make_campaign(folder: Path) -> str:
    """A small campaign with every kind of file; the seal."""
    transcript(folder / TRANSCRIPT)
    (folder / "allure-results").mkdir()
    (folder / BINARY).write_bytes(b"\x89PNG\r\n\0\xff\n" * 3)
    (folder / LONG).write_bytes(b"a line\n" * (BLOCK // 7 + 1))
    (folder / "allure-results" / "empty.txt").touch()
    (folder / "run.json").write_text('{\n "suite": 1\n}\n', encoding="utf-8")
    (folder / "summary.txt").write_text("要件\r\nPASS\n\nverdict", encoding="utf-8")
    ledger = Ledger(folder)
    for record in RECORDS:
        ledger.append(record)
    write_results(folder, ledger.records())
    return write_manifest(folder)


def files_of(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def first_difference(old: bytes, new: bytes) -> int:
    """The line of the first byte that differs, or that only one of the two has."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    return old.count(b"\n", 0, same) + 1


@contextmanager
def replaced(path: Path, content: bytes) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)


def resealed(folder: Path, **changed: object) -> str:
    """Edit the manifest by hand and make its seal right again."""
    value = json.loads((folder / MANIFEST).read_text()) | changed
    del value["seal"]
    seal = hashlib.sha256(canonical(value).encode()).hexdigest()
    entries = ",\n".join(canonical(entry) for entry in value["files"])
    rest = f'"format":{value["format"]},\n"ledger_head":"{value["ledger_head"]}",\n'
    text = f'{{"files":[\n{entries}\n],\n{rest}"seal":"{seal}"}}\n'
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return seal


def entries_of(folder: Path) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = json.loads((folder / MANIFEST).read_text())["files"]
    return entries


def found(folder: Path, seal: str | None = None) -> list[tuple[str, int | None, str]]:
    return [(c.path, c.line, c.what) for c in check_manifest(folder, seal).changes]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_campaign(tmp_path / "campaign")
    return tmp_path / "campaign"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For many examples; each puts back what it changed."""
    folder = tmp_path_factory.mktemp("shared") / "campaign"
    make_campaign(folder)
    (folder / LONG).unlink()  # a megabyte to be hashed two hundred times, tested alone below
    write_manifest(folder)
    return folder


# --- the manifest -------------------------------------------------------------------------


def test_an_untouched_campaign_is_as_it_was_sealed(tmp_path: Path):
    seal = make_campaign(tmp_path)
    before = {path: (tmp_path / path).read_bytes() for path in files_of(tmp_path)}
    checked = check_manifest(tmp_path, seal)
    assert checked.changes == ()
    assert checked.seal == seal
    sealed = [content for path, content in before.items() if path != MANIFEST]
    assert (checked.files, checked.bytes) == (len(sealed), sum(map(len, sealed)))
    assert {path: (tmp_path / path).read_bytes() for path in files_of(tmp_path)} == before


def test_a_manifest_says_what_its_description_says(folder: Path):
    """Read by somebody who has only the description: one entry a line, seal over the rest."""
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    value = json.loads(text)
    assert list(value) == ["files", "format", "ledger_head", "seal"]
    seal = value.pop("seal")
    assert value["format"] == 1
    assert value["ledger_head"] == Ledger(folder).head
    assert seal == hashlib.sha256(canonical(value).encode()).hexdigest()
    assert [entry["path"] for entry in value["files"]] == sorted(set(files_of(folder)) - {MANIFEST})
    for line, entry in zip(text.split("\n")[1:], value["files"], strict=False):
        content = (folder / entry["path"]).read_bytes()
        assert json.loads(line.rstrip(",")) == entry
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["bytes"] == len(content)
        digests = "".join(hashlib.sha256(x).hexdigest()[:8] for x in content.splitlines(True))
        if entry["path"] in {TRANSCRIPT, *LINELESS}:
            assert "lines" not in entry
        elif "summary" not in entry["path"]:  # Python's lines end at CR too
            assert entry["lines"] == digests


def test_the_same_files_get_the_same_seal(folder: Path):
    before = (folder / MANIFEST).read_bytes()
    seal = write_manifest(folder)
    assert (folder / MANIFEST).read_bytes() == before
    assert check_manifest(folder).seal == seal
    assert not list(folder.glob("*.tmp"))


def test_a_draft_is_no_part_of_the_campaign(folder: Path):
    (folder / "results.tmp").write_text("half a")
    assert found(folder) == []
    write_manifest(folder)
    assert "results.tmp" not in (folder / MANIFEST).read_text()


def test_each_file_is_announced_in_order(folder: Path):
    expected = sorted(set(files_of(folder)) - {MANIFEST})
    for read in (write_manifest, check_manifest):
        told: list[str] = []
        read(folder, on_file=told.append)
        assert told == expected


# --- any damage is found, in its file and line ---------------------------------------------


def damaged(content: bytes, data: st.DataObject) -> bytes:
    """The content with one byte or a stretch of it changed, put in, taken out or cut off."""
    at = data.draw(st.integers(0, len(content)), "at")
    end = data.draw(st.integers(at, len(content)), "end")
    put_in = data.draw(st.binary(min_size=1, max_size=3) | st.just(b"\n") | st.just(b"0"), "bytes")
    return data.draw(
        st.sampled_from(
            [
                content[:at] + put_in[:1] + content[at + 1 :],
                content[:at] + put_in + content[at:],
                content[:at] + content[at + 1 :],
                content[:at] + content[end:],
                content[:at],
            ]
        ).filter(lambda changed: changed != content)
        if content
        else st.just(put_in),
        "damaged",
    )


@STEADY
@given(data=st.data())
def test_any_damage_to_any_file_is_found_with_its_line(shared: Path, data: st.DataObject):
    path = data.draw(st.sampled_from(files_of(shared)), "file")
    before = (shared / path).read_bytes()
    after = damaged(before, data)
    line = None if path in LINELESS else first_difference(before, after)
    if path == MANIFEST and not after:
        line = None
    with replaced(shared / path, after):
        assert found(shared) == [(path, line, "changed")]
    assert found(shared) == []


@pytest.mark.parametrize("path", [LEDGER, RESULTS, TRANSCRIPT, "summary.txt", MANIFEST])
@pytest.mark.parametrize("what", ["left out", "doubled", "swapped", "emptied"])
def test_a_line_left_out_moved_or_doubled_is_found_at_the_first_that_differs(
    folder: Path, path: str, what: str
):
    """Of two lines that changed places only the first can be named, and only the first is."""
    before = (folder / path).read_bytes()
    first, second, *rest = before.split(b"\n")
    others = {
        "left out": [first, *rest],
        "doubled": [first, second, second, *rest],
        "swapped": [second, first, *rest],
        "emptied": [first, b"", *rest],
    }
    after = b"\n".join(others[what])
    (folder / path).write_bytes(after)
    assert found(folder) == [(path, first_difference(before, after), "changed")]


def test_whole_lines_cut_off_or_added_at_the_end_of_a_chain_are_found(folder: Path):
    """The chain of what is left is whole; the manifest knows how long it was."""
    before = (folder / TRANSCRIPT).read_bytes()
    *head, _ = before.splitlines(keepends=True)
    (folder / TRANSCRIPT).write_bytes(b"".join(head))
    assert first_broken_line(folder / TRANSCRIPT) is None
    assert found(folder) == [(TRANSCRIPT, len(head) + 1, "changed")]

    bodies = [line.split(',"c":')[0] for line in before.decode().splitlines()]
    assert chained_by_hand(bodies) == before
    (folder / TRANSCRIPT).write_bytes(chained_by_hand([*bodies, '{"n":9']))
    assert first_broken_line(folder / TRANSCRIPT) is None
    assert found(folder) == [(TRANSCRIPT, len(head) + 2, "changed")]


def test_a_transcript_chained_anew_is_found_without_its_line(folder: Path):
    bodies = [
        line.split(',"c":')[0].replace("9000", "6982")
        for line in (folder / TRANSCRIPT).read_text().splitlines()
    ]
    (folder / TRANSCRIPT).write_bytes(chained_by_hand(bodies))
    assert first_broken_line(folder / TRANSCRIPT) is None
    assert found(folder) == [(TRANSCRIPT, None, "changed")]


@pytest.mark.parametrize("at", [0, BLOCK - 1, BLOCK, -1])
def test_a_long_text_is_found_without_its_line(folder: Path, at: int):
    content = bytearray((folder / LONG).read_bytes())
    assert len(content) > BLOCK
    content[at] ^= 1
    (folder / LONG).write_bytes(content)
    assert found(folder) == [(LONG, None, "changed")]


def test_a_ledger_too_long_for_a_list_of_lines_is_searched_by_its_chain(tmp_path: Path):
    make_campaign(tmp_path)
    long = Finding("JPKI-J-01", Verdict.FAIL, "x" * BLOCK)
    Ledger(tmp_path).append(TestRecord("suites/z", (), (long,), 0.0, 1.0, None, 7))
    write_results(tmp_path, Ledger(tmp_path).records())
    write_manifest(tmp_path)
    before = (tmp_path / LEDGER).read_bytes()
    start = before.index(b"\n") + 1
    for after, line in (
        (before[:start] + b" " + before[start:], 2),
        (before.replace(b"xx", b"xy", 1), 4),
        (before[: before.rindex(b"\n", 0, -1) + 1], 4),
        (before[:-1], 4),
        (before + b"\n", 5),
    ):
        (tmp_path / LEDGER).write_bytes(after)
        assert found(tmp_path) == [(LEDGER, line, "changed")]
        assert (tmp_path / LEDGER).read_bytes() == after, "a check repairs nothing"


# --- files come and go ---------------------------------------------------------------------


@pytest.mark.parametrize("path", ["run.json", LEDGER, RESULTS, TRANSCRIPT, BINARY])
def test_a_file_removed_renamed_or_added_is_found(folder: Path, path: str):
    moved = f"allure-results/{path.rsplit('/', maxsplit=1)[-1]}x"
    shutil.copy(folder / path, folder / moved)
    assert found(folder) == [(moved, None, "added")]
    (folder / path).unlink()
    assert sorted(found(folder)) == sorted([(moved, None, "added"), (path, None, "missing")])
    (folder / moved).unlink()
    assert found(folder) == [(path, None, "missing")]


def test_a_new_folder_counts_by_its_files(folder: Path):
    (folder / "more" / "deep").mkdir(parents=True)
    assert found(folder) == []
    (folder / "more" / "deep" / "x").touch()
    assert found(folder) == [("more/deep/x", None, "added")]


def test_a_file_changed_to_a_link_to_equal_content_is_found(folder: Path, tmp_path: Path):
    for path in ("run.json", LEDGER, TRANSCRIPT):
        shutil.move(folder / path, tmp_path / "elsewhere")
        (folder / path).symlink_to(tmp_path / "elsewhere")
        assert found(folder) == [(path, None, "changed")]
        shutil.move(tmp_path / "elsewhere", folder / path)
    assert found(folder) == []


def test_a_folder_changed_to_a_link_is_found_and_not_entered(folder: Path, tmp_path: Path):
    shutil.move(folder / "apdu", tmp_path / "elsewhere")
    (folder / "apdu").symlink_to(tmp_path / "elsewhere")
    assert found(folder) == [("apdu", None, "changed"), (TRANSCRIPT, None, "missing")]


def test_a_link_or_pipe_beside_the_files_is_found_and_not_opened(folder: Path):
    (folder / "loop").symlink_to(folder)
    (folder / "nowhere").symlink_to(folder / "nothing")
    os.mkfifo(folder / "pipe")
    assert found(folder) == [(name, None, "added") for name in ("loop", "nowhere", "pipe")]
    with pytest.raises(UsageError, match=r"loop cannot be sealed.*; remove it"):
        write_manifest(folder)


def test_a_name_that_is_no_text_is_found_and_told_in_one_printable_line(folder: Path):
    (folder / os.fsdecode(b"\xff\nx")).touch()
    (change,) = check_manifest(folder).changes
    assert describe(change) == r"\udcff\nx was added after the campaign was sealed"
    with pytest.raises(UsageError, match="its name is not UTF-8"):
        write_manifest(folder)


# --- the manifest lies ---------------------------------------------------------------------


def in_other_words(text: str) -> list[str]:
    """The same manifest, or none, in every spelling that a reader of JSON might take."""
    return [
        text.replace('"format":1,', '"format":1.0,'),
        text.replace('"format":1,', '"format":true,'),
        text.replace('"format":1,', '"format":1,\n"format":1,'),
        text.replace('"bytes":0', '"bytes":-0'),
        text.replace('"bytes":0', '"bytes":0e1'),
        text.replace('"path":"run', r'"path":"\u0072un'),
        text.replace(":", ": "),
        text.replace("\n", "\r\n"),
        text + "\n",
        "\ufeff" + text,
        "[" * 100_000,
        "{}",
        "null",
        '{"bytes":' + "9" * 5000 + "}",
    ]


def test_the_manifest_has_one_spelling(folder: Path):
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    for other in in_other_words(text):
        assert other != text
        (folder / MANIFEST).write_text(other, encoding="utf-8", newline="")
        ((path, _, what), *rest) = found(folder)
        assert (path, what, rest) == (MANIFEST, "changed", [])
        assert check_manifest(folder).seal == ""
    for raw in (b"\xff", text.encode("utf-16"), b"\0"):
        (folder / MANIFEST).write_bytes(raw)
        assert found(folder) == [(MANIFEST, None, "changed")]


def test_the_same_entry_twice_is_another_spelling(folder: Path):
    first, *rest = entries_of(folder)
    for files in ([first, first, *rest], [*rest, first]):
        resealed(folder, files=files)
        ((path, _, what),) = found(folder)
        assert (path, what) == (MANIFEST, "changed")


def test_every_digit_of_the_seal_counts(folder: Path):
    """With the seal gone nothing in the manifest says what it was, but the files still do."""
    text = (folder / MANIFEST).read_bytes()
    last = text.count(b"\n")
    for at in range(len(text) - 67, len(text) - 3):
        other = b"1" if text[at] == ord("0") else b"0"
        (folder / MANIFEST).write_bytes(text[:at] + other + text[at + 1 :])
        assert found(folder) == [(MANIFEST, last, "changed")]


def test_an_entry_must_be_right_about_the_length_too(folder: Path):
    files = entries_of(folder)
    resealed(folder, files=[e | {"bytes": 7} if e["path"] == "run.json" else e for e in files])
    assert found(folder) == [("run.json", None, "changed")]


def test_a_damaged_manifest_of_changed_files_names_no_line(folder: Path):
    """Nothing is left that says what it was."""
    (folder / "run.json").write_text("{}")
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    (folder / MANIFEST).write_text(text.replace('"format":1', '"format":2'), encoding="utf-8")
    assert found(folder) == [(MANIFEST, None, "changed")]


@pytest.mark.parametrize("make", ["link", "folder", "pipe"])
def test_a_manifest_that_is_no_plain_file_is_not_followed(folder: Path, tmp_path: Path, make: str):
    shutil.move(folder / MANIFEST, tmp_path / MANIFEST)
    if make == "link":
        (folder / MANIFEST).symlink_to(tmp_path / MANIFEST)
    elif make == "folder":
        (folder / MANIFEST).mkdir()
    else:
        os.mkfifo(folder / MANIFEST)
    assert found(folder) == [(MANIFEST, None, "changed")]


@pytest.mark.parametrize(
    "path",
    ["../outside.txt", "apdu/../run.json", "./run.json", "a//b", "", ".", "x.tmp", MANIFEST, "/x"],
)
def test_an_entry_that_leads_out_of_the_folder_is_never_followed(
    folder: Path, tmp_path: Path, path: str
):
    (tmp_path / "outside.txt").write_bytes(b"")
    (folder / "x.tmp").write_bytes(b"")
    empty = hashlib.sha256(b"").hexdigest()
    entry = {"bytes": 0, "lines": "", "path": path, "sha256": empty}
    files = sorted([*entries_of(folder), entry], key=lambda e: str(e["path"]))
    resealed(folder, files=files)
    assert found(folder) == [(path, None, "changed")]


def test_whoever_edits_file_and_manifest_is_found_by_the_noted_seal(tmp_path: Path):
    noted = make_campaign(tmp_path)
    (tmp_path / "summary.txt").write_text("verdict PASS")
    other = write_manifest(tmp_path)
    assert other != noted
    assert found(tmp_path) == []
    for digits in (8, 12, 64):
        assert found(tmp_path, other[:digits]) == []
        assert found(tmp_path, other[:digits].upper()) == []
        lie = [(MANIFEST, None, "is not the manifest whose seal was noted")]
        assert found(tmp_path, noted[:digits]) == lie


def test_the_manifests_own_fault_comes_first(folder: Path):
    (folder / "apdu" / "added").touch()
    paths = [path for path, _, _ in found(folder, "0" * 64)]
    assert paths == [MANIFEST, "apdu/added"]


@pytest.mark.parametrize("seal", ["", "0" * 7, "0" * 65, "g" * 8, "0" * 8 + "\n", "0x000000"])
def test_a_seal_that_is_none_is_refused(folder: Path, seal: str):
    with pytest.raises(UsageError, match="give 8 to 64 hex digits of the seal"):
        check_manifest(folder, seal)


# --- what was sealed contradicts itself ----------------------------------------------------


def chained_ledger(records: list[Any]) -> bytes:
    chain, lines = "0" * 64, []
    for record in records:
        chain = link(chain, record)
        lines.append(canonical({"chain": chain, "record": record}).encode() + b"\n")
    return b"".join(lines)


def reseal_as_is(folder: Path, head: str) -> None:
    """A manifest for the files as they are, by one who does not ask whether they make sense."""
    entries = []
    for path in sorted(set(files_of(folder)) - {MANIFEST}):
        content = (folder / path).read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        entries.append({"bytes": len(content), "path": path, "sha256": sha256})
    resealed(folder, files=entries, ledger_head=head)


def test_results_that_do_not_follow_from_the_ledger_are_found(folder: Path):
    lines = (folder / RESULTS).read_text(encoding="utf-8").replace("FAIL", "PASS").split("\n")
    for results, line in (
        ("\n".join(lines), 1),
        ("", 1),
        (f"{(folder / RESULTS).read_text(encoding='utf-8')}\n", 4),
    ):
        (folder / RESULTS).write_text(results, encoding="utf-8")
        write_manifest(folder)
        assert found(folder) == [(RESULTS, line, "does not follow from the ledger")]
        write_results(folder, RECORDS)
    (folder / RESULTS).unlink()
    write_manifest(folder)
    assert found(folder) == [(RESULTS, None, "missing")]


def test_a_ledger_that_ends_elsewhere_is_found(folder: Path):
    resealed(folder, ledger_head="0" * 64)
    assert found(folder) == [(LEDGER, None, "does not end where the manifest says")]
    head = Ledger(folder).head
    (folder / LEDGER).unlink()
    (folder / RESULTS).write_text("")
    reseal_as_is(folder, head)
    assert found(folder) == [(LEDGER, None, "does not end where the manifest says")]


@pytest.mark.parametrize(
    "torn", [b'{"chain"', b"[" * 100_000 + b"\n", b'"\xff"\n', b"\n", b"[]\n", b"{}\n"]
)
def test_a_ledger_sealed_with_a_broken_chain_is_found_and_not_repaired(folder: Path, torn: bytes):
    head = Ledger(folder).head
    content = (folder / LEDGER).read_bytes() + torn
    (folder / LEDGER).write_bytes(content)
    reseal_as_is(folder, head)
    assert found(folder) == [(LEDGER, 4, "changed")]
    assert (folder / LEDGER).read_bytes() == content


@pytest.mark.parametrize(
    "record",
    [None, 1, {}, {"id": []}, {"id": "x", "findings": 1}, {"id": "x", "findings": [1]}],
)
def test_a_ledger_chained_anew_around_nonsense_is_found(folder: Path, record: object):
    content = chained_ledger([record])
    (folder / LEDGER).write_bytes(content)
    reseal_as_is(folder, json.loads(content)["chain"])
    assert found(folder) == [(LEDGER, None, "changed")]


def test_a_broken_ledger_is_not_sealed(folder: Path):
    (folder / LEDGER).write_bytes(b"{}\n")
    with pytest.raises(UsageError, match="line 1 was changed"):
        write_manifest(folder)


# --- the chain alone -----------------------------------------------------------------------


def test_the_recorders_own_lines_hold(tmp_path: Path):
    transcript(tmp_path / "x.jsonl")
    assert first_broken_line(tmp_path / "x.jsonl") is None


def test_lines_of_before_they_were_chained_count_as_broken(tmp_path: Path):
    (tmp_path / "x.jsonl").write_text('{"n":0}\n{"n":1}\n')
    assert first_broken_line(tmp_path / "x.jsonl") == 1
    chained = chained_by_hand(['{"n":0', '{"n":1'])
    (tmp_path / "x.jsonl").write_bytes(chained + b'{"n":2}\n')
    assert first_broken_line(tmp_path / "x.jsonl") == 3
    (tmp_path / "x.jsonl").write_bytes(chained[:-1])
    assert first_broken_line(tmp_path / "x.jsonl") == 2


def test_what_cannot_be_read_is_the_callers_affair(tmp_path: Path):
    transcript(tmp_path / "x.jsonl")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "x.jsonl")
    for name in ("link.jsonl", "nothing.jsonl", "."):
        with pytest.raises(UsageError, match=r"cannot be read \(.+\); allow it and repeat"):
            first_broken_line(tmp_path / name)


# --- what is told --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            Change("apdu/x.jsonl", 17, "changed"),
            "apdu/x.jsonl line 17 was changed after the campaign was sealed",
        ),
        (Change("署名.txt", None, "missing"), "署名.txt was removed after the campaign was sealed"),
        (Change("x", None, "added"), "x was added after the campaign was sealed"),
        (
            Change(RESULTS, 2, "does not follow from the ledger"),
            "results.jsonl line 2 does not follow from the ledger",
        ),
        (
            Change("a\nb\x1b[31m", None, "added"),
            r"a\nb\x1b[31m was added after the campaign was sealed",
        ),
    ],
)
def test_a_change_is_told_in_one_line(change: Change, told: str):
    assert describe(change) == told


def test_a_run_that_has_not_ended_is_not_sealed(folder: Path):
    (folder / MANIFEST).unlink()
    with pytest.raises(NotSealed, match="its run has not ended; finish it with"):
        check_manifest(folder)


@pytest.mark.parametrize("place", ["", "nowhere", "file"])
def test_what_is_no_campaign_is_refused(tmp_path: Path, place: str):
    (tmp_path / "file").touch()
    for refusing in (check_manifest, write_manifest):
        with pytest.raises(UsageError, match="name a campaign folder"):
            refusing(tmp_path / place)
