"""One fast pass over a sheet's XML for what calamine does not tell: bounds, formulas, errors, formats."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
SHEET_DATA = re.compile(r"<((?:[\w.-]+:)?)sheetData(?:\s[^<>]*)?>")
# Every writer we know puts `r` first; cells written otherwise are rewritten to this form before the scan.
CELL = re.compile(r'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"[^</>]*(/?>(?:</c>)?)')
ANY_TAG = re.compile(r"<(row|c)(\s[^<>]*?)?\s*(/?)>")
ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
REFERENCE = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})\Z")
FORMULA = re.compile(
    r'<c r="([A-Z]+[0-9]+)"([^<>]*)>\s*'
    r"<f((?:\s[^<>]*?)?)(?:/>|>[^<]*</f>)\s*"
    r"(?:<(v)(?:\s[^<>]*?)?(?:/>|>([^<]?)))?"
)
ERROR = re.compile(r'<c r="([A-Z]+[0-9]+)"(?:[^</>]*)\st="e"[^</>]*>(.*?)</c>', re.DOTALL)
VALUE = re.compile(r"<v(?:\s[^<>]*)?>([^<]*)</v>")
SPILL = re.compile(r'\bref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
NUMBER_FORMAT = re.compile(r"<(?:[\w.-]+:)?numFmt\s([^<>]*)>")
CELL_FORMAT = re.compile(r"""<(?:[\w.-]+:)?xf\b(?:[^<>]*?\bnumFmtId=["'](\d+)["'])?""")
LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|&quot;.*?&quot;')
BUILT_IN_PERCENT_FORMATS = {"9", "10"}


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


def scan_sheet(xml: bytes) -> SheetScan:
    """Scan the XML of a sheet; `last_row` and `last_column` are those of cells with content.

    Raises BadReference for an address that is malformed or beyond XFD1048576.
    """
    # Latin-1 keeps every byte and costs nothing: addresses, types and error names are ASCII anyway.
    text = sheet_data(xml.decode("latin-1"))
    cells = CELL.findall(text)
    if len(cells) != sum(text.count(f"<c{after}") for after in " \n\t\r/>"):
        text = with_plain_references(text)
        cells = CELL.findall(text)
    check_bounds({letters for letters, _, _ in cells}, {row for _, row, _ in cells})
    filled = [(letters, row) for letters, row, end in cells if end == ">"]
    formulas, uncalculated, spills = scan_formulas(text)
    return SheetScan(
        last_row=max(map(int, {row for _, row in filled}), default=0),
        last_column=max(map(column_number, {letters for letters, _ in filled}), default=0),
        formulas=frozenset(formulas),
        spills=tuple(spills),
        uncalculated=frozenset(uncalculated),
        errors=scan_errors(text) if 't="e"' in text else {},
        text=text,
    )


def sheet_data(text: str) -> str:
    """The rows of a sheet as XML without comments and namespace prefixes."""
    if "<!--" in text:
        text = COMMENT.sub("", text)
    begin = SHEET_DATA.search(text)
    if begin is None or begin[0].endswith("/>"):
        return ""
    prefix = begin[1]
    text = text[begin.end() : text.rfind(f"</{prefix}sheetData")]
    return text.replace(f"</{prefix}", "</").replace(f"<{prefix}", "<") if prefix else text


def with_plain_references(text: str) -> str:
    """Rewrite the cell tags so that each has `r="A1"`, also where a writer leaves it to be counted."""
    row = column = 0

    def rewrite(match: re.Match[str]) -> str:
        nonlocal row, column
        tag, written, closed = match.groups()
        attributes = {name: double or single for name, double, single in ATTRIBUTE.findall(written or "")}
        reference = attributes.pop("r", None)
        if tag == "row":
            if reference is not None and not re.fullmatch(r"[1-9][0-9]{0,6}", reference):
                raise BadReference(reference)
            row, column = int(reference) if reference else row + 1, 0
            return match[0]
        if reference is None:
            column += 1
            reference = cell_address(row - 1, column - 1)
        address = REFERENCE.match(reference)
        if address is None:
            raise BadReference(reference)
        column = column_number(address[1])
        rest = "".join(f' {name}="{attributes[name]}"' for name in ("s", "t") if name in attributes)
        return f'<c r="{reference.upper()}"{rest}{closed}>'

    return ANY_TAG.sub(rewrite, text)


def check_bounds(columns: Iterable[str], rows: Iterable[str]) -> None:
    """Raise BadReference when a column lies beyond XFD or a row beyond 1,048,576."""
    for letters in columns:
        if column_number(letters) > LAST_COLUMN:
            raise BadReference(f"{letters}1")
    for row in rows:
        if int(row) > LAST_ROW:
            raise BadReference(f"A{row}")


def scan_formulas(text: str) -> tuple[list[str], list[str], list[tuple[int, int, int, int]]]:
    """Addresses of formula cells, of those without a stored value, and the one-based areas of array formulas.

    A formula whose result is the empty text is stored as `t="str"` with an empty `<v>`: it is calculated.
    """
    formulas, uncalculated, spills = [], [], []
    for address, attributes, formula, stored, value in FORMULA.findall(text):
        formulas.append(address)
        if not value and not (stored and ' t="str"' in attributes):
            uncalculated.append(address)
        spill = SPILL.search(formula) if "array" in formula else None
        if spill:
            spills.append((int(spill[2]), column_number(spill[1]), int(spill[4]), column_number(spill[3])))
    return formulas, uncalculated, spills


def scan_errors(text: str) -> dict[str, str]:
    """Error cells by address with the error as Excel names it, such as `#REF!`."""
    errors = {}
    for address, content in ERROR.findall(text):
        value = VALUE.search(content)
        errors[address] = value[1].strip() if value else ""
    return errors


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


def cells_with_style(text: str, styles: Iterable[str]) -> frozenset[str]:
    """Addresses of the cells in a scanned sheet's text that carry one of these style numbers."""
    numbers = "|".join(sorted(styles))
    if not numbers:
        return frozenset()
    return frozenset(re.findall(rf'<c r="([A-Z]+[0-9]+)"[^<>]*?\ss="(?:{numbers})"', text))
