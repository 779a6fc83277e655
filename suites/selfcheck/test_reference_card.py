"""The reference as a card in a file, and as the same card again, seen through its adapter."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.card.jpki import EF, JpkiCard, another
from fixtures.ics.statement import REFERENCE_STATEMENT, load_statement
from fixtures.targets.port import AccessPath
from fixtures.targets.reference import factory

STATEMENT = load_statement(REFERENCE_STATEMENT, literals=True)
PIN = STATEMENT.secret("user_pin")


def card_in(file: Path) -> JpkiCard:
    """The card in a file, switched on by a process that knows nothing of the last one."""
    with factory(state=file)(STATEMENT) as target:
        card = JpkiCard(target.open(AccessPath.CONTACT))
        card.power_cycle()
        return card


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The memory of a card that has been issued and used for nothing yet."""
    path = tmp_path / "card"
    card_in(path)
    return path


def test_a_card_in_a_file_survives_its_process(file: Path):
    card_in(file).verify(EF.USER_PIN, another(PIN))
    card = card_in(file)
    assert card.tries_left(EF.USER_PIN).tries_left == 2
    assert card.verify(EF.USER_PIN, PIN).ok
    assert card.sign(EF.USER_KEY, b"abc").ok


def test_wherever_the_writing_stopped_the_old_or_the_new_state_is_there(file: Path):
    """What a kill in mid-write leaves: the file, short of some of its last bytes."""
    before = file.read_bytes()
    card_in(file).verify(EF.USER_PIN, another(PIN))
    after = file.read_bytes()
    assert after.startswith(before)
    for end in range(len(before), len(after) + 1):
        file.write_bytes(after[:end])
        card = card_in(file)
        assert card.tries_left(EF.USER_PIN).tries_left == (2 if end == len(after) else 3)
        assert card.verify(EF.USER_PIN, PIN).ok


def test_a_foreign_file_is_left_alone(tmp_path: Path):
    foreign = tmp_path / "thesis.txt"
    foreign.write_bytes(b"years of work")
    with pytest.raises(ValueError, match="not an image of this chip"):
        card_in(foreign)
    assert foreign.read_bytes() == b"years of work"


def public_key(seed: int) -> bytes:
    with factory(seed=seed)(STATEMENT) as target:
        card = JpkiCard(target.open(AccessPath.CONTACT))
        card.power_cycle()
        return card.public_key_object(EF.USER_KEY).data


def test_a_seed_makes_one_card():
    assert public_key(11) == public_key(11)
    assert public_key(11) != public_key(12)
