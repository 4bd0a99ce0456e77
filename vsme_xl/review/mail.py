"""Write a mail draft that carries the review to the client: nothing is sent, a mail program opens it to be sent."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from pathlib import Path

from vsme_xl.cell_text import one_line
from vsme_xl.computing import Computed
from vsme_xl.files import write_whole
from vsme_xl.language import Language, load_language
from vsme_xl.reading.read_workbook import Reading
from vsme_xl.review.items import Item
from vsme_xl.review.listing import COLOURS
from vsme_xl.review.splice import plain
from vsme_xl.review.write import Review, ReviewError, review_of

# Notes say nothing that the client has to do.
TOLD = ("error", "missing", "warning")
MOST_ITEMS, LONGEST = 15, 400
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\Z")
TYPES = {
    ".xlsx": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xlsm": "vnd.ms-excel.sheet.macroEnabled.12",
    ".xltx": "vnd.openxmlformats-officedocument.spreadsheetml.template",
    ".xltm": "vnd.ms-excel.template.macroEnabled.12",
}
STYLE = "font-family:Arial,sans-serif;font-size:10.5pt;color:#22303A"
CELL = "padding:5px 9px;border:1px solid #D5DADD;vertical-align:top;text-align:left"


def write_mail(
    path: str | Path,
    reading: Reading,
    computed: Computed,
    out: str | Path,
    language: str | None = None,
    workbook: str | None = None,
    review: Review | None = None,
    to: Iterable[str] = (),
    attachment: str | None = None,
) -> Path:
    """Write a draft about the workbook at `path` to `out` (.eml), with its review attached, and return where it is.

    The first arguments are those of `write_review`, whose `review` is attached where it is given (and is made where it
    is not) under the name `attachment`. `to` are the addresses of the recipients; blank, they are filled in later, as
    is the sender. The same input gives the same bytes: there is no date, a mail program adds it when it sends.
    ReviewError where `out` is the workbook itself or an address is none.
    """
    source, target = Path(path), Path(out)
    if target.resolve() == source.resolve() or (target.exists() and target.samefile(source)):
        raise ReviewError("same_file", {"file": str(target)})
    code = language or reading.workbook.language
    review = review or review_of(source, reading, computed, code, workbook)
    draft = draft_of(reading, review, load_language(code), tuple(to), attachment)
    write_whole(target, draft)
    return target


def draft_of(
    reading: Reading, review: Review, words: Language, to: tuple[str, ...] = (), attachment: str | None = None
) -> bytes:
    """Return the draft as bytes: RFC 5322 with a plain and an HTML body and the review attached."""
    to = tuple(map(_address, to))
    message = EmailMessage(policy=SMTP)
    message["X-Unsent"] = "1"
    message["Subject"] = _subject(reading, review, words)
    if to:
        message["To"] = ", ".join(to)
    digest = hashlib.sha256(review.content + words.code.encode() + repr(to).encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{digest}@vsme-xl.invalid>"
    message.set_content(_plain_body(reading, review, words), cte="quoted-printable")
    message.add_alternative(_html_body(reading, review, words), subtype="html", cte="quoted-printable")
    name = _one_line(attachment or f"{Path(reading.workbook.file).stem}-review{review.ending}")
    message.add_attachment(review.content, maintype="application", subtype=TYPES[review.ending], filename=name)
    message["Content-Language"] = words.code
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{digest}_{number}")
    return message.as_bytes()


def _address(text: str) -> str:
    """Return an address as mail headers write it, a domain with umlauts in its ASCII form; ReviewError for none."""
    local, at, domain = text.rpartition("@")
    try:
        address = local + at + (domain if domain.isascii() else domain.encode("idna").decode())
    except UnicodeError:
        address = ""
    if not ADDRESS.match(address):
        raise ReviewError("no_address", {"address": _one_line(text)})
    return address


def _one_line(text: object) -> str:
    return one_line(plain(text))


def _short(text: str) -> str:
    line = _one_line(text)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _subject(reading: Reading, review: Review, words: Language) -> str:
    about = reading.workbook
    entity = _one_line(about.entity or about.file)[:120]
    year = about.period_end[:4]
    told = sum(review.counts.get(kind, 0) for kind in TOLD)
    which = "subject" if told else "subject_complete"
    title = words.text("mail.report", entity=entity, year=year) if year else entity
    return words.text(f"mail.{which}", report=title, number=told)


def _told(review: Review) -> tuple[list[Item], int]:
    """Return the items that the mail tells, and how many more there are."""
    items = [item for item in review.items if item.kind in TOLD]
    return items[:MOST_ITEMS], len(items) - len(items[:MOST_ITEMS])


def _counts(review: Review, words: Language) -> str:
    said = (words.text(f"review.counts.{kind}", number=review.counts.get(kind, 0)) for kind in TOLD)
    return ", ".join(said)


def _plain_body(reading: Reading, review: Review, words: Language) -> str:
    items, more = _told(review)
    lines = [words.text("mail.greeting"), "", _opening(reading, review, words)]
    if items:
        lines += ["", words.text("mail.first")]
    for number, item in enumerate(items, start=1):
        kind = words.text(f"review.kinds.{item.kind}")
        head = ", ".join(filter(None, (kind, _short(item.cell))))
        lines += ["", f"{number}. {head}", f"   {_short(item.message)}", f"   → {_short(item.fix)}"]
    if more:
        lines += ["", words.text("mail.more", number=more)]
    lines += ["", _attached(review, words), "", words.text("mail.closing"), ""]
    return "\n".join(lines)


def _opening(reading: Reading, review: Review, words: Language) -> str:
    file, counts = _one_line(reading.workbook.file), _counts(review, words)
    path = "mail.opening" if _told(review)[0] else "mail.opening_complete"
    return words.text(path, file=file, counts=counts)


def _attached(review: Review, words: Language) -> str:
    if not _told(review)[0]:
        return words.text("mail.complete")
    return words.text("mail.copy" if review.is_copy else "mail.list")


def _html_body(reading: Reading, review: Review, words: Language) -> str:
    items, more = _told(review)
    after = [words.text("mail.more", number=more)] if more else []
    after += [_attached(review, words), words.text("mail.closing")]
    before = [words.text("mail.greeting"), _opening(reading, review, words)]
    if items:
        before.append(words.text("mail.first"))
    heads = "".join(
        f'<th style="{CELL};background:#1F4E79;color:#FFFFFF">{escape(words.text(f"review.columns.{key}"))}</th>'
        for key in ("severity", "cell", "message", "fix")
    )
    rows = "".join(_html_row(item, words) for item in items)
    table = f'<table style="border-collapse:collapse;{STYLE}"><tr>{heads}</tr>{rows}</table>' if items else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{words.code}"><head><meta charset="utf-8"></head><body style="{STYLE}">\n'
        f"{_paragraphs(before)}{table}\n{_paragraphs(after)}</body></html>\n"
    )


def _html_row(item: Item, words: Language) -> str:
    fill, _, ink = COLOURS[item.kind]
    kind = f'<td style="{CELL};background:#{fill};color:#{ink};font-weight:bold">'
    kind += escape(words.text(f"review.kinds.{item.kind}")) + "</td>"
    texts = (item.cell, item.message, item.fix)
    return f"<tr>{kind}" + "".join(f'<td style="{CELL}">{escape(_short(text))}</td>' for text in texts) + "</tr>\n"


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>\n" for text in texts)
