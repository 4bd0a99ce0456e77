"""Texts in CSV files, which spreadsheets open: none of them may become a formula."""

from __future__ import annotations

import re

from vsme_xl.cell_text import harmless

# The last four are the wide forms of the first, which East Asian versions of Excel take for them.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Where Excel expects semicolons it cuts a text at them, and at its lines. What is but figures and signs cannot do harm.
INNER = re.compile("([;\n\r] *)(?![-+][-+0-9., ]*(?:[;\n\r]|\\Z))('*[=+\\-@\t\uff1d\uff0b\uff0d\uff20])")


def plain_text(text: str) -> str:
    """Return a harmless text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe.

    So does what stands behind a semicolon or a line break in it. Where there is such an apostrophe already it gets a
    second one, so that taking one away gives back every text. What is a number stays as it is.
    """
    text = harmless(text)
    if ";" in text or "\n" in text or "\r" in text:
        text = INNER.sub(r"\1'\2", text)
    begins = text.startswith(RISKY) or (text[:1] == "'" and text.lstrip("'").startswith(RISKY))
    return f"'{text}" if begins and not _is_number(text) else text


def _is_number(text: str) -> bool:
    digits = text[1:].replace(".", "", 1)
    return text[:1] in "+-" and digits.isascii() and digits.isdigit()
