"""Do to a workbook what other programs and clients do: drop names, rename and reorder sheets, insert rows."""

from __future__ import annotations

import datetime as dt
import random
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pytest

Change = Callable[[bytes], bytes]
needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")

MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Rows" script:language="StarBasic">
Sub Insert
  On Error Goto Done
  Dim opened(0) As New com.sun.star.beans.PropertyValue
  opened(0).Name = "Hidden" : opened(0).Value = True
  book = StarDesktop.loadComponentFromURL("%(source)s", "_blank", 0, opened())
  For Each place In Split("%(places)s", "/")
    part = Split(place, ":")
    sheet = book.Sheets.getByName(part(0))
    If part(3) = "rows" Then
      sheet.Rows.insertByIndex(CLng(part(1)), CLng(part(2)))
    Else
      sheet.Columns.insertByIndex(CLng(part(1)), CLng(part(2)))
    End If
  Next
  Dim stored(0) As New com.sun.star.beans.PropertyValue
  stored(0).Name = "FilterName" : stored(0).Value = "%(kind)s"
  book.storeToURL("%(target)s", stored())
  Done:
  StarDesktop.terminate()
End Sub
</script:module>
"""
LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false"
 library:passwordprotected="false"><library:element library:name="Rows"/></library:library>
"""
LIBRARIES = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:libraries PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "libraries.dtd">
<library:libraries xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink">
<library:library library:name="Standard" xlink:href="$(USER)/basic/Standard/script.xlb/" xlink:type="simple"
 library:link="false"/></library:libraries>
"""
FILTERS = {"xlsx": "Calc MS Excel 2007 XML", "ods": "calc8", "xls": "MS Excel 97"}


def rewritten(path: Path, target: Path, *changes: Change, drop: str = "", unprotect: bool = False) -> Path:
    """Copy a workbook with its workbook part changed, without the part `drop`, and with its sheets unprotected."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for part in source.infolist():
            data = source.read(part)
            if part.filename == "xl/workbook.xml":
                for change in changes:
                    data = change(data)
            if unprotect and part.filename.startswith("xl/worksheets/sheet"):
                data = re.sub(rb"<sheetProtection[^>]*/>", b"", data)
            if part.filename != drop:
                out.writestr(part.filename, data)
    return target


def nameless(workbook: bytes) -> bytes:
    """Drop all defined names."""
    return re.sub(rb"<definedNames>.*?</definedNames>", b"", workbook, flags=re.DOTALL)


def half_nameless(seed: int) -> Change:
    """Drop every other defined name, by chance."""
    chance = random.Random(seed)
    pattern = re.compile(rb"<definedName .*?</definedName>", re.DOTALL)
    return lambda workbook: pattern.sub(lambda name: name[0] if chance.random() < 0.5 else b"", workbook)


def renamed(workbook: bytes) -> bytes:
    """Give every sheet a name that tells nothing."""
    count = iter(range(1000))
    pattern = re.compile(rb'(<sheet [^>]*?name=")[^"]*(")')
    return pattern.sub(lambda sheet: sheet[1] + b"Tab %d" % next(count) + sheet[2], workbook)


def reordered(workbook: bytes) -> bytes:
    """Put the sheets into the opposite order."""

    def turn(sheets: re.Match[bytes]) -> bytes:
        return sheets[1] + b"".join(reversed(re.findall(rb"<sheet [^>]*/>", sheets[2]))) + sheets[3]

    return re.sub(rb"(<sheets>)(.*?)(</sheets>)", turn, workbook, flags=re.DOTALL)


def rows_inserted(
    path: Path,
    target: Path,
    places: Mapping[str, list[tuple[int, int]]],
    profile: Path,
    columns: Mapping[str, list[tuple[int, int]]] | None = None,
) -> Path:
    """Let LibreOffice insert rows (and columns): per sheet, before which (counted from 0) how many; the last first."""
    free = rewritten(path, target.with_suffix(".free.xlsx"), unprotect=True)
    wanted = [("rows", places), ("columns", columns or {})]
    said = "/".join(
        f"{sheet}:{at}:{n}:{what}"
        for what, per_sheet in wanted
        for sheet, spots in per_sheet.items()
        for at, n in sorted(spots, reverse=True)
    )
    values = {"source": free.as_uri(), "target": target.as_uri(), "kind": FILTERS[target.suffix[1:]], "places": said}
    run_macro(MODULE % {k: escape(v) for k, v in values.items()}, "Rows.Insert", profile)
    free.unlink()
    return target


def run_macro(module: str, name: str, profile: Path) -> None:
    """Let LibreOffice run a macro of the module Rows, given with all that stands around it."""
    folder = profile / "user" / "basic" / "Standard"
    if not folder.exists():
        _soffice(profile, "--terminate_after_init")
        folder.mkdir(parents=True, exist_ok=True)
    (folder / "Rows.xba").write_text(module, encoding="utf-8")
    (folder / "script.xlb").write_text(LIBRARY, encoding="utf-8")
    (folder.parent / "script.xlc").write_text(LIBRARIES, encoding="utf-8")
    _soffice(profile, f"macro:///Standard.{name}")


def copied_by_value(path: Path, target: Path, *left: str) -> Path:
    """Copy the visible sheets, but those left, behind a sheet of another workbook: without names and formulas."""
    source, copy = openpyxl.load_workbook(path, data_only=True, read_only=True), openpyxl.Workbook()
    copy.worksheets[0].append(["Sent on", dt.date(2026, 2, 1)])
    for sheet in source.worksheets:
        if sheet.sheet_state == "visible" and sheet.title not in left:
            pasted = copy.create_sheet(sheet.title)
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.value is not None:
                        pasted.cell(cell.row, cell.column, cell.value).number_format = cell.number_format
    copy.save(target)
    return target


def converted(path: Path, kind: str, folder: Path, profile: Path) -> Path:
    """Let LibreOffice save a workbook in another format."""
    _soffice(profile, "--convert-to", kind, "--outdir", str(folder), str(path))
    return folder / f"{path.stem}.{kind}"


def all_converted(paths: Iterable[Path], kind: str, folder: Path, profile: Path) -> dict[str, Path]:
    """Let LibreOffice save several workbooks in another format at once; return them by their stems."""
    paths = list(paths)
    _soffice(profile, "--convert-to", kind, "--outdir", str(folder), *map(str, paths), patience=60 * len(paths))
    return {path.stem: folder / f"{path.stem}.{kind}" for path in paths}


def _soffice(profile: Path, *arguments: str, patience: int = 120) -> None:
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=max(120, patience))
