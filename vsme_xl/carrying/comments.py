"""Read the comments of a workbook's cells: notes, threads of comments and annotations, without those of a review."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from io import StringIO
from xml.etree import ElementTree

from vsme_xl.reading.limits import ReadingLimits
from vsme_xl.reading.open_document import OFFICE, TABLE
from vsme_xl.reading.sheet_scan import cell_address
from vsme_xl.reading.workbook_parts import Kind, open_package, read_tree
from vsme_xl.review import notes, threads
from vsme_xl.review.book import sheet_entries
from vsme_xl.review.parts import parts_of
from vsme_xl.review.splice import NotEditable

Comment = tuple[str, str, str]
MOST = 1_000


def comments_of(data: bytes, kind: Kind, file: str, limits: ReadingLimits) -> tuple[Comment, ...]:
    """Return sheet, cell and text of each comment in a workbook's content, sheet by sheet, at most a thousand.

    What a review wrote is left out. A file whose comments cannot be told gives none.
    """
    read = {"xlsx": _open_xml, "ods": _open_document, "xls": _old}.get(kind)
    if read is None:
        return ()  # those of a binary workbook are not read
    found: list[Comment] = []
    with contextlib.suppress(NotEditable, ValueError, LookupError, ElementTree.ParseError):
        for comment in read(data, file, limits):
            found.append(comment)
            if len(found) == MOST:
                break
    return tuple(found)


def _open_xml(data: bytes, file: str, limits: ReadingLimits) -> Iterator[Comment]:
    parts = parts_of(data, file, limits)
    book = next((link.target for link in parts.links("") if link.kind == "officeDocument"), "")
    targets = {link.id: link.target for link in parts.links(book)}
    for entry in sheet_entries(parts.read(book) or b""):
        part = targets.get(entry.link, "")
        if part:
            said = notes.texts_of(parts, part) | threads.texts_of(parts, part)
            yield from ((entry.title, cell, text) for cell, text in said.items() if text)


def _open_document(data: bytes, file: str, limits: ReadingLimits) -> Iterator[Comment]:
    tree = read_tree(open_package(data, file, limits), "content.xml")
    tables = tree.iter(f"{TABLE}table") if tree is not None else ()
    for table in tables:
        row = 0
        for line in table.iter(f"{TABLE}table-row"):
            column = 0
            for cell in line:
                for note in cell.findall(f"{OFFICE}annotation"):
                    written = ("".join(part.itertext()) for part in note if part.tag.endswith("}p"))
                    text = notes.without_ours("\n".join(written)).strip()
                    if text:
                        yield table.get(f"{TABLE}name", ""), cell_address(row, column), text
                column += int(cell.get(f"{TABLE}number-columns-repeated", "1"))
            row += int(line.get(f"{TABLE}number-rows-repeated", "1"))


def _old(data: bytes, file: str, limits: ReadingLimits) -> Iterator[Comment]:
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=data, logfile=StringIO())
    except Exception:  # xlrd raises many kinds on odd files; the answers are read by another reader
        return
    for sheet in book.sheets():
        for (row, column), note in sorted(sheet.cell_note_map.items()):
            text = notes.without_ours(note.text).strip()
            if text:
                yield sheet.name, cell_address(row, column), text
