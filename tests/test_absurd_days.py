"""A number too large for the day or duration that its cell is formatted as is read as the number it is."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import binary_workbooks as binary
import hostile_files as hostile
import pytest
from test_old_files import formula, old_workbook
from test_old_files import record as old_record

import vsme_xl
from vsme_xl.reading.absurd_days import short_number
from vsme_xl.reading.compound_file import file_around
from vsme_xl.reading.workbook_file import SheetGrid, open_workbook

ABSURD = [1e9, 5e9, 1.2e11, 1e15, 1e300, -1e9, -1.2e11, -1e18, -1.7e308]
FORMATS = [(1, "yyyy-mm-dd"), (2, "[h]:mm:ss"), (3, "hh:mm")]
STYLES = {
    hostile.STYLES: f'<styleSheet xmlns="{hostile.MAIN}"><numFmts count="3">'
    + "".join(f'<numFmt numFmtId="{163 + n}" formatCode="{code}"/>' for n, code in FORMATS)
    + '</numFmts><cellXfs count="4"><xf numFmtId="0"/>'
    + "".join(f'<xf numFmtId="{163 + n}"/>' for n, _ in FORMATS)
    + "</cellXfs></styleSheet>"
}


def as_xlsx(value: float, style: int) -> bytes:
    cells = f'<c r="A1" s="{style}"><v>{value!r}</v></c><c r="B1" s="{style}"><f>A1*1</f><v>{value!r}</v></c>'
    return hostile.workbook(f'<row r="1">{cells}<c r="C1"><v>7</v></c></row>', **STYLES)


def as_prefixed_xlsx(value: float, style: int) -> bytes:
    cells = f'<x:c r="A1" s="{style}"><x:v>{value!r}</x:v></x:c><x:c r="B1" s="{style}"><x:v>{value!r}</x:v></x:c>'
    rows = f'<x:row r="1">{cells}<x:c r="C1"><x:v>7</x:v></x:c></x:row>'
    sheet = f'<x:worksheet xmlns:x="{hostile.MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    return hostile.workbook(**{hostile.SHEET: sheet}, **STYLES)


def as_xls(value: float, style: int) -> bytes:
    formats = b"".join(
        old_record(0x41E, struct.pack("<HHB", 163 + n, len(code), 0) + code.encode()) for n, code in FORMATS
    )
    kinds = b"".join(
        old_record(0xE0, struct.pack("<HH", 0, number) + bytes(16)) for number in (0, *(163 + n for n, _ in FORMATS))
    )
    cells = old_record(0x203, struct.pack("<HHHd", 0, 0, style, value))
    computed = bytearray(formula(0, 1, b"\x1f" + struct.pack("<d", value)))
    computed[8:18] = struct.pack("<Hd", style, value)
    plain = old_record(0x203, struct.pack("<HHHd", 0, 2, 0, 7.0))
    return file_around(old_workbook(cells + bytes(computed) + plain, formats + kinds))


def as_xlsb(value: float, style: int, more: bytes = b"") -> bytes:
    content = struct.pack("<d", value)
    cells = binary.cell(5, 0, content, style) + binary.cell(9, 1, content + bytes(10), style)
    rows = binary.row_head(0) + cells + binary.cell(5, 2, struct.pack("<d", 7.0))
    parts = {
        "xl/workbook.bin": binary.workbook([("Data", "visible")]),
        "xl/worksheets/sheet1.bin": binary.sheet_of(rows),
        "xl/sharedStrings.bin": binary.shared([]),
        "xl/styles.bin": binary.styles(["General", *(code for _, code in FORMATS)]),
    }
    return binary_bytes(parts | ({"xl/more.bin": more} if more else {}))


def binary_bytes(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    binary.zipped(parts, buffer)
    return buffer.getvalue()


WAYS: dict[str, Callable[[float, int], bytes]] = {
    "xlsx": as_xlsx, "xlsx with prefixes": as_prefixed_xlsx, "xls": as_xls, "xlsb": as_xlsb,
}  # fmt: skip


def opened(data: bytes) -> SheetGrid:
    book = open_workbook("report", data)
    return book.sheet(book.sheet_names[0])


@pytest.mark.parametrize("style", [style for style, _ in FORMATS])
@pytest.mark.parametrize("way", WAYS)
def test_a_number_beyond_all_days_is_read_as_a_number_and_so_is_the_rest(way: str, style: int) -> None:
    for value in ABSURD:
        sheet = opened(WAYS[way](value, style))
        assert [sheet.value(0, column) for column in range(3)] == [value, value, 7.0], value


@pytest.mark.parametrize("way", WAYS)
def test_a_day_in_such_a_cell_stays_a_day(way: str) -> None:
    sheet = opened(WAYS[way](46022, 1))
    assert str(sheet.value(0, 0)) == str(sheet.value(0, 1)) == "2025-12-31"


def test_the_short_numbers_of_old_and_binary_workbooks_are_known() -> None:
    tenth = struct.unpack("<Q", struct.pack("<d", 1e12))[0] >> 32 & 0xFFFFFFFC
    assert [short_number(n) for n in (7 << 2 | 2, 7 << 2 | 3, (-5 << 2 | 2) & 0xFFFFFFFF)] == [7.0, 0.07, -5.0]
    assert short_number(tenth) == pytest.approx(1e12, rel=1e-6)
    assert short_number(tenth | 1) == pytest.approx(1e10, rel=1e-6)


def test_short_numbers_beyond_all_days_are_read_too() -> None:
    written = struct.unpack("<Q", struct.pack("<d", -1e12))[0] >> 32 & 0xFFFFFFFC
    two = struct.pack("<HHH", 0, 0, 1) + struct.pack("<I", written) + struct.pack("<HIH", 1, 7 << 2 | 2, 1)
    kinds = old_record(0xE0, bytes(20)) + old_record(0xE0, b"\0\0\x0e" + bytes(17))
    stream = old_workbook(old_record(0xBD, two), kinds)
    sheet = opened(file_around(stream))
    assert sheet.value(0, 0) == pytest.approx(-1e12, rel=1e-6)
    assert str(sheet.value(0, 1)) == "1900-01-07"


def test_the_other_sheets_of_such_a_workbook_are_read(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "report.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        day, share = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "0%"})
        for name in ("A", "B", "C"):
            sheet = book.add_worksheet(name)
            sheet.write_number("A1", -1e12, day)
            sheet.write_number("A2", 0.5, share)
            sheet.write_number("A3", 46022, day)
            sheet.write_string("A4", "word")
    for name in ("A", "B", "C"):
        sheet = open_workbook(path).sheet(name)
        assert [str(sheet.value(row, 0)) for row in range(4)] == ["-1000000000000.0", "0.5", "2025-12-31", "word"]
        assert [sheet.is_percent(row, 0) for row in range(4)] == [False, True, False, False]


def test_such_a_cell_is_a_finding_that_names_it_and_the_rest_of_the_report_is_read(tmp_path: Path) -> None:
    from filling import filled
    from test_fuzz_workbook import BLANK, places

    wanted = {"ReportingPeriodEnd": -1e12, "EntityName": "Muster GmbH"}
    cells: dict[str, dict[str, float | str]] = {}
    for name, value in wanted.items():
        sheet, address = places()[name]
        cells.setdefault(sheet, {})[address] = value
    reading = vsme_xl.read(filled(BLANK, tmp_path / "r.xlsx", cells))
    assert "Muster GmbH" in set(reading.facts["value"])
    said = reading.findings[reading.findings["cell"] == "!".join(places()["ReportingPeriodEnd"])]
    assert said["code"].tolist() == ["not_a_date"]
    assert "-1000000000000" in said["message"].iloc[0]
