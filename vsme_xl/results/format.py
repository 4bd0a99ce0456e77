"""Give the results workbook its looks: formats made once, number formats by kind and size, page set-up."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from math import ceil
from typing import Any

from xlsxwriter.exceptions import FileCreateError

from vsme_xl.edition import Datapoint

UNDATED = dt.datetime(2025, 1, 1)
# What is worked out of a text is kept only for those that may be labels: a client's may be long, and do not come again.
LONGEST_LABEL = 400
LINE_HEIGHT, HIGHEST_ROW, TEXT_PER_WIDTH = 13.0, 409.0, 1.2
FONT = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
INK, GREY, LINE = "#1F2933", "#6B7785", "#D5DBE1"
BLUE, TEAL, AMBER, RED = "#1F4E79", "#3B7D8C", "#FFF3D6", "#A4262C"
STYLES: dict[str, dict[str, Any]] = {
    "title": {"font_size": 16, "bold": True, "font_color": BLUE, "valign": "vcenter"},
    "subtitle": {"font_color": GREY},
    "section": {"bold": True, "font_color": "#FFFFFF", "bg_color": BLUE, "valign": "vcenter"},
    "header": {
        "bold": True, "font_color": BLUE, "bg_color": "#E4ECF3", "bottom": 1, "bottom_color": BLUE, "text_wrap": True,
        "valign": "vcenter",
    },
    "header_right": {
        "bold": True, "font_color": BLUE, "bg_color": "#E4ECF3", "bottom": 1, "bottom_color": BLUE, "text_wrap": True,
        "valign": "vcenter", "align": "right", "indent": 1,
    },
    "label": {"text_wrap": True, "bottom": 1, "bottom_color": LINE},
    "text": {"text_wrap": True, "bottom": 1, "bottom_color": LINE},
    "small": {
        "text_wrap": True, "align": "left", "indent": 1, "font_size": 9, "font_color": GREY, "bottom": 1,
        "bottom_color": LINE,
    },
    "value": {"align": "right", "indent": 1, "bottom": 1, "bottom_color": LINE},
    "computed": {"align": "right", "indent": 1, "bottom": 1, "bottom_color": LINE, "bg_color": "#EEF5EE"},
    "computed_text": {"text_wrap": True, "bottom": 1, "bottom_color": LINE, "bg_color": "#EEF5EE"},
    "blank": {"bottom": 1, "bottom_color": LINE},
    "missing": {
        "align": "left", "indent": 1, "bottom": 1, "bottom_color": LINE, "bg_color": AMBER, "text_wrap": True,
    },
    "left_out": {
        "align": "left", "indent": 1, "bottom": 1, "bottom_color": LINE, "bg_color": "#ECEFF2", "font_color": GREY,
        "text_wrap": True,
    },
    "link": {"font_color": "#1F5FBF", "underline": 1, "bottom": 1, "bottom_color": LINE, "text_wrap": True},
    "link_apart": {
        "font_color": "#1F5FBF", "underline": 1, "bottom": 1, "bottom_color": LINE, "align": "left", "indent": 1,
        "text_wrap": True,
    },
    "error": {"bold": True, "font_color": RED, "bottom": 1, "bottom_color": LINE},
    "warning": {"bold": True, "font_color": "#8A5A00", "bottom": 1, "bottom_color": LINE},
    "info": {"font_color": GREY, "bottom": 1, "bottom_color": LINE},
    "unit": {"font_size": 9, "font_color": GREY, "bg_color": "#F1F5F9", "bottom": 1, "bottom_color": LINE},
    "cell": {"bottom": 1, "bottom_color": LINE},
    "alarm": {"bold": True, "font_color": RED, "align": "right", "indent": 1, "bottom": 1, "bottom_color": LINE},
    "outlier": {"bg_color": AMBER, "font_color": INK},
    "outlier_value": {"align": "right", "indent": 1, "bottom": 1, "bottom_color": LINE, "bg_color": AMBER},
    "plain": {},
    "number": {"align": "right", "indent": 1},
    "finder": {"font_size": 9, "font_color": GREY, "align": "right", "bottom": 1, "bottom_color": LINE},
    "finder_label": {"font_size": 9, "font_color": GREY, "text_wrap": True, "bottom": 1, "bottom_color": LINE},
    "finder_head": {
        "font_size": 8, "font_color": GREY, "bg_color": "#F1F5F9", "bottom": 1, "bottom_color": BLUE, "text_wrap": True,
        "valign": "vcenter",
    },
    "note": {"font_color": GREY, "italic": True, "text_wrap": True},
}  # fmt: skip


@dataclass
class Formats:
    """The formats of one workbook, each made the first time it is asked for."""

    workbook: Any
    made: dict[tuple[str, str], Any] = field(default_factory=dict)

    def get(self, style: str, number: str = "") -> Any:
        """Return the format of a style with a number format."""
        try:
            return self.made[style, number]
        except KeyError:
            made = self.made[style, number] = copy(_pattern(style, number))
            made.xf_format_indices = self.workbook.xf_format_indices
            made.dxf_format_indices = self.workbook.dxf_format_indices
            self.workbook.formats.append(made)
            return made


@lru_cache(maxsize=512)
def _pattern(style: str, number: str) -> Any:
    """Return a format of which each workbook gets a copy: to make it of its properties takes much longer."""
    from xlsxwriter import Workbook

    made = Workbook(BytesIO()).add_format(properties_of(style, number))
    made._get_format_key()  # which it keeps
    return made


def properties_of(style: str, number: str) -> dict[str, Any]:
    """Return the properties of a style with a number format."""
    return {**FONT, **STYLES[style], **({"num_format": number} if number else {})}


def number_format(kind: str, unit: str, value: float | None) -> str:
    """Return the number format of a value: shares in %, dates and years as such, others by their size."""
    if kind == "share":
        return "0.0 %"
    if kind == "date":
        return "yyyy-mm-dd"
    if kind == "year":
        return "0"
    if value is None or value == round(value):
        return "#,##0"
    size = abs(value)
    if kind == "money" and unit != "EUR/h":
        return "#,##0.00"
    for limit, shown in ((1000, "#,##0.0"), (1, "#,##0.00"), (0.01, "0.00##"), (1e-6, "0.00######")):
        if size >= limit:
            return shown
    return "0.00E+00"


def format_of(datapoint: Datapoint, value: object) -> str:
    """Return the number format of one datapoint's value; none for texts."""
    return number_format(datapoint.kind, datapoint.unit, value) if isinstance(value, float) else ""


def height_of(texts: Iterable[tuple[object, float]]) -> float | None:
    """Return the height a row needs for wrapped texts in columns of these widths; None where one line is enough."""
    lines = 1
    for text, width in texts:
        if isinstance(text, str) and (len(text) > width * TEXT_PER_WIDTH or "\n" in text):
            lines = max(lines, (_lines_of_label if len(text) <= LONGEST_LABEL else _broken)(text, width))
    return None if lines <= 1 else min(HIGHEST_ROW, lines * LINE_HEIGHT + 3)


@lru_cache(maxsize=8192)
def _lines_of_label(text: str, width: float) -> int:
    return _broken(text, width)


def _broken(text: str, width: float) -> int:
    """Return how many lines a text needs that is longer than one."""
    return sum(_wrapped(part, width * TEXT_PER_WIDTH) for part in text.split("\n"))


def _wrapped(text: str, room: float) -> int:
    """Return how many lines a text fills when it is broken between its words."""
    lines, used = 1, -1
    for length in map(len, text.split(" ")):
        used += length + 1
        if used > room:
            full = ceil(length / room) - 1
            lines += full + (used > length)
            used = length - int(full * room)
    return lines


def set_up_page(sheet: Any, title_row: int, footer: str, repeat: int | None = None) -> None:
    """Set up a sheet for the screen and for print: A4 landscape, one page wide, header row repeated, page x of y."""
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(footer)
    if repeat is not None:
        sheet.repeat_rows(repeat)
    if title_row:
        sheet.freeze_panes(title_row, 0)


@contextmanager
def strict() -> Iterator[None]:
    """Make every warning of the writing library an error: it drops what it cannot write with only a warning.

    Where it cannot write a file, OSError says so.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    except FileCreateError as error:
        cause = error.args[0] if error.args else None
        raise cause if isinstance(cause, OSError) else OSError(str(error)) from error


def done(code: object) -> None:
    """Raise where the writing library says by a negative number that it did not write."""
    if isinstance(code, int) and code < 0:
        raise RuntimeError(f"the workbook part was not written (code {code})")
