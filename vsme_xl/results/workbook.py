"""Write the results workbook of one company: summary, topics, live calculations, lists and method."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from vsme_xl.computing import Computed
from vsme_xl.edition import load_edition
from vsme_xl.files import write_whole
from vsme_xl.language import load_language
from vsme_xl.results import cells, parts
from vsme_xl.results.calculations import write_calculations
from vsme_xl.results.format import UNDATED, Formats, done, strict
from vsme_xl.results.lists import write_data, write_findings, write_not_applicable
from vsme_xl.results.method import parameter_cells, write_method
from vsme_xl.results.plan import plan_of
from vsme_xl.results.rules import compiled
from vsme_xl.results.source import Source, source_of
from vsme_xl.results.summary import write_summary
from vsme_xl.results.tables import write_tables
from vsme_xl.results.topics import Book, write_topic

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
STRUCTURES = ("esg", "dnk", "vsme")


def write_results(
    computed: Computed,
    path: str | os.PathLike[str],
    *,
    workbook: str | None = None,
    meta: Mapping[str, str],
    structure: str = "esg",
    language: str = "en",
    edition: str = "vsme-2025",
) -> Path:
    """Write the results of one workbook of `computed` (the first where none is named) and return the path.

    `meta` tells about the input and the versions (file, sha256, template, …) and is shown as given; `structure` orders
    the topics by ESG sheet, DNK topic or disclosure (esg, dnk, vsme). The same input gives the same bytes. The file is
    written under a temporary name and moved into place; OSError where the path cannot be written.
    """
    target = Path(path)
    write_whole(target, results_bytes(computed, workbook, meta, structure, language, edition))
    return target


def results_bytes(
    computed: Computed, workbook: str | None, meta: Mapping[str, str], structure: str, language: str, edition: str
) -> bytes:
    """Return the results of one workbook as the bytes that `write_results` would write."""
    source = source_of(computed, workbook, load_edition(edition), load_language(language), structure, meta)
    content = BytesIO()
    with strict():
        _write(source, content)
    return content.getvalue()


def _write(source: Source, content: BytesIO) -> None:
    import xlsxwriter

    plan = plan_of(source, parameter_cells(source))
    workbook = xlsxwriter.Workbook(BytesIO(), OPTIONS)
    parts.fast_parts(workbook, content)
    workbook.set_calc_mode("auto")
    workbook.set_size(2400, 1500)
    done(workbook.set_properties(_properties(source)))
    book = Book(workbook, Formats(workbook), source, plan, compiled(source.edition.name, source.language.code))
    names = [plan.sheets["summary"], *(t.sheet for t in plan.topics), *list(plan.sheets.values())[1:]]
    sheets = {name: cells.fast(workbook.add_worksheet(name)) for name in names}
    parts.define_names(workbook, plan.names)
    for topic in plan.topics:
        write_topic(book, topic, sheets[topic.sheet])
    _write_fixed(book, {key: sheets[name] for key, name in plan.sheets.items()})
    parts.close(workbook)


def _write_fixed(book: Book, sheets: Mapping[str, Any]) -> None:
    write_calculations(book, sheets["calculations"])
    for key in ("ledger", "tables", "factors"):
        write_tables(book, key, sheets[key])
    write_not_applicable(book, sheets["not_applicable"])
    write_findings(book, sheets["findings"])
    write_data(book, sheets["data"])
    write_method(book, sheets["method"])
    write_summary(book, sheets["summary"])


def _properties(source: Source) -> dict[str, Any]:
    """Return the document's properties; its date is the end of the reporting period, never the clock."""
    entry = source.entries.get(("ReportingPeriodEnd", -1))
    try:
        created = dt.datetime.combine(dt.date.fromisoformat(str(entry.value if entry else "")), dt.time())
    except ValueError:
        created = UNDATED
    entity = source.effective("EntityName")
    return {
        "title": source.text("summary_title"),
        "subject": str(entity or ""),
        "comments": source.text("subtitle", entity=entity or source.text("unknown"), period=source.edition.name),
        "created": created,
    }
