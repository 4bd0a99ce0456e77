"""Fill the cells of a blank workbook as a person would, and let LibreOffice say what its formulas then show."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
from filling import Value, filled
from openpyxl.utils import get_column_letter
from recalculation import without_values

from vsme_xl.codelists import codelist
from vsme_xl.edition import load_edition
from vsme_xl.input.layout import INPUT, UNIT, layout, placement
from vsme_xl.input.values import entered
from vsme_xl.language import languages, load_language
from vsme_xl.resources import folder

ALL_SHEETS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
PROCESSES = 2
Sheets = Mapping[str, list[list[str]]]


def cells_of(facts: pd.DataFrame, module: str = "comprehensive") -> dict[tuple[str, str], object]:
    """Return what a person types for facts: by the key of the sheet and the address of the cell."""
    place, edition = placement(module), load_edition()
    found: dict[tuple[str, str], object] = {}
    columns = ("name", "table", "row", "value", "unit", "period")
    for name, table, row, value, unit, period in zip(*(facts[c] for c in columns), strict=True):
        d = edition.datapoints[name]
        if period != "current" or value is None:
            continue
        if table:
            spot = place.tables[table]
            assert row < spot.rows, f"{table} has {spot.rows} rows"
            at = (spot.sheet, address(spot.first + row, spot.columns[name]))
        else:
            at = (place.scalars[name].sheet, address(place.scalars[name].row, INPUT))
            if d.units and unit and unit != d.unit:
                found[at[0], address(place.scalars[name].row, UNIT)] = codelist("unit").labels[unit]
        found[at] = entered(value, d, "en")
    return found


def address(row: int, column: int) -> str:
    """Return the address of a cell whose row and column count from 0."""
    return f"{get_column_letter(column + 1)}{row + 1}"


def blank_workbook(path: Path, module: str = "comprehensive") -> Path:
    """Write a blank workbook whose formulas have no values stored with them."""
    without_values(folder("workbook_templates") / f"vsme-xl-{module}.en.xlsx", path)
    return path


def fill(path: Path, blank: Path, cells: Mapping[tuple[str, str], Value]) -> Path:
    """Write a workbook whose cells (by the key of the sheet and the address) hold what was typed into them."""
    by_sheet: dict[str, dict[str, Value]] = {}
    for (sheet, cell), value in cells.items():
        by_sheet.setdefault(load_language("en").text(f"sheets.{sheet}"), {})[cell] = value
    return filled(blank, path, by_sheet)


def recalculated_sheets(paths: list[Path], where: Path) -> dict[str, Sheets]:
    """Return what LibreOffice shows on every sheet of the workbooks, by file stem and the name of the sheet."""
    where.mkdir(exist_ok=True)
    groups = [paths[n::PROCESSES] for n in range(PROCESSES)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(lambda pair: _convert(*pair, where), enumerate(groups)))
    spoken = [load_language(code) for code in languages()]
    names = dict.fromkeys(own.text(f"sheets.{key}") for own in spoken for key in layout()["sheets"])
    found: dict[str, dict[str, list[list[str]]]] = {}
    for path in paths:
        found[path.stem] = {}
        for name in names:
            sheet = where / f"{path.stem}-{name}.csv"
            if sheet.exists():
                with sheet.open(encoding="utf-8", newline="") as file:
                    found[path.stem][name] = list(csv.reader(file))
    return found


def _convert(number: int, paths: list[Path], where: Path) -> None:
    profile = (where / f"profile{number}").as_uri()
    for start in range(0, len(paths), 40):
        chunk = paths[start : start + 40]
        subprocess.run(
            ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", ALL_SHEETS, "--outdir",
             where, *chunk],
            check=True, capture_output=True, timeout=600,
        )  # fmt: skip
