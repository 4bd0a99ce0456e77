"""Takes the values of a sheet from python-calamine, whose errors and panics become refusals."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from python_calamine import CalamineWorkbook, PasswordError

from vsme_xl.reading.limits import ReadingLimits
from vsme_xl.reading.open_xml import Directory
from vsme_xl.reading.refusal import UnreadableWorkbook
from vsme_xl.reading.sheet_scan import SheetScan, cell_address
from vsme_xl.reading.xml_checks import gap_beyond

Again = Callable[[], tuple[CalamineWorkbook, str] | None]


def open_calamine(data: bytes, file: str, code: str) -> CalamineWorkbook:
    """calamine's workbook over checked bytes; whatever it raises is turned into an UnreadableWorkbook."""
    try:
        return CalamineWorkbook.from_filelike(BytesIO(data))
    except PasswordError as error:
        raise UnreadableWorkbook("encrypted", {"file": file}) from error
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the Rust code is no Exception
        raise UnreadableWorkbook(code, {"file": file, "part": ""}) from error


def read_rows(
    book: CalamineWorkbook, name: str, file: str, limits: ReadingLimits, again: Again = lambda: None
) -> list[list[Any]]:
    """All values of a sheet from A1 on; the size is looked at again before Python objects are made.

    Where calamine gives up, they are read from what `again` makes of the sheet, if anything.
    """
    try:
        sheet = book.get_sheet_by_name(name)
        last_row, last_column = sheet.end or (0, 0)
        if (last_row + 1) * (last_column + 1) <= limits.cells:
            rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
            return rows
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the Rust code is no Exception
        other = again()
        if other is None:
            raise UnreadableWorkbook("damaged", {"file": file, "part": name}) from error
        return read_rows(*other, file, limits)
    cell = cell_address(last_row, last_column)
    limits.refuse("cells", (last_row + 1) * (last_column + 1), file, sheet=name, cell=cell)


def may_hold_long_texts(scan: SheetScan, directory: Directory, limits: ReadingLimits) -> bool:
    """Whether a text of a sheet may be too long although each of its pieces was found not to be."""
    most = limits.text_length
    inline = scan.heads is not None and bool(scan.heads.of_kind("inlineStr").any())
    return (inline and gap_beyond(scan.text, "<c ", most) > 0) or directory.strings.may_exceed(most)


def check_texts(rows: list[list[Any]], limits: ReadingLimits, file: str, name: str) -> None:
    """Refuse a sheet with a text that is longer than any spreadsheet program lets a person type."""
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if type(value) is str and len(value) > limits.text_length:
                cell = cell_address(number, column)
                limits.refuse("text_length", len(value), file, sheet=name, cell=cell)
