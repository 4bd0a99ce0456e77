"""Write portfolio.xlsx: one row per company, findings across clients, and what could not be processed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vsme_xl.batch.figures import specification
from vsme_xl.batch.manifest import Record
from vsme_xl.batch.records import Outcome
from vsme_xl.batch.storage import join, writing
from vsme_xl.language import load_language
from vsme_xl.results.workbook import EPOCH

NAME = "portfolio.xlsx"
ABOUT = ("entity", "period_start", "period_end")


def write_portfolio(out: str, records: Iterable[Record], failed: Sequence[Outcome], language: str = "en") -> None:
    """Write the portfolio of all records; they are read once, in their order."""
    import xlsxwriter

    with writing(join(out, NAME)) as file:
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        book = xlsxwriter.Workbook(file, {**options, "in_memory": True})
        book.set_properties({"created": EPOCH})
        _companies(book, records, language)
        _failed(book, failed, language)
        book.close()


def _companies(book: Any, records: Iterable[Record], language: str) -> None:
    texts = load_language(language)
    sheet = book.add_worksheet(texts.text("portfolio.sheets.companies"))
    figures = tuple(specification()["figures"])
    heads = [texts.text(f"portfolio.columns.{key}") for key in (*ABOUT, "errors", "warnings", "file")]
    heads += [texts.label(name) for name in figures]
    for column, text in enumerate(heads):
        sheet.write_string(0, column, text)
    for row, record in enumerate(records, start=1):
        outcome = record.outcome
        for column, key in enumerate(ABOUT):
            sheet.write_string(row, column, outcome.about.get(key, ""))
        sheet.write_number(row, 3, outcome.counts["error"])
        sheet.write_number(row, 4, outcome.counts["warning"])
        sheet.write_url(row, 5, "external:" + outcome.outputs["results"], string=outcome.name)
        for column, name in enumerate(figures, start=6):
            value = record.details["figures"].get(name)
            if value is not None:
                sheet.write_number(row, column, value)


def _failed(book: Any, failed: Sequence[Outcome], language: str) -> None:
    texts = load_language(language)
    sheet = book.add_worksheet(texts.text("portfolio.sheets.failed"))
    for column, key in enumerate(("file", "code", "message")):
        sheet.write_string(0, column, texts.text(f"portfolio.columns.{key}"))
    for row, outcome in enumerate(failed, start=1):
        for column, text in enumerate((outcome.name, outcome.code, outcome.message)):
            sheet.write_string(row, column, text)
