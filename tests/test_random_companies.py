"""What pandas computes of companies made up at random is what LibreOffice computes from the formulas we write."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from random_companies import company
from recalculation import without_values

import vsme_xl
from vsme_xl.reading.plain_sheet import REFERENCE
from vsme_xl.reading.sheet_scan import column_number

BATCHES, SIZE = 5, 10
FORMULA_CELL = re.compile(r'<c r="([A-Z]+[0-9]+)"[^>]*><f')

needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def formula_cells(path: Path) -> dict[str, list[str]]:
    """Return the addresses of the formula cells of each sheet, in the order of the sheets."""
    with zipfile.ZipFile(path) as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        parts = [book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in range(1, len(names) + 1)]
    return {name.replace("&amp;", "&"): FORMULA_CELL.findall(part) for name, part in zip(names, parts, strict=True)}


def values(path: Path, cells: dict[str, list[str]]) -> dict[str, object]:
    """Return the value of every listed cell, blank as an empty text."""
    book = CalamineWorkbook.from_path(path)
    found: dict[str, object] = {}
    for sheet, addresses in cells.items():
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        for address in addresses:
            match = REFERENCE.match(address)
            assert match
            row, column = int(match[2]) - 1, column_number(match[1]) - 1
            inside = row < len(rows) and column < len(rows[row])
            found[f"{sheet}!{address}"] = rows[row][column] if inside else ""
    return found


@needs_libreoffice
@pytest.mark.parametrize("batch", range(BATCHES))
def test_libreoffice_agrees_with_pandas_on_random_companies(batch: int, tmp_path: Path) -> None:
    names = [f"company-{seed}" for seed in range(batch * SIZE, (batch + 1) * SIZE)]
    (tmp_path / "bare").mkdir()
    for name in names:
        facts = vsme_xl.facts_of(company(int(name.removeprefix("company-"))), name)
        path = tmp_path / f"{name}.xlsx"
        vsme_xl.write_results(vsme_xl.compute(facts), path, meta={"file": name})
        assert without_values(path, tmp_path / "bare" / path.name) > 50
    profile, out = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", tmp_path / "out"
    bare = [tmp_path / "bare" / f"{name}.xlsx" for name in names]
    convert = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", out, *bare]
    subprocess.run(convert, check=True, capture_output=True, timeout=500)
    for name in names:
        cells = formula_cells(tmp_path / f"{name}.xlsx")
        ours, theirs = values(tmp_path / f"{name}.xlsx", cells), values(out / f"{name}.xlsx", cells)
        assert len(ours) > 50
        wrong = [cell for cell, value in ours.items() if not equal(value, theirs[cell])]
        assert wrong == [], [(cell, ours[cell], theirs[cell]) for cell in wrong[:5]]


def equal(ours: object, theirs: object) -> bool:
    """Whether two cell values are the same, numbers to nine digits."""
    if isinstance(ours, float) and isinstance(theirs, float):
        return abs(ours - theirs) <= 1e-9 * max(abs(ours), abs(theirs))
    return ours == theirs
