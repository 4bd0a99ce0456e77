"""Texts of clients as a cell of ours may hold them."""

from __future__ import annotations

import re

LONGEST = 32_767
# What XML cannot hold, and marks that turn the direction of writing, with which a text can show what it is not.
UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Return a text without characters a workbook cannot or must not hold, at most as long as a cell.

    What looks like formatted runs of text gets a blank behind it: XlsxWriter would write it as the XML it seems to be.
    """
    kept = UNWANTED.sub("", text)[:LONGEST]
    return f"{kept[: LONGEST - 1]} " if kept.startswith("<r>") and kept.endswith("</r>") else kept
