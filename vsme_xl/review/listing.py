"""Write the sheet that lists the findings of a review, with the status of every disclosure below them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import quote_sheetname

from vsme_xl.cell_text import clean, one_line
from vsme_xl.disclosures import Disclosure
from vsme_xl.language import Language
from vsme_xl.reading.open_xml import REVIEW_MARK
from vsme_xl.results.format import done, height_of, set_up_page
from vsme_xl.review.items import KINDS, Item
from vsme_xl.review.splice import plain

# Fill, line and ink of the marks, also in the cells themselves.
COLOURS = {
    "error": ("FFB3B3", "C00000", "8B0000"), "missing": ("D9B8F5", "7030A0", "5B1F8A"),
    "warning": ("FFD59B", "C55A11", "8A3B00"), "info": ("C9E0FB", "2F5597", "1F3F77"),
}  # fmt: skip
COLUMNS = ("severity", "disclosure", "label", "cell", "message", "fix")
WIDTHS = (13, 12, 34, 30, 58, 58)
# Of one kind with the columns above them, so that the header repeated in print fits both.
STATUS_COLUMNS = ("status", "disclosure", "title", "answered", "missing", "why")
TONE = {"complete": "good", "missing": "open", "incomplete": "open"}
STATUS_COLOURS = {"good": ("E3F2E8", "1E6B3C"), "open": ("FDF0D2", "8A5A00"), "closed": ("ECEFF2", "66727B")}
TITLE, ABOUT, KEY, HOW, HEADER = range(5)
FIRST = 1
INK, GREY, LINE, HEAD, LINK = "#22303A", "#66727B", "#D5DADD", "#1F4E79", "#1F5FBF"
CELL: dict[str, object] = {"text_wrap": True, "border": 1, "border_color": LINE, "align": "left", "indent": 1}
BAR: dict[str, object] = {
    "bold": True, "font_color": "#FFFFFF", "bg_color": HEAD, "valign": "vcenter", "border": 1, "border_color": HEAD,
    "indent": 1,
}  # fmt: skip
TITLE_LENGTH, LOWEST = 200, 14.0
FILLED = 0.92  # of a line: Arial runs wider than the font that heights are reckoned with


@dataclass(frozen=True)
class Listing:
    """What the sheet holds; `link` gives the place a cell's link leads to, empty where it has none.

    `sheet` is its title on the tab, `how` says which of the texts tells what to do.
    """

    sheet: str
    how: str
    title: str
    about: str
    items: tuple[Item, ...]
    disclosures: tuple[Disclosure, ...]
    words: Language
    link: Callable[[Item], str]

    @property
    def status_row(self) -> int:
        """The row in which the status of the disclosures begins."""
        return HEADER + max(len(self.items), 1) + 3

    def text(self, path: str, **values: object) -> str:
        """Return a text of the review's part of the language file."""
        return self.words.text(f"review.{path}", **values)


def areas(listing: Listing) -> tuple[tuple[str, str], ...]:
    """Return the sheet's own names with the cells they stand for: the rows to repeat in print, the filter."""
    last = HEADER + 1 + max(len(listing.items), 1)
    filtered = f"$B${HEADER + 1}:$G${last}"
    return ("_xlnm.Print_Titles", f"${HEADER + 1}:${HEADER + 1}"), ("_xlnm._FilterDatabase", filtered)


def write_listing(workbook: Any, sheet: Any, listing: Listing) -> None:
    """Write the sheet row by row from the top."""
    make = _maker(workbook)
    sheet.set_column(0, 0, 2, None, {"hidden": True})
    for column, width in enumerate(WIDTHS, start=FIRST):
        sheet.set_column(column, column, width)
    sheet.set_tab_color(f"#{COLOURS['error'][1]}")
    set_up_page(sheet, HEADER + 1, listing.text("footer"), HEADER)
    _head(sheet, listing, make)
    for number, item in enumerate(listing.items, start=HEADER + 1):
        _item_row(sheet, number, item, listing, make)
    if not listing.items:
        put(sheet, HEADER + 1, FIRST, listing.text("nothing"), make())
    sheet.autofilter(HEADER, FIRST, HEADER + max(len(listing.items), 1), FIRST + len(COLUMNS) - 1)
    _statuses(sheet, listing, make)


def put(sheet: Any, row: int, column: int, value: object, style: Any) -> None:
    """Write a text, which is never taken for a formula or a link, or a number."""
    if isinstance(value, int | float):
        sheet.write_number(row, column, value, style)
    elif value:
        done(sheet.write_string(row, column, clean(str(value)), style))
    else:
        sheet.write_blank(row, column, None, style)


def _maker(workbook: Any) -> Callable[..., Any]:
    made: dict[frozenset[tuple[str, object]], Any] = {}

    def make(**properties: object) -> Any:
        key = frozenset(properties.items())
        if key not in made:
            made[key] = workbook.add_format(
                {"font_name": "Arial", "font_size": 10, "font_color": INK, "valign": "top", **properties}
            )
        return made[key]

    return make


def _head(sheet: Any, listing: Listing, make: Callable[..., Any]) -> None:
    sheet.set_row(TITLE, 28)
    put(sheet, TITLE, 0, REVIEW_MARK, make(font_color="#FFFFFF"))
    title = make(bold=True, font_size=16, font_color=HEAD, valign="vcenter")
    put(sheet, TITLE, FIRST, listing.title[:TITLE_LENGTH], title)
    put(sheet, ABOUT, FIRST, listing.about, make(font_color=GREY))
    counts = Counter(item.kind for item in listing.items)
    sheet.set_row(KEY, 17)
    for column, kind in enumerate(KINDS, start=FIRST):
        put(sheet, KEY, column, listing.text(f"counts.{kind}", number=counts[kind]), _badge(kind, make))
    place = f"internal:{quote_sheetname(listing.sheet)}!B{listing.status_row + 1}"
    done(sheet.write_url(KEY, FIRST + 5, place, make(font_color=LINK, underline=1), listing.text("to_statuses")))
    put(sheet, HOW, FIRST, listing.text(listing.how), make(font_color=INK))
    sheet.set_row(HEADER, 24)
    for column, key in enumerate(COLUMNS, start=FIRST):
        put(sheet, HEADER, column, listing.text(f"columns.{key}"), make(**BAR))


def _badge(kind: str, make: Callable[..., Any]) -> Any:
    fill, line, ink = COLOURS[kind]
    return make(**{**CELL, "bold": True, "font_color": f"#{ink}", "bg_color": f"#{fill}", "border_color": f"#{line}"})


def _item_row(sheet: Any, row: int, item: Item, listing: Listing, make: Callable[..., Any]) -> None:
    texts = (item.label, item.cell, item.message, item.fix)
    sheet.set_row(row, _height(*zip(texts, WIDTHS[2:], strict=True)))
    put(sheet, row, 0, item.code, make(font_color=GREY))
    put(sheet, row, FIRST, listing.text(f"kinds.{item.kind}"), _badge(item.kind, make))
    put(sheet, row, FIRST + 1, item.disclosure, make(**CELL))
    put(sheet, row, FIRST + 2, item.label, make(**CELL))
    target = listing.link(item)
    if target:
        style = make(**{**CELL, "font_color": LINK, "underline": 1})
        done(sheet.write_url(row, FIRST + 3, f"internal:{target}", style, one_line(plain(item.cell))))
    else:
        put(sheet, row, FIRST + 3, item.cell, make(**CELL))
    put(sheet, row, FIRST + 4, item.message, make(**CELL))
    put(sheet, row, FIRST + 5, item.fix, make(**CELL))


def _statuses(sheet: Any, listing: Listing, make: Callable[..., Any]) -> None:
    """Write how complete each disclosure is, what is missing in it, and why one does not apply."""
    top = listing.status_row
    sheet.set_h_pagebreaks([top])
    sheet.set_row(top, 24)
    put(sheet, top, FIRST, listing.text("statuses"), make(bold=True, font_size=13, font_color=HEAD))
    sheet.set_row(top + 1, 24)
    for column, key in enumerate(STATUS_COLUMNS, start=FIRST):
        put(sheet, top + 1, column, listing.text(f"status_columns.{key}"), make(**BAR))
    for row, status in enumerate(listing.disclosures, start=top + 2):
        fill, ink = STATUS_COLOURS[TONE.get(status.status, "closed")]
        missing = "; ".join(listing.words.label(name) for name, _ in status.gaps)
        why = "; ".join(rule for rule, _ in status.reasons[:1]) if status.status == "not_applicable" else ""
        title = listing.words.text(f"input.disclosures.{status.mark}")
        said = listing.words.text(f"status.{status.status}")
        sheet.set_row(row, _height(*zip((said, "", title, "", missing, why), WIDTHS, strict=True)))
        style = make(**{**CELL, "bg_color": f"#{fill}", "font_color": f"#{ink}"})
        put(sheet, row, FIRST, said, style)
        whole = status.answered + len(status.gaps)
        answered = listing.text("answered", part=status.answered, whole=whole) if whole else ""
        for column, text in enumerate((status.mark, title, answered, missing, why), start=FIRST + 1):
            put(sheet, row, column, text, make(**CELL))


def _height(*texts: tuple[object, float]) -> float:
    return (height_of((text, FILLED * (width - 2)) for text, width in texts) or LOWEST) + 3
