"""Sheets and shared strings written in an unusual way, rewritten in the usual one; and a workbook around them."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from vsme_xl.reading.sheet_scan import BadReference, cell_address, column_number

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NAMESPACES = frozenset({MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"})
XML = "http://www.w3.org/XML/1998/namespace"
REFERENCE = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})\Z")
ROW = re.compile(r"[1-9][0-9]{0,6}\Z")
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
SHEET, STRINGS = ("worksheet", "sheetData", "row", "c"), ("sst", "si")
OF_A_CELL = ("f", "v", "is")
SHARED = re.compile(r' t="s"(>(?:<f(?:\s[^<>]*)?>[^<]*</f>)?)<v(?:\s[^<>]*)?>\s*([0-9]*)\s*</v>')
ERROR = re.compile(r'(<c r="[A-Z]+[0-9]+"(?: s="[^"]*")? t="e">(?:<f(?:\s[^<>]*)?>[^<]*</f>)?<v(?:\s[^<>]*)?>)([^<]*)')
KNOWN_ERRORS = frozenset(("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", ""))
"""The errors that calamine knows. Excel has more, and so do other programs: #GETTING_DATA, #SPILL!, #ERROR!."""


@dataclass
class Rewriting:
    """How far a part is rewritten: what was written, the place of the next cell, how deep it is and is not written.

    `frame` are the outermost elements, each of which stands in the one before.
    """

    frame: tuple[str, ...]
    out: list[str] = field(default_factory=list)
    row: int = 0
    column: int = 0
    depth: int = 0
    skipped: int = 0


def plain_sheet(content: bytes) -> bytes:
    """Return a sheet's rows without prefixes, comments and processing instructions, every cell with its address first.

    Elements of other namespaces are left out with all they hold, and so are blanks around the number of a shared text.
    Raises BadReference for an address that is none, and ExpatError where the sheet is no XML.
    """
    rows = SHARED.sub(_named_by_number, _rewritten(content, SHEET))
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def _named_by_number(match: re.Match[str]) -> str:
    """Return a cell without blanks around the number of its text; one without a number holds nothing."""
    return f' t="s"{match[1]}<v>{match[2].lstrip("0") or 0}</v>' if match[2] else match[1]


def plain_strings(content: bytes) -> bytes:
    """Return shared strings without prefixes, comments and processing instructions; ExpatError where it is no XML."""
    return f'<sst xmlns="{MAIN}">{_rewritten(content, STRINGS)}</sst>'.encode()


def _rewritten(content: bytes, frame: tuple[str, ...]) -> str:
    state = Rewriting(frame)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: _start(state, name, attributes)
    parser.EndElementHandler = lambda name: _end(state, name)
    parser.CharacterDataHandler = lambda text: _text(state, text)
    parser.Parse(content, True)
    return "".join(state.out)


def _start(state: Rewriting, name: str, attributes: dict[str, str]) -> None:
    namespace, _, local = name.rpartition("}")
    depth, state.depth = state.depth, state.depth + 1
    misplaced = depth < len(state.frame) and local != state.frame[depth]
    misplaced |= depth == len(SHEET) and state.frame == SHEET and local not in OF_A_CELL
    if state.skipped or misplaced or namespace not in NAMESPACES:
        state.skipped += 1
    elif depth >= len(state.frame) or local in ("row", "c", "si"):
        written = _of_row_or_cell(state, local, attributes) if depth < len(state.frame) else attributes
        state.out.append(f"<{local}{''.join(_attribute(k, v) for k, v in written.items())}>")


def _of_row_or_cell(state: Rewriting, name: str, attributes: dict[str, str]) -> dict[str, str]:
    if name == "row":
        state.row, state.column = _row_number(attributes.get("r"), state.row), 0
        return {"r": str(state.row)}
    if name == "c":
        kept = {key: attributes[key] for key in "st" if key in attributes}
        return {"r": _address(state, attributes.get("r")), **kept}
    return {}


def _end(state: Rewriting, name: str) -> None:
    state.depth -= 1
    if state.skipped:
        state.skipped -= 1
    elif state.depth >= len(state.frame) or name.rpartition("}")[2] in ("row", "c", "si"):
        state.out.append(f"</{name.rpartition('}')[2]}>")


def _text(state: Rewriting, text: str) -> None:
    if state.depth > len(state.frame) and not state.skipped:
        state.out.append(escape(text))


def _attribute(name: str, value: str) -> str:
    namespace, _, local = name.rpartition("}")
    if namespace:
        return f" xml:{local}={quoteattr(value)}" if namespace == XML else ""
    return f' {name}="{escape(value, QUOTED)}"'


QUOTED = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def _row_number(written: str | None, before: int) -> int:
    if written is None:
        return before + 1
    if not ROW.match(written):
        raise BadReference(written)
    return int(written)


def _address(state: Rewriting, written: str | None) -> str:
    if written is None:
        state.column += 1
        return cell_address(state.row - 1, state.column - 1)
    match = REFERENCE.match(written)
    if match is None:
        raise BadReference(written)
    state.column = column_number(match[1])
    return written.upper()


def workbook_around(sheet: bytes, strings: bytes, styles: bytes, date_1904: bool) -> bytes:
    """Return a workbook of one sheet, named Sheet, with everything where calamine looks for it and errors it knows.

    The sheet is as `plain_sheet` writes it.
    """
    sheet = sheet if b' t="e"' not in sheet else ERROR.sub(_known_error, sheet.decode()).encode()
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": _links(("officeDocument", "xl/workbook.xml")),
        "xl/_rels/workbook.xml.rels": _links(
            ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><workbookPr date1904="{int(date_1904)}"/>'
            '<sheets><sheet name="Sheet" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/worksheets/sheet1.xml": sheet,
        "xl/sharedStrings.xml": strings or f'<sst xmlns="{MAIN}"/>',
        "xl/styles.xml": styles or f'<styleSheet xmlns="{MAIN}"/>',
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _known_error(match: re.Match[str]) -> str:
    return match[0] if match[2] in KNOWN_ERRORS else f"{match[1]}#VALUE!"


def _links(*links: tuple[str, str]) -> str:
    items = "".join(
        f'<Relationship Id="rId{number}" Type="{LINKS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(links, 1)
    )
    return f'<Relationships xmlns="{PACKAGE_LINKS}">{items}</Relationships>'
