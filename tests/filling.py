"""Fill cells of an Excel workbook by changing nothing else in it: sheet by sheet, in the XML of its parts."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from vsme_xl.reading.sheet_scan import column_number
from vsme_xl.reading.workbook_file import open_workbook

ROW = re.compile(r'<row r="(\d+)"[^>]*?(?:/>|>.*?</row>)', re.DOTALL)
CELL = re.compile(r'<c r="([A-Z]+)\d+"([^>]*?)(?:/>|>.*?</c>)', re.DOTALL)
STYLE = re.compile(r' s="\d+"')
ADDRESS = re.compile(r"([A-Z]+)(\d+)")
Value = str | float | bool
Cells = Mapping[str, Mapping[str, Value]]


def filled(path: Path, target: Path, cells: Cells) -> Path:
    """Copy a workbook with other values in some cells (by sheet and address), as if typed and not recalculated."""
    parts = sheet_parts(path)
    wanted = {parts[sheet]: values for sheet, values in cells.items()}
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for part in source.infolist():
            data = source.read(part)
            if part.filename in wanted:
                data = _with_cells(data.decode(), wanted[part.filename]).encode()
            out.writestr(part.filename, data)
    return target


def sheet_parts(path: Path) -> dict[str, str]:
    """Return the part of each sheet of a workbook."""
    with zipfile.ZipFile(path) as book:
        workbook, links = (book.read(f"xl/{n}").decode() for n in ("workbook.xml", "_rels/workbook.xml.rels"))
    targets = {
        attribute(link, "Id"): attribute(link, "Target") for link in re.findall(r"<Relationship [^>]*>", links)
    }
    names = open_workbook(path).sheet_names
    ids = [attribute(sheet, "r:id") for sheet in re.findall(r"<sheet [^>]*>", workbook)]
    return {name: f"xl/{targets[id_]}" for name, id_ in zip(names, ids, strict=True)}


def attribute(tag: str, name: str) -> str:
    """Return an attribute of a tag."""
    match = re.search(rf' {name}="([^"]*)"', tag)
    assert match, (tag, name)
    return match[1]


def _with_cells(xml: str, values: Mapping[str, Value]) -> str:
    by_row: dict[int, dict[str, Value]] = {}
    for address, value in values.items():
        match = ADDRESS.fullmatch(address)
        assert match, address
        by_row.setdefault(int(match[2]), {})[match[1]] = value
    head, _, rest = xml.partition("<sheetData>")
    body, _, tail = rest.partition("</sheetData>")
    rows = {int(row[1]): row[0] for row in ROW.finditer(body)}
    for number, cells in by_row.items():
        rows[number] = _row(number, rows.get(number, f'<row r="{number}"/>'), cells)
    return f"{head}<sheetData>{''.join(rows[n] for n in sorted(rows))}</sheetData>{tail}"


def _row(number: int, xml: str, values: Mapping[str, Value]) -> str:
    opening = xml[: xml.index(">") + 1].replace("/>", ">")
    cells = {cell[1]: cell[0] for cell in CELL.finditer(xml)}
    for column, value in values.items():
        style = STYLE.search(cells.get(column, "").partition(">")[0])
        cells[column] = _cell(f'{column}{number}"{style[0] if style else ""}', value)
    return opening + "".join(cells[c] for c in sorted(cells, key=column_number)) + "</row>"


def _cell(head: str, value: Value) -> str:
    if isinstance(value, bool):
        return f'<c r="{head} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{head}><v>{value!r}</v></c>'
    return f'<c r="{head} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
