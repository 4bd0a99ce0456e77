"""A blank workbook of ours with any content in its cells is read: each cell is a fact as documented, or a finding."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from filling import Value, filled
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from test_numbers import Row, rows, shown

import vsme_xl
from vsme_xl.cell_text import harmless
from vsme_xl.edition import load_edition
from vsme_xl.reading.read_workbook import Reading
from vsme_xl.reading.workbook_file import open_workbook

BLANK = Path(__file__).parents[1] / "workbook_templates" / "vsme-xl-comprehensive.en.xlsx"
CELLS = 60
AMOUNTS = ("money", "mass", "energy", "volume", "area", "emissions", "number")
TEXTS = ("text", "textblock")
# Shares and days typed as numbers apart: the page tells of cells without a format, and these have one for them.
ON_THE_PAGE = dict.fromkeys(AMOUNTS, "amount") | {"date": "date", "year": "year", "text": "text", "boolean": "yes/no"}
NO_ANSWER = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212 "
CONTENTS = st.one_of(
    st.booleans(), st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40),
    st.sampled_from(["n/a", "-", "  ", "1e400", "12 500,5 kg", "=1+1", "\u202e1", "31.02.2025", "9" * 400, "#REF!"]),
)  # fmt: skip
# Without shrinking: a failure is seen from the cells that it names, and ends in time.
any_workbook = settings(
    max_examples=25, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@cache
def places() -> dict[str, tuple[str, str]]:
    """Return sheet and address of every single cell of the blank workbook that asks for a datapoint."""
    book, datapoints = open_workbook(BLANK), load_edition().datapoints
    return {
        name: (area.sheet, book.sheet(area.sheet).address(area.first_row, area.first_column))
        for name, area in book.names.items()
        if name in datapoints and (area.first_row, area.first_column) == (area.last_row, area.last_column)
        and not datapoints[name].table and not book.sheet(area.sheet).is_formula(area.first_row, area.first_column)
    }  # fmt: skip


def read_with(contents: dict[str, Value]) -> Reading:
    """Read the blank workbook with contents in the cells of these datapoints."""
    cells: dict[str, dict[str, Value]] = {}
    for name, content in contents.items():
        sheet, address = places()[name]
        cells.setdefault(sheet, {})[address] = content
    with tempfile.TemporaryDirectory() as folder:
        return vsme_xl.read(filled(BLANK, Path(folder) / "r.xlsx", cells))


def is_blank(content: Value) -> bool:
    return isinstance(content, str) and not harmless(content).strip(NO_ANSWER).strip()


def test_every_kind_of_datapoint_has_a_cell_to_write_to() -> None:
    kinds = {load_edition().datapoints[name].kind for name in places()}
    assert kinds >= {*AMOUNTS, *TEXTS, "share", "date", "year", "boolean", "enumeration"}


@seed(1)
@any_workbook
@given(data=st.data())
def test_any_content_of_any_cell_is_a_fact_or_a_finding(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(places())), min_size=CELLS, max_size=CELLS, unique=True))
    contents: dict[str, Value] = {name: data.draw(CONTENTS) for name in names}
    reading = read_with(contents)
    values = dict(zip(reading.facts["name"], reading.facts["value"], strict=True))
    told = set(reading.findings["cell"])
    for name, content in contents.items():
        kind = load_edition().datapoints[name].kind
        if name not in values:
            assert is_blank(content) or "!".join(places()[name]) in told, (name, content)
        elif kind in TEXTS and isinstance(content, str):
            assert str(values[name]).strip() == harmless(content).strip().strip("\u200b\ufeff").strip(), (name, content)
        elif kind == "boolean":
            assert isinstance(values[name], bool), (name, content)
        elif kind in AMOUNTS and isinstance(content, float):
            assert values[name] == content, (name, content)


def typed(row: Row) -> Value | None:
    """Return what a row of the page says of a cell, where that is a plain value."""
    said = row.cell.strip("`")
    if said.startswith('"'):
        return said[1:-1]
    if said in ("TRUE", "FALSE"):
        return said == "TRUE"
    try:
        return float(said)
    except ValueError:
        return None


@seed(1)
@any_workbook
@given(data=st.data())
def test_what_the_page_of_numbers_says_holds_in_every_cell_of_a_whole_workbook(data: st.DataObject) -> None:
    known: dict[str, list[tuple[Row, Value]]] = {}
    for row in rows():
        if (value := typed(row)) is not None and (row.kind != "date" or isinstance(value, str)):
            known.setdefault(row.kind, []).append((row, value))
    of = {name: ON_THE_PAGE.get(load_edition().datapoints[name].kind) for name in places()}
    able = sorted(name for name, kind in of.items() if kind in known)
    names = data.draw(st.lists(st.sampled_from(able), min_size=CELLS, max_size=CELLS, unique=True))
    drawn = {name: data.draw(st.sampled_from(known[str(of[name])])) for name in names}
    reading = read_with({name: value for name, (_, value) in drawn.items()})
    values = dict(zip(reading.facts["name"], reading.facts["value"], strict=True))
    for name, (row, _) in drawn.items():
        assert (shown(values[name]) if name in values else "nothing") == row.becomes, (name, row)
