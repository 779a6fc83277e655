"""The README shows the house as it stands."""

from __future__ import annotations

import re
from pathlib import Path

from fixtures.catalogue.load import load_catalogue
from fixtures.targets.reference import known_faults

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_fault_is_in_the_table_and_no_other():
    listed = set(re.findall(r"^\| `(\S+)` \| (?:REQ|JPKI)-", README, re.MULTILINE))
    assert listed == set(known_faults())


def test_every_dependency_says_why_it_is_there():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    names = re.findall(r'"([a-z-]+)>=', project)
    assert [name for name in names if f"{name}" not in README] == []


def test_the_figures_of_the_catalogue_are_those_in_force():
    catalogue = load_catalogue()
    told = f"{len(catalogue.automated)} of {len(catalogue.requirements)} requirements are automated"
    assert told in README


def test_nothing_is_left_to_fill_in():
    assert re.findall(r"@[A-Z]+@|TODO|TBD", README) == []


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
