"""The model of content management in literal dialogues, and the table of conflicts in force."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites.coexistence.conflicts import DOCUMENTED, documented, table
from suites.platform import content_model as model
from suites.platform.content_dialogue import DISTILLED
from suites.platform.content_model import Answer, Content
from suites.selfcheck.by_hand import STEADY

DOCS = Path(__file__).resolve().parents[2] / "docs" / "platform.md"
P, Q = b"\xa1" * 6, b"\xa2" * 6
APP, OTHER = P + b"\x01", Q + b"\x01"

STEPS: dict[str, Callable[[Content], Answer]] = {
    "load": lambda c: model.load(c, P),
    "load Q": lambda c: model.load(c, Q),
    "load under another hash": lambda c: model.load_wrongly(c, P, model.NOT_THE_FILE),
    "install": lambda c: model.install(c, P, APP, selectable=True),
    "install Q": lambda c: model.install(c, Q, OTHER, selectable=True),
    "install only": lambda c: model.install(c, P, APP, selectable=False),
    "make selectable": lambda c: model.make_selectable(c, APP),
    "lock": lambda c: model.lock(c, APP),
    "unlock": lambda c: model.unlock(c, APP),
    "select": lambda c: model.select(c, APP),
    "delete": lambda c: model.delete_application(c, APP),
    "delete file": lambda c: model.delete_file(c, P, related=False),
    "delete all": lambda c: model.delete_file(c, P, related=True),
}

# What the standard says, step by step: 9000 or the first word of the refusal, and the states after.
LITERAL = [
    ("install", "6A80 6A82 6A88", {}),
    ("load", "9000", {P: 0x01}),
    ("load", "6985 6A80", {P: 0x01}),
    ("load under another hash", "6985 6A80", {P: 0x01}),
    ("install only", "9000", {P: 0x01, APP: 0x03}),
    ("select", "6A82", {P: 0x01, APP: 0x03}),
    ("lock", "9000", {P: 0x01, APP: 0x83}),
    ("make selectable", "6985 6A80", {P: 0x01, APP: 0x83}),
    ("lock", "6985", {P: 0x01, APP: 0x83}),
    ("unlock", "9000", {P: 0x01, APP: 0x03}),
    ("unlock", "6985", {P: 0x01, APP: 0x03}),
    ("make selectable", "9000", {P: 0x01, APP: 0x07}),
    ("make selectable", "6985 6A80", {P: 0x01, APP: 0x07}),
    ("install", "6985 6A80", {P: 0x01, APP: 0x07}),
    ("select", "9000", {P: 0x01, APP: 0x07}),
    ("lock", "9000", {P: 0x01, APP: 0x87}),
    ("select", "6A82", {P: 0x01, APP: 0x87}),
    ("load Q", "9000", {P: 0x01, APP: 0x87, Q: 0x01}),
    ("install Q", "9000", {P: 0x01, APP: 0x87, Q: 0x01, OTHER: 0x07}),
    ("delete file", "6985", {P: 0x01, APP: 0x87, Q: 0x01, OTHER: 0x07}),
    ("delete all", "9000", {Q: 0x01, OTHER: 0x07}),
    ("delete all", "6A80 6A82 6A88", {Q: 0x01, OTHER: 0x07}),
    ("unlock", "6A80 6A82 6A88", {Q: 0x01, OTHER: 0x07}),
    ("load", "9000", {P: 0x01, Q: 0x01, OTHER: 0x07}),
    ("install", "9000", {P: 0x01, APP: 0x07, Q: 0x01, OTHER: 0x07}),
    ("delete", "9000", {P: 0x01, Q: 0x01, OTHER: 0x07}),
    ("delete", "6A80 6A82 6A88", {P: 0x01, Q: 0x01, OTHER: 0x07}),
    ("delete file", "9000", {Q: 0x01, OTHER: 0x07}),
]


def test_a_long_dialogue_by_the_letter():
    content = Content()
    for step, words, states in LITERAL:
        told, content = STEPS[step](content)
        assert {f"{word:04X}" for word in told} == set(words.split()), step
        assert content.listed() == states, step


@STEADY
@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_a_refusal_changes_nothing_and_success_is_one_word(steps: list[str]):
    content = Content()
    for step in steps:
        before = content
        words, content = STEPS[step](content)
        assert (0x9000 in words) == (words == model.DONE)
        if words != model.DONE:
            assert content == before


@STEADY
@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_no_application_is_without_its_load_file(steps: list[str]):
    content = Content()
    for step in steps:
        _, content = STEPS[step](content)
        assert {one.load_file for one in content.applications.values()} <= content.files


def test_memory_depends_on_what_is_there_and_not_on_its_state():
    _, loaded = model.load(Content(), P)
    _, installed = model.install(loaded, P, APP, selectable=False)
    _, locked = model.lock(installed, APP)
    assert installed.key() == locked.key() != loaded.key()


def test_the_distilled_dialogues_use_every_letter():
    assert set("".join(DISTILLED)) >= set("LHOPBIiMKUDFRSX0ljr")


# --- conflicts ----------------------------------------------------------------------------


def test_the_table_a_vendor_reads_is_the_one_in_force():
    text = DOCS.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and " | 6" in line]
    assert rows == table()


@pytest.mark.parametrize("situation", DOCUMENTED)
def test_every_conflict_has_a_remedy_and_no_word_twice(situation: str):
    words = DOCUMENTED[situation]
    assert all(word.remedies for word in words)
    assert len({word.sw for word in words}) == len(words)
    assert not documented(0x9000, words)
    assert not documented(0x6F00, words)
