"""Every figure of the deck stands in the catalogue, and the figures agree with one another."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from fixtures.catalogue import numbers as deck
from fixtures.catalogue.load import load_catalogue
from fixtures.catalogue.model import Scheme

CATALOGUE = load_catalogue().requirements
NUMBERS = sorted(deck.NUMBERS)
ROUNDING = Decimal("0.05")  # s, half a unit of the last place the deck prints


def shown(figure: str, text: str) -> bool:
    """The figure stands in the text by itself, at most with a unit behind it (64KB)."""
    end = r"(?!\d|\.\d)" if figure[-1].isdigit() else r"(?![0-9A-Za-z])"
    return re.search(rf"(?<![0-9.]){re.escape(figure)}{end}", text) is not None


def parts(row: deck.Section) -> list[Decimal]:
    """The measured cells of a row without its total."""
    return [cell for cell in row[1:] if cell is not None]


def column(index: int) -> list[Decimal]:
    return [cell for row in deck.ISSUANCE.values() if (cell := row[index]) is not None]


def residuals() -> list[tuple[Decimal, int]]:
    """Printed sum less the sum of the parts, with the number of parts: rows, then columns."""
    rows = [*deck.ISSUANCE.values(), deck.ISSUANCE_TOTALS]
    across = [(row.total - sum(parts(row)), len(parts(row))) for row in rows]
    down = [
        (total - sum(column(index)), len(column(index)))
        for index, total in enumerate(deck.ISSUANCE_TOTALS)
        if total is not None
    ]
    return across + down


def test_the_check_list_runs_from_1_to_23() -> None:
    assert [f"N-{count:02d}" for count in range(1, 24)] == NUMBERS
    assert all(number.constants for number in deck.NUMBERS.values())


@pytest.mark.parametrize("name", NUMBERS)
def test_the_catalogue_and_the_number_name_each_other(name: str) -> None:
    from_catalogue = {key for key, record in CATALOGUE.items() if name in record.numbers}
    assert set(deck.NUMBERS[name].requirements) == from_catalogue


def test_the_catalogue_knows_no_other_number() -> None:
    assert {name for record in CATALOGUE.values() for name in record.numbers} == set(NUMBERS)


@pytest.mark.parametrize("name", NUMBERS)
def test_titles_show_the_figures_in_both_languages(name: str) -> None:
    number = deck.NUMBERS[name]
    english = " / ".join(CATALOGUE[key].title for key in number.requirements)
    japanese = " / ".join(CATALOGUE[key].title_ja for key in number.requirements)
    bare = re.sub(r"[^\x00-\x7F]", " ", japanese)  # kana and kanji touch the digits they count
    assert [figure for figure in number.printed if not shown(figure, english)] == []
    assert [figure for figure in number.printed if not shown(figure, bare)] == []


def test_the_table_has_63_cells_in_9_sections() -> None:
    assert len(deck.ISSUANCE) == 9
    assert sum(len(row) for row in deck.ISSUANCE.values()) == deck.ISSUANCE_CELLS


def test_a_dash_is_not_a_zero() -> None:
    assert deck.ISSUANCE["application for issuance"].tsm == Decimal("0.0")
    assert deck.ISSUANCE["set signature password"].jpki is None


def test_row_totals_are_those_of_the_deck() -> None:
    printed = ["18.1", "16.0", "13.2", "4.6", "7.4", "3.3", "8.2", "12.2", "8.0"]
    assert [row.total for row in deck.ISSUANCE.values()] == [Decimal(cell) for cell in printed]


def test_exactly_four_residuals_of_a_tenth_remain_within_rounding() -> None:
    off = [residual for residual, _ in residuals() if residual]
    assert sorted(off) == [Decimal(cell) for cell in ("-0.1", "-0.1", "0.1", "0.1")]
    assert all(abs(residual) <= ROUNDING * (count + 1) for residual, count in residuals())


def test_waiting_and_overlap_follow_from_the_table() -> None:
    rows = list(deck.ISSUANCE.values())
    waiting = sum((row.total for row in rows[3:7]), Decimal(0))
    overlap = sum((row.user for row in rows[1:3] if row.user is not None), Decimal(0))
    assert waiting == Decimal("23.5")
    assert abs(deck.WAITING_P18 - waiting) <= Decimal("0.5")
    assert abs(deck.WAITING_P17 - waiting) <= Decimal("1.5")
    assert deck.WAITING_RANGE[0] < waiting < deck.WAITING_RANGE[1]
    assert overlap == Decimal("23.4")
    assert abs(deck.USER_TIME_TO_OVERLAP - overlap) <= Decimal("0.5")
    assert deck.ISSUANCE_TOTALS.total - overlap == Decimal("67.6")


def test_issuance_takes_at_least_what_the_deck_says() -> None:
    total = deck.ISSUANCE_TOTALS.total
    assert total >= deck.LEAST_ISSUANCE
    assert [total + extra for extra in deck.EXTRA_WHEN_INEXPERIENCED] == [121, 151]


def test_the_delay_of_method_2_is_half_a_day() -> None:
    assert deck.LONGEST_REMOTE_CONFIG_DELAY == 12 * 60 * 60


def test_on_line_use_leaves_three_seconds_to_the_system() -> None:
    assert deck.ONLINE_USE - deck.ONLINE_USE_OF_THE_USER == 3


def test_segments_make_up_all_subjects_and_ages_meet() -> None:
    assert len(deck.SEGMENTS) * deck.SUBJECTS_PER_SEGMENT == deck.SUBJECTS
    assert deck.YOUNG_AND_MIDDLE_AGED[1] + 1 == deck.ELDERLY_FROM
    assert len(deck.LITERACY_ITEMS) == deck.HIGH_LITERACY > deck.LOW_LITERACY_AT_MOST


def test_answers_are_counted_over_the_recruited_subjects() -> None:
    assert deck.LIKED_PHONE_ONLY[1] == deck.SUBJECTS
    assert [asked for _, asked in deck.MISSED_THE_MENU] == [deck.SUBJECTS_PER_SEGMENT] * 3
    assert sum(persons for persons, _ in deck.MISSED_THE_MENU) == 22


def test_ten_scenarios_in_four_classes() -> None:
    assert len(deck.SCENARIOS) == 4
    assert sum(deck.SCENARIOS.values(), ()) == tuple(range(1, 11))


def test_products_chips_methods_and_tables_are_counted() -> None:
    assert len(deck.CHIPS) == deck.GPSE_PRODUCTS > deck.PRODUCTS_WITH_WIDE_SPREAD
    assert len(deck.COMPARISON_ROWS) == 6
    assert len(deck.RESTRICTION_METHODS) == len(deck.DELETION_TABLES) == 2
    assert len(deck.VERDICT_FIELDS) == len(deck.TOUCH_RESULTS) == len(deck.AXES) == 3


def test_the_schemes_of_the_deck_are_those_of_the_catalogue() -> None:
    assert list(deck.EVALUATION_SCHEMES) == [scheme.value for scheme in Scheme]
    assert len(deck.EVALUATION_SCHEMES) == len(deck.EVALUATION_LAYERS) == 3


def test_sizes_of_the_applet_are_ordered_below_the_limit() -> None:
    assert deck.VERIFICATION_APPLET_BELOW < deck.EXPECTED_APPLET < deck.APPLET_LIMIT == 65_536


def test_the_catalogue_holds_exactly_the_22_items() -> None:
    items = {key[4:7] for key in CATALOGUE if re.match(r"REQ-\d-\d-", key)}
    assert items == set(deck.VERIFICATION_ITEMS)
    assert (len(items), len(deck.ITEMS)) == (22, 6)
