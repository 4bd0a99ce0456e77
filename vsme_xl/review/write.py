"""Write the review of a workbook: a marked copy of the client's file, or a list where it takes no marks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vsme_xl.computing import Computed
from vsme_xl.disclosures import disclosures_of
from vsme_xl.display import Shown, said
from vsme_xl.files import write_whole
from vsme_xl.language import load_language
from vsme_xl.reading.encrypted import without_password
from vsme_xl.reading.read_workbook import Reading
from vsme_xl.reading.workbook_file import open_workbook, read_bytes
from vsme_xl.reading.workbook_parts import kind_of
from vsme_xl.review.copy import listing_workbook, reviewed
from vsme_xl.review.items import Item, items_of
from vsme_xl.review.listing import Listing
from vsme_xl.review.parts import TYPES, parts_of
from vsme_xl.review.splice import NotEditable, elements

ENDINGS = {
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml": ".xlsm",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml": ".xltx",
    "application/vnd.ms-excel.template.macroEnabled.main+xml": ".xltm",
}


class ReviewError(Exception):
    """A review that cannot be written under this name; `code` and `params` are those of a text (`review.errors`)."""

    def __init__(self, code: str, params: Mapping[str, str]) -> None:
        super().__init__(code, dict(params))
        self.code = code
        self.params = params


@dataclass(frozen=True)
class Review:
    """A review in memory: the file's content and the ending its name needs, and what it lists.

    `remarks` are the codes of what the person who sends it should know: why it is a list and no marked copy
    (`old_format`, `strict`, `shared_workbook`, `no_styles`, `notes_drawn_otherwise`, `not_plain_xml`), and that a
    digital signature is gone (`unsigned`).
    """

    content: bytes
    ending: str
    is_copy: bool
    items: tuple[Item, ...]
    remarks: tuple[str, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many items of each kind (error, missing, warning, info) it lists."""
        return Counter(item.kind for item in self.items)

    @property
    def cells(self) -> int:
        """How many cells are marked."""
        return len({item.cell for item in self.items if item.cell}) if self.is_copy else 0


def review_of(
    path: str | Path,
    reading: Reading,
    computed: Computed,
    language: str | None = None,
    workbook: str | None = None,
    data: bytes | None = None,
) -> Review:
    """Return the review of the workbook at `path`, of which `reading` and `computed` came; the file is only read.

    Texts are in `language`, by default the workbook's own. `workbook` is the workbook's name in the frames where it is
    not its file name; `data` the file's content where it was read already. UnreadableWorkbook where the file is no
    workbook any more.
    """
    data = read_bytes(Path(path), reading.opening.limits) if data is None else data
    file = open_workbook(path, data, reading.opening)
    data = without_password(data, str(path), reading.opening)
    code = language or reading.workbook.language
    listing = _listing(reading, computed, workbook or reading.workbook.file, code, file.sheet_names)
    try:
        if kind_of(data, str(path)) != "xlsx":
            raise NotEditable("old_format")
        content, signed = reviewed(data, file, listing)
    except NotEditable as why:
        alone = listing_workbook(_without_marks(listing))
        return Review(alone, ".xlsx", False, listing.items, (why.code,))
    return Review(content, _ending(data, str(path)), True, listing.items, ("unsigned",) if signed else ())


def write_review(
    path: str | Path,
    reading: Reading,
    computed: Computed,
    out: str | Path,
    language: str | None = None,
    workbook: str | None = None,
) -> Review:
    """Write the review of the workbook at `path` to `out`, whole or not at all, and return it (see `review_of`).

    ReviewError where `out` is the input itself or has the ending of another kind of file; OSError where it cannot be
    written.
    """
    source, target = Path(path), Path(out)
    if target.resolve() == source.resolve() or (target.exists() and target.samefile(source)):
        raise ReviewError("same_file", {"file": str(target)})
    review = review_of(source, reading, computed, language, workbook)
    if target.suffix.lower() != review.ending and not target.is_dir():
        raise ReviewError("wrong_ending", {"file": str(target), "ending": review.ending})
    write_whole(target, review.content)
    return review


def _listing(
    reading: Reading, computed: Computed, workbook: str, language: str, sheets: tuple[str, ...]
) -> Listing:
    words, about = load_language(language), reading.workbook
    items = tuple(items_of(reading, computed, workbook, language, sheets))
    days = [said(Shown(day, "date"), language) for day in (about.period_start, about.period_end) if day]
    period = words.text("review.period", start=days[0], end=days[-1]) if days else ""
    return Listing(
        sheet=words.text("review.sheet"), how="how_copy",
        title=words.text("review.title", entity=" ".join((about.entity or about.file).split())),
        about=" · ".join(filter(None, (about.file, period))),
        items=items, words=words,
        disclosures=tuple(disclosures_of(computed, workbook, reading.places)),
        link=lambda item: "",
    )  # fmt: skip


def _without_marks(listing: Listing) -> Listing:
    return replace(listing, how="how_list")


def _ending(data: bytes, file: str) -> str:
    types = elements(parts_of(data, file).read(TYPES) or b"<Types/>")
    declared = {node.attributes.get("ContentType", "") for node in types}
    return next((ending for kind, ending in ENDINGS.items() if kind in declared), ".xlsx")
