"""Write the mapping of our own template: which cell holds which datapoint, in one module."""

from __future__ import annotations

from collections.abc import Iterator

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from vsme_xl.edition import load_edition
from vsme_xl.input.layout import INPUT, LABEL, NAME, PREVIOUS, UNIT, Placement, layout, placement
from vsme_xl.language import languages, load_language

HEADINGS = 2
HEAD = """\
# The input workbook of the {module} module, written by `python -m vsme_xl.input.workbook`; do not edit.
# Every datapoint stands in the cell that carries its name; `at` is where the blank workbook has it, for workbooks
# that lost their names. Unit cells and values of the year before are named NAME_unit and NAME_previous; see `names`.
"""


def mapping_text(module: str) -> str:
    """Return the text of mappings/vsme-xl-MODULE.yaml."""
    place = placement(module)
    version = layout()["template"]
    lines = [HEAD.format(module=module).rstrip(), f"kind: {version['kind']}", f'version: "{version["version"]}"']
    lines += [f"title: vsme-xl input workbook, {module} module", "recognise:"]
    lines += [f"  properties: {{template: {version['kind']}, module: {module}}}"]
    lines += ["  version_property: template_version", "language: {property: language}", "sheets:"]
    for key in (*layout()["sheets"], "notes"):
        names = ", ".join(f'"{load_language(code).text(f"sheets.{key}")}"' for code in languages())
        lines.append(f"  {key}: [{names}]")
    lines.append(f"landmarks: {{keys: {xl_col_to_name(NAME)}, labels: {xl_col_to_name(LABEL)}, headings: {HEADINGS}}}")
    lines.append("datapoints:")
    for name, spot in place.scalars.items():
        if spot.typed:
            lines.append(f'  {name}: {{name: {name}, at: "{spot.sheet}!{xl_rowcol_to_cell(spot.row, INPUT)}"}}')
    for table in place.tables:
        lines += _table(table, place)
    lines.append("names:")
    lines += [f'  {name}: "{at}"' for name, at in _further_names(place)]
    return "\n".join(lines) + "\n"


def _table(name: str, place: Placement) -> list[str]:
    spot = place.tables[name]
    lines = []
    for column in spot.columns:
        if load_edition().datapoints[column].role in ("input", "metric"):
            first, last = (xl_rowcol_to_cell(row, spot.columns[column]) for row in (spot.first, spot.last))
            lines.append(f'  {column}: {{name: {column}, at: "{spot.sheet}!{first}:{last}"}}')
    return lines


def _further_names(place: Placement) -> Iterator[tuple[str, str]]:
    """Yield the names of unit cells and of values of the year before, and where they stand."""
    edition = load_edition()
    for spot in place.scalars.values():
        d = edition.datapoints[spot.name]
        if spot.previous:
            yield f"{d.name}_previous", f"{spot.sheet}!{xl_rowcol_to_cell(spot.row, PREVIOUS)}"
        if d.units and not spot.wide:
            yield f"{d.name}_unit", f"{spot.sheet}!{xl_rowcol_to_cell(spot.row, UNIT)}"
        elif d.unit_cell and not spot.wide:
            yield f"{d.name}_unit", _scalar(d.unit_cell, place)
    for table in place.tables.values():
        for name, column in table.previous.items():
            first, last = (xl_rowcol_to_cell(row, column) for row in (table.first, table.last))
            yield f"{name}_previous", f"{table.sheet}!{first}:{last}"
        for name in table.columns:
            unit = edition.datapoints[name].unit_cell
            if unit in table.columns:
                cells = (xl_rowcol_to_cell(row, table.columns[unit]) for row in (table.first, table.last))
                yield f"{name}_unit", f"{table.sheet}!{':'.join(cells)}"
            elif unit:
                yield f"{name}_unit", _scalar(unit, place)


def _scalar(name: str, place: Placement) -> str:
    spot = place.scalars[name]
    return f"{spot.sheet}!{xl_rowcol_to_cell(spot.row, INPUT)}"
