"""Tests of writing cells fast: every part of a workbook is what XlsxWriter itself writes, but for the spans of rows."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter

from vsme_xl.results import cells
from vsme_xl.results.parts import close, define_names, fast_parts

TEXTS = (
    "", "plain", "Ä & B < C > \"D\" 'E'", " before", "behind ", "two\nlines", "tab\tand\x0bcontrol\x1b",
    "_x0041_", "x_x", "\ufffe\uffff", "no\u00a0break", "\u2028", "<r>no run", "\U0001f600" * 3, "long " * 200, "plain",
)  # fmt: skip
FORMULAS = ('="a"&"b"', "=SUM(A1:A3)", "=IF(A1<>B1,1,0)")
NAMES = {"Turnover": "'A & B'!$B$3", "Scope1": "'Other'!$A$1:$A$9", "a_x0041_b": "'A & B'!$C$1", "Zeta": "'Other'!$C$4"}


def filled(book: Any, sheets: list[Any]) -> None:
    """Write all that results are made of: texts, numbers, formulas, blanks, links, merged cells, rows, a table."""
    first, other = sheets
    formats = [book.add_format({"bold": True}), book.add_format({"num_format": "0.0"}), book.add_format({"bold": True})]
    for row, text in enumerate(TEXTS):
        first.write_string(row, 2, text, formats[row % 3])
        first.write_string(row, 0, text)
        first.write_blank(row, 1, None, formats[0])
        first.write_blank(row, 4, None)
    for row, number in enumerate((0, 1.5, -1e300, 1 / 3, 12_345_678.0)):
        first.write_number(row, 5, number, formats[1])
    for row, formula in enumerate(FORMULAS):
        first.write_formula(row, 6, formula, formats[2], ("a < b", 2.5, "")[row])
    first.set_row(3, 40)
    first.set_row(5, None, None, {"hidden": True})
    first.set_row(30, 12.5, None, {"hidden": True})
    first.merge_range(40, 1, 41, 3, "", formats[0])
    first.write_string(40, 1, "merged", formats[0])
    first.write_url(42, 0, "internal:'Other'!A1", formats[0], "to < there")
    other.repeat_rows(2)
    other.print_area(0, 0, 9, 9)
    other.set_column(0, 0, 20, None, {"hidden": True})


def parts(fast: bool) -> dict[str, str]:
    """Return the parts of a workbook with two sheets and names, written fast or as XlsxWriter writes it."""
    content = BytesIO()
    book = xlsxwriter.Workbook(BytesIO() if fast else content, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": dt.datetime(2025, 1, 1)})
    sheets: list[Any] = [book.add_worksheet("A & B"), book.add_worksheet("Other")]
    if fast:
        fast_parts(book, content)
        sheets = [cells.fast(sheet) for sheet in sheets]
        define_names(book, NAMES)
    else:
        for name, place in NAMES.items():
            book.define_name(name, f"={place}")
    filled(book, sheets)
    table = {"name": "Facts", "columns": [{"header": "one"}, {"header": "two"}]}
    (cells.add_table if fast else type(sheets[1]).add_table)(sheets[1], 3, 1, 9, 2, table)
    (close if fast else type(book).close)(book)
    with zipfile.ZipFile(content) as archive:
        return {name: re.sub(r' spans="\d+:\d+"', "", archive.read(name).decode()) for name in archive.namelist()}


def test_every_part_written_fast_is_what_xlsxwriter_itself_writes() -> None:
    usual, fast = parts(fast=False), parts(fast=True)
    assert list(fast) == list(usual)
    for name, content in usual.items():
        assert fast[name] == content, name


@pytest.mark.filterwarnings("ignore:Name looks like")
def test_a_name_that_excel_takes_for_none_is_refused_every_time() -> None:
    book = xlsxwriter.Workbook(BytesIO())
    for _ in range(2):
        with pytest.raises(RuntimeError):
            define_names(book, {"A1": "'Sheet'!$A$1"})
    assert not book.defined_names
