"""One raw cell value to one typed value, or to the finding code that says why it has none."""

from collections.abc import Mapping

from vsme_xl.cell_text import harmless
from vsme_xl.reading.cell_dates import parse_date, parse_year
from vsme_xl.reading.cell_numbers import parse_number
from vsme_xl.reading.cell_values import NOT_AVAILABLE, Cell, is_dash, normalise, plain, problem, shown

__all__ = [
    "Cell",
    "normalise",
    "parse_boolean",
    "parse_code",
    "parse_date",
    "parse_number",
    "parse_text",
    "parse_year",
]

TRUE_OR_FALSE = {"true": True, "false": False, "1": True, "0": False}


def parse_boolean(raw: object, words: Mapping[str, bool]) -> Cell[bool]:
    """Yes or no from TRUE/FALSE, 1/0 or one of the words (by case-folded label); blanks are None."""
    if isinstance(raw, bool):
        return Cell(raw)
    if isinstance(raw, int | float):
        return Cell(raw == 1) if raw in (0, 1) else problem("not_yes_or_no", raw)
    label = "" if raw is None else normalise(str(raw))
    if is_dash(label):
        return Cell(None)
    answer = words.get(label, TRUE_OR_FALSE.get(label))
    if answer is not None:
        return Cell(answer)
    return problem("not_available" if label in NOT_AVAILABLE else "not_yes_or_no", raw)


def parse_text(raw: object) -> Cell[str]:
    """A text or key: numbers without `.0`, dates in ISO form, no outer spaces; a dash alone is None."""
    if raw is None:
        return Cell(None)
    text = shown(raw)
    if not text.isprintable():  # nothing that can be printed is unwanted
        text = harmless(text).strip().strip("\u200b\ufeff")
    text = text.strip()
    return Cell(None if not text[:1].isalnum() and is_dash(plain(text)) else text)


def parse_code(raw: object, lookup: Mapping[str, str]) -> Cell[str]:
    """The code whose normalised label (see `normalise`) the cell holds; blanks and dashes are None."""
    text = parse_text(raw).value
    if text is None:
        return Cell(None)
    label = normalise(text)
    if label in lookup:
        return Cell(lookup[label])
    return problem("not_available" if label in NOT_AVAILABLE else "unknown_code", raw)
