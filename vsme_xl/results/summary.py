"""Write the summary: key figures, status of every disclosure, findings, and native charts over live figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from vsme_xl.completeness import mark_of
from vsme_xl.disclosures import disclosures_in
from vsme_xl.findings import SEVERITIES
from vsme_xl.results.cells import put, put_formula
from vsme_xl.results.charts import LAST_CHART_COLUMN, WIDTHS, write_charts
from vsme_xl.results.format import done, format_of, set_up_page
from vsme_xl.results.layout import PREVIOUS
from vsme_xl.results.plan import summary_figures
from vsme_xl.results.source import CLOSED
from vsme_xl.results.topics import Book, head, head_style, set_head_height, set_height, write_change
from vsme_xl.results.units import previous_factor, unit_label

LABEL, VALUE, UNIT, BEFORE, CHANGE, SHARE = range(1, 7)
FIRST = 6
KEY_COLUMNS = ("key_figure", "number", "unit", "previous", "change", "change_share")
STATUS_COLUMNS = ("disclosure", "status", "answered", "open")


def write_summary(book: Book, sheet: Any) -> None:
    """Write the summary sheet."""
    source, formats = book.source, book.formats
    head(book, sheet, source.text("summary_title"), (), WIDTHS, 0)
    sheet.set_column(0, 0, 2)
    for row, key in enumerate(("module", "currency"), start=2):
        put(sheet, row, LABEL, _fact_line(book, key), formats.get("subtitle"))
    set_up_page(sheet, FIRST - 2, source.text("footer"))
    row = _key_figures(book, sheet, FIRST - 1)
    row = _statuses(book, sheet, row + 1)
    row = _finding_counts(book, sheet, row + 1)
    below = write_charts(book, sheet, row + 1, FIRST - 1)
    # One page without the figures behind the charts, which the charts show.
    sheet.print_area(0, 0, max(row, below), LAST_CHART_COLUMN)
    sheet.fit_to_pages(1, 1)
    sheet.activate()


def _fact_line(book: Book, key: str) -> str:
    name = {"module": "BasisForPreparation", "currency": "Currency"}[key]
    value = book.source.effective(name)
    unknown = book.source.text("unknown")
    return book.source.text("fact_line", label=book.source.language.label(name), value=value or unknown)


def _heads(book: Book, sheet: Any, row: int, keys: tuple[str, ...]) -> None:
    texts = [book.source.text(f"columns.{key}") for key in keys]
    set_head_height(sheet, row, zip(texts, WIDTHS, strict=False))
    for column, (key, text) in enumerate(zip(keys, texts, strict=True), start=LABEL):
        put(sheet, row, column, text, head_style(book, key))


def _key_figures(book: Book, sheet: Any, row: int) -> int:
    """Write the key figures that have a value, as formulas to their topic sheets; return the next free row."""
    source, formats = book.source, book.formats
    _heads(book, sheet, row, KEY_COLUMNS)
    for name in summary_figures(source.edition.name)["key_figures"]:
        entry, d = source.entries.get((name, -1)), source.edition.datapoints[name]
        address = book.plan.address(name)
        if entry is None or entry.value is None or address is None or book.plan.lines[name, -1][1].hidden:
            continue
        row += 1
        now, before = source.shown(d, entry.value), source.shown(d, entry.previous)
        label = source.language.label(name)
        set_height(sheet, row, [(label, WIDTHS[0])])
        put(sheet, row, LABEL, label, formats.get("label"))
        put_formula(sheet, row, VALUE, f"={address}", formats.get("value", format_of(d, now)), now)
        put(sheet, row, UNIT, unit_label(entry.unit, source), formats.get("small"))
        sheet.write_blanks(row, (BEFORE, CHANGE, SHARE), formats.get("blank"))
        if isinstance(now, float) and isinstance(before, float):
            before *= previous_factor(entry, d)
            past = book.plan.address(name, column=PREVIOUS)
            put_formula(sheet, row, BEFORE, f"={past}", formats.get("value", format_of(d, before)), before)
            write_change(book, sheet, row, (VALUE, BEFORE, CHANGE, SHARE), (now, before), d)
    return row + 1


def _statuses(book: Book, sheet: Any, row: int) -> int:
    """Write the status of each disclosure: how many of its datapoints are answered, how many are open."""
    source, formats = book.source, book.formats
    _heads(book, sheet, row, STATUS_COLUMNS)
    places = _first_lines(book)
    for disclosure, (status, answered, missing) in disclosure_statuses(book).items():
        row += 1
        title = source.text(f"disclosures.{disclosure}")
        set_height(sheet, row, [(title, WIDTHS[0])])
        if disclosure not in places:
            put(sheet, row, LABEL, title, formats.get("label"))
        else:
            link = f"internal:{places[disclosure]}"
            done(sheet.write_url(row, LABEL, link, formats.get("link"), title))
        style = "missing" if missing else "left_out" if status in CLOSED else "text"
        put(sheet, row, VALUE, source.text(f"status.{status}"), formats.get(style))
        put(sheet, row, UNIT, None if status in CLOSED else float(answered), formats.get("value", "0"))
        put(sheet, row, BEFORE, None if status in CLOSED else float(missing), formats.get("value", "0"))
    return row + 1


def disclosure_statuses(book: Book) -> Mapping[str, tuple[str, int, int]]:
    """Return for each disclosure its status and how many datapoints are answered and missing."""
    source = book.source
    found = disclosures_in(source.statuses, source.values, source.number, source.edition.name)
    return {d.mark: (d.status, d.answered, len(d.gaps)) for d in found}


def _first_lines(book: Book) -> Mapping[str, str]:
    """Return the cell in which each disclosure that is shown begins."""
    marks = {name: mark_of(section) for name, section in book.source.edition.sections.items()}
    found: dict[str, str] = {}
    for topic in book.plan.topics:
        for line in topic.lines:
            if not line.hidden and marks[line.section] not in found:
                found[marks[line.section]] = f"'{topic.sheet}'!{xl_rowcol_to_cell(line.row, LABEL)}"
    return found


def _finding_counts(book: Book, sheet: Any, row: int) -> int:
    source, formats = book.source, book.formats
    counts = Counter(finding[0] for finding in source.findings)
    _heads(book, sheet, row, ("findings", "count"))
    for severity in SEVERITIES:
        row += 1
        link = f"internal:'{book.plan.sheets['findings']}'!A1"
        done(sheet.write_url(row, LABEL, link, formats.get("link"), source.text(f"severities.{severity}")))
        put(sheet, row, VALUE, float(counts[severity]), formats.get("value", "0"))
    return row + 1
