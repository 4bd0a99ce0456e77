"""Write the input workbook: a new one, blank or filled with answers, and the blank templates of both modules."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from errno import EEXIST
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from vsme_xl.cell_text import as_stored, clean
from vsme_xl.edition import load_edition
from vsme_xl.files import write_whole
from vsme_xl.input.book import Book
from vsme_xl.input.format import formats
from vsme_xl.input.front import write_notes, write_start
from vsme_xl.input.hidden import write_calc, write_lists, write_metadata
from vsme_xl.input.layout import MODULES, layout, placement
from vsme_xl.input.mapping import mapping_text
from vsme_xl.input.sheets import write_sheet
from vsme_xl.input.stored_status import counts_of
from vsme_xl.input.values import stored
from vsme_xl.language import languages, load_language
from vsme_xl.resources import folder
from vsme_xl.store import FACT_COLUMNS

CREATED = dt.datetime(2000, 1, 1)
MODULE_MEMBER = {
    "basic": "OptionABasicModuleOnlyMember",
    "comprehensive": "OptionBBasicModuleAndComprehensiveModuleMember",
}
HIDDEN = ("lists", "metadata", "calc")


class WorkbookWriteError(RuntimeError):
    """The workbook could not be written as planned: XlsxWriter would have dropped something."""


def new_workbook(
    path: str | Path,
    *,
    module: str = "comprehensive",
    language: str = "en",
    currency: str = "EUR",
    entity: str | None = None,
    period_start: dt.date | str | None = None,
    period_end: dt.date | str | None = None,
    answers: pd.DataFrame | None = None,
    carried: frozenset[tuple[str, int]] = frozenset(),
    notes: tuple[tuple[str, ...], ...] = (),
    rows: int | None = None,
    force: bool = False,
) -> Path:
    """Write an input workbook and return its path; raise FileExistsError where there is one and not `force`.

    `module` is basic or comprehensive, dates are dates or ISO texts. `answers` are facts (columns FACT_COLUMNS) that
    fill the cells; they go before the other options. Those that `carried` names (datapoint and row, -1 for a single
    cell) are marked as carried over from last year. `notes` fill the sheet of notes: figure, where it comes from,
    document, person. `rows` says how many rows stand ready in the longest tables (100 where not given), and at most in
    the others. The same input gives the same bytes.
    """
    target = Path(path)
    if target.is_file() and not force:
        raise FileExistsError(EEXIST, os.strerror(EEXIST), str(target))
    options = {
        "BasisForPreparation": MODULE_MEMBER[module], "Currency": currency, "EntityName": entity,
        "ReportingPeriodStart": str(period_start) if period_start else None,
        "ReportingPeriodEnd": str(period_end) if period_end else None,
    }  # fmt: skip
    facts = _with_options(answers, options)
    content = BytesIO()
    _write(content, module, language, facts, carried, notes, rows)
    write_whole(target, content.getvalue())
    return target


def _with_options(answers: pd.DataFrame | None, options: Mapping[str, str | None]) -> pd.DataFrame:
    """Return the answers, with the options as facts where the answers do not have them."""
    edition = load_edition()
    given = set(answers["name"]) if answers is not None else set()
    workbook = str(answers["workbook"].iloc[0]) if answers is not None and len(answers) else "new"
    rows = [
        (workbook, name, name, (), "", -1, edition.datapoints[name].kind, value, "", "current", "reported", "", "", "")
        for name, value in options.items()
        if value and name not in given
    ]
    new = pd.DataFrame(rows, columns=list(FACT_COLUMNS))
    parts = [new] if answers is None or not len(answers) else [answers, new]
    facts = pd.concat([p for p in parts if len(p)], ignore_index=True).astype({"value": object, "row": int})
    facts["value"] = [clean(value) if isinstance(value, str) else value for value in facts["value"]]
    return facts


def _rows_ready(facts: pd.DataFrame, rows: int | None) -> tuple[tuple[str, int], ...]:
    """Return the open tables in which other than the usual number of rows stands ready, and how many.

    `rows` is the number wanted for the longest tables, and the most for the others; no answer goes without its row.
    """
    found = facts[facts["table"] != ""].groupby("table")["row"].max() + 1
    tables = {name: table for name, table in load_edition().tables.items() if table.rows == "open"}
    longest = max(table.ready for table in tables.values())
    wanted = {}
    for name, table in tables.items():
        usual = rows if rows and table.ready == longest else min(table.ready, rows or table.ready)
        wanted[name] = max(usual, int(found.get(name, 0)))
    return tuple(sorted((name, number) for name, number in wanted.items() if number != tables[name].ready))


def _write(
    content: BytesIO,
    module: str,
    language: str,
    facts: pd.DataFrame,
    carried: frozenset[tuple[str, int]],
    notes: tuple[tuple[str, ...], ...],
    rows: int | None,
) -> None:
    place = placement(module, _rows_ready(facts, rows))
    words = load_language(language)
    looks = {"in_memory": True, "default_format_properties": {"font_name": "Arial", "font_size": 10}}
    with _strict(), xlsxwriter.Workbook(content, looks) as workbook:
        metadata = _metadata(module, language, facts)
        workbook.set_properties({"title": words.text("input.title"), "created": CREATED})
        for name, value in metadata.items():
            workbook.set_custom_property(name, value)
        workbook.set_size(2400, 1600)
        workbook.set_calc_mode("auto")
        keys = [k for k in layout()["sheets"] if any(place.on_sheet(k))] + ["notes", *HIDDEN]
        sheets = {key: _strict_sheet(workbook.add_worksheet(words.text(f"sheets.{key}"))) for key in keys}
        answers = stored(facts, place, language)
        counts = counts_of(answers, place)
        looks_of = formats(workbook)
        book = Book(
            workbook, sheets, place, load_edition(), words, answers, counts, looks_of, carried, notes, rows
        )
        _define_strictly(workbook)
        write_start(book)
        for key in keys:
            if key in layout()["sheets"] and key != "start":
                write_sheet(key, book)
        write_notes(book)
        write_lists(book)
        write_metadata(metadata, book)
        write_calc(book)
        for key in HIDDEN:
            sheets[key].very_hidden()
            sheets[key].protect()
        sheets["start"].activate()


def _metadata(module: str, language: str, facts: pd.DataFrame) -> dict[str, str]:
    digest = hashlib.sha256(f"{module}|{language}".encode())
    for name, row, value in zip(facts["name"], facts["row"], facts["value"], strict=True):
        digest.update(f"|{name}|{row}|{value}".encode())
    version = layout()["template"]
    return {
        "template": str(version["kind"]), "template_version": str(version["version"]), "edition": load_edition().name,
        "language": language, "module": module, "workbook_id": digest.hexdigest()[:16],
    }  # fmt: skip


@contextmanager
def _strict() -> Iterator[None]:
    """Turn XlsxWriter's warnings into errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            yield
        except UserWarning as warning:
            raise WorkbookWriteError(str(warning)) from warning


def _checked(function: Any) -> Any:
    def call(*arguments: Any, **keywords: Any) -> Any:
        code = function(*arguments, **keywords)
        if isinstance(code, int) and code < 0:
            raise WorkbookWriteError(f"{function.__name__}{arguments} gave {code}")
        return code

    return call


CHECKED = ("write_url", "data_validation", "conditional_format", "merge_range", "write_formula", "write_string")


def _strict_sheet(sheet: Any) -> Any:
    """Turn the negative return codes of a worksheet's methods into errors.

    XlsxWriter searches each formula for some fifty functions younger than Excel 2010; ours have none (a test says so),
    and without the search a workbook is written in two thirds of the time.
    """
    sheet._prepare_formula = lambda formula, expand_future_functions=False: formula.removeprefix("=")
    sheet.write_formula = _with_stored_value(sheet.write_formula)
    for name in CHECKED:
        setattr(sheet, name, _checked(getattr(sheet, name)))
    return sheet


def _with_stored_value(write_formula: Any) -> Any:
    """Return how a formula is written, a text that it gives as workbooks store texts: XlsxWriter leaves it."""

    def write(row: int, column: int, formula: str, look: Any = None, value: Any = 0) -> Any:
        return write_formula(row, column, formula, look, as_stored(value) if isinstance(value, str) else value)

    write.__name__ = "write_formula"
    return write


def _define_strictly(workbook: Any) -> None:
    workbook.define_name = _checked(workbook.define_name)


def build_templates() -> list[Path]:
    """Write the blank workbooks of both modules in every language, and the mapping that reads them."""
    written = []
    for language in languages():
        for module in MODULES:
            path = folder("workbook_templates") / f"vsme-xl-{module}.{language}.xlsx"
            written.append(new_workbook(path, module=module, language=language, force=True))
    for module in MODULES:
        mapping = folder("mappings") / f"vsme-xl-{module}.yaml"
        mapping.write_text(mapping_text(module), encoding="utf-8")
    return [*written, mapping]


if __name__ == "__main__":
    for built in build_templates():
        print(built.name)
