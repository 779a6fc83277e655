"""The ledger keeps every record, loses at most the last, and shows that it was touched."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.outcome import UsageError
from fixtures.verdict import Finding, Verdict
from reports.ledger import GENESIS, LEDGER, Ledger, canonical, from_json, to_json, write_results
from reports.verdicts import TestRecord
from suites.selfcheck.by_hand import STEADY

if TYPE_CHECKING:
    from pathlib import Path

LINE_ENDS_OF_UNICODE = "a\u0085b\u2028c\u2029d\re\nf"
RECORDS = [
    TestRecord(
        f"suites/test_x.py::test_{name}",
        ("JPKI-J-01",),
        (Finding("JPKI-J-01", Verdict.FAIL, reason, "署名鍵"),),
        1.5,
        2.25,
        "apdu/x.jsonl",
        7,
    )
    for name, reason in (("c", "got 9000"), ("a", "残回数が減らない \x1f"), ("b", '"\\'))
]

seconds = st.floats(allow_nan=False, allow_infinity=False)
records = st.builds(
    TestRecord,
    st.text(),
    st.lists(st.text()).map(tuple),
    st.lists(
        st.builds(Finding, st.text(), st.sampled_from(Verdict), st.text(min_size=1), st.text())
    ).map(tuple),
    seconds,
    seconds,
    st.none() | st.text(),
    st.integers(),
)


def written(folder: Path, told: list[TestRecord]) -> bytes:
    """The bytes of a ledger that took these records."""
    ledger = Ledger(folder)
    for record in told:
        ledger.append(record)
    return ledger.path.read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ledger")


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(tmp_path_factory.mktemp("written"), RECORDS)


def test_a_new_ledger_is_empty(tmp_path: Path):
    ledger = Ledger(tmp_path)
    assert ledger.records() == []
    assert ledger.head == GENESIS
    assert not ledger.path.exists()


def test_records_come_back_as_they_went_sorted_by_test(tmp_path: Path):
    written(tmp_path, RECORDS)
    assert Ledger(tmp_path).records() == sorted(RECORDS, key=lambda record: record.id)


def test_each_line_is_chained_to_the_last(content: bytes):
    chains = [json.loads(line)["chain"] for line in content.splitlines()]
    assert len(set(chains)) == len(RECORDS)
    assert GENESIS not in chains


def test_a_ledger_that_is_opened_again_goes_on_where_it_ended(tmp_path: Path, content: bytes):
    for record in RECORDS:
        Ledger(tmp_path).append(record)
    assert (tmp_path / LEDGER).read_bytes() == content
    assert Ledger(tmp_path).head == json.loads(content.splitlines()[-1])["chain"]


def test_a_reason_with_any_line_end_stays_on_its_line(tmp_path: Path):
    record = replace(
        RECORDS[0], findings=(Finding("JPKI-J-01", Verdict.FAIL, LINE_ENDS_OF_UNICODE),)
    )
    written(tmp_path, [record, RECORDS[1]])
    assert record in Ledger(tmp_path).records()


def test_of_a_test_that_ran_twice_the_last_record_counts(tmp_path: Path):
    again = replace(RECORDS[0], findings=(Finding("JPKI-J-01", Verdict.PASS),))
    written(tmp_path, [*RECORDS, again])
    told = {record.id: record for record in Ledger(tmp_path).records()}
    assert len(told) == len(RECORDS)
    assert told[again.id] == again


# --- what happens to a file ---------------------------------------------------------------


def test_a_torn_last_line_never_counted(tmp_path: Path, content: bytes):
    """Wherever the writing stopped, the whole lines remain and the next record follows them."""
    start = content.rindex(b"\n", 0, -1) + 1
    for end in range(start, len(content)):
        (tmp_path / LEDGER).write_bytes(content[:end])
        ledger = Ledger(tmp_path)
        assert {record.id for record in ledger.records()} == {r.id for r in RECORDS[:2]}
        ledger.append(RECORDS[2])
        assert ledger.path.read_bytes() == content


@STEADY
@given(data=st.data())
def test_any_changed_byte_is_refused_with_its_line(
    folder: Path, content: bytes, data: st.DataObject
):
    at = data.draw(st.integers(0, len(content) - 2))  # without the last LF: that is a torn line
    value = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
    (folder / LEDGER).write_bytes(content[:at] + bytes((value,)) + content[at + 1 :])
    line = content.count(b"\n", 0, at) + 1
    with pytest.raises(UsageError, match=f"line {line} was changed after it was written"):
        Ledger(folder)


@pytest.mark.parametrize("spelling", [rb"\u001F", rb"\u001f "])
def test_the_same_value_in_another_spelling_is_a_change(
    tmp_path: Path, content: bytes, spelling: bytes
):
    assert rb"\u001f" in content
    (tmp_path / LEDGER).write_bytes(content.replace(rb"\u001f", spelling))
    with pytest.raises(UsageError, match="line 2 was changed"):
        Ledger(tmp_path)


@pytest.mark.parametrize(
    ("order", "line"),
    [((1, 2), 1), ((0, 2), 2), ((1, 0, 2), 1), ((0, 2, 1), 2), ((0, 0, 1, 2), 2)],
)
def test_a_line_left_out_moved_or_doubled_is_refused(
    tmp_path: Path, content: bytes, order: tuple[int, ...], line: int
):
    lines = content.splitlines(keepends=True)
    (tmp_path / LEDGER).write_bytes(b"".join(lines[n] for n in order))
    with pytest.raises(UsageError, match=f"line {line} was changed"):
        Ledger(tmp_path)


def test_a_refusal_is_one_line_that_names_the_file(tmp_path: Path):
    (tmp_path / LEDGER).write_bytes(b"\xff\n")
    with pytest.raises(UsageError) as caught:
        Ledger(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / LEDGER}: line 1 ")
    assert "\n" not in str(caught.value)


# --- the sorted view ----------------------------------------------------------------------


@STEADY
@given(record=records)
def test_a_record_survives_the_way_through_json(record: TestRecord):
    assert from_json(json.loads(canonical(to_json(record)))) == record


@STEADY
@given(order=st.permutations(RECORDS))
def test_the_same_records_make_the_same_bytes(folder: Path, order: list[TestRecord]):
    expected = "".join(canonical(to_json(r)) + "\n" for r in sorted(RECORDS, key=lambda r: r.id))
    assert write_results(folder, order).read_bytes() == expected.encode()


def test_results_replace_older_ones_and_leave_no_draft(tmp_path: Path):
    write_results(tmp_path, RECORDS)
    path = write_results(tmp_path, RECORDS[:1])
    assert [from_json(json.loads(line)) for line in path.read_text().splitlines()] == RECORDS[:1]
    assert list(tmp_path.iterdir()) == [path]
