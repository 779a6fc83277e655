"""The model of the applet in literal dialogues, and the arithmetic of the tours over it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.card.jpki import EF
from suites.applet.dialogue import ALPHABET, contains
from suites.applet.model import CardModel, Expected
from suites.applet.tour import distil, distilled, sequences, sparing
from suites.selfcheck.by_hand import STEADY

# --- tours --------------------------------------------------------------------------------


def test_a_dialogue_contains_a_story_told_with_other_steps_between():
    assert contains("VwQR", "VR")
    assert contains("VwQR", "")
    assert not contains("VwQR", "RV")
    assert not contains("Vw", "VV")


@STEADY
@given(sequence=st.text("VwP", max_size=6), part=st.text("VwP", max_size=4))
def test_containing_means_that_letters_can_be_left_out(sequence: str, part: str):
    assert contains(sequence, part) == (tuple(part) in combinations(sequence, len(part)))


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4])
def test_the_tour_has_every_dialogue_once_shortest_first(length: int):
    told = list(sequences(length))
    assert len(told) == len(set(told)) == sum(len(ALPHABET) ** k for k in range(length + 1))
    assert len(ALPHABET) == 8
    assert set("".join(told)) <= set(ALPHABET)
    assert all(len(one) <= len(next_) for one, next_ in pairwise(told))


SPARING = {"": 3, "V": 3, "w": 2, "ww": 1, "www": 0, "wVw": 2, "wwVww": 1, "wRw": 1, "w0w": 1,
           "wPw": 1, "pppp": 1, "ppppp": 0, "ppPppp": 2, "wCw": 1, "wwpp": 1}  # fmt: skip


@pytest.mark.parametrize("dialogue", SPARING)
def test_a_sparing_dialogue_leaves_the_tries_it_promises(dialogue: str):
    left = SPARING[dialogue]
    assert sparing([dialogue], keep=left) == [dialogue]
    assert sparing([dialogue], keep=left + 1) == []


@STEADY
@given(dialogue=st.text("VwPpR0QC", max_size=8))
def test_the_model_agrees_with_what_sparing_counts(dialogue: str):
    """Played on the model, a sparing dialogue never leaves a counter at nought."""
    model, fewest = CardModel(phone=True), 3
    for letter in dialogue:
        if letter in "VwPp":
            ef = EF.USER_PIN if letter in "Vw" else EF.PASSWORD
            model.verify(ef, right=letter in "VP")
        fewest = min(fewest, *(pin.tries for pin in model.pins.values()))
    assert bool(sparing([dialogue])) == (fewest > 0)


def test_the_distilled_dialogues_are_written_in_letters_of_the_alphabet():
    assert distilled()
    assert set("".join(distilled())) <= set(ALPHABET)
    assert len(set(distilled())) == len(distilled())


J = frozenset({"JPKI-J-01"})


def test_distilling_takes_what_pays_most_first_and_nothing_twice():
    found = {
        "V": {"a": J},
        "Vw": {"a": J, "b": J, "c": J},
        "wR": {"c": J, "d": J},
        "w": {"d": J},
    }
    assert distil(found) == ["Vw", "w"]
    assert distil({}) == []
    assert distil({"V": {}}) == []


@STEADY
@given(
    found=st.dictionaries(
        st.text("VwP", max_size=3), st.dictionaries(st.sampled_from("abcdef"), st.just(J))
    )
)
def test_what_is_distilled_finds_every_fault_and_has_no_idle_dialogue(
    found: dict[str, dict[str, frozenset[str]]],
):
    chosen = distil(found)
    assert {fault for d in chosen for fault in found[d]} == {f for d in found for f in found[d]}
    for n, dialogue in enumerate(chosen):
        assert set(found[dialogue]) - {fault for d in chosen[:n] for fault in found[d]}


# --- the model, in literal dialogues ------------------------------------------------------

PLAY: dict[str, Callable[[CardModel], object]] = {
    "right user PIN": lambda card: card.verify(EF.USER_PIN, right=True),
    "wrong user PIN": lambda card: card.verify(EF.USER_PIN, right=False),
    "right password": lambda card: card.verify(EF.PASSWORD, right=True),
    "wrong password": lambda card: card.verify(EF.PASSWORD, right=False),
    "user tries": lambda card: card.query(EF.USER_PIN),
    "password tries": lambda card: card.query(EF.PASSWORD),
    "user signs": lambda card: card.sign(EF.USER_KEY),
    "password signs": lambda card: card.sign(EF.SIGNATURE_KEY),
    "user certificate": lambda card: card.read(EF.USER_CERTIFICATE),
    "signature certificate": lambda card: card.read(EF.SIGNATURE_CERTIFICATE),
    "CA certificate": lambda card: card.read(EF.USER_CA),
    "protected file": lambda card: card.read(EF.PROTECTED),
    "key file": lambda card: card.read(EF.USER_KEY),
    "PIN file": lambda card: card.read(EF.USER_PIN),
    "change": lambda card: card.change(EF.USER_PIN),
    "bad change": lambda card: card.change(EF.USER_PIN, well_formed=False),
    "unblock": lambda card: card.unblock(EF.USER_PIN),
    "select": lambda card: card.select_ap(),
    "unknown file": lambda card: card.select_ef(0x00FF),
    "power": lambda card: card.power_cycle(),
    "administrator": lambda card: setattr(card, "administrator", True),
}
DIALOGUES = {
    "three wrong PINs block, and the right one comes too late": (
        "wrong user PIN 63C2 PIN-01, wrong user PIN 63C1 PIN-01, wrong user PIN 63C0 PIN-01,"
        "right user PIN 6983 J-06, user tries 63C0 J-04, user signs 6982 J-03"
    ),
    "five wrong passwords block": (
        "wrong password 63C4 PIN-02, wrong password 63C3 PIN-02, wrong password 63C2 PIN-02,"
        "wrong password 63C1 PIN-02, wrong password 63C0 PIN-02, right password 6983 J-06"
    ),
    "the right PIN brings all tries back": (
        "wrong user PIN 63C2 PIN-01, wrong user PIN 63C1 PIN-01, right user PIN 9000 PIN-01,"
        "user tries 63C3 J-03"
    ),
    "SELECT ends both sessions and gives no try back": (
        "right user PIN 9000 PIN-01, right password 9000 PIN-02, wrong user PIN 63C2 PIN-01,"
        "select 9000 J-09, user signs 6982 J-01, password signs 6982 J-01, user tries 63C2 J-03"
    ),
    "a power cycle ends a session and gives no try back": (
        "wrong password 63C4 PIN-02, right user PIN 9000 PIN-01, power, user signs 6982 J-10,"
        "user certificate 6982 J-10, password tries 63C4 J-03"
    ),
    "a PIN opens its own key and no other": (
        "user signs 6982 J-02, right user PIN 9000 PIN-01, user signs 9000 PIN-01,"
        "password signs 6982 J-02, right password 9000 PIN-02, password signs 9000 PIN-02,"
        "user signs 9000 PIN-01"
    ),
    "a wrong PIN closes what the right one opened": (
        "right user PIN 9000 PIN-01, wrong user PIN 63C2 PIN-01, user signs 6982 PIN-01"
    ),
    "asking for the tries changes nothing": (
        "right user PIN 9000 PIN-01, user tries 63C3 J-03, user tries 63C3 J-03,"
        "user signs 9000 J-03"
    ),
    "each certificate is behind its own PIN": (
        "signature certificate 6982 J-08, user certificate 6982 EF-01, CA certificate 9000 J-07,"
        "right user PIN 9000 PIN-01, user certificate 9000 PIN-01, signature certificate 6982 J-02"
    ),
    "some files are never read": (
        "right user PIN 9000 PIN-01, right password 9000 PIN-02, protected file 6982 J-09,"
        "PIN file 6981 J-09, unknown file 6A82 J-09"
    ),
    "a change needs its own PIN and a well-formed value": (
        "right password 9000 PIN-02, change 6982 PIN-01, right user PIN 9000 PIN-01,"
        "bad change 6A80 PIN-01, change 9000 PIN-01, user signs 9000 PIN-01"
    ),
    "only the administrator lifts a block, and the holder verifies anew": (
        "wrong user PIN 63C2 PIN-01, wrong user PIN 63C1 PIN-01, wrong user PIN 63C0 PIN-01,"
        "unblock 6982 PIN-01, administrator, unblock 9000 PIN-01, user signs 6982 PIN-01,"
        "right user PIN 9000 PIN-01, select 9000 J-09, unblock 6982 PIN-01"
    ),
}


@pytest.mark.parametrize("story", DIALOGUES)
def test_the_model_follows_the_dialogue(story: str):
    card = CardModel(phone=True)
    for told in DIALOGUES[story].split(","):
        name, sw, rule = re.fullmatch(r" *(.+?)(?: ([0-9A-F]{4}) (\S+))?", told).groups()  # type: ignore[union-attr]
        got = PLAY[name](card)
        if sw is not None:
            assert got == Expected(int(sw, 16), f"JPKI-{rule}"), told


def test_a_plastic_card_differs_in_two_answers():
    phone, card = CardModel(phone=True), CardModel(phone=False)
    for model in (phone, card):
        for _ in range(3):
            model.verify(EF.USER_PIN, right=False)
    assert phone.verify(EF.USER_PIN, right=True) == Expected(0x6983, "JPKI-J-06")
    assert card.verify(EF.USER_PIN, right=True) == Expected(0x6984, "JPKI-J-06")
    assert CardModel(phone=False).read(EF.USER_CERTIFICATE) == Expected(0x9000, "JPKI-EF-01")
    assert CardModel(phone=True).read(EF.USER_CERTIFICATE) == Expected(0x6982, "JPKI-EF-01")


def test_a_key_is_never_read():
    for ef in (EF.USER_KEY, EF.SIGNATURE_KEY):
        assert CardModel(phone=True).read(ef) == Expected(0x6981, "REQ-1-1-a")
