"""Write the mapping of our own template: which cell holds which datapoint, in both modules."""

from __future__ import annotations

from xlsxwriter.utility import xl_rowcol_to_cell

from vsme_xl.edition import load_edition
from vsme_xl.input_layout import INPUT, MODULES, Placement, layout, placement
from vsme_xl.language import languages, load_language

HEAD = """\
# The mapping of our own input workbook, written by `python -m vsme_xl.input_workbook`; do not edit.
#
# recognise  the custom document property that tells the template, and the value it must have
# sheets     for each sheet key its name in every language
# datapoints for each single datapoint its sheet key and its input cell, first in the Basic, then in the Comprehensive
#            Module (null: not in it). Unit cells and values of the year before are named NAME_unit and NAME_previous.
# tables     for each table its sheet key, and for each column its range in both modules; `keys` rows have a fixed key,
#            in the order of the code list `codes`
# A reader binds by defined name first (the datapoint's own name), then by the datapoint name in hidden column A, then by
# the label of the workbook's language, and last by the cells below.
"""


def mapping_text() -> str:
    """Return mappings/vsme-xl.yaml."""
    places = [placement(module) for module in MODULES]
    version = layout()["template"]
    lines = [HEAD + f"kind: {version['kind']}", f"version: {version['version']}"]
    lines += ["recognise: {property: template, value: vsme-xl}", "modules: [basic, comprehensive]", "sheets:"]
    for key in (*layout()["sheets"], "notes"):
        names = ", ".join(f'{code}: "{load_language(code).text(f"sheets.{key}")}"' for code in languages())
        lines.append(f"  {key}: {{{names}}}")
    lines.append("datapoints:")
    for name, spot in places[1].scalars.items():
        if spot.typed:
            cells = ", ".join(_cell(place, name) for place in places)
            lines.append(f"  {name}: {{sheet: {spot.sheet}, cells: [{cells}]}}")
    lines.append("tables:")
    for name in places[1].tables:
        lines += _table(name, places)
    return "\n".join(lines) + "\n"


def _cell(place: Placement, name: str) -> str:
    spot = place.scalars.get(name)
    return "null" if spot is None else str(xl_rowcol_to_cell(spot.row, INPUT))


def _table(name: str, places: list[Placement]) -> list[str]:
    last = places[-1].tables[name]
    codes = load_edition().tables[name].codes
    keys = f", codes: {codes}, keys: {last.keys}" if codes else ""
    lines = [f"  {name}:", f"    sheet: {last.sheet}", f"    rows: {last.rows}{keys}".replace(", ", "\n    ")]
    lines.append("    columns:")
    for column in last.columns:
        d = load_edition().datapoints[column]
        if d.role in ("input", "metric") or column == "Fuel_State":
            lines.append(f"      {column}: [{', '.join(_range(place, name, column) for place in places)}]")
    return lines


def _range(place: Placement, table: str, column: str) -> str:
    spot = place.tables.get(table)
    if spot is None or column not in spot.columns:
        return "null"
    first, last = (xl_rowcol_to_cell(row, spot.columns[column]) for row in (spot.first, spot.last))
    return f"{first}:{last}"


