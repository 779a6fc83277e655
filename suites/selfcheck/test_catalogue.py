"""The catalogue is complete, says what it means in two languages, and refuses to be damaged."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from fixtures.catalogue.load import CAPABILITIES, FOLDER, REQUIREMENTS, CatalogueError
from fixtures.catalogue.load import load_catalogue as load
from fixtures.catalogue.model import Kind, Level, UsedBy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Damage = Callable[[str, str, str], CatalogueError]

MOST_PLANNED = 95  # lower it with every requirement that becomes automated; it never grows
FROM_THE_DECK = 172
FROM_PUBLIC_FACTS = 23
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
# Letters of the last requirement of each item of the deck: nothing may go missing in between.
LAST_LETTERS = {
    "0": "e", "1-1": "j", "1-2": "j", "1-3": "f", "2-1": "q", "2-2": "j", "2-3": "l",
    "3-1": "x", "3-2": "d", "4-1": "b", "4-2": "b", "4-3": "a", "4-4": "p", "4-5": "d",
    "5-1": "d", "5-2": "o", "5-3": "j", "6-1": "a", "6-2": "a", "6-3": "d", "6-4": "d",
    "6-5": "d", "6-6": "f",
}  # fmt: skip
PUBLIC = {"J": 10, "PIN": 2, "TOK": 1, "EF": 1, "SIG": 1, "CERT": 2, "LIFE": 4, "KEY": 1, "REAL": 1}

CATALOGUE = load()
RECORDS = CATALOGUE.requirements


@pytest.fixture
def damage(tmp_path: Path) -> Damage:
    """Replaces a text of one file in a copy of the catalogue and returns what the loader says."""

    def replace(file: str, old: str, new: str) -> CatalogueError:
        for name in (REQUIREMENTS, CAPABILITIES):
            shutil.copy(FOLDER / name, tmp_path)
        text = (tmp_path / file).read_text(encoding="utf-8")
        assert old in text
        (tmp_path / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(CatalogueError) as caught:
            load(tmp_path)
        return caught.value

    return replace


def expected_ids() -> set[str]:
    letters = {
        f"REQ-{item}-{chr(code)}"
        for item, last in LAST_LETTERS.items()
        for code in range(ord("a"), ord(last) + 1)
    }
    public = {f"JPKI-{rule}-{n:02d}" for rule, count in PUBLIC.items() for n in range(1, count + 1)}
    return letters | public


def test_every_requirement_of_the_deck_and_of_public_facts_is_there() -> None:
    assert set(RECORDS) == expected_ids()
    assert sum(name.startswith("REQ-") for name in RECORDS) == FROM_THE_DECK
    assert sum(name.startswith("JPKI-") for name in RECORDS) == FROM_PUBLIC_FACTS


def test_planned_requirements_only_become_fewer() -> None:
    assert len(CATALOGUE.planned) <= MOST_PLANNED
    assert len(CATALOGUE.automated) + len(CATALOGUE.planned) == len(RECORDS)


@pytest.mark.parametrize("kind", ["requirements", "capabilities"])
def test_titles_are_one_english_and_one_japanese_sentence(kind: str) -> None:
    records = getattr(CATALOGUE, kind).values()
    assert [record.id for record in records if not JAPANESE.search(record.title_ja)] == []
    assert [record.id for record in records if JAPANESE.search(record.title)] == []
    assert [record.id for record in records if record.title.endswith(".")] == []


@pytest.mark.parametrize("field", ["title", "title_ja"])
def test_no_two_requirements_say_the_same(field: str) -> None:
    titles = [getattr(record, field) for record in RECORDS.values()]
    assert len(titles) == len(set(titles))


def test_requirements_of_the_deck_name_its_page() -> None:
    outside = {"REQ-0-b", "REQ-5-3-j"}  # traceability is ours; the successor API came later
    paged = {name for name, record in RECORDS.items() if record.source[0].startswith("technical")}
    assert paged == {name for name in RECORDS if name.startswith("REQ-")} - outside


def test_what_has_no_interface_is_evidence_record_study_or_says_why() -> None:
    silent = {Kind.EVIDENCE, Kind.RECORD, Kind.USER_STUDY, Kind.HARDWARE}
    for record in RECORDS.values():
        traced = bool(record.sfr and record.tsfi)
        assert traced or record.untraced or set(record.kind) <= silent, record.id


def test_security_components_are_named_as_in_part_2() -> None:
    names = {name for record in RECORDS.values() for name in record.sfr}
    assert [name for name in names if not re.fullmatch(r"F[A-Z]{2}_[A-Z]{3}\.\d", name)] == []


def test_which_of_the_automated_are_not_mandatory() -> None:
    levels = {name: RECORDS[name].level for name in CATALOGUE.automated}
    conditional = {name for name, level in levels.items() if level is Level.CONDITIONAL}
    assert conditional == {"JPKI-REAL-01", "REQ-6-4-d"}
    informative = {name for name, level in levels.items() if level is Level.INFORMATIVE}
    assert informative == {"REQ-1-1-c", "REQ-6-4-b", "REQ-6-4-c"}


def test_what_automated_requirements_need_is_asked_for_now() -> None:
    needed = {need for name in CATALOGUE.automated for need in RECORDS[name].capability}
    assert {
        need for need in needed if CATALOGUE.capabilities[need].used_by is UsedBy.PLANNED
    } == set()


def test_every_planned_capability_belongs_to_a_requirement() -> None:
    needed = {need for record in RECORDS.values() for need in record.capability}
    planned = {c.id for c in CATALOGUE.capabilities.values() if c.used_by is UsedBy.PLANNED}
    assert planned <= needed


def test_the_closure_holds_the_requirement_itself_and_all_that_follows() -> None:
    assert CATALOGUE.closure("JPKI-REAL-01") == {"JPKI-REAL-01"}
    assert CATALOGUE.closure("JPKI-J-10") == {"JPKI-J-10", "REQ-3-2-d"}
    assert CATALOGUE.closure("JPKI-J-04") == {"JPKI-J-04", "JPKI-REAL-01"}
    assert "JPKI-REAL-01" in CATALOGUE.closure("REQ-1-1-a")  # through REQ-1-1-i


def test_the_closure_of_an_unknown_id_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="JPKI-J-99"):
        CATALOGUE.closure("JPKI-J-99")


def test_closures_are_transitive() -> None:
    for name in RECORDS:
        closure = CATALOGUE.closure(name)
        assert all(CATALOGUE.closure(member) <= closure for member in closure)


def test_the_catalogue_is_read_once() -> None:
    assert load() is CATALOGUE


BROKEN = {
    "an implied id nobody knows": (
        REQUIREMENTS, 'implies = ["REQ-3-2-d"]', 'implies = ["REQ-3-2-z"]',
        ("requirements.toml [JPKI-J-10]: implies unknown id 'REQ-3-2-z'; "
        "add a table [REQ-3-2-z] or correct the spelling"),
    ),
    "a capability nobody defines": (
        REQUIREMENTS, 'capability = ["key.generate"]', 'capability = ["key.make"]',
        ("requirements.toml [REQ-1-1-a]: unknown capability 'key.make'; "
        "define it in capabilities.toml or correct the spelling"),
    ),
    "a missing key": (
        REQUIREMENTS, 'level = "mandatory"\n', "",
        "requirements.toml [REQ-0-a]: key 'level' is missing; add it",
    ),
    "an unknown key": (
        REQUIREMENTS, "level =", 'levle = "x"\nlevel =',
        "requirements.toml [REQ-0-a]: key 'levle' is unknown; remove it or correct its spelling",
    ),
    "a kind outside the alphabet": (
        REQUIREMENTS, 'kind = ["A"]', 'kind = ["X"]',
        ("requirements.toml [REQ-0-a]: key 'kind.0': Input should be 'A', 'T', 'M', 'H', 'E', 'U' "
        "or 'R'; correct the value"),
    ),
    "an empty cell without a reason": (
        REQUIREMENTS, 'untraced = "about the report of the suite, not a function of the target"\n',
        "",
        ("requirements.toml [REQ-0-a]: sfr or tsfi is empty without a reason in untraced; "
        "correct the key 'untraced'"),
    ),
    "a requirement that implies itself in the end": (
        REQUIREMENTS, 'implies = ["REQ-3-2-d"]',
        'implies = ["JPKI-J-10"]',
        "requirements.toml [JPKI-J-10]: implies itself: JPKI-J-10 -> JPKI-J-10; drop one of these",
    ),
    "a key outside any table": (
        CAPABILITIES, "[", 'title = "lost"\n[',
        "capabilities.toml [title]: stands outside a table; move it under its [id]",
    ),
    "a capability without its Japanese title": (
        CAPABILITIES, "title_ja", "title_jp",
        "capabilities.toml [pin.auth]: key 'title_ja' is missing; add it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_gets_one_line_with_file_table_and_remedy(case: str, damage: Damage) -> None:
    file, old, new, line = BROKEN[case]
    assert str(damage(file, old, new)) == line


def test_a_table_written_twice_is_named(damage: Damage) -> None:
    error = str(damage(REQUIREMENTS, "[REQ-0-b]", "[REQ-0-a]"))
    assert error.startswith("requirements.toml [?]: not TOML: Cannot declare ('REQ-0-a',) twice")
    assert "\n" not in error


def test_a_detour_back_to_the_start_is_shown_step_by_step(damage: Damage) -> None:
    text = (FOLDER / REQUIREMENTS).read_text(encoding="utf-8")
    last = text[text.index("[JPKI-REAL-01]") :]
    error = str(damage(REQUIREMENTS, last, last.replace("implies = []", 'implies = ["REQ-1-1-a"]')))
    assert error == (
        "requirements.toml [REQ-1-1-a]: implies itself: "
        "REQ-1-1-a -> REQ-1-1-i -> JPKI-REAL-01 -> REQ-1-1-a; drop one of these"
    )
