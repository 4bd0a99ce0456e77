"""Let LibreOffice work out every formula of a workbook anew, to compare with the values stored in it."""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path

import openpyxl

STORED = re.compile(rb"(<c [^>]*?)( t=\"[a-z]+\")?(>)(<f[^>]*>[^<]*</f>)<v>[^<]*</v>")
EMPTY = re.compile(rb"(<c [^>]*?)( t=\"[a-z]+\")?(>)(<f[^>]*>[^<]*</f>)<v ?/>")


def without_values(path: Path, target: Path) -> int:
    """Copy a workbook without the stored values of its formulas; return how many there were."""
    total = 0
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for part in source.infolist():
            data = source.read(part)
            if part.filename.startswith("xl/worksheets/sheet"):
                data, count = STORED.subn(rb"\1\3\4", data)
                data, empty = EMPTY.subn(rb"\1\3\4", data)
                total += count + empty
            out.writestr(part.filename, data)
    return total


def recalculated(path: Path, folder: Path) -> Path:
    """Return a copy of a workbook whose formulas LibreOffice worked out, with a profile of its own."""
    return all_recalculated([path], folder)[path]


def all_recalculated(paths: Iterable[Path], folder: Path) -> dict[Path, Path]:
    """Return copies of workbooks whose formulas LibreOffice worked out in one go, with a profile of its own."""
    out, bare = folder / "recalculated", {path: folder / f"bare-{path.name}" for path in paths}
    for path, copy in bare.items():
        without_values(path, copy)
    profile = (folder / "profile").as_uri()
    subprocess.run(
        ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx", "--outdir", out,
         *bare.values()],
        check=True, capture_output=True, timeout=180 * len(bare),
    )  # fmt: skip
    return {path: out / copy.name for path, copy in bare.items()}


def formula_values(path: Path) -> dict[str, object]:
    """Return the stored value of every formula cell, blank as an empty text."""
    formulas = openpyxl.load_workbook(path)
    values = openpyxl.load_workbook(path, data_only=True)
    return {
        f"{sheet.title}!{cell.coordinate}": values[sheet.title][cell.coordinate].value or _zero(values, sheet, cell)
        for sheet in formulas
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def _zero(values: object, sheet: object, cell: object) -> object:
    value = values[sheet.title][cell.coordinate].value  # type: ignore[index,attr-defined]
    return "" if value is None else value


def differences(path: Path, folder: Path, tolerance: float = 1e-9) -> list[str]:
    """Return where LibreOffice's value of a formula is not the one stored with it."""
    return differences_between(path, recalculated(path, folder), tolerance)


def differences_between(path: Path, again: Path, tolerance: float = 1e-9) -> list[str]:
    """Return where a workbook stores another value of a formula than its recalculated copy."""
    stored, fresh = formula_values(path), formula_values(again)
    found = [f"{cell}: only in one" for cell in stored.keys() ^ fresh.keys()]
    for cell in stored.keys() & fresh.keys():
        ours, theirs = stored[cell], fresh[cell]
        if isinstance(ours, int | float) and isinstance(theirs, int | float):
            if abs(ours - theirs) > tolerance * max(abs(ours), abs(theirs)):
                found.append(f"{cell}: stored {ours!r}, recalculated {theirs!r}")
        elif str(ours) != str(theirs):
            found.append(f"{cell}: stored {ours!r}, recalculated {theirs!r}")
    return sorted(found)
