"""Opens an old Excel file (.xls), whose parts `old_workbook`, `old_limits` and `old_results` understand."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook, SheetVisibleEnum

from vsme_xl.reading.absurd_days import records_without_absurd_days
from vsme_xl.reading.compound_file import BrokenFile, file_around, stream_of
from vsme_xl.reading.limits import Opening
from vsme_xl.reading.old_limits import check_records
from vsme_xl.reading.old_results import Results
from vsme_xl.reading.old_workbook import read_old_workbook
from vsme_xl.reading.refusal import UnreadableWorkbook
from vsme_xl.reading.sheet_grid import SheetGrid, WorkbookFile, grid, reviews_among
from vsme_xl.reading.sheet_scan import SheetScan
from vsme_xl.reading.sheet_values import open_calamine, read_rows


def open_old_workbook(path: Path, data: bytes, opening: Opening, sha256: str, by_excel: bool) -> WorkbookFile:
    """An .xls file: values from calamine, names and the condition of cells from its records."""
    file = str(path)
    limits = opening.limits
    try:
        stream = stream_of(data, "Workbook", limits.xls_bytes)
    except BrokenFile as error:
        raise UnreadableWorkbook("old_xls", {"file": file}) from error
    check_records(stream, limits, file)
    clean = file_around(stream)  # with nothing in it but what was looked at
    book = open_calamine(clean, file, "old_xls")
    old = read_old_workbook(clean, stream, by_excel)
    visible = SheetVisibleEnum.Visible

    @cache
    def values(name: str) -> list[list[Any]]:
        return read_rows(book, name, file, limits, lambda: without_old_formats(stream, file, name))

    results = Results(old.formulas, tuple(old.scans), old.scans, values)

    @cache
    def load(name: str) -> SheetGrid:
        if name not in book.sheet_names:
            raise KeyError(name)
        rows, (lost, nothing) = values(name), results.of_sheet(name)
        for row, column in nothing:
            rows[row][column] = ""  # the text itself, empty or a dash, is what was lost
        scan = replace(old.scans.get(name, SheetScan()), lost=lost)
        return grid(name, rows, scan, lambda: scan.percent_cells)

    reviews = reviews_among(tuple(book.sheet_names), load)
    return WorkbookFile(
        path=path,
        sha256=sha256,
        sheet_names=tuple(name for name in book.sheet_names if name not in reviews),
        hidden=frozenset(sheet.name for sheet in book.sheets_metadata if sheet.visible != visible),
        names=old.names,
        broken_names=old.broken_names,
        properties={},
        date_1904=old.date_1904,
        load=load,
        reviews=reviews,
        limits=limits,
    )


def without_old_formats(stream: bytes, file: str, name: str) -> tuple[CalamineWorkbook, str] | None:
    """`without_formats` for the records of an .xls file."""
    changed = records_without_absurd_days(stream)
    return None if changed is None else (open_calamine(file_around(changed), file, "old_xls"), name)
