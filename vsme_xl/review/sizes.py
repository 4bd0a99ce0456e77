"""Find how large the rows and columns of a sheet are, so that a note is as large as its text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vsme_xl.reading.sheet_scan import LAST_COLUMN, LAST_ROW
from vsme_xl.review.sheet import SheetPart, box_of

WIDTH, LINE, MOST_HEIGHT, PER_LINE = 330, 15, 420, 52


@dataclass(frozen=True)
class Sizes:
    """The sizes of one sheet in pixels, by numbers counted from one."""

    width: Callable[[int], int]
    height: Callable[[int], int]

    def beside(self, cell: str, lines: list[str]) -> str:
        """Return the place of a note beside a cell as drawings give it: columns, rows and pixels into them."""
        box = box_of(cell)
        assert box is not None
        row, column = box.top, box.left
        tall = min(MOST_HEIGHT, LINE * sum(1 + len(line) // PER_LINE for line in lines) + 12)
        left = min(column + 1, LAST_COLUMN)
        top = max(row - 1, 1)
        right, over = _walk(left, WIDTH + 12, self.width, LAST_COLUMN)
        bottom, down = _walk(top, tall + 8, self.height, LAST_ROW)
        return f"{left - 1}, 12, {top - 1}, 8, {right - 1}, {over}, {bottom - 1}, {down}"


def _walk(start: int, pixels: int, size: Callable[[int], int], last: int) -> tuple[int, int]:
    """Return how far a length reaches: the row or column it ends in, and how many pixels into it."""
    at = start
    while at < last and pixels > size(at):
        pixels -= size(at)
        at += 1
    return at, min(pixels, size(at))


def sizes_of(sheet: SheetPart) -> Sizes:
    """Return the sizes of a sheet's rows and columns."""
    form = sheet.child("sheetFormatPr")
    given = form.attributes if form is not None else {}
    default_width = _columns_pixels(given.get("defaultColWidth", "9.14"))
    default_height = round(float(given.get("defaultRowHeight", "15")) * 4 / 3)
    columns = [
        (int(n.attributes["min"]), int(n.attributes["max"]), _shown(n.attributes, "width", default_width))
        for n in sheet.nodes
        if n.name == "col"
    ]

    def width(column: int) -> int:
        return next((size for first, last, size in columns if first <= column <= last), default_width)

    def height(row: int) -> int:
        node = sheet.rows.get(row)
        if node is None:
            return default_height
        if node.attributes.get("hidden") in ("1", "true"):
            return 0
        return round(float(node.attributes["ht"]) * 4 / 3) if "ht" in node.attributes else default_height

    return Sizes(width, height)


def _shown(attributes: object, name: str, default: int) -> int:
    assert isinstance(attributes, dict)
    if attributes.get("hidden") in ("1", "true"):
        return 0
    return _columns_pixels(attributes[name]) if name in attributes else default


def _columns_pixels(width: str) -> int:
    return round(float(width) * 7 + 5)
