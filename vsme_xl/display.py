"""Say numbers, shares, dates and codes the way a language writes them, for texts that people read."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from vsme_xl.cell_text import harmless
from vsme_xl.codelists import codelist
from vsme_xl.language import load_language

if TYPE_CHECKING:
    from babel import Locale
    from babel.numbers import NumberPattern

# English as the EU writes it: 31 December 2025, 12,345.6.
LOCALE = {"en": "en_150"}
DIGITS, MOST_DECIMALS, GROUPED_FROM = 6, 15, 10_000
TOO_LONG = 1e21  # from here on digits are no help to a reader, and Babel has no more than 28 of them


@dataclass(frozen=True)
class Shown:
    """A value that a message says once its language is known: a number, or by `kind` a share, date, year or code.

    `codelist` names the list of a code; `unit` stands behind a number.
    """

    value: object
    kind: str = "number"
    codelist: str = ""
    unit: str = ""


def said(value: object, language: str) -> str:
    """Return a value as a text of a language: what is `Shown` by its kind, numbers as numbers, texts harmless."""
    if isinstance(value, Shown):
        return _said(value, language)
    if isinstance(value, float | int) and not isinstance(value, bool):
        return number(float(value), language)
    return "-" if value is None else harmless(str(value))


def _said(shown: Shown, language: str) -> str:
    value = shown.value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if shown.kind == "boolean":
        return codelist("yes_no", language).labels["true" if value in (1, "true") else "false"]
    if shown.codelist:
        labels = codelist(shown.codelist, language).labels
        return "; ".join(labels.get(code, code) for code in str(value).split("; "))
    if shown.kind == "date":
        return date(_day(value), language)
    if not isinstance(value, float | int):
        return str(value)
    if shown.kind == "share":
        return share(float(value), language)
    if shown.kind == "year":
        return str(int(value))
    return f"{number(float(value), language)} {shown.unit}".strip()


def _day(value: object) -> str:
    """Return an ISO date from one, or from the serial number by which rules know it."""
    return str(dt.date(1899, 12, 30) + dt.timedelta(int(value))) if isinstance(value, float) else str(value)


def number(value: float, language: str) -> str:
    """Return a number with at most six significant digits behind its whole part; `-` for a blank.

    One of more than 21 digits is said as a power of ten.
    """
    from babel.numbers import format_decimal, format_scientific

    if not math.isfinite(value):
        return "-"
    if abs(value) >= TOO_LONG:
        return str(format_scientific(value, "0.#####E0", locale=_locale(language)))
    pattern = _pattern(("#,##0" if abs(value) >= GROUPED_FROM else "0") + _decimals(value))
    return str(format_decimal(value, pattern, locale=_locale(language)))


def share(value: float, language: str) -> str:
    """Return a fraction as per cent, with at most four significant digits."""
    from babel.numbers import format_percent

    if not math.isfinite(100 * value):
        return "-"
    if abs(100 * value) >= TOO_LONG:
        return f"{number(100 * value, language)}\xa0%"
    pattern = _locale(language).percent_formats[None].pattern.replace("#,##0", "0" + _decimals(100 * value, 4))
    spaced = pattern.replace("#%", "#\xa0%").replace("0%", "0\xa0%")  # as the standard writes 40 %, in English too
    return str(format_percent(value, spaced, locale=_locale(language)))


def date(text: str, language: str) -> str:
    """Return an ISO date as a day, month and year in words; the text itself where it is no date."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return text
    return _in_words(day, language)


@lru_cache(maxsize=1024)
def _in_words(day: dt.date, language: str) -> str:
    from babel.dates import format_date

    return str(format_date(day, "long", locale=_locale(language)))


def _decimals(value: float, digits: int = DIGITS) -> str:
    """Return the part of a number pattern behind the whole part."""
    if value == int(value) or value == 0:
        return ""
    places = min(MOST_DECIMALS, digits - 1 - math.floor(math.log10(abs(value))))
    return "." + "#" * places if places > 0 else ""


@cache
def _locale(language: str) -> Locale:
    from babel import Locale

    return Locale.parse(LOCALE.get(language, language))


@cache
def _pattern(text: str) -> NumberPattern:
    from babel.numbers import parse_pattern

    return parse_pattern(text)


@lru_cache(maxsize=4096)
def paragraph(text: str, language: str) -> str:
    """Return where something stands in the standard: `24(e)(i), Guidance 55 to 64` in the words of a language."""
    words = load_language(language).texts["paragraph_words"]
    return text.replace("Guidance", words["guidance"]).replace(" to ", f" {words['to']} ")


def language_name(code: str, language: str) -> str:
    """Return the name of a language in another; its code where it has none."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(code).get_display_name(_locale(language)) or code
    except (UnknownLocaleError, ValueError):
        return code
