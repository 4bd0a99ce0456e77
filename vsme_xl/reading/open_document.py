"""What an OpenDocument spreadsheet (.ods) says about itself, and the condition of its cells."""

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from xml.etree.ElementTree import Element

from vsme_xl.reading.defined_names import Area, NameEntry, rectangle, resolve_names
from vsme_xl.reading.looks import looks_like_document
from vsme_xl.reading.open_xml import Directory
from vsme_xl.reading.refusal import UnreadableWorkbook
from vsme_xl.reading.sheet_scan import SheetScan, cell_address, check_size
from vsme_xl.reading.workbook_parts import Package, local_name, read_part, read_tree, read_xml, tree_of

SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
PREFIXES = ("office", "table", "text")
IN_A_ROW = (b"<table:table-cell", b"<table:covered-table-cell", b"</table:table-row")
BLANKS = re.compile(rb"(?<=>)\s+(?=<(?:table:(?:covered-)?table-cell|/table:table-row)[\s/>])")
# calamine leaves these out, so that the words around them would become one.
BREAKS = tuple(
    (re.compile(rb"<text:%s(?:\s[^<>]*)?(?:/>|></text:%s>)" % (name, name)), character)
    for name, character in ((b"tab", b"&#9;"), (b"line-break", b"&#10;"))
)
REPEATED = re.compile(r"[1-9][0-9]{0,9}\Z")

NAMESPACE = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
TABLE, OFFICE, STYLE, META, TEXT = (NAMESPACE % name for name in ("table", "office", "style", "meta", "text"))
TEXT_PARAGRAPH = f"{TEXT}p"
EXTENDED_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"

# Where a cell of each kind states its value; what it shows as text is for people.
STATED = {kind: f"{OFFICE}value" for kind in ("float", "percentage", "currency")}
STATED |= {kind: f"{OFFICE}{kind}-value" for kind in ("date", "time", "boolean")}

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

    def addresses(self) -> list[str]:
        """The address of each cell of the block."""
        rows, columns = range(self.row, self.row + self.rows), range(self.column, self.column + self.columns)
        return [cell_address(row, column) for row in rows for column in columns]

    def text_length(self) -> int:
        """How long the texts of the cell are together, with blanks that are only counted; ValueError where none are."""
        blanks = sum(counted(one.get(f"{TEXT}c", "1")) for one in self.cell.iter(f"{TEXT}s"))
        return sum(len(text) for text in self.cell.itertext()) + blanks


def read_open_document(package: Package) -> tuple[Directory, bytes]:
    """Read sheets, names, properties and cell conditions, and what calamine is to read the values from.

    Dates of .ods carry no date system to know.
    """
    if not (said := read_part(package, "mimetype") or b"").startswith(SPREADSHEET):
        package.refuse("not_a_workbook", looks=looks_like_document(said))
    if b"encryption-data" in (read_part(package, MANIFEST) or b""):
        package.refuse("encrypted")
    written = content_xml(package)
    content = tree_of(package, CONTENT, written)
    tables = content.findall(f"./{OFFICE}body/{OFFICE}spreadsheet/{TABLE}table")
    if not tables or len({table.get(f"{TABLE}name", "") for table in tables}) < len(tables):
        package.refuse("damaged", part=CONTENT)
    try:
        scans = scan_tables(tables, package)
    except ValueError as error:
        raise UnreadableWorkbook("damaged", {"file": package.file, "part": CONTENT}) from error
    package.limits.check("defined_names", len(content.findall(f".//{TABLE}named-expressions/*")), package.file)
    names, broken_names = resolve_names(name_entries(content, scans))
    undisplayed = hidden_styles(content)
    directory = Directory(
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
    return directory, for_calamine(package, written)


def for_calamine(package: Package, written: bytes) -> bytes:
    """The file, its content without blanks around cells and elements for tabs and line breaks, which calamine drops."""
    content = written
    for pattern, character in BREAKS if b"<text:tab" in written or b"<text:line-break" in written else ():
        content = pattern.sub(character, content)
    if any(blank + tag in content for blank in (b" ", b"\n", b"\r", b"\t") for tag in IN_A_ROW):
        content = BLANKS.sub(b"", content)
    if content is written:
        return package.data
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", SPREADSHEET)
        archive.writestr(MANIFEST, read_part(package, MANIFEST) or b"")
        archive.writestr(CONTENT, content)
    return buffer.getvalue()


def content_xml(package: Package) -> bytes:
    """The content as XML; refused where the usual prefixes mean something else, for calamine goes by them."""
    content = read_xml(package, CONTENT)
    if content is None:
        package.refuse("damaged", part=CONTENT)
    for prefix in PREFIXES:
        stated = set(re.findall(rb"""xmlns:%s\s*=\s*["']([^"'<>]*)["']""" % prefix.encode(), content))
        if stated != {(NAMESPACE % prefix)[1:-1].encode()}:
            package.refuse("damaged", part=CONTENT)
    return content


def scan_tables(tables: Iterable[Element], package: Package) -> dict[str, SheetScan]:
    """The scan of each table by its name; refused where they are too large, for calamine unpacks them all at once.

    Raises ValueError where a repetition is no number, or a cell states no value of its kind.
    """
    limits, scans = package.limits, {}
    cells = text = 0
    for table in tables:
        name = table.get(f"{TABLE}name", "")
        runs = list(runs_of(table))
        rows = max((run.row + run.rows for run in runs), default=0)
        columns = max((run.column + run.columns for run in runs), default=0)
        longest = max(map(Run.text_length, runs), default=0)
        limits.check("text_length", longest, package.file, sheet=name)
        text += sum(run.text_length() * run.rows * run.columns for run in runs)
        check_size(limits, rows, columns, package.file, name, cells)
        limits.check("text_total", text, package.file, sheet=name)
        cells += rows * columns
        scans[name] = scan_table(runs, rows, columns)
    return scans


def runs_of(table: Element) -> Iterator[Run]:
    """The cells of a table that have a value or a formula; runs of equal cells and rows stay one element."""
    row = 0
    for line in table.iter(f"{TABLE}table-row"):
        rows, column = repeated(line, "rows"), 0
        for cell in line:
            if local_name(cell) not in ("table-cell", "covered-table-cell"):
                continue
            columns = repeated(cell, "columns")
            if cell.get(f"{OFFICE}value-type") or cell.get(f"{TABLE}formula") or len(cell):
                yield Run(cell, row, rows, column, columns)
            column += columns
        row += rows


def repeated(element: Element, what: str) -> int:
    """How often a row or a cell stands there; ValueError where that is no number."""
    return counted(element.get(f"{TABLE}number-{what}-repeated", "1"))


def counted(written: str) -> int:
    """The number above zero that is written; ValueError where it is none."""
    if not REPEATED.match(written):
        raise ValueError(written)
    return int(written)


def scan_table(runs: Iterable[Run], last_row: int, last_column: int) -> SheetScan:
    """The cell conditions of one table.

    ValueError for what readers differ in: a cell that shows a number or a day and does not state it, whose yes or no is
    neither, or that has text outside its paragraphs.
    """
    formulas: set[str] = set()
    uncalculated: set[str] = set()
    percent: set[str] = set()
    errors: dict[str, str] = {}
    for run in runs:
        is_error, kind = run.cell.get(EXTENDED_TYPE) == "error", run.cell.get(f"{OFFICE}value-type")
        formula = run.cell.get(f"{TABLE}formula")
        stated = run.cell.get(STATED.get(kind or "", ""), "")
        if kind in STATED and not stated and not is_error and run.text_length():
            raise ValueError(kind)
        if kind == "boolean" and stated.lower() not in ("true", "false", ""):
            raise ValueError(stated)
        if any((text or "").strip() for text in (run.cell.text, *(part.tail for part in run.cell))):
            raise ValueError(kind)
        if not (is_error or formula or kind == "percentage"):
            continue
        shown, addresses = run.cell.find(TEXT_PARAGRAPH), run.addresses()
        if is_error:
            errors.update(dict.fromkeys(addresses, "" if shown is None else "".join(shown.itertext())))
        if kind == "percentage":
            percent.update(addresses)
        if formula:
            formulas.update(addresses)
            if shown is None and not kind:
                uncalculated.update(addresses)
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
