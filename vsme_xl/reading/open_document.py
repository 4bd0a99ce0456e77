"""What an OpenDocument spreadsheet (.ods) says about itself, and the condition of its cells."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from vsme_xl.reading.defined_names import Area, NameEntry, rectangle, resolve_names
from vsme_xl.reading.open_xml import Directory
from vsme_xl.reading.sheet_scan import SheetScan, cell_address
from vsme_xl.reading.workbook_parts import MOST_CELLS, Package, UnreadableWorkbook, local_name, read_part, read_tree

SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
CONTENT = "content.xml"
# content.xml is held as a tree, which takes some ten times its size.
MOST_CONTENT_BYTES = 50_000_000

NAMESPACE = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
TABLE, OFFICE, STYLE, META = (NAMESPACE % name for name in ("table", "office", "style", "meta"))
TEXT_PARAGRAPH = NAMESPACE % "text" + "p"
EXTENDED_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"

REFERENCE = re.compile(
    r"\$?(?:'((?:[^']|'')+)'|([^'.$]+))\.\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})"
    r"(?::(?:\$?(?:'(?:[^']|'')+'|[^'.$:]+))?\.\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6}))?\Z"
)


@dataclass(frozen=True)
class Run:
    """One cell element with content and the block of equal cells it stands for, counted from zero."""

    cell: Element
    row: int
    rows: int
    column: int
    columns: int

    def addresses(self) -> Iterator[str]:
        """The address of each cell of the block."""
        for row in range(self.row, self.row + self.rows):
            for column in range(self.column, self.column + self.columns):
                yield cell_address(row, column)


def read_open_document(package: Package) -> Directory:
    """Read sheets, names, properties and cell conditions; dates of .ods carry no date system to know."""
    if not (read_part(package, "mimetype") or b"").startswith(SPREADSHEET):
        package.refuse("not_a_workbook")
    if b"encryption-data" in (read_part(package, "META-INF/manifest.xml") or b""):
        package.refuse("encrypted")
    declared = package.entries.get(CONTENT)
    if declared is not None and declared.file_size > MOST_CONTENT_BYTES:
        package.refuse("too_large")
    content = read_tree(package, CONTENT)
    tables = [] if content is None else content.findall(f"./{OFFICE}body/{OFFICE}spreadsheet/{TABLE}table")
    if content is None or not tables:
        package.refuse("damaged", part=CONTENT)
    try:
        scans = {table.get(f"{TABLE}name", ""): scan_table(table) for table in tables}
    except ValueError as error:
        raise UnreadableWorkbook("damaged", {"file": package.file, "part": CONTENT}) from error
    names, broken_names = resolve_names(name_entries(content, scans))
    undisplayed = hidden_styles(content)
    return Directory(
        sheets=dict.fromkeys(scans, CONTENT),
        hidden=frozenset(
            table.get(f"{TABLE}name", "")
            for table in tables
            if table.get(f"{TABLE}style-name") in undisplayed
        ),
        names=names,
        broken_names=broken_names,
        properties=user_properties(package),
        scans=scans,
    )


def runs_of(table: Element) -> Iterator[Run]:
    """The cells of a table that have a value or a formula; runs of equal cells and rows stay one element."""
    row = 0
    for line in table.iter(f"{TABLE}table-row"):
        rows, column = int(line.get(f"{TABLE}number-rows-repeated", "1")), 0
        for cell in line:
            if local_name(cell) not in ("table-cell", "covered-table-cell"):
                continue
            columns = int(cell.get(f"{TABLE}number-columns-repeated", "1"))
            if cell.get(f"{OFFICE}value-type") or cell.get(f"{TABLE}formula"):
                yield Run(cell, row, rows, column, columns)
            column += columns
        row += rows


def scan_table(table: Element) -> SheetScan:
    """The bounds and cell conditions of one table; of a table beyond the limits only the bounds."""
    runs = list(runs_of(table))
    last_row = max((run.row + run.rows for run in runs), default=0)
    last_column = max((run.column + run.columns for run in runs), default=0)
    if last_row * last_column > MOST_CELLS:
        return SheetScan(last_row, last_column)
    formulas: set[str] = set()
    uncalculated: set[str] = set()
    percent: set[str] = set()
    errors: dict[str, str] = {}
    for run in runs:
        shown = run.cell.find(TEXT_PARAGRAPH)
        if run.cell.get(EXTENDED_TYPE) == "error":
            errors.update(dict.fromkeys(run.addresses(), "" if shown is None else "".join(shown.itertext())))
        if run.cell.get(f"{OFFICE}value-type") == "percentage":
            percent.update(run.addresses())
        if run.cell.get(f"{TABLE}formula"):
            formulas.update(run.addresses())
            if shown is None and not run.cell.get(f"{OFFICE}value-type"):
                uncalculated.update(run.addresses())
    return SheetScan(
        last_row=last_row,
        last_column=last_column,
        formulas=frozenset(formulas),
        uncalculated=frozenset(uncalculated),
        errors=errors,
        percent_cells=frozenset(percent),
    )


def name_entries(content: Element, sheets: Mapping[str, SheetScan]) -> Iterator[NameEntry]:
    """The named ranges and expressions as written, those of the whole document first."""
    spreadsheet = f"./{OFFICE}body/{OFFICE}spreadsheet/"
    for of_workbook, path in ((True, ""), (False, f"{TABLE}table/")):
        for element in content.findall(f"{spreadsheet}{path}{TABLE}named-expressions/*"):
            area = area_of(element.get(f"{TABLE}cell-range-address", ""), sheets)
            yield NameEntry(element.get(f"{TABLE}name", ""), of_workbook, area)


def area_of(address: str, sheets: Mapping[str, SheetScan]) -> Area | None:
    """The rectangle of an OpenDocument address such as `$'My Sheet'.$C$10:.$C$14`, or None."""
    match = REFERENCE.match(address)
    if match is None:
        return None
    sheet = match[1].replace("''", "'") if match[1] else match[2]
    first = (match[3], match[4])
    return rectangle(sheet, first, (match[5], match[6]) if match[5] else first) if sheet in sheets else None


def hidden_styles(content: Element) -> frozenset[str]:
    """The table styles that do not display their tables."""
    styles = content.findall(f"./{OFFICE}automatic-styles/{STYLE}style")
    return frozenset(
        style.get(f"{STYLE}name", "")
        for style in styles
        for properties in style.findall(f"{STYLE}table-properties")
        if properties.get(f"{TABLE}display") == "false"
    )


def user_properties(package: Package) -> dict[str, str]:
    """The user-defined document properties as texts."""
    tree = read_tree(package, "meta.xml")
    if tree is None:
        return {}
    elements = tree.iter(f"{META}user-defined")
    return {element.get(f"{META}name", ""): "".join(element.itertext()).strip() for element in elements}
