"""Write portfolio.xlsx from the records of a batch, which pass through once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from shutil import copyfileobj

from vsme_xl.batch.manifest import Record
from vsme_xl.batch.records import PRIVATE, Outcome, Skipped
from vsme_xl.batch.storage import join, workspace, writing
from vsme_xl.edition import load_edition
from vsme_xl.language import load_language
from vsme_xl.portfolio.about_sheet import write_about
from vsme_xl.portfolio.companies import Company, company_of, with_counting
from vsme_xl.portfolio.companies_sheet import write_companies
from vsme_xl.portfolio.findings_sheets import Findings, begin_findings, end_findings, take_findings, write_failed
from vsme_xl.portfolio.groups_sheet import write_groups
from vsme_xl.portfolio.overview_sheet import write_overview
from vsme_xl.portfolio.series_sheet import write_series
from vsme_xl.portfolio.sheets import SHEETS, Book, title_of
from vsme_xl.results.cells import fast_texts
from vsme_xl.results.format import UNDATED, Formats, strict

NAME = "portfolio.xlsx"
# Rows are written in ascending order and leave the memory at once, so that it does not grow with the clients.
OPTIONS = {
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True,
}  # fmt: skip


def write_portfolio(
    out: str, records: Iterable[Record], failed: Sequence[Outcome], skipped: Sequence[Skipped], language: str = "en"
) -> list[Company]:
    """Write the portfolio of all records, read once in their order, and return its companies.

    `failed` and `skipped` are listed on a sheet of their own. The same records give the same bytes. OSError where it
    cannot be written.
    """
    import xlsxwriter

    # Written apart first: where a store only takes bytes one after the other, a zip would come out differently.
    with writing(join(out, NAME)) as file, workspace(join(out, PRIVATE)) as folder, strict():
        whole = Path(folder) / NAME
        workbook = xlsxwriter.Workbook(whole, {**OPTIONS, "tmpdir": folder})
        workbook.set_size(2400, 1500)
        book = Book(workbook, Formats(workbook), {}, load_language(language), load_edition())
        workbook.set_properties({"created": UNDATED, "title": book.text("sheets.overview")})
        book.sheets.update({key: fast_texts(workbook.add_worksheet(title_of(book, key))) for key in SHEETS})
        found = begin_findings(book)
        companies = []
        for record in records:
            companies.append(company_of(record))
            take_findings(found, record)
        counted = with_counting(companies)
        _write_rest(book, counted, failed, skipped, found)
        workbook.close()
        with whole.open("rb") as made:
            copyfileobj(made, file)
    return counted


def _write_rest(
    book: Book, companies: Sequence[Company], failed: Sequence[Outcome], skipped: Sequence[Skipped], found: Findings
) -> None:
    end_findings(found, max(1, len(companies)))
    write_companies(book, companies)
    blocks = write_groups(book, companies)
    write_series(book, companies)
    write_failed(book, failed, skipped)
    write_about(book)
    write_overview(book, companies, len(failed), found, blocks)
