"""One raw cell value to a date or a year, from dates, Excel serials and text in the notations people use."""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cache

from vsme_xl.language import languages
from vsme_xl.reading.cell_values import NOT_AVAILABLE, Cell, is_dash, plain, problem, shown

FIRST_YEAR, LAST_YEAR = 1900, 2200
# calamine gives this for a cell formatted as a date that holds 60, too: Excel's 29 February 1900, which never was.
PERHAPS_NO_DAY = date(1900, 2, 28)
# Two digits for a year of this century up to here; beyond it they might mean the last one.
LAST_SHORT_YEAR = 50

YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4}|\d{2})")
SLASHED = re.compile(r"(\d{1,2})([-/])(\d{1,2})\2(\d{4})")
DAY_AND_NAME = re.compile(
    r"(?:den )?(\d{1,2})(?:\.|st|nd|rd|th)?[ -]?([^\W\d]+)\.?,?[ -](\d{4})", re.IGNORECASE
)
NAME_AND_DAY = re.compile(r"([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", re.IGNORECASE)
TIME_OF_DAY = re.compile(r"[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?\Z")


def parse_date(raw: object, date_1904: bool = False) -> Cell[str]:
    """A date as `YYYY-MM-DD`; blanks and dashes are None.

    Numbers are Excel serials of the workbook's date system; a whole number that looks like a year is not one.
    Text is read day first with dots, and with slashes or dashes only where no other reading exists.
    """
    if isinstance(raw, date):
        day = raw.date() if isinstance(raw, datetime) else raw
        known = FIRST_YEAR <= day.year <= LAST_YEAR and (date_1904 or day != PERHAPS_NO_DAY)
        return Cell(day.isoformat()) if known else problem("not_a_date", raw)
    if isinstance(raw, bool | time | timedelta):
        return problem("not_a_date", raw)
    if isinstance(raw, int | float):
        return date_of_number(raw, date_1904)
    text = plain(str(raw or ""))
    if is_dash(text):
        return Cell(None)
    if text.casefold() in NOT_AVAILABLE:
        return problem("not_available", raw)
    return date_of_text(TIME_OF_DAY.sub("", text), raw)


def date_of_number(number: float, date_1904: bool) -> Cell[str]:
    """The date of an Excel serial number or of eight digits such as 20251231."""
    if not math.isfinite(number):
        return problem("not_a_date", number)
    if number == int(number) and FIRST_YEAR <= number <= LAST_YEAR:
        return problem("year_for_date", number)
    compact = COMPACT.fullmatch(shown(float(number)))
    if compact:
        return date_from(compact[1], compact[2], compact[3], number)
    days = int(number)
    # Excel's first date system has a 29 February 1900 (serial 60) that never was.
    if days < (0 if date_1904 else 1) or days > 120_000 or (days == 60 and not date_1904):
        return problem("not_a_date", number)
    start = date(1904, 1, 1) if date_1904 else date(1899, 12, 31 if days < 60 else 30)
    found = start + timedelta(days=days)
    return Cell(found.isoformat()) if found.year <= LAST_YEAR else problem("not_a_date", number)


def date_of_text(text: str, raw: object) -> Cell[str]:
    """The date a plain text spells in digits or with the name of a month."""
    match = YEAR_FIRST.fullmatch(text)
    if match:
        return date_from(match[1], match[3], match[4], raw)
    match = COMPACT.fullmatch(text)
    if match:
        return date_from(match[1], match[2], match[3], raw)
    match = DOTTED.fullmatch(text)
    if match:
        short = len(match[3]) == 2
        if short and int(match[3]) > LAST_SHORT_YEAR:
            return problem("ambiguous_date", raw)
        return date_from(f"20{match[3]}" if short else match[3], match[2], match[1], raw)
    match = SLASHED.fullmatch(text)
    if match:
        first, second = int(match[1]), int(match[3])
        if first != second and max(first, second) <= 12:
            return problem("ambiguous_date", raw)
        return date_from(match[4], str(min(first, second)), str(max(first, second)), raw)
    match = DAY_AND_NAME.fullmatch(text)
    if match:
        return date_from(match[3], month_numbers().get(match[2].casefold(), ""), match[1], raw)
    match = NAME_AND_DAY.fullmatch(text)
    if match:
        return date_from(match[3], month_numbers().get(match[1].casefold(), ""), match[2], raw)
    return problem("year_for_date" if re.fullmatch(r"(?:19|2[01])\d\d", text) else "not_a_date", raw)


def date_from(year: str, month: str, day: str, raw: object) -> Cell[str]:
    """The date of these digits, if the calendar has it and it lies in the years we read."""
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return problem("not_a_date", raw)
    return Cell(found.isoformat()) if FIRST_YEAR <= found.year <= LAST_YEAR else problem("not_a_date", raw)


@cache
def month_numbers() -> Mapping[str, str]:
    """The number of each month by its name or abbreviation, case-folded and without dots."""
    from babel.dates import get_month_names

    return {
        name.rstrip(".").casefold(): str(number)
        for language in languages()
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for number, name in get_month_names(width, context, language).items()
    }


def parse_year(raw: object) -> Cell[int]:
    """A year between 1900 and 2200 as a whole number, or that of a date; blanks and dashes are None.

    A year typed into a cell with a date format is stored as a day of 1905 or 1906: that is no year.
    """
    if isinstance(raw, date):
        said = FIRST_YEAR <= raw.year <= LAST_YEAR and raw.year not in (1905, 1906)
        return Cell(raw.year) if said else problem("not_a_year", raw)
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        whole = math.isfinite(raw) and raw == int(raw) and FIRST_YEAR <= raw <= LAST_YEAR
        return Cell(int(raw)) if whole else problem("not_a_year", raw)
    text = "" if raw is None else plain(str(raw))
    if is_dash(text):
        return Cell(None)
    if text.casefold() in NOT_AVAILABLE:
        return problem("not_available", raw)
    if re.fullmatch(r"\d{4}(?:[.,]0+)?", text, re.ASCII) and FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        return Cell(int(text[:4]))
    found = date_of_text(TIME_OF_DAY.sub("", text), raw).value
    return Cell(int(found[:4])) if found else problem("not_a_year", raw)
