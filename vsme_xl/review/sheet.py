"""Mark the cells of one sheet: a format on top of all others, and no protection where there is something to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from vsme_xl.reading.sheet_scan import cell_address, column_number
from vsme_xl.review.splice import (
    TAG,
    Edit,
    Node,
    appended,
    elements,
    markup,
    removed,
    set_attributes,
    spliced,
)
from vsme_xl.review.styles import Styles

# A condition that always holds, by which a later review knows our marks from the client's formats.
CONDITION = 'LEN("vsme-xl")&gt;0'
OUR_RULE = re.compile(rb"LEN\((?:\"|&quot;)vsme-xl(?:\"|&quot;)\)")
# The children of a worksheet in the order of the schema.
ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
    "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags",
    "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
    "tableParts", "extLst",
)  # fmt: skip
RANK = {name: rank for rank, name in enumerate(ORDER)}
KNOWN_INSIDE = re.compile(rb"<(?:[\w.-]+:)?(" + "|".join(ORDER).encode() + rb")\b")
SHEET_DATA = re.compile(rb"<((?:[\w.-]+:)?)sheetData(?:\s[^<>]*)?(?<!/)>")
ROW = re.compile(rb"<((?:[\w.-]+:)?)row(?=[\s/>])")
ATTRIBUTE = re.compile(rb"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
INNER = frozenset({"col", "mergeCell", "cfRule"})
REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})(?::([A-Z]{1,3})([0-9]{1,7}))?\Z")
PER_RULE = 200


@dataclass(frozen=True)
class Box:
    """A rectangle of cells, counted from one; the last row and column belong to it."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def first(self) -> str:
        """The address of its first cell."""
        return cell_address(self.top - 1, self.left - 1)

    @property
    def reference(self) -> str:
        """Its address, such as `D14` or `B6:D7`."""
        last = cell_address(self.bottom - 1, self.right - 1)
        return self.first if last == self.first else f"{self.first}:{last}"


def box_of(reference: str) -> Box | None:
    """Return the cells a reference such as `D14` or `B6:D7` means, None where it is none."""
    match = REFERENCE.match(reference.replace("$", "").upper())
    if match is None:
        return None
    left, top, right, bottom = match.groups()
    first, last = (int(top), column_number(left)), (int(bottom or top), column_number(right or left))
    return Box(min(first[0], last[0]), min(first[1], last[1]), max(first[0], last[0]), max(first[1], last[1]))


@dataclass(frozen=True)
class SheetPart:
    """The XML of a worksheet and where its elements stand in it."""

    xml: bytes

    @cached_property
    def nodes(self) -> list[Node]:
        """The root, its children, columns, merged cells and rules of conditional formats, and rows where they are few.

        The cells, which are most of a sheet, are cut out before it is parsed, where nothing but elements is among them.
        """
        begin = SHEET_DATA.search(self.xml)
        if begin is None or any(other in self.xml for other in (b"<!--", b"<![CDATA[")):
            return elements(self.xml, 1, INNER | {"row"})
        cut = begin.end()
        gap = self.xml.rindex(b"</" + begin[1] + b"sheetData") - cut

        def back(node: Node) -> Node:
            begins, inners = (at + gap if at > cut else at for at in (node.begin, node.inner))
            closes, ends = (at + gap if at >= cut else at for at in (node.close, node.end))
            return Node(node.name, node.prefix, node.attributes, node.depth, begins, inners, closes, ends)

        return list(map(back, elements(self.xml[:cut] + self.xml[cut + gap :], 1, INNER)))

    @cached_property
    def children(self) -> list[Node]:
        """The children of the worksheet."""
        return [node for node in self.nodes if node.depth == 1]

    @cached_property
    def rows(self) -> dict[int, Node]:
        """The rows by their numbers, also where these are left to be counted."""
        found: dict[int, Node] = {}
        number = 0
        for node in [n for n in self.nodes if n.name == "row" and n.depth == 2] or self._cut_rows():
            number = int(node.attributes.get("r", number + 1))
            found[number] = node
        return found

    def _cut_rows(self) -> Iterator[Node]:
        data = self.child("sheetData")
        for match in ROW.finditer(self.xml, data.inner, data.close) if data is not None else ():
            tag = TAG.match(self.xml, match.start())
            assert tag is not None
            name = match[1] + b"row"
            end = close = tag.end()
            if not tag[0].endswith(b"/>"):
                close = self.xml.index(b"</" + name, close)
                end = self.xml.index(b">", close) + 1
            written = {key.decode(): (one or two).decode() for key, one, two in ATTRIBUTE.findall(tag[0])}
            yield Node("row", match[1].decode().rstrip(":"), written, 2, match.start(), tag.end(), close, end)

    @cached_property
    def merged(self) -> list[Box]:
        """The merged cells."""
        boxes = (box_of(n.attributes.get("ref", "")) for n in self.nodes if n.name == "mergeCell")
        return [box for box in boxes if box is not None]

    @cached_property
    def is_protected(self) -> bool:
        """Whether locked cells cannot be typed into."""
        guard = self.child("sheetProtection")
        return guard is not None and guard.attributes.get("sheet", "0") in ("1", "true")

    def child(self, name: str) -> Node | None:
        """Return the first child of the worksheet with this name."""
        return next((node for node in self.children if node.name == name), None)

    def whole(self, box: Box) -> Box:
        """Return the merged cells that a box begins in, or the box itself."""
        for area in self.merged:
            if area.top <= box.top <= area.bottom and area.left <= box.left <= area.right:
                return area
        return box

    def place_for(self, name: str) -> int:
        """Return where a child of this name belongs: behind the last one that may go before it."""
        before = [node for node in self.children if self._rank(node) <= RANK[name]]
        return before[-1].end if before else self.nodes[0].inner

    def _rank(self, node: Node) -> int:
        if node.name == "AlternateContent":
            inside = KNOWN_INSIDE.search(self.xml, node.inner, node.close)
            return RANK[inside[1].decode()] if inside else len(ORDER)
        return RANK.get(node.name, len(ORDER))


def without_marks(xml: bytes) -> bytes:
    """Return a sheet without the marks of an earlier review; the priorities of the client's rules move back."""
    if not OUR_RULE.search(xml):
        return xml
    sheet = SheetPart(xml)
    rules = [node for node in sheet.nodes if node.name == "cfRule"]
    ours = [rule for rule in rules if OUR_RULE.search(xml, rule.begin, rule.end)]
    gone = [_priority(rule) for rule in ours]
    edits = [
        set_attributes(xml, rule, priority=str(_priority(rule) - sum(p < _priority(rule) for p in gone)))
        for rule in rules
        if rule not in ours and any(p < _priority(rule) for p in gone)
    ]
    for node in sheet.children:
        if node.name == "conditionalFormatting":
            inside = [rule for rule in rules if node.inner <= rule.begin < node.close]
            mine = [rule for rule in inside if rule in ours]
            edits += [removed(node)] if mine and len(mine) == len(inside) else map(removed, mine)
    return spliced(xml, edits)


def _priority(rule: Node) -> int:
    text = rule.attributes.get("priority", "0")
    return int(text) if text.lstrip("-").isdigit() else 0


def mark_edits(
    sheet: SheetPart, marks: Mapping[int, list[Box]], unlock: Iterable[Box], styles: Styles
) -> list[Edit]:
    """Return the edits that mark cells by the numbers of conditional formats, the weightiest first, and unlock some.

    The rules go before all others, in the file (LibreOffice) and by priority (Excel), so that nothing hides them.
    """
    xml, prefix = sheet.xml, sheet.nodes[0].prefix
    rules: list[str] = []
    for number, boxes in marks.items():
        for start in range(0, len(boxes), PER_RULE):
            area = " ".join(box.reference for box in boxes[start : start + PER_RULE])
            rules.append(
                f'<conditionalFormatting sqref="{area}"><cfRule type="expression" dxfId="{number}" '
                f'priority="{len(rules) + 1}"><formula>{CONDITION}</formula></cfRule></conditionalFormatting>'
            )
    edits = [
        set_attributes(xml, node, priority=str(_priority(node) + len(rules)))
        for node in sheet.nodes
        if node.name == "cfRule" and "priority" in node.attributes
    ]
    first = sheet.child("conditionalFormatting")
    at = first.begin if first is not None else sheet.place_for("conditionalFormatting")
    edits.append(Edit(at, at, markup("".join(rules), prefix)))
    if sheet.is_protected:
        edits += _unlocking(sheet, unlock, styles)
    return edits


def _unlocking(sheet: SheetPart, boxes: Iterable[Box], styles: Styles) -> list[Edit]:
    """Return the edits that unlock every cell of the boxes whose first cell holds no formula; missing ones are made."""
    wanted: dict[int, set[int]] = {}
    for box in boxes:
        if _holds_formula(sheet, box):
            continue
        for row in range(box.top, box.bottom + 1):
            wanted.setdefault(row, set()).update(range(box.left, box.right + 1))
    data = sheet.child("sheetData")
    if data is None:
        return []
    edits: list[Edit] = []
    new_rows: dict[int, bytes] = {}
    for number, columns in sorted(wanted.items()):
        node = sheet.rows.get(number)
        if node is not None:
            edits += _unlocked_row(sheet, node, number, columns, styles)
            continue
        cells = "".join(_new_cell(sheet, number, column, None, styles) for column in sorted(columns))
        later = [node for n, node in sheet.rows.items() if n > number]
        at = later[0].begin if later else -1
        new_rows[at] = new_rows.get(at, b"") + markup(f'<row r="{number}">{cells}</row>', sheet.nodes[0].prefix)
    edits += [Edit(at, at, text) for at, text in new_rows.items() if at >= 0]
    if -1 in new_rows:
        edits.append(appended(sheet.xml, data, new_rows[-1]))
    return edits


def _holds_formula(sheet: SheetPart, box: Box) -> bool:
    row = sheet.rows.get(box.top)
    return row is not None and box.left in _cells(sheet.xml[row.begin : row.end])[2]


def _cells(row: bytes) -> tuple[Node, dict[int, Node], frozenset[int]]:
    """Return a row, its cells by column, also where these are left to be counted, and the columns with formulas."""
    root, *inner = elements(row, 1, frozenset({"f"}))
    cells: dict[int, Node] = {}
    formulas = set()
    column = 0
    for node in inner:
        if node.name == "c":
            match = REFERENCE.match(node.attributes.get("r", "").upper())
            column = column_number(match[1]) if match else column + 1
            cells[column] = node
        elif node.name == "f":
            formulas.add(column)
    return root, cells, frozenset(formulas)


def _unlocked_row(sheet: SheetPart, row: Node, number: int, columns: set[int], styles: Styles) -> list[Edit]:
    text = sheet.xml[row.begin : row.end]
    root, cells, formulas = _cells(text)
    edits = []
    new: dict[int, str] = {}
    for column in sorted(columns):
        cell = cells.get(column)
        if cell is None:
            later = [c for c in cells if c > column]
            at = cells[later[0]].begin if later else root.close
            new[at] = new.get(at, "") + _new_cell(sheet, number, column, row, styles)
        elif column not in formulas:
            style = styles.unlocked(int(cell.attributes.get("s", "0")))
            edits.append(set_attributes(text, cell, s=str(style)))
    if root.empty and new:
        edits.append(appended(text, root, markup("".join(new.values()), root.prefix)))
    else:
        edits += [Edit(at, at, markup(cells_there, root.prefix)) for at, cells_there in new.items()]
    return [Edit(row.begin + e.begin, row.begin + e.end, e.text) for e in edits]


def _new_cell(sheet: SheetPart, row: int, column: int, node: Node | None, styles: Styles) -> str:
    """Return an empty cell with the format it has without one: that of its row, of its column, or none."""
    style = 0
    if node is not None and node.attributes.get("customFormat") in ("1", "true"):
        style = int(node.attributes.get("s", "0"))
    else:
        for entry in sheet.nodes:
            if entry.name == "col" and int(entry.attributes["min"]) <= column <= int(entry.attributes["max"]):
                style = int(entry.attributes.get("style", "0"))
    return f'<c r="{cell_address(row - 1, column - 1)}" s="{styles.unlocked(style)}"/>'
