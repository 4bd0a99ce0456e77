"""One fast pass over a sheet's XML for what calamine does not tell: bounds, formulas, errors, formats."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress

from vsme_xl.reading.limits import ReadingLimits
from vsme_xl.reading.xml_checks import is_plain

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

# How Excel and its like write a cell; sheets with any other way are rewritten to this form before the scan.
CELL = re.compile(
    r'<c r="([A-Z]{1,3}+)([1-9][0-9]{0,6}+)"(?: s="[0-9]++")?+(?: t="[A-Za-z]++")?+(?: [cv]m="[0-9]++")*+'
    r"(/?>(?:</c>)?+)"
)
ATTRIBUTE = re.compile(r"""(?<![\w:.-])([\w:.-]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)')""")
FORMULA = re.compile(
    r'<c r="([A-Z]+[0-9]+)"([^<>]*)>\s*+'
    r"<f((?:\s[^<>]*)?/?)(?:(?<=/)>|>[^<]*</f>)\s*+"
    r"(?:<(v)(?:\s[^<>/]*)?(?:/>|>([^<]?)))?"
)
ERROR = re.compile(
    r'<c r="([A-Z]+[0-9]+)"[^<>]* t="e"[^<>]*>\s*+'
    r"(?:<f(?:\s[^<>]*)?/?(?:(?<=/)>|>[^<]*</f>)\s*+)?(?:<v(?:\s[^<>]*)?>([^<]*)</v>)?"
)
SPILL = re.compile(r'\bref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
STYLED = re.compile(r'<c r="([A-Z]+[0-9]+)" s="([0-9]+)"')
NUMBER_FORMAT = re.compile(r"<(?:[\w.-]+:)?numFmt\s([^<>]*)>")
CELL_FORMAT = re.compile(r"""<(?:[\w.-]+:)?xf\b(?:[^<>]*?\bnumFmtId=["'](\d+)["'])?""")
LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|&quot;.*?&quot;')
BUILT_IN_PERCENT_FORMATS = {"9", "10"}
BARE_CELL, PREFIXED_CELL = re.compile(rb"<c[\n\t\r/>]"), re.compile(rb":c[ \n\t\r/>]")
# A shared text that is not named by a number: calamine takes the first one for it.
BAD_INDEX = re.compile(rb""" t=["']s["'][^<>]*>\s*+<(?:[\w.-]+:)?v>(?!\s*+[0-9]++\s*+<)""")
WINDOW = 4_000_000
FEW = 100


class BadReference(ValueError):
    """A cell whose address is malformed or lies outside a sheet; the argument is the address as written."""


@dataclass(frozen=True)
class SheetScan:
    """What one sheet's XML says beside its values: cells by address (`D14`), rows and columns counted from 1.

    `text` is what is left to look for number formats in; where there is none, `percent_cells` are known. `lost` are
    formulas whose stored result may not be theirs.
    """

    last_row: int = 0
    last_column: int = 0
    formulas: frozenset[str] = frozenset()
    spills: tuple[tuple[int, int, int, int], ...] = ()
    uncalculated: frozenset[str] = frozenset()
    errors: Mapping[str, str] = field(default_factory=dict)
    percent_cells: frozenset[str] = frozenset()
    text: str = ""
    lost: frozenset[str] = frozenset()


@lru_cache(maxsize=LAST_COLUMN)
def column_letters(column: int) -> str:
    """The letters of a zero-based column: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=LAST_COLUMN)
def column_number(letters: str) -> int:
    """The one-based number of a column: A is 1, XFD is 16,384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def cell_address(row: int, column: int) -> str:
    """The address of a zero-based row and column: (13, 3) is D14."""
    return f"{column_letters(column)}{row + 1}"


def scan_sheet(xml: bytes) -> SheetScan | None:
    """Scan the XML of a sheet; `last_row` and `last_column` are those of cells with content.

    None where it is not written as Excel and its like do, so that a scan could miss something. Raises BadReference for
    an address that is malformed or beyond XFD1048576.
    """
    text = usual_rows(xml)
    if text is None:
        return None
    windows = list(windows_of(text))
    columns, rows, filled_columns, filled_rows = (set[str]() for _ in range(4))
    found = 0
    for begin, end in windows:
        cells = CELL.findall(text, begin, end)
        found += len(cells)
        letters, numbers, ends = zip(*cells, strict=True) if cells else ((), (), ())
        filled = [end == ">" for end in ends]
        columns.update(letters)
        rows.update(numbers)
        filled_columns.update(compress(letters, filled))
        filled_rows.update(compress(numbers, filled))
    if found != text.count("<c "):
        return None
    check_bounds(columns, rows)
    formulas, uncalculated, spills = scan_formulas(text, windows)
    return SheetScan(
        last_row=max(map(int, filled_rows), default=0),
        last_column=max(map(column_number, filled_columns), default=0),
        formulas=frozenset(formulas),
        spills=tuple(spills),
        uncalculated=frozenset(uncalculated),
        errors=scan_errors(text) if 't="e"' in text else {},
        text=text,
    )


def usual_rows(xml: bytes) -> str | None:
    """The rows of a sheet; None where there are comments, prefixes or several tables of rows."""
    odd = BARE_CELL.search(xml) or PREFIXED_CELL.search(xml) or b":sheetData" in xml
    if odd or not is_plain(xml) or xml.count(b"<sheetData") != 1:
        return None
    # Latin-1 keeps every byte and costs nothing: addresses, types and error names are ASCII anyway.
    begin, end = xml.index(b"<sheetData"), xml.rfind(b"</sheetData>")
    last = len(xml) if end < begin or xml.find(b"<c ", end) > 0 else end
    return str(memoryview(xml)[begin:last], "latin-1")


def cells_in(xml: bytes) -> int:
    """How many cells begin in a sheet, however they are written."""
    odd = sum(len(tag.findall(xml)) for tag in (BARE_CELL, PREFIXED_CELL) if tag.search(xml))
    return xml.count(b"<c ") + odd


def windows_of(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of a text that begin with a cell each, so that a scan never holds all of a large sheet at once."""
    begin = 0
    while begin < len(text):
        end = len(text)
        if end - begin > WINDOW:
            cut = text.rfind("<c ", begin + 1, begin + WINDOW)
            end = cut if cut > 0 else text.find("<c ", begin + WINDOW)
            end = len(text) if end < 0 else end
        yield begin, end
        begin = end


def check_bounds(columns: Iterable[str], rows: Iterable[str]) -> None:
    """Raise BadReference when a column lies beyond XFD or a row beyond 1,048,576."""
    for letters in columns:
        if column_number(letters) > LAST_COLUMN:
            raise BadReference(f"{letters}1")
    for row in rows:
        if int(row) > LAST_ROW:
            raise BadReference(f"A{row}")


def scan_formulas(
    text: str, windows: Iterable[tuple[int, int]]
) -> tuple[list[str], list[str], list[tuple[int, int, int, int]]]:
    """Addresses of formula cells, of those without a stored value, and the one-based areas of array formulas.

    A formula whose result is the empty text is stored as `t="str"` with an empty `<v>`: it is calculated.
    """
    formulas, uncalculated, spills = [], [], []
    found = (match for window in windows for match in FORMULA.findall(text, *window))
    for address, attributes, formula, stored, value in found:
        formulas.append(address)
        if not value and not (stored and ' t="str"' in attributes):
            uncalculated.append(address)
        spill = SPILL.search(formula) if "array" in formula else None
        if spill:
            spills.append((int(spill[2]), column_number(spill[1]), int(spill[4]), column_number(spill[3])))
    return formulas, uncalculated, spills


def scan_errors(text: str) -> dict[str, str]:
    """Error cells by address with the error as Excel names it, such as `#REF!`."""
    return {address: error.strip() for address, error in ERROR.findall(text)}


def percent_formats(styles: bytes) -> frozenset[str]:
    """The style numbers (the `s` of a cell) in `xl/styles.xml` whose number format shows a percentage."""
    text = styles.decode("utf-8", "replace")
    percent = set(BUILT_IN_PERCENT_FORMATS)
    for written in NUMBER_FORMAT.findall(text):
        attributes = {name: double or single for name, double, single in ATTRIBUTE.findall(written)}
        if "%" in LITERAL.sub("", attributes.get("formatCode", "")):
            percent.add(attributes.get("numFmtId", ""))
    cell_formats = text[text.find("cellXfs") : text.rfind("cellXfs")]
    used = CELL_FORMAT.findall(cell_formats)
    return frozenset(str(style) for style, number in enumerate(used) if number in percent)


def cells_with_style(text: str, styles: frozenset[str]) -> frozenset[str]:
    """Addresses of the cells in a scanned sheet's text that carry one of these style numbers."""
    if not styles:
        return frozenset()
    if len(styles) > FEW:
        return frozenset(cell[1] for cell in STYLED.finditer(text) if cell[2] in styles)
    return frozenset(re.findall(rf'<c r="([A-Z]+[0-9]+)" s="(?:{"|".join(sorted(styles))})"', text))


def check_size(limits: ReadingLimits, rows: int, columns: int, file: str, sheet: str, before: int) -> None:
    """Refuse a sheet that reaches too far out, or is too large together with the cells `before` it."""
    cell = cell_address(max(rows, 1) - 1, max(columns, 1) - 1)
    limits.check("sheet_rows", rows, file, sheet=sheet, cell=cell)
    limits.check("sheet_columns", columns, file, sheet=sheet, cell=cell)
    limits.check("cells", before + rows * columns, file, sheet=sheet, cell=cell)
