"""Check every formula of a workbook: only what Excel 2010 and LibreOffice 7.4 both know, and within Excel's limits."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ALLOWED = {
    "ABS", "AND", "AVERAGE", "CHAR", "COLUMN", "COUNT", "COUNTA", "COUNTIF", "COUNTIFS", "DATE", "DAY", "EXACT",
    "FALSE", "FIND", "HYPERLINK", "IF", "IFERROR", "INDEX", "INT", "ISBLANK", "ISERROR", "ISNUMBER", "ISTEXT", "LEFT",
    "LEN", "LOWER", "MATCH", "MAX", "MID", "MIN", "MOD", "MONTH", "N", "NOT", "OR", "RIGHT", "ROUND", "ROW", "ROWS",
    "SEARCH", "SIGN", "SUBSTITUTE", "SUBTOTAL", "SUM", "SUMIF", "SUMIFS", "SUMPRODUCT", "TRIM", "TRUE", "UPPER",
    "VALUE", "YEAR",
}  # fmt: skip
FORMULA_LENGTH, LITERAL_LENGTH, PROMPT_LENGTH, TITLE_LENGTH, NESTING = 8192, 255, 255, 32, 64
LITERAL = re.compile(r'"((?:[^"]|"")*)"')
QUOTED_SHEET = re.compile(r"'(?:[^']|'')*'!")
CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)\(")


@dataclass(frozen=True)
class Formula:
    """A formula and where it stands: part, and cell, name or rule."""

    where: str
    text: str


def formulas(path: Path) -> Iterator[Formula]:
    """Yield every formula of a workbook: cells, validations, conditional formats and defined names."""
    with zipfile.ZipFile(path) as archive:
        for part in archive.namelist():
            if part == "xl/workbook.xml" or re.match(r"xl/(worksheets|charts|tables)/\w+\.xml", part):
                root = ElementTree.fromstring(archive.read(part))
                yield from _of_part(part, root)


def _of_part(part: str, root: ElementTree.Element) -> Iterator[Formula]:
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "c":
            for child in element:
                if child.tag.endswith("}f") and child.text:
                    yield Formula(f"{part} {element.get('r')}", child.text)
        elif tag in ("formula", "formula1", "formula2", "definedName", "calculatedColumnFormula") and element.text:
            yield Formula(f"{part} {tag} {element.get('name', '')}".rstrip(), element.text)


def lint_formula(text: str) -> list[str]:
    """Return what is wrong with one formula."""
    found = []
    if len(text) > FORMULA_LENGTH:
        found.append(f"{len(text)} characters")
    found += [f"literal of {len(x)} characters" for x in LITERAL.findall(text) if len(x) > LITERAL_LENGTH]
    bare = QUOTED_SHEET.sub("", LITERAL.sub('""', text))
    found += [f"{name} is not allowed" for name in dict.fromkeys(CALL.findall(bare)) if name.upper() not in ALLOWED]
    if _depth(bare) > NESTING:
        found.append("nested too deeply")
    if any(re.search(r"\bIF(ERROR)?\(", inside) for inside in _arguments(bare, "SUMPRODUCT")):
        found.append("IF inside SUMPRODUCT")
    return found


def _depth(text: str) -> int:
    """Return how deeply functions are nested."""
    stack: list[bool] = []
    deepest = 0
    for number, character in enumerate(text):
        if character == "(":
            stack.append(bool(re.match(r"[A-Za-z0-9_.]", text[number - 1 : number])))
            deepest = max(deepest, sum(stack))
        elif character == ")" and stack:
            stack.pop()
    return deepest


def _arguments(text: str, function: str) -> Iterator[str]:
    """Yield what stands between the brackets of each call of a function."""
    for match in re.finditer(rf"\b{function}\(", text):
        open_brackets, end = 1, match.end()
        while open_brackets and end < len(text):
            open_brackets += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield text[match.end() : end - 1]


def prompts(path: Path) -> Iterator[tuple[str, str, int]]:
    """Yield the messages of data validations that are too long for Excel: where, text, limit."""
    limits = {"prompt": PROMPT_LENGTH, "error": PROMPT_LENGTH, "promptTitle": TITLE_LENGTH, "errorTitle": TITLE_LENGTH}
    with zipfile.ZipFile(path) as archive:
        for part in archive.namelist():
            if part.startswith("xl/worksheets/sheet"):
                for element in ElementTree.fromstring(archive.read(part)).iter():
                    if element.tag.endswith("}dataValidation"):
                        for attribute, limit in limits.items():
                            yield f"{part} {element.get('sqref')} {attribute}", element.get(attribute, ""), limit


def lint(path: Path) -> list[str]:
    """Return everything that is wrong with the formulas and messages of a workbook; empty where nothing is."""
    found = [f"{f.where}: {problem}" for f in formulas(path) for problem in lint_formula(f.text)]
    return found + [f"{where}: {len(text)} characters" for where, text, limit in prompts(path) if len(text) > limit]
