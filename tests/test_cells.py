"""How one raw cell becomes a typed value, and which reason it gives where it does not."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsme_xl.reading.cells import (
    Cell,
    normalise,
    parse_boolean,
    parse_code,
    parse_date,
    parse_number,
    parse_text,
    parse_year,
)

NBSP, THIN, NARROW = "\u00a0", "\u2009", "\u202f"
WORDS = {"yes": True, "no": False, "ja": True, "nein": False}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (12, 12.0),
        (12.5, 12.5),
        (0, 0.0),
        ("12", 12.0),
        (" 12 ", 12.0),
        ("1.234,5", 1234.5),
        ("1 234,5", 1234.5),
        (f"1{NBSP}234,5", 1234.5),
        (f"1{THIN}234,5", 1234.5),
        (f"1{NARROW}234{NARROW}567", 1234567.0),
        ("12 500", 12500.0),
        ("1,234.5", 1234.5),
        ("1'234.5", 1234.5),
        ("1\u2019234.50", 1234.5),
        ("1.234.567", 1234567.0),
        ("1,234,567", 1234567.0),
        ("1,234,567.891", 1234567.891),
        ("1.234.567,891", 1234567.891),
        ("1 234,567", 1234.567),
        ("1234.567", 1234.567),
        ("0,123", 0.123),
        ("0.123", 0.123),
        (",5", 0.5),
        ("1,2", 1.2),
        ("1.23", 1.23),
        ("12,3456", 12.3456),
        ("-5", -5.0),
        ("\u22125", -5.0),
        ("\u20135", -5.0),
        ("+5", 5.0),
        ("5-", -5.0),
        ("(5)", -5.0),
        ("(1.234,5)", -1234.5),
        ("(0)", 0.0),
        ("1.5e3", 1500.0),
        ("1,5E3", 1500.0),
        ("2e-3", 0.002),
        ("1.200,- €", 1200.0),
        ("1200,\u2013", 1200.0),
        ("\u200b7\ufeff", 7.0),
    ],
)
def test_a_number_is_read_in_the_notation_it_was_typed_in(raw: object, value: float) -> None:
    cell = parse_number(raw)
    assert (cell.value, cell.problem) == (pytest.approx(value), "")


@pytest.mark.parametrize(
    ("raw", "value", "currency"),
    [
        ("1.200,00 €", 1200.0, "EUR"),
        ("EUR 1,200.00", 1200.0, "EUR"),
        ("€5", 5.0, "EUR"),
        ("-€5", -5.0, "EUR"),
        ("EUR -5", -5.0, "EUR"),
        ("(€5)", -5.0, "EUR"),
        ("(5 €)", -5.0, "EUR"),
        ("5 Euro", 5.0, "EUR"),
        ("SEK 12 500", 12500.0, "SEK"),
        ("£12", 12.0, "GBP"),
    ],
)
def test_a_currency_beside_a_number_is_passed_on(raw: str, value: float, currency: str) -> None:
    assert parse_number(raw) == Cell(value, "", {"currency": currency})


def test_a_currency_sign_that_several_countries_share_names_no_currency() -> None:
    assert parse_number("1.200,50 kr.") == Cell(1200.5, "", {"sign": "KR."})


@pytest.mark.parametrize("raw", ["1.200 €", "EUR 1,200", "1.234", "1,234", "12.345", "-1.234", "(1,234)"])
def test_one_separator_before_three_digits_is_never_guessed(raw: str) -> None:
    assert parse_number(raw) == Cell(None, "ambiguous_number", {"text": raw})


@pytest.mark.parametrize("raw", [None, "", "   ", NBSP, "-", "\u2013", "\u2014", " \u2212 ", "--"])
def test_blanks_and_dashes_are_no_number_and_no_problem(raw: object) -> None:
    assert parse_number(raw) == Cell(None)
    assert parse_date(raw) == Cell(None)
    assert parse_year(raw) == Cell(None)
    assert parse_boolean(raw, WORDS) == Cell(None)
    assert parse_text(raw) == Cell(None)
    assert parse_code(raw, {}) == Cell(None)


@pytest.mark.parametrize("raw", ["n/a", "N/A", "na", "k.A.", "K. A.", "none", "Keine Angabe", "saknas", "#N/A"])
def test_words_for_no_value_are_told_apart_from_wrong_values(raw: str) -> None:
    expected = Cell(None, "not_available", {"text": raw})
    assert parse_number(raw) == parse_date(raw) == parse_year(raw) == expected
    assert parse_boolean(raw, WORDS) == parse_code(raw, {}) == expected


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("12 t", "number_with_text"),
        ("12t", "number_with_text"),
        ("ca. 500", "number_with_text"),
        ("<5", "number_with_text"),
        ("1,2 Mio. €", "number_with_text"),
        ("5 TEUR", "number_with_text"),
        ("12 Prozent", "number_with_text"),
        ("12 ‰", "number_with_text"),
        ("5 m²", "number_with_text"),
        ("many", "not_a_number"),
        ("€", "not_a_number"),
        ("5²", "not_a_number"),
        ("٣", "not_a_number"),
        ("10-20", "not_a_number"),
        ("1/2", "not_a_number"),
        ("1,23,4", "not_a_number"),
        ("12.34.56", "not_a_number"),
        ("1234,567.8", "not_a_number"),
        ("1 2", "not_a_number"),
        ("0 123", "not_a_number"),
        ("1.234'567", "not_a_number"),
        ("12:30", "not_a_number"),
        (".", "not_a_number"),
        ("9" * 400, "not_a_number"),
        ("nan", "not_a_number"),
        (True, "not_a_number"),
        (float("nan"), "not_a_number"),
        (float("inf"), "not_a_number"),
        (date(2025, 1, 1), "date_for_number"),
        (datetime(2025, 1, 1, 12), "date_for_number"),
        (time(0), "date_for_number"),
        (timedelta(hours=30), "date_for_number"),
    ],
)
def test_what_is_no_number_says_why(raw: object, code: str) -> None:
    cell = parse_number(raw)
    assert (cell.value, cell.problem) == (None, code)
    assert cell.params["text"]


@pytest.mark.parametrize(
    ("raw", "percent_format", "value", "code"),
    [
        (0.28, False, 0.28, ""),
        (0, False, 0.0, ""),
        (1, False, 1.0, ""),
        (-0.05, False, -0.05, ""),
        (-1, False, -1.0, ""),
        ("0,28", False, 0.28, ""),
        (28, False, 0.28, "percent_assumed"),
        ("28,4", False, 0.284, "percent_assumed"),
        (100, False, 1.0, "percent_assumed"),
        (-12, False, -0.12, "percent_assumed"),
        (101, False, 1.01, "percent_out_of_range"),
        (-250, False, -2.5, "percent_out_of_range"),
        ("12 %", False, 0.12, ""),
        ("12,5 %", False, 0.125, ""),
        ("12.5%", False, 0.125, ""),
        ("% 12", False, 0.12, ""),
        ("0,5 %", False, 0.005, ""),
        ("120 %", False, 1.2, ""),
        ("-3 %", False, -0.03, ""),
        ("(3 %)", False, -0.03, ""),
        ("(3) %", False, -0.03, ""),
        (1.2, True, 1.2, ""),
        (0.01, True, 0.01, ""),
    ],
)
def test_a_share_becomes_a_fraction(raw: object, percent_format: bool, value: float, code: str) -> None:
    cell = parse_number(raw, percent_format=percent_format, share=True)
    assert (cell.value, cell.problem) == (pytest.approx(value), code)


@pytest.mark.parametrize(("raw", "percent_format"), [("12 %", False), (0.12, True)])
def test_a_percentage_where_no_share_is_asked_for_is_a_fraction_with_a_warning(
    raw: object, percent_format: bool
) -> None:
    cell = parse_number(raw, percent_format=percent_format)
    assert (cell.value, cell.problem) == (0.12, "percent_for_number")


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_a_number_written_with_two_decimals_reads_the_same_in_four_notations(number: float) -> None:
    english = f"{number:,.2f}"
    swap = {"german": ("_", ".", ","), "swiss": ("_", "'", "."), "french": ("_", NARROW, ",")}
    expected = float(f"{number:.2f}")
    assert parse_number(english) == Cell(expected)
    for mark, group, point in swap.values():
        text = english.replace(",", mark).replace(".", point).replace(mark, group)
        assert parse_number(text) == Cell(expected)


@given(st.text(max_size=30))
def test_no_text_whatever_raises(text: str) -> None:
    for cell in (
        parse_number(text),
        parse_number(text, share=True),
        parse_date(text),
        parse_year(text),
        parse_boolean(text, WORDS),
        parse_code(text, {}),
        parse_text(text),
    ):
        assert cell.value is None or cell.problem in (
            "",
            "percent_assumed",
            "percent_out_of_range",
            "percent_for_number",
        )


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (date(2025, 12, 31), "2025-12-31"),
        (datetime(2025, 12, 31, 23, 59), "2025-12-31"),
        (46022, "2025-12-31"),
        (46022.75, "2025-12-31"),
        (1, "1900-01-01"),
        (59, "1900-02-28"),
        (61, "1900-03-01"),
        (20251231, "2025-12-31"),
        ("31.12.2025", "2025-12-31"),
        ("1.3.2025", "2025-03-01"),
        ("01. 03. 2025", "2025-03-01"),
        ("31.12.25", "2025-12-31"),
        ("31/12/2025", "2025-12-31"),
        ("12/31/2025", "2025-12-31"),
        ("05/05/2025", "2025-05-05"),
        ("31-12-2025", "2025-12-31"),
        ("2025-12-31", "2025-12-31"),
        ("2025/12/31", "2025-12-31"),
        ("20251231", "2025-12-31"),
        ("2025-12-31T00:00:00", "2025-12-31"),
        ("31.12.2025 00:00", "2025-12-31"),
        ("31. Dezember 2025", "2025-12-31"),
        ("31 December 2025", "2025-12-31"),
        ("31st December, 2025", "2025-12-31"),
        ("December 31, 2025", "2025-12-31"),
        ("31-Dec-2025", "2025-12-31"),
        ("1. März 2025", "2025-03-01"),
        ("1. marts 2025", "2025-03-01"),
        ("den 1 mars 2025", "2025-03-01"),
        ("3 maj 2025", "2025-05-03"),
        ("3. Sept. 2025", "2025-09-03"),
        ("29.02.2024", "2024-02-29"),
    ],
)
def test_a_date_is_read_whatever_its_notation(raw: object, value: str) -> None:
    assert parse_date(raw) == Cell(value)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("05/06/2025", "ambiguous_date"),
        ("05-06-2025", "ambiguous_date"),
        ("31.12.99", "ambiguous_date"),
        (2025, "year_for_date"),
        (2025.0, "year_for_date"),
        ("2025", "year_for_date"),
        (60, "not_a_date"),
        (0, "not_a_date"),
        (-3, "not_a_date"),
        (1e9, "not_a_date"),
        (119_999, "not_a_date"),
        (float("nan"), "not_a_date"),
        (20251340, "not_a_date"),
        ("31.02.2025", "not_a_date"),
        ("29.02.2025", "not_a_date"),
        ("13/13/2025", "not_a_date"),
        ("31.12.1850", "not_a_date"),
        ("12/2025", "not_a_date"),
        ("31. Foo 2025", "not_a_date"),
        ("December 2025", "not_a_date"),
        ("soon", "not_a_date"),
        (True, "not_a_date"),
        (time(12), "not_a_date"),
    ],
)
def test_what_is_no_certain_date_says_why(raw: object, code: str) -> None:
    cell = parse_date(raw)
    assert (cell.value, cell.problem) == (None, code)


@pytest.mark.parametrize(("serial", "value"), [(0, "1904-01-01"), (60, "1904-03-01"), (44560, "2025-12-31")])
def test_serials_of_the_1904_system_count_from_1904(serial: int, value: str) -> None:
    assert parse_date(serial, date_1904=True) == Cell(value)


@pytest.mark.parametrize(
    ("raw", "value", "code"),
    [
        (2030, 2030, ""),
        (2030.0, 2030, ""),
        ("2030", 2030, ""),
        (" 2030.0 ", 2030, ""),
        (date(2030, 5, 1), 2030, ""),
        (datetime(2030, 5, 1), 2030, ""),
        ("31.12.2030", 2030, ""),
        (date(1905, 7, 22), None, "not_a_year"),
        (2030.5, None, "not_a_year"),
        (30, None, "not_a_year"),
        (20300, None, "not_a_year"),
        ("FY 2030", None, "not_a_year"),
        ("2029/30", None, "not_a_year"),
        (True, None, "not_a_year"),
        (float("inf"), None, "not_a_year"),
    ],
)
def test_a_year_is_a_whole_number_between_1900_and_2200(raw: object, value: int | None, code: str) -> None:
    cell = parse_year(raw)
    assert (cell.value, cell.problem) == (value, code)
    assert cell.value is None or type(cell.value) is int


@pytest.mark.parametrize(
    ("raw", "value", "code"),
    [
        (True, True, ""),
        (False, False, ""),
        (1, True, ""),
        (0.0, False, ""),
        ("Yes", True, ""),
        (" NEIN ", False, ""),
        ("TRUE", True, ""),
        ("0", False, ""),
        (2, None, "not_yes_or_no"),
        ("maybe", None, "not_yes_or_no"),
        (date(2025, 1, 1), None, "not_yes_or_no"),
    ],
)
def test_yes_and_no_are_read_from_words_and_from_logical_values(raw: object, value: bool | None, code: str) -> None:
    cell = parse_boolean(raw, WORDS)
    assert cell.value is value
    assert cell.problem == code


def test_a_word_of_the_language_goes_before_the_words_for_no_value() -> None:
    assert parse_boolean("Keine", {"keine": False}) == Cell(False)
    assert parse_code("None", {"none": "NoneMember"}) == Cell("NoneMember")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (12345.0, "12345"),
        (12345, "12345"),
        (35.11, "35.11"),
        (0.1 + 0.2, "0.3"),
        (1e20, "1e+20"),
        (True, "TRUE"),
        (date(2025, 12, 31), "2025-12-31"),
        (datetime(2025, 12, 31), "2025-12-31"),
        (datetime(2025, 12, 31, 8, 30), "2025-12-31T08:30:00"),
        (f"{NBSP} Main Street 1 \u200b", "Main Street 1"),
        ("a\x00b\x0bc", "abc"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("n/a", "n/a"),
        ("well-known", "well-known"),
    ],
)
def test_a_text_is_what_a_person_would_read_in_the_cell(raw: object, value: str) -> None:
    assert parse_text(raw) == Cell(value)


def test_labels_are_compared_without_case_spaces_and_kinds_of_dash_and_apostrophe() -> None:
    assert normalise("  Owner\u2019s  \u2013 Own\u00a0USE ") == normalise("owner's - own use") == "owner's - own use"
    assert normalise("Ko\u0308ln") == normalise("KÖLN")


@pytest.mark.parametrize(
    ("raw", "value", "code"),
    [
        ("Germany", "DE", ""),
        (" GERMANY ", "DE", ""),
        (35.11, "D3511", ""),
        (160103.0, "W160103", ""),
        ("Atlantis", None, "unknown_code"),
        (7, None, "unknown_code"),
    ],
)
def test_a_code_is_found_by_its_label_also_when_stored_as_a_number(raw: object, value: str | None, code: str) -> None:
    lookup = {"germany": "DE", "35.11": "D3511", "160103": "W160103"}
    cell = parse_code(raw, lookup)
    assert (cell.value, cell.problem) == (value, code)
    assert code == "" or cell.params["text"]
