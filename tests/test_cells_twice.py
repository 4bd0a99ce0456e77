"""Two cells of content at one address: no reader may choose for the person, so the file is refused."""

from __future__ import annotations

import struct
from pathlib import Path

import hostile_files as hostile
import pytest
from click.testing import CliRunner
from test_absurd_days import binary, binary_bytes, file_around, old_record, old_workbook, opened

from vsme_xl.cli import main
from vsme_xl.reading.cells_twice import Places
from vsme_xl.reading.workbook_file import UnreadableWorkbook

ONE, TWO = '<c r="B2"><v>1</v></c>', '<c r="B2"><v>2</v></c>'


def number(row: int, column: int, value: float) -> bytes:
    return old_record(0x203, struct.pack("<HHHd", row, column, 0, value))


def real(column: int, value: float) -> bytes:
    return binary.cell(5, column, struct.pack("<d", value))


def binary_workbook(rows: bytes) -> bytes:
    return binary_bytes(
        {
            "xl/workbook.bin": binary.workbook([("Data", "visible")]),
            "xl/worksheets/sheet1.bin": binary.sheet_of(rows),
            "xl/sharedStrings.bin": binary.shared([]),
            "xl/styles.bin": binary.styles(["General"]),
        }
    )


def prefixed(rows: str) -> bytes:
    rows = rows.replace("</", "</x:").replace("<c", "<x:c").replace("<v", "<x:v").replace("<row", "<x:row")
    sheet = f'<x:worksheet xmlns:x="{hostile.MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    return hostile.workbook(**{hostile.SHEET: sheet})


TWICE = {
    "in one row": hostile.workbook(f'<row r="2">{ONE}{TWO}</row>'),
    "the same value": hostile.workbook(f'<row r="2">{ONE}{ONE}</row>'),
    "in two rows of one number": hostile.workbook(f'<row r="2">{ONE}</row><row r="2">{TWO}</row>'),
    "far apart": hostile.workbook(
        f'<row r="2">{ONE}</row><row r="3"><c r="A3"><v>3</v></c></row><row r="2">{TWO}</row>'
    ),
    "a formula and a value": hostile.workbook(f'<row r="2"><c r="B2"><f>A1</f></c>{ONE}</row>'),
    "with prefixes": prefixed(f'<row r="2">{ONE}{TWO}</row>'),
    "once without an address": hostile.workbook(
        '<row r="2"><c r="C2"><v>1</v></c></row><row r="2"><c><v>3</v></c><c><v>2</v></c><c><v>2</v></c></row>'
    ),
    "xls": file_around(old_workbook(number(1, 1, 1.0) + number(2, 0, 1.0) + number(1, 1, 2.0))),
    "xls, many in a record": file_around(
        old_workbook(old_record(0xBD, struct.pack("<HHHIHIH", 1, 0, 0, 6, 0, 6, 1)) + number(1, 1, 2.0))
    ),
    "xlsb": binary_workbook(binary.row_head(1) + real(1, 1.0) + real(1, 2.0)),
}


@pytest.mark.parametrize("name", TWICE)
def test_an_address_with_two_contents_is_refused_and_named(name: str) -> None:
    with pytest.raises(UnreadableWorkbook) as caught:
        opened(TWICE[name])
    expected = "C2" if name == "once without an address" else "B2"
    assert (caught.value.code, caught.value.params["cell"]) == ("cell_twice", expected)
    titles = {"xls": "S0", "xls, many in a record": "S0"}
    assert caught.value.params["sheet"] == titles.get(name, "Data")


def test_the_sentence_names_the_cell(tmp_path: Path) -> None:
    path = tmp_path / "twice.xlsx"
    path.write_bytes(TWICE["in one row"])
    result = CliRunner().invoke(main, ["mapping", "build", str(path)])
    assert (result.exit_code, "sheet Data holds two contents for cell B2" in result.stderr) == (3, True)


@pytest.mark.parametrize(
    "data",
    [
        hostile.workbook(f'<row r="2"><c r="B2" s="0"/>{TWO}</row>'),
        hostile.workbook(f'<row r="2">{TWO}<c r="B2" s="0"/></row>'),
        hostile.workbook(f'<row r="3"><c r="A3"><v>3</v></c></row><row r="2"><c r="C2"><v>4</v></c>{TWO}</row>'),
        file_around(old_workbook(number(2, 0, 1.0) + number(1, 2, 1.0) + number(1, 1, 2.0))),
    ],
    ids=["a blank before it", "a blank after it", "out of order", "an .xls out of order"],
)
def test_where_one_cell_alone_says_something_it_is_read(data: bytes) -> None:
    assert opened(data).value(1, 1) == 2.0


def test_places_in_any_order_are_told_apart() -> None:
    places = Places()
    for row, column in ((5, 3), (2, 1), (5, 4), (2, 0)):
        places.add(row, column)
    assert places.twice() == ""
    places.add(4, 9, 3)
    places.add(4, 11)
    assert places.twice() == "L5"
