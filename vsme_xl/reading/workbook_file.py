"""Opens a workbook file safely and read-only: values, defined names, properties, condition of each cell."""

import hashlib
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from xml.parsers.expat import ExpatError

from python_calamine import CalamineWorkbook

from vsme_xl.reading.absurd_days import without_absurd_days
from vsme_xl.reading.cells_twice import cell_twice
from vsme_xl.reading.defined_names import Area
from vsme_xl.reading.encrypted import without_password
from vsme_xl.reading.limits import DEFAULT_LIMITS, DEFAULTS, Opening, ReadingLimits
from vsme_xl.reading.old_file import open_old_workbook
from vsme_xl.reading.old_workbook import is_by_excel
from vsme_xl.reading.open_document import read_open_document
from vsme_xl.reading.open_xml import SHARED_STRINGS, Directory, read_open_xml, read_sheet_xml
from vsme_xl.reading.plain_sheet import KNOWN_ERRORS, plain_sheet, workbook_around
from vsme_xl.reading.refusal import UnreadableWorkbook, not_found
from vsme_xl.reading.sheet_grid import Condition, Load, SheetGrid, Value, WorkbookFile, grid, reviews_among
from vsme_xl.reading.sheet_scan import (
    BadReference,
    SheetScan,
    cells_with_style,
    check_size,
    has_bad_row,
    is_misshapen,
    merged_in,
    percent_formats,
    scan_sheet,
)
from vsme_xl.reading.sheet_values import check_texts, may_hold_long_texts, open_calamine, read_rows
from vsme_xl.reading.stored_part import with_stored
from vsme_xl.reading.workbook_parts import Kind, Package, kind_of, open_package

__all__ = ["Area", "Condition", "SheetGrid", "UnreadableWorkbook", "Value", "WorkbookFile", "open_workbook"]


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
    load = loading(package, directory, opened)
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


def loading(package: Package, directory: Directory, opened: CalamineWorkbook | None) -> Load:
    """Return what reads a sheet of a zipped workbook when it is first asked for, and keeps it."""
    file, limits, spent = package.file, package.limits, Spent()

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

    return load


def read_directory(package: Package, kind: Kind) -> tuple[Directory, bytes]:
    """What a zipped workbook says about itself, and the content from which calamine reads its values."""
    if kind == "xlsb":
        from vsme_xl.reading.binary_workbook import read_binary_workbook

        return read_binary_workbook(package)
    if kind == "ods":
        return read_open_document(package)
    directory = read_open_xml(package)
    return directory, with_stored(package, SHARED_STRINGS, directory.strings.content) if directory.usual else b""


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


def scanned(
    package: Package, directory: Directory, name: str, opened: CalamineWorkbook | None
) -> tuple[SheetScan, CalamineWorkbook, str]:
    """Scan one sheet's XML; return with it the workbook to take its values from, and the sheet's name there.

    A sheet that is written or kept in an unusual way is rewritten first, so that scan and values are of one reading.
    """
    part = directory.sheets[name]
    content, odd = read_sheet_xml(package, part, name)
    try:
        if has_bad_row(content):
            package.refuse("damaged", part=part)
        scan = scan_sheet(content, odd)
        refuse_twice(scan, package, name)
        usual = name in directory.usual and scan is not None and not needs_rewriting(content, scan)
        if usual and scan is not None and opened is not None:
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
    return replace(scan, merged=merged_in(content)), open_calamine(around, package.file, "damaged"), "Sheet"


def needs_rewriting(content: bytes, scan: SheetScan) -> bool:
    """Whether calamine would take cells of a sheet for something else, or give up on them."""
    return is_misshapen(content) or not KNOWN_ERRORS.issuperset(scan.errors.values())


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
