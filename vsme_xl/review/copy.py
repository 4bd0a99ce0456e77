"""Make the review copy: the client's own file with marked cells, notes and a list of the findings in front."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from io import BytesIO

import xlsxwriter
from xlsxwriter.utility import quote_sheetname

from vsme_xl.reading.open_xml import REVIEW_PART
from vsme_xl.reading.workbook_file import WorkbookFile
from vsme_xl.results.format import strict
from vsme_xl.review import notes, threads
from vsme_xl.review.book import Front, SheetEntry, active_sheet, free_title, sheet_entries, with_front, with_titles
from vsme_xl.review.items import KINDS, Item
from vsme_xl.review.listing import COLOURS, Listing, areas, write_listing
from vsme_xl.review.parts import Parts, parts_of
from vsme_xl.review.sheet import Box, SheetPart, mark_edits, without_marks
from vsme_xl.review.splice import NotEditable, spliced
from vsme_xl.review.styles import Styles, styles_of

SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
SIGNATURES = "_xmlsignatures/"
TO_FILL = ("error", "missing", "warning")
CREATED = datetime(2000, 1, 1)
SHARED = re.compile(rb"<si>(.*?)</si>", re.DOTALL)
SHARED_CELL = re.compile(rb' t="s"><v>([0-9]+)</v></c>')
FORMAT = re.compile(rb'(<(?:c|row|col) [^>]*?\b(?:s|style)=")(\d+)"')


def reviewed(data: bytes, file: WorkbookFile, listing: Listing) -> tuple[bytes, bool]:
    """Return the review copy of a file, and whether it lost a digital signature that no longer held.

    NotEditable where the parts of the file cannot be edited safely.
    """
    try:
        return _reviewed(data, file, listing)
    except (ValueError, LookupError) as error:  # a number that is none, or an attribute that every program writes
        raise NotEditable("not_plain_xml") from error


def _reviewed(data: bytes, file: WorkbookFile, listing: Listing) -> tuple[bytes, bool]:
    parts = parts_of(data, str(file.path), file.limits)
    book_part = next((link.target for link in parts.links("") if link.kind == "officeDocument"), "")
    book = parts.read(book_part)
    links = parts.links(book_part)
    styles_part = next((link.target for link in links if link.kind == "styles"), "")
    if book is None or parts.read(styles_part) is None:
        raise NotEditable("no_styles")
    if any(link.kind == "revisionHeaders" for link in links):
        raise NotEditable("shared_workbook")
    entries = sheet_entries(book)
    styles = styles_of(parts.read(styles_part) or b"")
    targets = {link.id: link.target for link in links if link.kind == "worksheet"}
    old = [entry for entry in entries if entry.title in file.reviews]
    for entry in old:
        _drop_sheet(parts, book_part, entry, targets)
    for entry in entries:
        if entry not in old and entry.link in targets:
            mine = [item for item in listing.items if item.sheet == entry.title]
            _review_sheet(parts, book_part, targets[entry.link], mine, listing, styles)
    _put_in_front(parts, book_part, entries, old, listing, styles)
    parts.write(styles_part, styles.content())
    signed = _without_signature(parts)
    return parts.packed(), signed


def _review_sheet(
    parts: Parts, book_part: str, part: str, items: list[Item], listing: Listing, styles: Styles
) -> None:
    """Take the marks of an earlier review out of a sheet and put those of its items in."""
    parts.write(part, without_marks(parts.read(part) or b""))
    notes.take_out(parts, part)
    threads.take_out(parts, part)
    if not items:
        return
    sheet = SheetPart(parts.read(part) or b"")
    cells = _cells(sheet, items)
    kinds = {box: min((item.kind for item in found), key=KINDS.index) for box, found in cells.items()}
    marks = {
        styles.mark(*COLOURS[kind][:2]): [box for box, own in kinds.items() if own == kind]
        for kind in KINDS
        if kind in kinds.values()
    }
    unlock = [box for box, kind in kinds.items() if kind in TO_FILL]
    edits = mark_edits(sheet, marks, unlock, styles)
    said = {box.first: _lines(found, listing) for box, found in cells.items()}
    edits += notes.put_in(parts, part, sheet, said)
    parts.write(part, spliced(sheet.xml, edits))
    threads.put_in(parts, part, book_part, said)


def _cells(sheet: SheetPart, items: list[Item]) -> dict[Box, list[Item]]:
    """Return the cells that items are about, merged cells as one, each with its items."""
    cells: dict[Box, list[Item]] = {}
    for item in items:
        if item.box is not None:
            cells.setdefault(sheet.whole(item.box), []).append(item)
    return cells


def _lines(items: list[Item], listing: Listing) -> list[notes.Line]:
    found = []
    for item in items:
        head = listing.text("note_head", kind=listing.text(f"kinds.{item.kind}"))
        found += [notes.line(head, item.message), notes.line("", item.fix)]
    return found


def _drop_sheet(parts: Parts, book_part: str, entry: SheetEntry, targets: Mapping[str, str]) -> None:
    """Take the list of an earlier review out, with what only it leads to."""
    part = targets.get(entry.link, "")
    others = {link.target for name in targets.values() if name != part for link in parts.links(name)}
    for name in [link.target for link in parts.links(part) if link.target] if part else []:
        if name not in others and parts.read(name) is not None:
            parts.remove(name)
    if part:
        parts.remove(part)
    parts.unlink(book_part, entry.link)


def _put_in_front(
    parts: Parts, book_part: str, entries: list[SheetEntry], old: list[SheetEntry], listing: Listing, styles: Styles
) -> None:
    kept = [entry.title for entry in entries if entry not in old]
    listing = replace(listing, sheet=free_title(listing.sheet, kept))
    shown = {entry.title for entry in entries if entry.shown}
    listing = replace(listing, link=lambda item: place_of(item) if item.sheet in shown else "")
    book = parts.read(book_part) or b""
    active = active_sheet(book) in {entry.number for entry in old}
    parts.write(REVIEW_PART, _listing_part(listing, styles, active))
    parts.declare(REVIEW_PART, SHEET_TYPE)
    link = parts.link(book_part, "worksheet", REVIEW_PART, "rIdReview")
    names = tuple((name, f"{quote_sheetname(listing.sheet)}!{area}") for name, area in areas(listing))
    parts.write(book_part, with_front(book, Front(listing.sheet, link, names), frozenset(e.number for e in old)))
    titles = next((link.target for link in parts.links("") if link.kind == "extended-properties"), "")
    xml = parts.read(titles) if titles else None
    if xml is not None:
        parts.write(titles, with_titles(xml, listing.sheet, [entry.title for entry in old]))


def place_of(item: Item) -> str:
    """Return where a link to an item's cell leads, empty where it has none."""
    return f"{quote_sheetname(item.sheet)}!{item.box.first}" if item.box is not None else ""


def _listing_part(listing: Listing, styles: Styles, active: bool) -> bytes:
    """Return the sheet of the list as a part that uses formats of the client's styles, with its texts in its cells."""
    with zipfile.ZipFile(BytesIO(listing_workbook(listing))) as book:
        sheet, theirs = book.read("xl/worksheets/sheet1.xml"), book.read("xl/styles.xml")
        texts = SHARED.findall(book.read("xl/sharedStrings.xml"))
    sheet = SHARED_CELL.sub(lambda found: b' t="inlineStr"><is>' + texts[int(found[1])] + b"</is></c>", sheet)
    numbers = styles.taken_over(theirs)
    sheet = FORMAT.sub(lambda found: found[1] + str(numbers[int(found[2])]).encode() + b'"', sheet)
    return sheet if active else sheet.replace(b' tabSelected="1"', b"", 1)


def listing_workbook(listing: Listing) -> bytes:
    """Return a workbook of its own that holds nothing but the list; it is made in memory, without temporary files."""
    out = BytesIO()
    with strict(), xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": listing.title, "created": CREATED})
        write_listing(book, book.add_worksheet(listing.sheet), listing)
    return out.getvalue()


def _without_signature(parts: Parts) -> bool:
    """Take a digital signature out, which no changed file fulfils; return whether there was one."""
    signed = [name for name in parts.names() if name.lower().startswith(SIGNATURES)]
    parts.unlink("", *(link.id for link in parts.links("") if link.kind == "origin"))
    for name in signed:
        if parts.read(name) is not None:
            parts.remove(name)
    return bool(signed)
