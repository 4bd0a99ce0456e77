"""Texts of clients as our cells, messages and files may hold them."""

from __future__ import annotations

import json
import re

LONGEST = 32_767
# What XML cannot hold, what a terminal would obey, and marks that turn the direction of writing, with which a text can
# show what it is not.
UNWANTED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)
NUMBERED = re.compile("(?=_x[0-9A-Fa-f]{4}_)")
ENDS_A_LINE = frozenset("\x85\u2028\u2029")
ON_ONE_LINE = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def harmless(text: str) -> str:
    """Return a text without characters that no reader sees and some program obeys; it ends lines with `\\n` alone."""
    if text.isprintable():  # what can be printed is harmless
        return text
    kept = UNWANTED.sub(lambda found: "\n" if found[0] in ENDS_A_LINE else "", text)
    return kept.replace("\r\n", "\n").replace("\r", "\n") if "\r" in kept else kept


def name_as_text(name: str) -> str:
    """Return a file name as text; bytes of it that are no text are said in figures: no frame holds them."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def one_line(text: object) -> str:
    """Return a harmless text as one line, with single spaces."""
    return " ".join(harmless(str(text)).split())


def clean(text: str) -> str:
    """Return a text without characters a workbook cannot or must not hold, at most as long as a cell.

    What looks like formatted runs of text gets a blank behind it: XlsxWriter would write it as the XML it seems to be.
    """
    if len(text) <= LONGEST // 2 and text.isprintable() and text[:1] != "<":
        return text
    kept = _fitting(harmless(text), LONGEST)
    return f"{_fitting(kept, LONGEST - 1)} " if kept.startswith("<r>") and kept.endswith("</r>") else kept


def as_stored(text: str) -> str:
    """Return a text as a workbook stores it, where `_x001B_` would stand for the letter of this number."""
    return NUMBERED.sub("_x005F", text) if "_x" in text else text


def _fitting(text: str, most: int) -> str:
    """Return as much of a text as Excel takes for `most` letters; it counts those beyond the first 65,536 twice."""
    if len(text) <= most // 2:
        return text
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")


def json_text(value: object, indent: int | None = None) -> str:
    """Return JSON in which letters stand as they are and what is unwanted in texts is escaped; ValueError for NaN."""
    if indent is None:
        text = ON_ONE_LINE(value)
    else:
        text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    if text.isprintable():
        return text
    return UNWANTED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
