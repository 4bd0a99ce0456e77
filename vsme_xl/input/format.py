"""The looks of the input workbook: colours, fonts and number formats, each format created once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vsme_xl.edition import Datapoint
from vsme_xl.input.layout import layout

FONT = {"font_name": "Arial", "font_size": 10, "valign": "vcenter"}
ACCENT = {"basic": "#1F5B66", "comprehensive": "#4B4A8A"}
TINT = {"basic": "#DCE9EB", "comprehensive": "#E3E2F1"}
INK, QUIET, LINE = "#22303A", "#66727B", "#D5DADD"
INPUT_FILL, INPUT_LINE, COMPUTED_FILL, GREY_FILL = "#FFF8DF", "#CDBF8E", "#EEF2F4", "#E4E6E8"
PREVIOUS_FILL, CARRIED_FILL, CARRIED_LINE = "#FDFCF5", "#DFECF8", "#9DB9D6"
TINTS = {
    "good": {"font_color": "#1E6B3C", "bg_color": "#E3F2E8"},
    "open": {"font_color": "#8A5A00", "bg_color": "#FDF0D2"},
    "bad": {"font_color": "#A12622", "bg_color": "#FBE3E1"},
    "off": {"font_color": "#7A858C", "bg_color": GREY_FILL},
}
STATUS_TINT = {
    "complete": "good", "computed": "good", "given": "good", "not_defined": "good", "missing": "open",
    "incomplete": "open", "inconsistent": "bad", "unreadable": "bad", "not_applicable": "off", "omitted": "off",
    "unchanged": "off",
}  # fmt: skip

NUMBER_FORMAT = {
    "share": "0.0%", "energy": "#,##0.0##", "emissions": "#,##0.00#", "money": "#,##0.00", "mass": "#,##0.00####",
    "volume": "#,##0.00##", "area": "#,##0.00##", "date": "yyyy-mm-dd", "year": "0", "intensity": "0.00000000",
}  # fmt: skip

Maker = Callable[..., Any]


def formats(workbook: Any) -> Maker:
    """Return a function that gives the workbook's format with some properties, creating each once."""
    made: dict[tuple[bool, frozenset[tuple[str, object]]], Any] = {}

    def make(bare: bool = False, **properties: object) -> Any:
        key = (bare, frozenset(properties.items()))
        if key not in made:
            made[key] = workbook.add_format(properties if bare else {**FONT, "font_color": INK, **properties})
        return made[key]

    return make


def number_format(datapoint: Datapoint) -> str:
    """Return how the numbers of a datapoint are shown."""
    if datapoint.name in layout()["thousands"]:
        return "#,##0.0##"
    if datapoint.kind == "number":
        ratio = datapoint.formula is not None and not datapoint.name.startswith("Number")
        return "#,##0.0#" if datapoint.unit == "h" else "#,##0.00##" if ratio else "General"
    if datapoint.unit == "tCO2e/MEUR":
        return "#,##0.00"
    return NUMBER_FORMAT.get(datapoint.kind, "General")


def input_look(datapoint: Datapoint) -> dict[str, object]:
    """Return the properties of a cell that a person fills in."""
    text = datapoint.symbol_kind == "text"
    look: dict[str, object] = {"bg_color": INPUT_FILL, "border": 1, "border_color": INPUT_LINE, "locked": False}
    look |= {"num_format": number_format(datapoint), "align": "left" if text else "right", "indent": 1}
    if datapoint.kind == "boolean":
        look |= {"align": "center", "indent": 0}
    if text:
        look |= {"text_wrap": True}
    return look


def carried_look(datapoint: Datapoint) -> dict[str, object]:
    """Return the properties of a cell to fill in that holds what was carried over from last year."""
    return {**input_look(datapoint), "bg_color": CARRIED_FILL, "border_color": CARRIED_LINE}


def previous_look(datapoint: Datapoint) -> dict[str, object]:
    """Return the properties of a cell for the year before: to fill in, but quieter than that of this year."""
    return {**input_look(datapoint), "bg_color": PREVIOUS_FILL, "border_color": LINE, "font_color": QUIET}


def computed_look(datapoint: Datapoint) -> dict[str, object]:
    """Return the properties of a cell that is worked out."""
    text = datapoint.symbol_kind == "text"
    look: dict[str, object] = {"bg_color": COMPUTED_FILL, "border": 1, "border_color": LINE}
    look |= {"num_format": number_format(datapoint), "align": "left" if text else "right", "indent": 1}
    if datapoint.kind == "boolean":
        look |= {"align": "center", "indent": 0}
    if text:
        look |= {"text_wrap": True, "font_size": 9}
    return look


def height(text: str, width: float, least: float = 0) -> float:
    """Return the height of a row, in points, that shows a text wrapped in a column `width` characters wide."""
    lines = sum(1 + max(len(line) - 1, 0) // max(int(width) - 2, 4) for line in text.split("\n"))
    return min(max(13.5 * lines + 5, least), 400)


def header_look(module: str) -> dict[str, object]:
    """Return the properties of a section's title bar."""
    return {"bg_color": ACCENT[module], "font_color": "#FFFFFF", "bold": True, "font_size": 11}


def column_look(module: str) -> dict[str, object]:
    """Return the properties of a table's column heading."""
    return {
        "bg_color": TINT[module], "bold": True, "text_wrap": True, "border": 1, "border_color": LINE, "font_size": 9,
        "valign": "vcenter", "indent": 1,
    }  # fmt: skip
