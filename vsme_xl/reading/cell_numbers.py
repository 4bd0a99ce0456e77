"""One raw cell value to a number, also where it is typed as text in local notation; never a silent guess."""

import math
import re
from datetime import date, time, timedelta

from vsme_xl.reading.cell_values import NOT_AVAILABLE, Cell, is_dash, plain, problem, shown

CURRENCY = (
    r"([€$£¥]|[Ee][Uu][Rr](?:[Oo]s?)?|[Kk]r\.?|zł|Kč|"
    r"USD|GBP|CHF|DKK|SEK|NOK|ISK|PLN|CZK|HUF|RON|BGN|TRY|UAH|RSD|ALL|MKD|BAM|MDL|JPY|CNY|CAD|AUD|INR)"
)
CURRENCY_BEHIND = re.compile(rf"(.*[\d%)-]) ?{CURRENCY}(\)?)")
CURRENCY_BEFORE = re.compile(rf"([-+(]?) ?{CURRENCY} ?([-+\d(.,].*)")
CURRENCY_OF_SIGN = {"€": "EUR", "EURO": "EUR", "EUROS": "EUR", "£": "GBP", "ZŁ": "PLN", "KČ": "CZK"}
KRONER = ("DKK", "SEK", "NOK", "ISK")
SHARED_SIGNS = {"$": ("USD", "CAD", "AUD"), "¥": ("JPY", "CNY"), "KR": KRONER, "KR.": KRONER}
WITHOUT_CENTS = re.compile(r"(?<=\d)([.,])--?(?!\d)")
GROUPED = re.compile(r"([1-9]\d{0,2})([ '.,])(\d{3}(?:\2\d{3})*)(?:(?!\2)([.,])(\d*))?")
SCIENTIFIC = re.compile(r"(\d+)(?:[.,](\d*))?[eE]([+-]?\d{1,3})")
DECIMAL = re.compile(r"(?=[.,]?\d)(\d*)(?:[.,](\d*))?")


def parse_number(raw: object, *, percent_format: bool = False, share: bool = False) -> Cell[float]:
    """A number, also one typed as text in local notation; blanks and dashes are None.

    `share` asks for a fraction: a `%` in the text or (for a number) in the cell's format settles it; else a
    number up to 1 is the fraction and a larger one is read as per cent with a warning. A currency beside a
    typed number is passed on in `params["currency"]` (a sign that several share in `params["sign"]`); any other text
    beside it leaves no value.
    """
    if raw is None:
        return Cell(None)
    if isinstance(raw, bool):
        return problem("not_a_number", raw)
    if isinstance(raw, int | float):
        if not math.isfinite(raw):
            return problem("not_a_number", raw)
        return as_share(float(raw) + 0.0, raw, percent_format, share)  # -0.0 becomes 0.0
    if isinstance(raw, date | time | timedelta):
        return problem("date_for_number", raw)
    text = plain(str(raw))
    if is_dash(text):
        return Cell(None)
    if text.casefold() in NOT_AVAILABLE:
        return problem("not_available", raw)
    return parse_number_text(text, str(raw), share)


def parse_number_text(text: str, raw: str, share: bool) -> Cell[float]:
    """A number in a plain, non-blank text."""
    text, currency, sign = without_currency(WITHOUT_CENTS.sub(r"\g<1>0", text))
    percent = text.startswith("%") or text.rstrip(" )").endswith("%")
    text, negative = without_sign(text.replace("%", "", 1).strip() if percent else text)
    number = number_in(text)
    if number is None:
        beside = any(character.isalpha() or character in "<>~≈%‰°" for character in text)
        return problem("number_with_text" if beside and re.search(r"\d", text) else "not_a_number", raw)
    if math.isnan(number):
        return problem("ambiguous_number", raw)
    cell = as_share((-number if negative else number) / (100 if percent else 1) + 0.0, raw, percent, share)
    if not sign:
        return cell
    return Cell(cell.value, cell.problem, {**cell.params, **({"currency": currency} if currency else {"sign": sign})})


def without_currency(text: str) -> tuple[str, str, str]:
    """The text without a currency before or after the number, its ISO code where the sign names one, and the sign."""
    behind, before = CURRENCY_BEHIND.fullmatch(text), CURRENCY_BEFORE.fullmatch(text)
    if behind:
        rest, written = behind[1] + behind[3], behind[2]
    elif before:
        rest, written = before[1] + before[3], before[2]
    else:
        return text, "", ""
    sign = written.upper()
    return rest, "" if sign in SHARED_SIGNS else CURRENCY_OF_SIGN.get(sign, sign), sign


def without_sign(text: str) -> tuple[str, bool]:
    """The text without its sign and whether it is negative: `-5`, `5-` as ledgers print it, `(5)`."""
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text.startswith(("-", "+")):
        return text[1:].strip(), text[0] == "-"
    return (text[:-1].strip(), True) if text.endswith("-") else (text, False)


def number_in(text: str) -> float | None:
    """The number an unsigned text spells; NaN where it has two readings, None where it has none.

    `1.234` and `1,234` have two: one separator, exactly three digits behind it, and nothing that tells more.
    """
    if not text.isascii():
        return None
    grouped = GROUPED.fullmatch(text)
    if grouped:
        first, separator, groups, point, decimals = grouped.groups()
        if separator in ".," and len(groups) == 3 and not point:
            return math.nan
        return finite(f"{first}{groups.replace(separator, '')}.{decimals or 0}")
    decimal, exponent = DECIMAL.fullmatch(text), "0"
    scientific = SCIENTIFIC.fullmatch(text)
    if scientific:
        decimal, exponent = scientific, scientific[3]
    return finite(f"{decimal[1] or 0}.{decimal[2] or 0}e{exponent}") if decimal else None


def finite(text: str) -> float | None:
    """The number of a plain decimal text, None when it is too large to be one."""
    number = float(text)
    return number if math.isfinite(number) else None


def as_share(value: float, raw: object, percent: bool, share: bool) -> Cell[float]:
    """The number as it stands, or for a share as a fraction; `percent` says that it is one already."""
    if percent:
        return Cell(value, "" if share else "percent_for_number", {} if share else {"text": shown(raw)})
    if not share or abs(value) <= 1:
        return Cell(value)
    code = "percent_assumed" if abs(value) <= 100 else "percent_out_of_range"
    return Cell(value / 100, code, {"text": shown(raw)})
