"""What a damaged workbook holds: as we read it, and as readers see it that share no code with ours."""

from __future__ import annotations

import contextlib
import math
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import xlsxwriter

from vsme_xl.reading.read_workbook import read
from vsme_xl.reading.sheet_scan import cell_address
from vsme_xl.reading.workbook_file import open_workbook

ADDRESS = re.compile(rb"""<c [^<>]*?\br=["']([A-Za-z]+[0-9]+)["']""")
Values = dict[tuple[str, str], object]
Facts = Counter[tuple[object, ...]]


def values_of(data: bytes, name: str = "mutant") -> Values:
    """Return every value of a workbook by sheet and cell."""
    book = open_workbook(name, data)
    found: Values = {}
    for sheet in book.sheet_names:
        grid = book.sheet(sheet)
        for row in range(grid.n_rows):
            for column in range(grid.n_columns):
                value = grid.value(row, column)
                grid.is_percent(row, column)
                if value is not None:
                    found[sheet, cell_address(row, column)] = value
    return found


def facts_of(data: bytes, mapping: Path | None, name: str = "mutant") -> Facts:
    """Return the facts of a workbook by datapoint, row and period, without where they stand."""
    rows: Any = read(name, mapping, data=data).facts
    return Counter((f.name, f.row, f.period, f.dimensions, _rounded(f.value), f.unit) for f in rows.itertuples())


def doubted(data: bytes, mapping: Path | None, name: str = "mutant") -> set[str]:
    """Return the datapoints of which a finding says that the name of their cell, or of their unit's, leads nowhere."""
    found = read(name, mapping, data=data).findings
    broken = found.loc[found["code"] == "name_broken", "name"]
    return {str(name).removesuffix("_unit").removesuffix("_previous") for name in broken}


def part(data: bytes, name: str) -> bytes:
    """Return a part of a zip; nothing where there is none."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return archive.read(name) if name in archive.namelist() else b""


def has_a_cell_twice(data: bytes) -> bool:
    """Return whether an address stands twice in one of the sheets."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        sheets = [archive.read(n) for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
    addresses = ([a.upper() for a in ADDRESS.findall(sheet)] for sheet in sheets)
    return any(len(set(found)) < len(found) for found in addresses)


def _rounded(value: object) -> object:
    return float(f"{value:.12g}") if isinstance(value, float) else value


def seen_by_openpyxl(data: bytes, mapping: Path | None) -> Facts:
    """Return the facts of what openpyxl sees in a workbook: its values and names, written into a new one.

    Raises whatever openpyxl raises where it gives up on the file.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(BytesIO(data), data_only=True)
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as out:
        share, day = out.add_format({"num_format": "0.0%"}), out.add_format({"num_format": "yyyy-mm-dd"})
        titles = {sheet.title: f"S{n}" for n, sheet in enumerate(book.worksheets)}
        places = {title.casefold(): ours for title, ours in titles.items()}
        for sheet in book.worksheets:
            target = out.add_worksheet(titles[sheet.title])
            for cell in (c for row in sheet.iter_rows() for c in row if c.value is not None):
                _copy(target, cell, share, day)
        for name, defined in book.defined_names.items():
            with contextlib.suppress(Exception):  # a name for no cells
                (title, area), *more = defined.destinations
                if not more and title.casefold() in places:
                    out.define_name(name, f"={places[title.casefold()]}!{area}")
        for key, value in _properties(book):
            out.set_custom_property(key, value)
    return facts_of(buffer.getvalue(), mapping)


def _properties(book: Any) -> Iterator[tuple[str, str]]:
    for item in book.custom_doc_props.props:
        yield item.name, str(item.value)


def _copy(target: Any, cell: Any, share: Any, day: Any) -> None:
    row, column, value = cell.row - 1, cell.column - 1, cell.value
    style = share if "%" in str(cell.number_format) else None
    if cell.data_type == "e":
        target.write_formula(row, column, f"={value}", style, value)
    elif isinstance(value, bool):
        target.write_boolean(row, column, value, style)
    elif isinstance(value, int | float):
        target.write_number(row, column, value, style)
    elif isinstance(value, datetime | date):
        target.write_datetime(row, column, value, day)
    elif isinstance(value, time | timedelta):
        target.write_string(row, column, str(value))
    else:
        target.write_string(row, column, str(value), style)


def seen_by_another(data: bytes) -> dict[tuple[str, str], set[str]]:
    """Return what ElementTree finds in the cells of an .xlsx, as it is written; a cell that stands twice has both."""
    found: dict[tuple[str, str], set[str]] = {}
    with zipfile.ZipFile(BytesIO(data)) as archive:

        def tree(part: str) -> list[ElementTree.Element]:
            names = {n.lower(): n for n in archive.namelist()}
            name = names.get(part.lower())
            return list(ElementTree.fromstring(archive.read(name)).iter()) if name else []

        def named(elements: Iterator[ElementTree.Element], name: str) -> list[ElementTree.Element]:
            return [e for e in elements if e.tag.rpartition("}")[2] == name]

        texts = [
            "".join(t.text or "" for t in named(si.iter(), "t"))
            for si in named(iter(tree("xl/sharedStrings.xml")), "si")
        ]
        links = {e.get("Id"): e.get("Target", "") for e in tree("xl/_rels/workbook.xml.rels") if e.get("Id")}
        for sheet in named(iter(tree("xl/workbook.xml")), "sheet"):
            link = next((v for k, v in sheet.items() if k.endswith("}id")), "")
            row_number = 0
            for row in named(iter(tree("xl/" + links.get(link, "-"))), "row"):
                row_number = int(row.get("r") or row_number + 1)
                for column, cell in enumerate(named(row.iter(), "c")):
                    address = cell.get("r") or cell_address(row_number - 1, column)
                    value = "".join(v.text or "" for v in named(cell.iter(), "v"))
                    if cell.get("t") == "s" and value.strip().isdigit() and int(value) < len(texts):
                        value = texts[int(value)]
                    inline = "".join(t.text or "" for t in named(cell.iter(), "t"))
                    found.setdefault((sheet.get("name", ""), address.upper()), set()).update({value, inline})
    return found


def is_seen(value: object, written: set[str]) -> bool:
    """Return whether a value is what stands in a cell."""
    if isinstance(value, str):
        return any(value.strip() == text.strip() for text in written)
    if isinstance(value, bool | int | float):
        return any(_is_number(text, float(value)) for text in written)
    return any(text.strip() for text in written)


def _is_number(text: str, value: float) -> bool:
    try:
        written = float(text)
    except ValueError:
        return False
    if not math.isfinite(value):
        return str(written) == str(value)
    return abs(written - value) <= 1e-12 * abs(value)
