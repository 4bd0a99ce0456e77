"""Read the workbook that answers are taken from: what it says, what can be worked out, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from vsme_xl.carrying.beside import Beside, beside, parts_of_dates
from vsme_xl.carrying.comments import comments_of
from vsme_xl.carrying.results_file import facts_of_results
from vsme_xl.carrying.surroundings import Note, notes_of, own_sheets
from vsme_xl.computing import compute
from vsme_xl.findings import findings_frame
from vsme_xl.reading.encrypted import without_password
from vsme_xl.reading.limits import DEFAULTS, Opening
from vsme_xl.reading.mapping import marked
from vsme_xl.reading.mapping_file import load_mapping
from vsme_xl.reading.read_workbook import WorkbookInfo, read_file
from vsme_xl.reading.recognising import identify
from vsme_xl.reading.workbook_file import WorkbookFile, open_workbook, read_bytes
from vsme_xl.reading.workbook_parts import kind_of

MODULE_OF = {"OptionABasicModuleOnlyMember": "basic"}


@dataclass(frozen=True)
class Source:
    """One workbook to take answers from.

    `answers` are the facts that the company typed (columns FACT_COLUMNS); `shown` are those of them that are not
    withheld as classified or sensitive, and what follows from them. `findings` tell what could not be read. `notes` are
    the rows of our own sheet of notes, `own_sheets` the sheets that the company added; `comments` and `beside` are
    cells (`Sheet!A1`) with what their comment says, and with what stands there though nothing is asked.
    """

    answers: pd.DataFrame
    shown: pd.DataFrame
    findings: pd.DataFrame
    info: WorkbookInfo
    notes: tuple[Note, ...] = ()
    own_sheets: tuple[str, ...] = ()
    comments: tuple[Beside, ...] = ()
    beside: tuple[Beside, ...] = ()

    def answer(self, name: str) -> str:
        """Return what a single datapoint says, as text; blank where nothing is said."""
        mine = self.answers[(self.answers["name"] == name) & (self.answers["period"] == "current")]
        return str(mine["value"].iloc[0]) if len(mine) else ""

    @property
    def module(self) -> str:
        """Return the module that the workbook reports."""
        return MODULE_OF.get(self.answer("BasisForPreparation"), "comprehensive")


def source_of(
    path: Path,
    mapping: Path | None = None,
    language: str | None = None,
    opening: Opening = DEFAULTS,
    around: bool = False,
) -> Source:
    """Return what the workbook at `path` holds; UnreadableWorkbook where it is none of a known kind.

    It may be a results workbook of ours too; what was withheld from it is not in it. Findings are in `language`, by
    default the workbook's own. With `around`, what stands beside the answers is looked for too.
    """
    file = open_workbook(path, opening=opening)
    if mapping is None and marked(file) is None and (found := facts_of_results(file)) is not None:
        facts, info = found
        return Source(facts[facts["basis"] == "reported"].reset_index(drop=True), facts, findings_frame([], {}), info)
    kind = load_mapping(mapping) if mapping is not None else identify(file)
    reading = read_file(file, kind, file.path.name, language)
    name = reading.workbook.file
    computed = compute(reading.facts, {name: reading.workbook.language}, workbooks=(name,))
    sheets = own_sheets(file, kind, reading.facts["source"])
    # A list that says "none" is left blank in our workbook, where a blank means just that.
    answers = reading.facts[reading.facts["value"].map(lambda value: value != "")].reset_index(drop=True)
    source = Source(answers, computed.facts, reading.findings, reading.workbook, notes_of(file, kind), sheets)
    if not around:
        return source
    seen = {*reading.facts["source"], *reading.findings["cell"]}
    texts = beside(file, kind, reading.workbook.language, seen)
    dates = reading.facts[reading.facts["kind"] == "date"]
    parts = frozenset(parts_of_dates(zip(dates["source"], dates["value"], strict=True)))
    own = tuple(text for text in texts if text not in parts)
    return replace(source, comments=_comments(path, file, opening), beside=own)


def _comments(path: Path, file: WorkbookFile, opening: Opening) -> tuple[Beside, ...]:
    """Return the comments of every sheet but those that a review put in front."""
    data = without_password(read_bytes(path, opening.limits), str(path), opening)
    found = comments_of(data, kind_of(data, str(path)), str(path), opening.limits)
    return tuple((f"{sheet}!{cell}", text) for sheet, cell, text in found if sheet not in file.reviews)
