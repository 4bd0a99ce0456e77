"""Write what the portfolio is: what counts, how figures are put together, where thresholds come from, versions."""

from __future__ import annotations

from collections.abc import Iterator

from vsme_xl.display import number
from vsme_xl.portfolio.sheets import Book, head
from vsme_xl.portfolio.specification import specification
from vsme_xl.results.cells import put
from vsme_xl.results.format import height_of
from vsme_xl.versions import versions

WIDTHS = (30, 110)
PARTS = ("counts", "figures", "currency", "answered", "totals", "medians", "outliers", "size", "series", "facts")


def write_about(book: Book) -> None:
    """Write the sheet that explains the others."""
    sheet = head(book, "about", WIDTHS, book.text("about_line"), 0)
    for row, (title, text) in enumerate(_lines(book), start=3):
        height = height_of(((title, WIDTHS[0]), (text, WIDTHS[1])))
        if height is not None:
            sheet.set_row(row, height)
        put(sheet, row, 1, title, book.formats.get("label"))
        put(sheet, row, 2, text, book.formats.get("text"))


def _lines(book: Book) -> Iterator[tuple[str, str]]:
    rule = specification(book.edition.name)["outliers"]
    for part in PARTS:
        ranges = number(float(rule["ranges"]), book.language.code)
        values = {"ranges": ranges, "companies": rule["companies"], "classes": _classes(book)}
        yield book.text(f"about.{part}.title"), book.text(f"about.{part}.text", **values)
    yield book.language.text("results.meta.edition"), book.edition.name
    yield book.language.text("results.meta.tools"), ", ".join(versions())


def _classes(book: Book) -> str:
    """Return the size classes with their limits, as one text."""
    said, spoken = [], book.language
    for name, limits in specification(book.edition.name)["size_classes"].items():
        of = ", ".join(f"{spoken.label(figure)} {number(limit, spoken.code)}" for figure, limit in limits.items())
        said.append(f"{book.size(name)} ({of})")
    return "; ".join(said)
