"""Let LibreOffice type answers into one opened workbook, case by case, and say what its status cells then show."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd

from vsme_xl.input.layout import STATUS
from vsme_xl.language import load_language

Cells = Mapping[tuple[str, str], object]
MACRO = f"""
Sub Run(book As String, orders As String, shown As String)
  Dim doc As Object, files As Object, source As Object, target As Object, sheet As Object, cell As Object
  Dim parts, row, i As Long
  Dim options(0) As New com.sun.star.beans.PropertyValue
  options(0).Name = "Hidden"
  options(0).Value = True
  doc = StarDesktop.loadComponentFromURL(ConvertToURL(book), "_blank", 0, options())
  doc.calculateAll()
  doc.enableAutomaticCalculation(False)
  files = createUnoService("com.sun.star.ucb.SimpleFileAccess")
  source = createUnoService("com.sun.star.io.TextInputStream")
  source.setInputStream(files.openFileRead(ConvertToURL(orders)))
  source.setEncoding("UTF-8")
  target = createUnoService("com.sun.star.io.TextOutputStream")
  target.setOutputStream(files.openFileWrite(ConvertToURL(shown)))
  target.setEncoding("UTF-8")
  Do While Not source.isEOF()
    parts = Split(source.readLine(), Chr(9))
    If UBound(parts) = 1 Then
      doc.calculate()
      For i = 0 To doc.Sheets.Count - 1
        sheet = doc.Sheets.getByIndex(i)
        If sheet.IsVisible Then
          For Each row In sheet.getCellRangeByPosition(0, 0, {STATUS}, 700).getDataArray()
            If row({STATUS}) <> "" Then
              target.writeString(Join(Array(parts(1), sheet.Name, row(0), row(1), row({STATUS})), Chr(9)) & Chr(10))
            End If
          Next
        End If
      Next
    ElseIf UBound(parts) = 3 Then
      cell = doc.Sheets.getByName(parts(1)).getCellRangeByName(parts(2))
      If parts(0) = "n" Then
        cell.setValue(Val(parts(3)))
      Else
        cell.setString(Replace(parts(3), "\\n", Chr(10)))
      End If
    End If
  Loop
  source.closeInput()
  target.closeOutput()
  doc.close(True)
End Sub
"""
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">"""


def _office(profile: Path, *arguments: str) -> None:
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=900)


def _with_macro(profile: Path) -> Path:
    """Let LibreOffice make a profile, and put the macro into the module that it makes there."""
    _office(profile, "--terminate_after_init")
    module = profile / "user" / "basic" / "Standard" / "Module1.xba"
    assert module.exists()
    module.write_text(HEAD + escape(MACRO) + "</script:module>", encoding="utf-8")
    return profile


def _orders(cases: Mapping[str, Cells], at_first: Cells) -> str:
    """Return what to type and clear, one line a cell: kind, sheet, address and value; and when to look."""
    language = load_language("en")
    lines = []
    for key, cells in cases.items():
        lines += [_order(language.text(f"sheets.{sheet}"), cell, value) for (sheet, cell), value in cells.items()]
        lines.append(f"show\t{key}")
        before = {at: at_first.get(at) for at in cells}
        lines += [_order(language.text(f"sheets.{sheet}"), cell, value) for (sheet, cell), value in before.items()]
    return "\n".join(lines) + "\n"


def _order(sheet: str, cell: str, value: object) -> str:
    if value is None or isinstance(value, str):
        return f"s\t{sheet}\t{cell}\t" + (value or "").replace("\n", "\\n")
    if not isinstance(value, float | int):
        value = (pd.Timestamp(str(value)) - pd.Timestamp(1899, 12, 30)).days
    return f"n\t{sheet}\t{cell}\t{value!r}"


def shown_statuses(
    book: Path, cases: Mapping[str, Cells], where: Path, at_first: Cells
) -> dict[str, list[tuple[str, str, str, str]]]:
    """Return what the status cells of a workbook show for each case: sheet, hidden name, mark and status of each row.

    `at_first` gives what the workbook's cells hold before anything is typed into them.
    """
    where.mkdir()
    orders, out = where / "orders.txt", where / "shown.txt"
    orders.write_text(_orders(cases, at_first), encoding="utf-8")
    _office(_with_macro(where / "profile"), f'macro:///Standard.Module1.Run("{book}","{orders}","{out}")')
    found: dict[str, list[tuple[str, str, str, str]]] = {key: [] for key in cases}
    for line in out.read_text(encoding="utf-8").splitlines():
        key, sheet, name, mark, status = line.split("\t")
        found[key].append((sheet, name, mark, status))
    return found
