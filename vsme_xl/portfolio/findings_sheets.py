"""Write the findings across clients: how often each occurs, each error and warning by client, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from vsme_xl.batch.manifest import Record
from vsme_xl.batch.records import Outcome, Skipped
from vsme_xl.findings import SEVERITIES
from vsme_xl.portfolio.sheets import Book, head, heads, shown
from vsme_xl.results.cells import put
from vsme_xl.results.format import height_of

LAST_ROW = 1_048_570
HEAD = 3
BY_CODE = ("severity", "code", "label", "clients", "share", "example", "message", "fix")
BY_CODE_WIDTHS = (10, 34, 44, 15, 9, 34, 60, 60)
EACH = ("entity", "severity", "code", "label", "cell", "message", "fix", "file")
EACH_WIDTHS = (34, 10, 34, 40, 20, 60, 60, 34)
FAILED = ("file", "code", "message")
FAILED_WIDTHS = (60, 22, 110)


@dataclass
class Tally:
    """How many clients have a finding on a datapoint, and the first of them with its message."""

    clients: int
    example: str
    message: str
    fix: str


@dataclass
class Findings:
    """Counts findings while the records pass, and writes each error and warning to its sheet at once."""

    book: Book
    sheet: Any
    row: int = HEAD
    tallies: dict[tuple[str, str, str], Tally] = field(default_factory=dict)


def begin_findings(book: Book) -> Findings:
    """Write the head of the sheet of all errors and warnings."""
    sheet = head(book, "all_findings", EACH_WIDTHS, book.text("all_findings_line"), HEAD + 1, HEAD)
    heads(book, sheet, HEAD, EACH)
    return Findings(book, sheet)


def take_findings(found: Findings, record: Record) -> None:
    """Count and write the findings of one record."""
    outcome = record.outcome
    seen = set()
    for severity, code, name, cell, message, fix in record.details["findings"]:
        key = (severity, code, name)
        if key not in seen:
            tally = found.tallies.setdefault(key, Tally(0, outcome.about["entity"] or outcome.name, message, fix))
            tally.clients += 1
            seen.add(key)
        if severity != "info" and found.row < LAST_ROW:
            found.row += 1
            entity = outcome.about["entity"] or outcome.name
            texts = (entity, _severity(found.book, severity), code, _label(found.book, name), cell, message, fix)
            found.sheet.set_row(found.row, height_of(zip((*texts, outcome.name), EACH_WIDTHS, strict=True)))
            _line(found.book, found.sheet, found.row, (*texts, outcome.name))


def end_findings(found: Findings, clients: int) -> None:
    """Write how often each finding occurs, the severe and frequent ones first."""
    found.sheet.autofilter(HEAD, 1, max(found.row, HEAD + 1), len(EACH))
    book = found.book
    sheet = head(book, "findings", BY_CODE_WIDTHS, book.text("findings_line"), HEAD + 1, HEAD)
    heads(book, sheet, HEAD, BY_CODE, frozenset({"clients", "share"}))
    ordered = sorted(found.tallies.items(), key=lambda i: (SEVERITIES.index(i[0][0]), -i[1].clients, i[0]))
    row = HEAD
    for row, ((severity, code, name), tally) in enumerate(ordered, start=HEAD + 1):
        first, last = (_severity(book, severity), code, _label(book, name)), (tally.example, tally.message, tally.fix)
        widths = (*zip(first, BY_CODE_WIDTHS, strict=False), *zip(last, BY_CODE_WIDTHS[5:], strict=True))
        sheet.set_row(row, height_of(widths))
        _line(book, sheet, row, first, severity)
        put(sheet, row, 4, float(tally.clients), book.formats.get("value", "0"))
        put(sheet, row, 5, tally.clients / clients, book.formats.get("value", "0 %"))
        _line(book, sheet, row, last, first=6)
    sheet.autofilter(HEAD, 1, max(row, HEAD + 1), len(BY_CODE))


def most_frequent(found: Findings, count: int) -> list[tuple[str, str, int]]:
    """Return words, code and number of clients of the most frequent errors and warnings."""
    listed = [(key, t.clients) for key, t in found.tallies.items() if key[0] != "info"]
    listed.sort(key=lambda item: (-item[1], item[0]))
    return [(_words(found.book, code, name), code, n) for (_, code, name), n in listed[:count]]


def write_failed(book: Book, failed: Sequence[Outcome], skipped: Sequence[Skipped]) -> None:
    """Write what could not be processed and why, and what was passed over."""
    said = book.text("failed_line", failed=len(failed), skipped=len(skipped))
    sheet = head(book, "failed", FAILED_WIDTHS, said, HEAD + 1, HEAD)
    heads(book, sheet, HEAD, FAILED)
    row = HEAD
    for outcome in failed:
        row += 1
        texts = (outcome.name, outcome.code, outcome.message)
        sheet.set_row(row, height_of(zip(texts, FAILED_WIDTHS, strict=True)))
        _line(book, sheet, row, texts, "error", styled=1)
    for item in skipped:
        row += 1
        _line(book, sheet, row, (item.name, item.code, book.text(f"skipped.{item.code}")))
    if row == HEAD:
        put(sheet, row + 1, 1, book.text("nothing_failed"), book.formats.get("note"))


def _line(
    book: Book, sheet: Any, row: int, texts: Sequence[str], severity: str = "", first: int = 1, styled: int = 0
) -> None:
    for number, text in enumerate(texts):
        style = severity if severity and number == styled else "text"
        put(sheet, row, first + number, shown(text), book.formats.get(style))


def _severity(book: Book, severity: str) -> str:
    return book.language.text(f"severity.{severity}")


def _words(book: Book, code: str, name: str) -> str:
    """Return what a finding says of any company: its message, with dots for what differs between them."""
    label = _label(book, name)
    if code not in book.language.texts["findings"]:  # a record of another version
        return f"{label}: {code}"
    message = book.language.text(f"findings.{code}.message").removeprefix("{cell}: ").removeprefix("{label}: ")
    fields = {field: "…" for _, field, _, _ in Formatter().parse(message) if field}
    said = message.format(**{**fields, "label": label})
    return said if label in said or not label else f"{label}: {said}"


def _label(book: Book, name: str) -> str:
    return book.language.label(name) if name in book.edition.datapoints else name
