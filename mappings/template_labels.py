"""What the labels of EFRAG's template say in each language: its sheet of translations and the formulas that use it."""

from __future__ import annotations

import re

from vsme_xl.reading.workbook_file import SheetGrid, WorkbookFile

TOKEN = re.compile(r'\s*(?:(template_(?:label|footnote)_\w+)|"((?:[^"]|"")*)")\s*(&|$)')


def words_of(file: WorkbookFile) -> dict[str, dict[str, str]]:
    """Return the texts of each label name in every language of the sheet of translations."""
    if "Translations" not in file.sheet_names:
        return {}
    grid = file.sheet("Translations")
    codes = {str(grid.value(1, column)): column for column in range(2, grid.n_columns) if grid.value(1, column)}
    found = {}
    for name, area in file.names.items():
        if area.sheet == "Translations":
            found[name] = {code: _said(grid, area.first_row, column) for code, column in codes.items()}
    return found


def _said(grid: SheetGrid, row: int, column: int) -> str:
    value = grid.value(row, column)
    return value if isinstance(value, str) else ""


def wordings(formula: str, words: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return what a cell's text or formula says in each language, as far as labels and fixed texts make it."""
    parts, _ = parts_of(formula)
    codes = sorted({code for part in parts for code in words.get(part, {})}) or ["en"]
    return {code: "".join(words[p].get(code, "") if p in words else p for p in parts) for code in codes}


def parts_of(formula: str) -> tuple[list[str], bool]:
    """Return the labels and fixed texts that a formula joins, and whether these are all of it."""
    if not formula.startswith("="):
        return [formula], True
    parts, at = [], 1
    while at < len(formula):
        token = TOKEN.match(formula, at)
        if token is None:
            return parts, False
        parts.append(token[1] or (token[2] or "").replace('""', '"'))
        at = token.end()
    return parts, True
