"""Write the lists of a results workbook: what does not apply and why, the findings, and every fact as a flat table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from vsme_xl.cell_text import clean
from vsme_xl.edition import Datapoint
from vsme_xl.export import row_dimensions
from vsme_xl.findings import SEVERITIES
from vsme_xl.results import cells
from vsme_xl.results.cells import put, put_formula
from vsme_xl.results.embedded import fact_text, head_text
from vsme_xl.results.format import done, format_of
from vsme_xl.results.layout import VALUE, place_of, reading_order, row_label, section_order
from vsme_xl.results.source import CLOSED, Entry
from vsme_xl.results.tables_layout import cell_of, columns_of
from vsme_xl.results.topics import Book, calculation_of, head, head_style, set_height
from vsme_xl.results.units import previous_factor, unit_label

NOT_APPLICABLE = ("disclosure", "part", "status", "rule", "answer")
NOT_APPLICABLE_WIDTHS = (12, 48, 18, 70, 46)
FINDINGS = ("severity", "code", "label", "cell", "message", "fix", "place")
FINDINGS_WIDTHS = (11, 34, 36, 20, 60, 60, 22)
DATA = (
    "concept", "dimensions", "label", "value", "unit", "previous", "change", "basis", "source", "paragraph",
)  # fmt: skip
DATA_WIDTHS = (46, 40, 46, 26, 12, 16, 16, 12, 24, 16)
HEADER = 3
ROW_OF_CELL = re.compile(r"^(.*!)[A-Z]+(\d+)$")


def write_not_applicable(book: Book, sheet: Any) -> None:
    """Write each section or datapoint that does not apply, is omitted or unchanged, with its rule and the answer."""
    source, formats = book.source, book.formats
    head(book, sheet, source.text("sheets.not_applicable"), NOT_APPLICABLE, NOT_APPLICABLE_WIDTHS, HEADER)
    row = HEADER
    for section, name, status, rule, answer in _closed(book):
        row += 1
        spec = source.edition.sections[section]
        part = source.language.section(section)
        if name:
            part = source.text("row_label", label=part, key=source.language.label(name))
        widths = NOT_APPLICABLE_WIDTHS
        set_height(sheet, row, ((part, widths[1]), (rule, widths[3]), (answer, widths[4])))
        put(sheet, row, 1, spec.disclosure, formats.get("text"))
        put(sheet, row, 2, part, formats.get("label"))
        put(sheet, row, 3, source.text(f"status.{status}"), formats.get("text"))
        put(sheet, row, 4, clean(rule), formats.get("text"))
        put(sheet, row, 5, clean(answer), formats.get("text"))
    if row == HEADER:
        put(sheet, row + 1, 1, source.text("nothing_closed"), formats.get("subtitle"))


def _closed(book: Book) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield sections that are closed, and datapoints that are closed for a reason of their own."""
    source = book.source
    closed = [row for row in source.statuses if row[2] in CLOSED]
    order = {name: number for number, name in enumerate(section_order(source.edition.name))}
    for section, name, status, rule, answer in sorted(closed, key=lambda row: order[row[0]]):
        if not name or source.status.get((section, ""), "") not in CLOSED:
            yield section, name or "", status, rule or "", answer or ""


def write_findings(book: Book, sheet: Any) -> None:
    """Write the findings, the severe ones first, each with a link to the row of its fact where there is one."""
    source, formats = book.source, book.formats
    head(book, sheet, source.text("sheets.findings"), FINDINGS, FINDINGS_WIDTHS, HEADER)
    found = sorted(source.findings, key=lambda finding: SEVERITIES.index(finding[0]))
    for row, (severity, code, name, cell, message, fix) in enumerate(found, start=HEADER + 1):
        label = source.language.label(name) if name in source.language.texts["datapoints"] else name
        put(sheet, row, 1, source.text(f"severity.{severity}"), formats.get(severity))
        texts = (code, label, cell, message, fix)
        set_height(sheet, row, zip(texts, FINDINGS_WIDTHS[1:], strict=False))
        for column, text in enumerate(texts, start=2):
            put(sheet, row, column, clean(text), formats.get("text"))
        _link_to_fact(book, sheet, row, name, cell)
    if not found:
        put(sheet, HEADER + 1, 1, source.text("no_findings"), formats.get("subtitle"))


def _link_to_fact(book: Book, sheet: Any, row: int, name: str, cell: str) -> None:
    column = len(FINDINGS)
    found = _place_of_fact(book, name, cell)
    if found is None:
        sheet.write_blank(row, column, None, book.formats.get("blank"))
        return
    name, place = found
    text = book.source.text("place", sheet=name, cell=place)
    done(sheet.write_url(row, column, f"internal:'{name}'!{place}", book.formats.get("link"), text))


def _place_of_fact(book: Book, name: str, cell: str) -> tuple[str, str] | None:
    """Return sheet and cell of the fact a finding is about: on its topic sheet, else in its table."""
    entries = [e for (n, _), e in book.source.entries.items() if n == name]
    if cell and all(e.source != cell for e in entries):
        row = ROW_OF_CELL.sub(r"\1\2", cell)
        table = getattr(book.source.edition.datapoints.get(name), "table", None)
        of_row = [e for e in book.source.entries.values() if table and e.table == table]
        entries = [e for e in of_row if ROW_OF_CELL.sub(r"\1\2", e.source) == row] + entries
    entries.sort(key=lambda e: not cell or e.source != cell)
    for entry in entries:
        if (entry.name, entry.row) in book.plan.lines:
            topic, line = book.plan.lines[entry.name, entry.row]
            return topic.sheet, xl_rowcol_to_cell(line.row, VALUE)
        block = book.plan.blocks.get(entry.table)
        place = place_of(entry.table, entry.row, book.source) if block else -1
        if block is not None and place in block.places:
            columns = columns_of(book.source.edition.name, entry.table)
            column = next(c for c, d in columns if d.name == name)
            return block.sheet, cell_of(block, place, column).split("!")[1].replace("$", "")
    if (name, -1) in book.plan.lines:
        topic, line = book.plan.lines[name, -1]
        return topic.sheet, xl_rowcol_to_cell(line.row, VALUE)
    return None


def write_data(book: Book, sheet: Any) -> None:
    """Write every fact as one Excel table; computed values are formulas that lead to their calculation."""
    source = book.source
    head(book, sheet, source.text("sheets.data"), DATA, DATA_WIDTHS, HEADER)
    order = reading_order(source.edition.name)
    entries = sorted((e for e in source.entries.values() if e.name in order), key=lambda e: order[e.name])
    sheet.write_string(0, 0, head_text(source.language.code))
    for row, entry in enumerate(entries, start=HEADER + 1):
        sheet.write_string(row, 0, fact_text(entry))
        _write_fact(book, sheet, row, entry)
    columns = [{"header": source.text(f"columns.{key}"), "header_format": head_style(book, key)} for key in DATA]
    options = {"name": "Facts", "columns": columns, "style": "Table Style Light 1"}
    done(cells.add_table(sheet, HEADER, 1, HEADER + max(1, len(entries)), len(DATA), options))


def _write_fact(book: Book, sheet: Any, row: int, entry: Entry) -> None:
    source, plain = book.source, book.formats.get("plain")
    d = source.edition.datapoints[entry.name]
    label = row_label(d, entry.row, source) if entry.row >= 0 else source.language.label(d.name)
    told_apart = dict(entry.dimensions)
    if entry.table and not told_apart and d.kind != "enumeration_set":
        told_apart = row_dimensions(entry.table, entry.row)
    dimensions = "; ".join(f"{axis}={member}" for axis, member in told_apart.items())
    texts = (entry.concept, clean(dimensions), label, None, unit_label(entry.unit, source), None, None)
    for column, text in enumerate(texts, start=1):
        if text:
            sheet.write_string(row, column, text, plain)
    if entry.basis:
        sheet.write_string(row, 8, source.text(f"basis.{entry.basis}"), plain)
    if entry.source:
        sheet.write_string(row, 9, entry.source, plain)
    sheet.write_string(row, 10, source.paragraph(d), plain)
    _write_fact_values(book, sheet, row, entry, d)


def _write_fact_values(book: Book, sheet: Any, row: int, entry: Entry, d: Datapoint) -> None:
    source, plan, formats = book.source, book.plan, book.formats
    now, before = source.shown(d, entry.value), source.shown(d, entry.previous)
    address = plan.address(d.name, entry.row)
    formula = f"={address}" if address else calculation_of(book, entry, d)
    if now is not None:
        style = formats.get("plain" if isinstance(now, str) else "number", format_of(d, now))
        if entry.basis == "computed" and formula:
            put_formula(sheet, row, 4, formula, style, now)
        else:
            put(sheet, row, 4, now, style)
    if before is None:
        return
    if isinstance(before, float):
        before *= previous_factor(entry, d)
    put(sheet, row, 6, before, formats.get("number", format_of(d, before)))
    if isinstance(now, float) and isinstance(before, float) and d.kind not in ("date", "year"):
        first, second = xl_rowcol_to_cell(row, 4), xl_rowcol_to_cell(row, 6)
        style = formats.get("number", format_of(d, now - before))
        put_formula(sheet, row, 7, f"={first}-{second}", style, now - before)


