"""One fast pass over a sheet's XML for what calamine does not tell: bounds, formulas, errors, formats."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, repeat

import numpy as np

from vsme_xl.reading.cell_heads import CellHeads, cell_heads
from vsme_xl.reading.limits import ReadingLimits
from vsme_xl.reading.xml_checks import followers, is_plain

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

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
NAMESPACE = re.compile(rb"""\sxmlns\s*=\s*["']([^"']*)""")
USUAL_NAMESPACES = frozenset(
    (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main")
)
SPILL = re.compile(r'\bref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
NUMBER_FORMAT = re.compile(r"numFmt\s([^<>]*)>")
CELL_FORMAT = re.compile(r"""<(?:[\w.-]+:)?xf\b(?:[^<>]*?\bnumFmtId=["'](\d+)["'])?""")
LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|&quot;.*?&quot;')
BUILT_IN_PERCENT_FORMATS = {"9", "10"}
NOT_THE_LAST = re.compile(rb"</(?:v|is)\s*+>(?!\s*+</c>)")
# A shared text that is not named by a number alone: calamine takes the first one for it.
BAD_INDEX = re.compile(
    rb""" t=["']s["'][^<>/]*+>"""
    rb"(?!\s*+(?:<f(?:\s[^<>]*+)?(?:(?<=/)>|>[^<]*+</f>)\s*+)?+(?:<v>[0-9]{1,10}</v>\s*+)?+</c>)"
)
MERGED = re.compile(rb"""<mergeCell\s[^<>]*?\bref=["']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})["']""")
MOST_MERGED = 2_000
ODD_ROW = re.compile(rb"""<row (?!r="[0-9]{1,7}")|<row[^ >]""")
BAD_ROW = re.compile(rb"""<row\s[^<>]*?\br=["'](?![0-9]{1,7}["'])""")


class BadReference(ValueError):
    """A cell whose address is malformed or lies outside a sheet; the argument is the address as written."""


@dataclass(frozen=True)
class SheetScan:
    """What one sheet's XML says beside its values: cells by address (`D14`), rows and columns counted from 1.

    `heads` are what the cells say of their formats; where there are none, `percent_cells` are known. `text` are the
    rows as they are written. `lost` are formulas whose stored result may not be theirs. `merged` are merged cells.
    """

    last_row: int = 0
    last_column: int = 0
    formulas: frozenset[str] = frozenset()
    spills: tuple[tuple[int, int, int, int], ...] = ()
    uncalculated: frozenset[str] = frozenset()
    errors: Mapping[str, str] = field(default_factory=dict)
    percent_cells: frozenset[str] = frozenset()
    heads: CellHeads | None = field(default=None, repr=False)
    text: str = ""
    lost: frozenset[str] = frozenset()
    merged: tuple[str, ...] = ()


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


def scan_sheet(xml: bytes, odd: int | None = None) -> SheetScan | None:
    """Scan the XML of a sheet; last row and column are those of cells with content, `odd` cells those of `cell_tags`.

    None where it is not written as Excel and its like do, so that a scan could miss something. Raises BadReference for
    an address that is malformed or beyond XFD1048576.
    """
    rows = usual_rows(xml, cell_tags(xml)[1] if odd is None else odd)
    heads = None if rows is None else cell_heads(rows)
    if rows is None or heads is None:
        return None
    check_bounds(heads)
    # Latin-1 keeps every byte in its place and costs nothing: addresses, types and error names are ASCII anyway.
    text = rows.decode("latin-1")
    formulas, uncalculated, spills = scan_formulas(text, heads)
    return SheetScan(
        last_row=int(heads.row.max(initial=0, where=heads.filled)),
        last_column=int(heads.column.max(initial=0, where=heads.filled)),
        formulas=frozenset(formulas),
        spills=tuple(spills),
        uncalculated=frozenset(uncalculated),
        errors=scan_errors(text, heads),
        heads=heads,
        text=text,
        merged=merged_in(xml),
    )


def merged_in(xml: bytes) -> tuple[str, ...]:
    """The merged cells (`D14:D16`) of a sheet's XML, which stand behind its rows; of very many the first ones."""
    begin = xml.rfind(b"</sheetData>")
    if begin < 0 or xml.find(b"<mergeCell ", begin) < 0:
        return ()
    return tuple(found[1].decode("ascii") for found in islice(MERGED.finditer(xml, begin), MOST_MERGED))


def has_bad_row(xml: bytes) -> bool:
    """Whether a row of a sheet has a number that is none."""
    return ODD_ROW.search(xml) is not None and BAD_ROW.search(xml) is not None


def is_misshapen(xml: bytes) -> bool:
    """Whether anything but the end of a cell follows its value or text, or one is not written as its type says.

    Readers differ in what they make of these.
    """
    patterns = (NOT_THE_LAST, BAD_INDEX)
    return b' t="inlineStr"><v' in xml or any(pattern.search(xml) is not None for pattern in patterns)


def usual_rows(xml: bytes, odd: int) -> bytes | None:
    """The rows of a sheet; None where there are comments, prefixes, other namespaces or several tables of rows."""
    if odd or not is_plain(xml) or xml.count(b"<sheetData") != 1:
        return None
    begin, end = xml.index(b"<sheetData"), xml.rfind(b"</sheetData>")
    stated = set(NAMESPACE.findall(xml[:begin]))
    if not stated or stated - USUAL_NAMESPACES or xml.find(b"xmlns", begin, end) >= 0:
        return None
    return xml[begin : len(xml) if end < begin or xml.find(b"<c ", end) > 0 else end]


def cell_tags(xml: bytes) -> tuple[int, int]:
    """How many cells begin with a blank behind their name, and how many begin, or rows are held, in another way."""
    bare, prefixes = followers(xml, b"<c"), followers(xml, b":")
    odd = int(bare[list(b"\n\t\r/>")].sum())
    if prefixes[ord("c")]:
        odd += int(followers(xml, b":c")[list(b" \n\t\r/>")].sum())
    if prefixes[ord("s")]:
        odd += xml.count(b":sheetData")
    return int(bare[ord(" ")]), odd


def check_bounds(heads: CellHeads) -> None:
    """Raise BadReference when a column lies beyond XFD or a row beyond 1,048,576."""
    column, row = int(heads.column.max(initial=0)), int(heads.row.max(initial=0))
    if column > LAST_COLUMN:
        raise BadReference(f"{column_letters(column - 1)}1")
    if row > LAST_ROW:
        raise BadReference(f"A{row}")


def scan_formulas(text: str, heads: CellHeads) -> tuple[list[str], list[str], list[tuple[int, int, int, int]]]:
    """Addresses of formula cells, of those without a stored value, and the one-based areas of array formulas.

    A formula whose result is the empty text is stored as `t="str"` with an empty `<v>`: it is calculated.
    """
    formulas, uncalculated, spills = [], [], []
    for match in filter(None, map(FORMULA.match, repeat(text), heads.begin[heads.not_plain].tolist())):
        address, attributes, formula, stored, value = match.groups("")
        formulas.append(address)
        if not value and not (stored and ' t="str"' in attributes):
            uncalculated.append(address)
        spill = SPILL.search(formula) if "array" in formula else None
        if spill:
            spills.append((int(spill[2]), column_number(spill[1]), int(spill[4]), column_number(spill[3])))
    return formulas, uncalculated, spills


def scan_errors(text: str, heads: CellHeads) -> dict[str, str]:
    """Error cells by address with the error as Excel names it, such as `#REF!`."""
    matches = (ERROR.match(text, begin) for begin in heads.begin[heads.of_kind("e")].tolist())
    return {match[1]: (match[2] or "").strip() for match in matches if match}


def percent_formats(styles: bytes) -> frozenset[str]:
    """The style numbers (the `s` of a cell) in `xl/styles.xml` whose number format shows a percentage."""
    text = styles.decode("utf-8", "replace")
    percent = set(BUILT_IN_PERCENT_FORMATS)
    for written in (match[1] for match in NUMBER_FORMAT.finditer(text) if text[match.start() - 1] in "<:"):
        attributes = {name: double or single for name, double, single in ATTRIBUTE.findall(written)}
        if "%" in LITERAL.sub("", attributes.get("formatCode", "")):
            percent.add(attributes.get("numFmtId", ""))
    cell_formats = text[text.find("cellXfs") : text.rfind("cellXfs")]
    used = CELL_FORMAT.findall(cell_formats)
    return frozenset(str(style) for style, number in enumerate(used) if number in percent)


def cells_with_style(heads: CellHeads, styles: frozenset[str]) -> frozenset[str]:
    """Addresses of the cells of a scanned sheet that carry one of these style numbers."""
    numbers = [int(style) for style in styles]
    beyond = max(numbers, default=0) + 1
    meant = np.zeros(beyond + 1, dtype=np.bool_)
    meant[numbers] = True
    with_style = meant[np.minimum(heads.style, beyond)]  # NOTHING is the last of them, too
    places = zip(heads.row[with_style].tolist(), heads.column[with_style].tolist(), strict=True)
    return frozenset(cell_address(row - 1, column - 1) for row, column in places)


def check_size(limits: ReadingLimits, rows: int, columns: int, file: str, sheet: str, before: int) -> None:
    """Refuse a sheet that reaches too far out, or is too large together with the cells `before` it."""
    cell = cell_address(max(rows, 1) - 1, max(columns, 1) - 1)
    limits.check("sheet_rows", rows, file, sheet=sheet, cell=cell)
    limits.check("sheet_columns", columns, file, sheet=sheet, cell=cell)
    limits.check("cells", before + rows * columns, file, sheet=sheet, cell=cell)
