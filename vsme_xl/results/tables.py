"""Write the tables whose rows are calculated: inputs as values, steps as live formulas, columns under defined names."""

from __future__ import annotations

from math import ceil
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from vsme_xl.edition import Datapoint
from vsme_xl.results.cells import put, put_formula
from vsme_xl.results.format import format_of, set_up_page
from vsme_xl.results.plan import conversion
from vsme_xl.results.rules import ACROSS, FIRST_COLUMN, FIRST_ROW, LINE, Match
from vsme_xl.results.source import Cell, Entry, Source
from vsme_xl.results.table_notes import row_notes, write_notes
from vsme_xl.results.tables_layout import ACROSS_COLUMN, Block, columns_of, converts, typed_column
from vsme_xl.results.topics import Book, head, set_head_height, set_height
from vsme_xl.results.units import unit_label
from vsme_xl.rules.evaluate import evaluate
from vsme_xl.rules.parse import names

WIDTH = 17
TEXT_WIDTH = 26
PRINTED_WIDTH = 190
FINDER_WIDTH, SMALL, LEAST_HEAD = 14, 1.2, 44


def write_tables(book: Book, key: str, sheet: Any) -> None:
    """Write the tables that stand on one sheet; hide the sheet where none of them has rows."""
    name = book.plan.sheets[key]
    head(book, sheet, name, (), (TEXT_WIDTH, *[WIDTH] * 14), 0)
    put(sheet, 2, 1, book.source.text(f"about_{key}"), book.formats.get("subtitle"))
    set_up_page(sheet, 0, book.source.text("footer"))
    mine = [b for b in book.plan.blocks.values() if b.sheet == name]
    for block in mine:
        if block.table == ACROSS:
            _write_across(book, sheet, block)
        else:
            _write_block(book, sheet, block)
    if key == "ledger" and mine and mine[0].places:
        _hide_empty_columns(book, sheet, mine[0])
        sheet.freeze_panes(mine[0].first, 2)
    if not any(b.places for b in mine):
        sheet.hide()


def _write_block(book: Book, sheet: Any, block: Block) -> None:
    """Write one table with its columns across; a table without rows keeps its names over one hidden empty row."""
    if not block.places:
        for row in range(block.first - 3, block.first + 1):
            sheet.set_row(row, None, None, {"hidden": True})
    source, formats = book.source, book.formats
    table = source.edition.tables[block.table]
    put(sheet, block.first - 3, FIRST_COLUMN, source.language.section(table.section), formats.get("section"))
    columns = columns_of(source.edition.name, block.table)
    for column, d in columns:
        if column > FIRST_COLUMN:
            sheet.write_blank(block.first - 3, column, None, formats.get("section"))
        put(sheet, block.first - 2, column, source.language.label(d.name), formats.get("header"))
        put(sheet, block.first - 1, column, unit_label(_unit(book, d), source), formats.get("unit"))
    if block.places:
        _set_head_height(book, sheet, block)
        _typed_head(book, sheet, block)
    entries = source.typed.get(block.table, {})
    noted = {key: entry for key, entry in entries.items() if entry.note}
    for row, place in enumerate(block.places, start=block.first):
        item = int(source.values.rows[block.table][place])
        shown = [(source.effective(d.name, place), _width(c, block, book)) for c, d in columns]
        set_height(sheet, row, [*shown, *row_notes(book, block, noted, item)])
        for (column, d), (value, _) in zip(columns, shown, strict=True):
            _write_cell(book, sheet, block, d, (row, column), place, value, entries.get((d.name, item)))
    if block.places:
        _write_matches(book, sheet, block)
        write_notes(book, sheet, block, noted)


def _set_head_height(book: Book, sheet: Any, block: Block) -> None:
    """Give the header row the height of its longest text: a label, an amount as typed, or what a finder looks for."""
    source, ledger = book.source, block.sheet == book.plan.sheets["ledger"]
    texts: list[tuple[object, float]] = []
    for column, d in columns_of(source.edition.name, block.table):
        width, empty = _ledger_width(d, block, book) if ledger else (_width(column, block, book), False)
        texts += [] if empty else [(source.language.label(d.name), width)]
    texts += [(_typed_label(name, source), WIDTH) for name in block.typed]
    texts += [(_match_label(match, source), FINDER_WIDTH * SMALL) for match in book.rules.matches[block.table]]
    set_head_height(sheet, block.first - 2, texts, LEAST_HEAD)


def _ledger_width(d: Datapoint, block: Block, book: Book) -> tuple[int, bool]:
    """Return how wide a column of the ledger is, for its texts and the words of its header, and whether it is empty."""
    values = [book.source.effective(d.name, p) for p in block.places]
    longest = max((len(v) for v in values if isinstance(v, str)), default=0)
    word = max(len(w) for w in book.source.language.label(d.name).split())
    return min(TEXT_WIDTH, max(11, longest + 2, word + 3)), all(v is None for v in values)


def _width(column: int, block: Block, book: Book) -> int:
    return TEXT_WIDTH if column == FIRST_COLUMN or block.sheet == book.plan.sheets["ledger"] else WIDTH


def _write_matches(book: Book, sheet: Any, block: Block) -> None:
    """Write where the keys of each row stand in the tables they are looked up in; lookups of the row use that place."""
    source, across = book.source, block.table == ACROSS
    values = source.values
    for match in book.rules.matches[block.table]:
        key_table = source.edition.datapoints[match.keys].table
        assert key_table is not None
        rows = [_folded(values.array(match.keys)[p]) for p in book.plan.blocks[key_table].places]
        wanted = evaluate(match.key, values, block.table)
        _match_head(book, sheet, block, match)
        for line, place in enumerate(block.places, start=block.first):
            row, column = (match.place, line) if across else (line, match.place)
            formula = match.formula.replace(LINE, xl_col_to_name(column) if across else str(row + 1))
            key = _folded(wanted[place])
            found = float(rows.index(key) + 1) if key is not None and key in rows else None
            put_formula(sheet, row, column, formula, book.formats.get("finder", "0"), found)


def _match_label(match: Match, source: Source) -> str:
    """Return what a finder's column looks for: the row of a key in another table."""
    table = source.edition.tables[str(source.edition.datapoints[match.keys].table)]
    key, section = source.language.label(names(match.key)[0]), source.language.section(table.section)
    return source.text("place_in", key=key, table=section)


def _match_head(book: Book, sheet: Any, block: Block, match: Match) -> None:
    label = _match_label(match, book.source)
    if block.table == ACROSS:
        put(sheet, match.place, 1, label, book.formats.get("finder_label"))
        put(sheet, match.place, ACROSS_COLUMN - 1, None, book.formats.get("unit"))
    else:
        put(sheet, block.first - 2, match.place, label, book.formats.get("finder_head"))
        put(sheet, block.first - 1, match.place, None, book.formats.get("unit"))


def _folded(value: object) -> object:
    return value.strip().casefold() if isinstance(value, str) else value


def _typed_label(name: str, source: Source) -> str:
    return source.text("as_typed", label=source.language.label(name))


def _typed_head(book: Book, sheet: Any, block: Block) -> None:
    for name in block.typed:
        column, header = typed_column(block, name, book.source), book.formats.get("header")
        put(sheet, block.first - 2, column, _typed_label(name, book.source), header)
        put(sheet, block.first - 2, column + 1, book.source.text("columns.unit"), header)
        sheet.write_blanks(block.first - 1, (column, column + 1), book.formats.get("unit"))


def _write_across(book: Book, sheet: Any, block: Block) -> None:
    """Write the table of fuels: a row per property, a column per fuel that is used."""
    source, formats = book.source, book.formats
    section = formats.get("section")
    put(sheet, FIRST_ROW - 2, 1, source.language.section(source.edition.tables[block.table].section), section)
    sheet.write_blanks(FIRST_ROW - 2, range(2, block.first + block.count), section)
    sheet.set_column(1, 1, 40)
    entries = source.typed.get(block.table, {})
    noted = {key: entry for key, entry in entries.items() if entry.note}
    for row, d in columns_of(source.edition.name, block.table):
        style = "header" if row == FIRST_ROW else "label"
        put(sheet, row, 1, source.language.label(d.name), formats.get(style))
        put(sheet, row, ACROSS_COLUMN - 1, unit_label(d.unit, source), formats.get("unit"))
        shown = [(source.effective(d.name, p), WIDTH) for p in block.places]
        set_height(sheet, row, shown, not block.places or all(v is None for v, _ in shown))
        for column, (place, (value, _)) in enumerate(zip(block.places, shown, strict=True), start=block.first):
            item = int(source.values.rows[block.table][place])
            _write_cell(book, sheet, block, d, (row, column), place, value, entries.get((d.name, item)))
    if block.places:
        _write_matches(book, sheet, block)
        write_notes(book, sheet, block, noted)


def _unit(book: Book, d: Datapoint) -> str:
    return str(book.source.effective("Currency") or "") if d.unit == "currency" else d.unit


def _write_cell(
    book: Book,
    sheet: Any,
    block: Block,
    d: Datapoint,
    at: tuple[int, int],
    place: int,
    value: Cell,
    entry: Entry | None,
) -> None:
    """Write one value of a table: as typed, turned into the unit of the rules, or as the formula of its rule."""
    source, formats = book.source, book.formats
    row, column = at
    if d.formula is not None and not source.reported(d.name, place):
        line = xl_col_to_name(column) if block.table == ACROSS else str(row + 1)
        style = formats.get("computed_text" if isinstance(value, str) else "computed", format_of(d, value))
        put_formula(sheet, row, column, book.rules.formulas[d.name].replace(LINE, line), style, value)
    elif entry is not None and converts(d, entry.unit):
        _write_typed(book, sheet, block, d, at, value, entry)
    else:
        style = "text" if isinstance(value, str) else "value"
        if block.table == ACROSS and row == FIRST_ROW:
            style = "header"
        put(sheet, row, column, _trimmed(value), formats.get(style, format_of(d, value)))


def _trimmed(value: Cell) -> Cell:
    """Return a text without outer spaces, so that a formula finds keys as the rules do."""
    return value.strip() if isinstance(value, str) else value


def _write_typed(
    book: Book, sheet: Any, block: Block, d: Datapoint, at: tuple[int, int], value: Cell, entry: Entry
) -> None:
    """Write an amount and its unit beside the table, as typed, and a formula that gives it in the unit of the rules."""
    source, formats = book.source, book.formats
    row, column = at
    typed = typed_column(block, d.name, source)
    amount = source.shown(d, entry.value)
    put(sheet, row, typed, amount, formats.get("value", format_of(d, amount)))
    put(sheet, row, typed + 1, unit_label(entry.unit, source), formats.get("text"))
    cells = [xl_rowcol_to_cell(row, c, False, True) for c in (typed, typed + 1)]
    formula = conversion(cells[0], cells[1], d, unit_label(d.unit, source))
    put_formula(sheet, row, column, formula, formats.get("computed", format_of(d, value)), value)


def _hide_empty_columns(book: Book, sheet: Any, block: Block) -> None:
    """Hide the columns of the ledger that no row uses, and give texts and the words of the header their room."""
    total = 0
    for column, d in columns_of(book.source.edition.name, block.table):
        width, empty = _ledger_width(d, block, book)
        total += 0 if empty else width
        sheet.set_column(column, column, width, None, {"hidden": empty})
    for match in book.rules.matches[block.table]:
        sheet.set_column(match.place, match.place, FINDER_WIDTH)
        total += FINDER_WIDTH
    sheet.repeat_columns(FIRST_COLUMN, FIRST_COLUMN + 1)
    sheet.repeat_rows(block.first - 2, block.first - 1)
    sheet.fit_to_pages(max(1, ceil(total / PRINTED_WIDTH)), 0)
