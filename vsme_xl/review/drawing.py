"""The boxes that notes are shown in: old vector drawings (VML), without which no program shows a note."""

from __future__ import annotations

import re
from collections.abc import Mapping

from vsme_xl.reading.sheet_scan import cell_address
from vsme_xl.review.book import link_prefix
from vsme_xl.review.parts import Parts
from vsme_xl.review.sheet import SheetPart, box_of
from vsme_xl.review.splice import Edit, NotEditable, markup, removed, spliced

TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
SHAPE = re.compile(rb"<v:shape\s.*?</v:shape>\s*", re.DOTALL)
ROW, COLUMN = (re.compile(rb"<x:" + name + rb">\s*(\d+)\s*</x:" + name + rb">") for name in (b"Row", b"Column"))
ANCHOR = re.compile(rb"(<x:Anchor>)[^<]*(</x:Anchor>)")
NUMBER = re.compile(rb"_x0000_s(\d+)")
SHAPE_TYPE = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
EMPTY = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    b'xmlns:x="urn:schemas-microsoft-com:office:excel"></xml>'
)
SPACES = ("urn:schemas-microsoft-com:vml", "urn:schemas-microsoft-com:office:excel")
FIRST = 1025
BLOCK = 1024


def drawing_of(parts: Parts, sheet_part: str, sheet: SheetPart) -> str:
    """Return the part that a sheet draws its notes from, empty where it has none."""
    node = sheet.child("legacyDrawing")
    if node is None:
        return ""
    ids = [value for key, value in node.attributes.items() if key.rpartition(":")[2] == "id"]
    return next((link.target for link in parts.links(sheet_part) if link.id in ids), "")


def take_out(parts: Parts, sheet_part: str, cells: frozenset[str]) -> None:
    """Take the boxes of some notes out; the drawing too, where nothing else is in it."""
    if not cells:
        return
    sheet = SheetPart(parts.read(sheet_part) or b"")
    name = drawing_of(parts, sheet_part, sheet)
    xml = parts.read(name) if name else None
    node = sheet.child("legacyDrawing")
    if xml is None or node is None:
        return
    kept = SHAPE.sub(lambda shape: b"" if _cell(shape[0]) in cells else shape[0], xml)
    if re.search(rb"<v:(?!shapetype|stroke|path)\w+", kept):
        parts.write(name, kept)
        return
    parts.unlink(sheet_part, *(link.id for link in parts.links(sheet_part) if link.target == name))
    parts.remove(name)
    parts.write(sheet_part, spliced(sheet.xml, [removed(node)]))


def put_in(
    parts: Parts, sheet_part: str, sheet: SheetPart, anchors: Mapping[str, str], grown: frozenset[str]
) -> list[Edit]:
    """Draw a box at its anchor for each note that has none, and for those that have grown; the others stay.

    Returns the edit that links a sheet to a new drawing.
    """
    name = drawing_of(parts, sheet_part, sheet)
    xml = parts.read(name) if name else None
    edits = []
    if xml is None:
        xml = EMPTY
        name = parts.free_name("xl/drawings/vmlDrawing{}.vml")
        parts.declare_extension("vml", TYPE)
        link = parts.link(sheet_part, "vmlDrawing", name, "rIdReviewBoxes")
        edits.append(_link(sheet, link))
    there = {_cell(shape) for shape in SHAPE.findall(xml)}
    xml = SHAPE.sub(lambda shape: _grown(shape[0], anchors) if _cell(shape[0]) in grown else shape[0], xml)
    end = xml.rfind(b"</xml>")
    if end < 0 or not all(space.encode() in xml for space in SPACES):
        raise NotEditable("notes_drawn_otherwise")
    number = max([FIRST - 1, *map(int, NUMBER.findall(xml))]) + 1
    new = "" if b'id="_x0000_t202"' in xml else SHAPE_TYPE
    for place, (cell, anchor) in enumerate((c, a) for c, a in anchors.items() if c not in there):
        new += _shape(cell, anchor, number + place)
    if edits:
        blocks = ",".join(str(n) for n in range(1, (number + len(anchors)) // BLOCK + 1))
        new = f'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{blocks}"/></o:shapelayout>' + new
    parts.write(name, xml[:end] + new.encode("ascii") + xml[end:])
    return edits


def _link(sheet: SheetPart, link: str) -> Edit:
    declared, prefix = link_prefix(sheet.nodes[0])
    text = markup(f'<legacyDrawing{declared} {prefix}:id="{link}"/>', sheet.nodes[0].prefix)
    old = sheet.child("legacyDrawing")
    if old is not None:  # it leads nowhere
        return Edit(old.begin, old.end, text)
    at = sheet.place_for("legacyDrawing")
    return Edit(at, at, text)


def _cell(shape: bytes) -> str:
    row, column = ROW.search(shape), COLUMN.search(shape)
    return cell_address(int(row[1]), int(column[1])) if row and column and b'"Note"' in shape else ""


def _grown(shape: bytes, anchors: Mapping[str, str]) -> bytes:
    return ANCHOR.sub(lambda found: found[1] + anchors[_cell(shape)].encode() + found[2], shape)


def _shape(cell: str, anchor: str, number: int) -> str:
    box = box_of(cell)
    assert box is not None
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;'
        f'width:248pt;height:60pt;z-index:{number - FIRST + 1};visibility:hidden" fillcolor="#ffffe1" '
        'o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
        '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div>'
        '</v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{box.top - 1}</x:Row>"
        f"<x:Column>{box.left - 1}</x:Column></x:ClientData></v:shape>"
    )
