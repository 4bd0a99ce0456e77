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
ENDS_A_LINE = frozenset("\x85\u2028\u2029")


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
    kept = harmless(text)[:LONGEST]
    return f"{kept[: LONGEST - 1]} " if kept.startswith("<r>") and kept.endswith("</r>") else kept


def json_text(value: object, indent: int | None = None) -> str:
    """Return JSON in which letters stand as they are and what is unwanted in texts is escaped; ValueError for NaN."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    return UNWANTED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
