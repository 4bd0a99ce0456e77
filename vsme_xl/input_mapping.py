"""Write the mapping of our own template: which cell holds which datapoint, in one module."""

from __future__ import annotations

from xlsxwriter.utility import xl_rowcol_to_cell

from vsme_xl.edition import load_edition
from vsme_xl.input_layout import INPUT, Placement, layout, placement
from vsme_xl.language import languages, load_language

HEAD = """\
# The input workbook of the {module} module, written by `python -m vsme_xl.input_workbook`; do not edit.
# Every datapoint stands in the cell that carries its name; `at` is where the blank workbook has it, for workbooks
# that lost their names. Unit cells and values of the year before are named NAME_unit and NAME_previous.
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
    lines.append("datapoints:")
    for name, spot in place.scalars.items():
        if spot.typed:
            lines.append(f'  {name}: {{name: {name}, at: "{spot.sheet}!{xl_rowcol_to_cell(spot.row, INPUT)}"}}')
    for table in place.tables:
        lines += _table(table, place)
    return "\n".join(lines) + "\n"


def _table(name: str, place: Placement) -> list[str]:
    spot = place.tables[name]
    lines = []
    for column in spot.columns:
        if load_edition().datapoints[column].role in ("input", "metric"):
            first, last = (xl_rowcol_to_cell(row, spot.columns[column]) for row in (spot.first, spot.last))
            lines.append(f'  {column}: {{name: {column}, at: "{spot.sheet}!{first}:{last}"}}')
    return lines
