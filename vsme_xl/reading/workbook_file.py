"""Opens a workbook file safely and read-only: values, defined names, properties, condition of each cell."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from xml.parsers.expat import ExpatError

from python_calamine import CalamineWorkbook, PasswordError, SheetVisibleEnum

from vsme_xl.reading.absurd_days import records_without_absurd_days, without_absurd_days
from vsme_xl.reading.cells_twice import cell_twice
from vsme_xl.reading.compound_file import BrokenFile, file_around, stream_of
from vsme_xl.reading.defined_names import Area
from vsme_xl.reading.encrypted import without_password
from vsme_xl.reading.limits import DEFAULT_LIMITS, DEFAULTS, Opening, ReadingLimits
from vsme_xl.reading.old_limits import check_records
from vsme_xl.reading.old_results import Results
from vsme_xl.reading.old_workbook import is_by_excel, read_old_workbook
from vsme_xl.reading.open_document import read_open_document
from vsme_xl.reading.open_xml import REVIEW_MARK, Directory, read_open_xml, read_sheet_xml
from vsme_xl.reading.plain_sheet import plain_sheet, workbook_around
from vsme_xl.reading.refusal import UnreadableWorkbook, not_found
from vsme_xl.reading.sheet_scan import (
    BadReference,
    SheetScan,
    cell_address,
    cells_with_style,
    check_size,
    is_misshapen,
    percent_formats,
    scan_sheet,
)
from vsme_xl.reading.workbook_parts import Kind, Package, kind_of, open_package
from vsme_xl.reading.xml_checks import gap_beyond

__all__ = ["Area", "Condition", "SheetGrid", "UnreadableWorkbook", "Value", "WorkbookFile", "open_workbook"]

Condition = Literal["", "error", "uncalculated", "lost"]
Value = str | float | int | bool | date | datetime | time | timedelta | None
Load = Callable[[str], "SheetGrid"]
Again = Callable[[], tuple[CalamineWorkbook, str] | None]


@dataclass(frozen=True)
class SheetGrid:
    """One sheet: rows and columns count from zero; a cell outside the grid is blank."""

    name: str
    n_rows: int
    n_columns: int
    rows: list[list[Any]] = field(repr=False)
    scan: SheetScan = field(repr=False)
    percent_cells: Callable[[], frozenset[str]] = field(repr=False)

    def value(self, row: int, column: int) -> Value:
        """The stored value; None for blanks, empty texts, errors and formulas that were never calculated."""
        if not (0 <= row < len(self.rows) and 0 <= column < len(self.rows[row])):
            return None
        value: Value = self.rows[row][column]
        if value == "" or ((self.scan.errors or self.scan.lost) and self.condition(row, column)):
            return None
        return value

    def condition(self, row: int, column: int) -> Condition:
        """Why a cell has no usable value: an Excel error, or a formula whose result is not stored or was lost."""
        if not (self.scan.errors or self.scan.lost or self.scan.uncalculated):
            return ""
        address = cell_address(row, column)
        if address in self.scan.errors:
            return "error"
        if address in self.scan.lost:
            return "lost"
        return "uncalculated" if address in self.scan.uncalculated else ""

    def first_filled(self, area: Area, first_row: int, last_row: int) -> list[tuple[int, int]]:
        """The rows from the first to the last in which an area holds something, each with the first column that does.

        That is a value, or a reason for having none.
        """
        odd = self.scan.errors or self.scan.lost or self.scan.uncalculated
        columns = slice(area.first_column, area.last_column + 1)
        found = []
        for row in range(first_row, last_row + 1 if odd else min(last_row + 1, len(self.rows))):
            cells = self.rows[row][columns] if row < len(self.rows) else []
            for column, value in enumerate(cells, area.first_column):
                if (value != "" and value is not None) or (odd and self.condition(row, column)):
                    found.append((row, column))
                    break
            else:
                beyond = range(area.first_column + len(cells), area.last_column + 1) if odd else ()
                found += [(row, column) for column in beyond if self.condition(row, column)][:1]
        return found

    def error_text(self, row: int, column: int) -> str:
        """The error as Excel names it, such as `#REF!`; empty for a cell that is none."""
        return self.scan.errors.get(cell_address(row, column), "")

    def is_percent(self, row: int, column: int) -> bool:
        """Whether the cell's number format shows a percentage, so that 28 % is stored as 0.28."""
        return cell_address(row, column) in self.percent_cells()

    def is_formula(self, row: int, column: int) -> bool:
        """Whether a formula makes the value, be it the cell's own or an array formula that spills into it."""
        return cell_address(row, column) in self.scan.formulas or any(
            top <= row + 1 <= bottom and left <= column + 1 <= right
            for top, left, bottom, right in self.scan.spills
        )

    def address(self, row: int, column: int) -> str:
        """The cell's address, such as `D14`."""
        return cell_address(row, column)


@dataclass(frozen=True)
class WorkbookFile:
    """A workbook as read from disk; sheets are parsed when asked for, and once.

    `names` holds each defined name that stands for one rectangle of cells; the others are in `broken_names`.
    `properties` are the document's custom properties as texts; `hidden` are the (very) hidden sheets. `reviews` are
    the sheets that list the findings in a review copy; they are none of the others. `names_read` says whether names are
    read from files of this format.
    """

    path: Path
    sha256: str
    sheet_names: tuple[str, ...]
    hidden: frozenset[str]
    names: Mapping[str, Area]
    broken_names: tuple[str, ...]
    properties: Mapping[str, str]
    date_1904: bool
    load: Load = field(repr=False, compare=False)
    reviews: tuple[str, ...] = ()
    limits: ReadingLimits = field(default=DEFAULT_LIMITS, repr=False, compare=False)
    names_read: bool = True

    def sheet(self, name: str) -> SheetGrid:
        """The sheet of this name; KeyError if there is none, UnreadableWorkbook if its part is damaged."""
        return self.load(name)


def open_workbook(path: str | Path, data: bytes | None = None, opening: Opening = DEFAULTS) -> WorkbookFile:
    """Read a workbook (.xlsx, .xlsm, .xltx, .xltm, .xlsb, .ods, .xls, told apart by content) without changing it.

    `data` is the file's content where it was read already; `path` then only names it.
    Everything that is needed to know the workbook is read and checked here, each sheet when it is asked for.
    Raises UnreadableWorkbook with a code and what fills its message, and nothing else.
    """
    path = Path(path)
    file = str(path)
    limits = opening.limits
    data = read_bytes(path, limits) if data is None else data
    limits.check("file_bytes", len(data), file)
    plain = without_password(data, file, opening)
    kind = kind_of(plain, file)
    if kind == "xls":
        return open_old_workbook(path, plain, opening, hashlib.sha256(data).hexdigest(), is_by_excel(data))
    package = open_package(plain, file, limits)
    directory, content = read_directory(package, kind)
    opened = open_calamine(content, file, "damaged") if directory.scans or directory.usual else None
    spent = Spent()

    @cache
    def percent_styles() -> frozenset[str]:
        return percent_formats(directory.styles)

    @cache
    def load(name: str) -> SheetGrid:
        if name in directory.scans:
            scan, book, sheet = directory.scans[name], opened, name
        else:
            scan, book, sheet = scanned(package, directory, name, opened)
            spent.add(scan, directory, limits, file, name)
        assert book is not None

        @cache
        def percent_cells() -> frozenset[str]:
            return cells_with_style(scan.heads, percent_styles()) if scan.heads else scan.percent_cells

        rows = read_rows(book, sheet, file, limits, lambda: without_formats(package, directory, name))
        if may_hold_long_texts(scan, directory, limits):
            check_texts(rows, limits, file, name)
        return grid(name, rows, scan, percent_cells)

    reviews = reviews_among(tuple(directory.sheets), load) if directory.maybe_reviewed else ()
    return WorkbookFile(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        sheet_names=tuple(name for name in directory.sheets if name not in reviews),
        hidden=directory.hidden,
        names=directory.names,
        broken_names=directory.broken_names,
        properties=directory.properties,
        date_1904=directory.date_1904,
        load=load,
        reviews=reviews,
        limits=limits,
        names_read=kind != "xlsb",
    )


def read_directory(package: Package, kind: Kind) -> tuple[Directory, bytes]:
    """What a zipped workbook says about itself, and the content from which calamine reads its values."""
    if kind == "xlsb":
        from vsme_xl.reading.binary_workbook import read_binary_workbook

        return read_binary_workbook(package)
    return read_open_document(package) if kind == "ods" else (read_open_xml(package), package.data)


def reviews_among(sheets: tuple[str, ...], load: Load) -> tuple[str, ...]:
    """The sheets that a review put in front of a workbook, by the mark in their first cell."""

    def is_review(name: str) -> bool:
        try:
            return load(name).value(0, 0) == REVIEW_MARK
        except UnreadableWorkbook:
            return False  # a sheet that cannot be read is refused when it is asked for, not here

    return tuple(name for name in sheets if is_review(name))


@dataclass
class Spent:
    """How much of what is limited for all sheets together the sheets read so far have taken."""

    cells: int = 0
    text_at_most: int = 0
    sheets: list[str] = field(default_factory=list)

    def add(self, scan: SheetScan, directory: Directory, limits: ReadingLimits, file: str, name: str) -> None:
        """Add a sheet; refuse it before calamine allocates the rectangle up to its last used cell."""
        check_size(limits, scan.last_row, scan.last_column, file, name, self.cells)
        self.cells += scan.last_row * scan.last_column
        self.sheets.append(scan.text)
        if scan.heads is not None:
            self.text_at_most += directory.strings.at_most(int(scan.heads.of_kind("s").sum()))
        if self.text_at_most > limits.text_total:
            limits.check("text_total", sum(map(directory.strings.filled_in, self.sheets)), file, sheet=name)


def read_bytes(path: Path, limits: ReadingLimits = DEFAULT_LIMITS) -> bytes:
    """The file's content; a path that holds no readable file becomes an UnreadableWorkbook."""
    file = str(path)
    try:
        if path.is_dir():
            raise UnreadableWorkbook("is_a_folder", {"file": file})
        limits.check("file_bytes", path.stat().st_size, file)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise not_found(path) from error
    except (OSError, ValueError) as error:
        raise UnreadableWorkbook("no_access", {"file": file}) from error


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


def scanned(
    package: Package, directory: Directory, name: str, opened: CalamineWorkbook | None
) -> tuple[SheetScan, CalamineWorkbook, str]:
    """Scan one sheet's XML; return with it the workbook to take its values from, and the sheet's name there.

    A sheet that is written or kept in an unusual way is rewritten first, so that scan and values are of one reading.
    """
    part = directory.sheets[name]
    content, odd = read_sheet_xml(package, part, name)
    try:
        if is_misshapen(content):
            package.refuse("damaged", part=part)
        scan = scan_sheet(content, odd)
        refuse_twice(scan, package, name)
        if scan is not None and opened is not None and name in directory.usual:
            return scan, opened, name
        plain = plain_sheet(content)
    except BadReference as error:
        package.refuse("bad_reference", sheet=name, cell=str(error))
    except ExpatError as error:
        raise UnreadableWorkbook("damaged", {"file": package.file, "part": part}) from error
    around = workbook_around(plain, directory.strings.content, directory.styles, directory.date_1904)
    scan = scan_sheet(plain)
    if scan is None or is_misshapen(plain):
        package.refuse("damaged", part=part)
    refuse_twice(scan, package, name)
    return scan, open_calamine(around, package.file, "damaged"), "Sheet"


def refuse_twice(scan: SheetScan | None, package: Package, name: str) -> None:
    """Refuse a sheet with two cells of content at one address."""
    cell = cell_twice(scan.heads) if scan is not None and scan.heads is not None else ""
    if cell:
        package.refuse("cell_twice", sheet=name, cell=cell)


def without_formats(package: Package, directory: Directory, name: str) -> tuple[CalamineWorkbook, str] | None:
    """The workbook to read a sheet from that holds numbers too large for the days they are formatted as.

    None where it holds none, so that something else is wrong with it.
    """
    if name in directory.scans:
        return None
    content, _ = read_sheet_xml(package, directory.sheets[name], name)
    changed = without_absurd_days(plain_sheet(content))
    if changed is None:
        return None
    around = workbook_around(changed, directory.strings.content, directory.styles, directory.date_1904)
    return open_calamine(around, package.file, "damaged"), "Sheet"


def grid(
    name: str, rows: list[list[Any]], scan: SheetScan, percent_cells: Callable[[], frozenset[str]]
) -> SheetGrid:
    """A sheet's values and conditions together; it reaches as far as either of them does."""
    return SheetGrid(
        name=name,
        n_rows=max(len(rows), scan.last_row),
        n_columns=max(len(rows[0]) if rows else 0, scan.last_column),
        rows=rows,
        scan=scan,
        percent_cells=percent_cells,
    )


def open_old_workbook(path: Path, data: bytes, opening: Opening, sha256: str, by_excel: bool) -> WorkbookFile:
    """An .xls file: values from calamine, names and the condition of cells from its records."""
    file = str(path)
    limits = opening.limits
    try:
        stream = stream_of(data, "Workbook", limits.part_bytes)
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
