"""Read one workbook through its mapping: facts, findings, and what the workbook says of itself."""

from __future__ import annotations

import gc
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property, partial
from pathlib import Path

import pandas as pd

from vsme_xl.cell_text import name_as_text
from vsme_xl.codelists import codes, own_labels, spellings
from vsme_xl.edition import Edition, load_edition
from vsme_xl.findings import Finding, FindingRow, finding_rows, frame_of
from vsme_xl.language import languages, load_language
from vsme_xl.reading.addresses import area_at
from vsme_xl.reading.bind import Binding, Bound, bind
from vsme_xl.reading.cell_values import normalise
from vsme_xl.reading.footnotes import take_footnotes
from vsme_xl.reading.landmarks import expected_names, recorded_codes
from vsme_xl.reading.limits import DEFAULTS, Opening
from vsme_xl.reading.locate import Located, locate
from vsme_xl.reading.mapping import WorkbookMapping, language_of, load_mapping, version_of
from vsme_xl.reading.meaning import Wording
from vsme_xl.reading.merged_cells import merged_findings
from vsme_xl.reading.read_cells import Reader
from vsme_xl.reading.recognising import identify, with_metadata
from vsme_xl.reading.sheet_scan import cell_address
from vsme_xl.reading.workbook_file import WorkbookFile, open_workbook
from vsme_xl.store import FACT_COLUMNS, Fact, facts_frame

NAME, TABLE, ROW, VALUE, UNIT, PERIOD = (
    FACT_COLUMNS.index(column) for column in ("name", "table", "row", "value", "unit", "period")
)


@dataclass(frozen=True)
class WorkbookInfo:
    """What a workbook says of itself; the head of the facts as JSON."""

    file: str
    template: str
    version: str
    language: str
    entity: str
    period_start: str
    period_end: str
    currency: str
    sha256: str

    def as_dict(self) -> dict[str, str]:
        """Return the fields as a plain mapping."""
        return asdict(self)


@dataclass(frozen=True)
class Reading:
    """What a workbook holds: `facts` (columns FACT_COLUMNS), `findings` (FINDING_COLUMNS) and `workbook`.

    Both are there as plain rows too (`fact_rows`, `finding_rows`), for one frame of many workbooks.
    `places` gives the first cell of each datapoint that the workbook asks for, answered or not; `opening` is how the
    file was opened. `stated_language` is the code of the workbook's own language, also where we do not speak it.
    `sheets` names the sheets in their order.
    """

    fact_rows: Sequence[Fact] = field(repr=False)
    finding_rows: Sequence[FindingRow] = field(repr=False)
    workbook: WorkbookInfo
    places: Mapping[str, str] = field(default_factory=dict)
    opening: Opening = field(default=DEFAULTS, repr=False)
    stated_language: str = "en"
    sheets: tuple[str, ...] = ()

    @cached_property
    def facts(self) -> pd.DataFrame:
        """The facts as a frame."""
        return facts_frame(self.fact_rows)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """The findings as a frame."""
        return frame_of(self.finding_rows)


def read(
    path: str | Path,
    mapping: str | Path | None = None,
    name: str | None = None,
    data: bytes | None = None,
    language: str | None = None,
    opening: Opening = DEFAULTS,
) -> Reading:
    """Return what the workbook at `path` holds, read through `mapping` (a file) or the kind it is recognised as.

    `Reading.facts` has a row per fact: `workbook`, `name` (datapoint), `concept`, `dimensions` (pairs of axis and
    member), `table` and `row` (of a table's column, else blank and -1), `kind`, `value` (numbers as float, shares as
    fractions; yes/no as bool; dates as texts such as 2025-12-31; enumerations by code), `unit` (as typed), `period`
    (current, previous), `basis` (reported), `source` (`Sheet!A1`), `note`, `found`. `Reading.findings` has a row per
    finding: `workbook`, `severity` (error, warning, info), `code`, `name`, `cell`, `message`, `fix`.

    `name` stands for the workbook in the frames (its file name where not given); `data` is the file's content where it
    was read already. Wrong cells are findings with their address, in `language` (the workbook's own where not given);
    UnreadableWorkbook is raised only where the file is no workbook that can be read, or beyond the limits of `opening`.
    """
    with _uncollected():
        file = open_workbook(path, data, opening)
        kind = load_mapping(Path(mapping)) if mapping is not None else identify(file)
        return replace(read_file(file, kind, name or name_as_text(file.path.name), language), opening=opening)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let no garbage in cycles be looked for: what is read is bounded by the limits, and none of it lies in cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def read_file(file: WorkbookFile, mapping: WorkbookMapping, name: str, said_in: str | None = None) -> Reading:
    """Return what an opened workbook holds, read through a mapping; `said_in` is the language of the findings."""
    edition = load_edition()
    located = locate(with_metadata(file, mapping), mapping)
    file = located.file
    stated = language_of(mapping, file)
    language = stated if stated in languages() else "en"
    bound = bind(file, mapping, edition, located)
    own_fuels = cache(partial(_own_fuels, bound, file, language))
    recorded = partial(recorded_codes, mapping)
    reader = Reader(file, name, Wording(language, mapping.readings, own_fuels, recorded, file.date_1904))
    for binding in bound.bindings:
        reader.take(binding, edition)
    reader.take_given(mapping, edition)
    reader.tell_of_lookups(edition)
    facts, unplaced = take_footnotes(_without_empty_rows(reader.facts, edition), located, mapping, name)
    findings = [*_version_findings(file, mapping, name), *_name_findings(located, bound, mapping, name, language)]
    findings += _units_once(reader.findings, edition)
    findings += merged_findings(file, bound.bindings, name)
    info = _info(file, mapping, language, facts)
    findings += reader.currency_findings(info.currency)
    said = finding_rows([*findings, *unplaced], {name: said_in or language})
    shown = _in_currency(facts, info.currency)
    return Reading(shown, said, info, _places(bound), stated_language=stated, sheets=tuple(file.sheet_names))


def _units_once(findings: list[Finding], edition: Edition) -> list[Finding]:
    """Return findings but for those about a unit cell that the amounts beside it speak of."""
    said = {f.cell for f in findings if f.code == "unit_unknown"}
    points = edition.datapoints
    return [f for f in findings if not (f.cell in said and f.name in points and points[f.name].unit_for)]


def _places(bound: Bound) -> dict[str, str]:
    """Return the first cell of every datapoint of the current period."""
    now = [b for b in bound.bindings if b.period == "current"]
    return {b.datapoint.name: f"{b.area.sheet}!{cell_address(b.area.first_row, b.area.first_column)}" for b in now}


def _without_empty_rows(facts: Sequence[Fact], edition: Edition) -> list[Fact]:
    """Return the facts without table rows that hold nothing but a ready-made row number or unticked boxes."""
    keys = {t.axis for t in edition.tables.values() if t.axis and edition.datapoints[t.axis].kind == "text"}
    axes = {t.name for t in edition.tables.values() if t.axis}
    say = {(f[TABLE], f[ROW]) for f in facts if f[NAME] not in keys and f[VALUE] is not False}
    return [f for f in facts if f[TABLE] not in axes or (f[TABLE], f[ROW]) in say]


def _in_currency(facts: Sequence[Fact], currency: str) -> list[Fact]:
    """Return the facts with the workbook's currency as the unit of its money."""
    return [(*f[:UNIT], currency, *f[UNIT + 1 :]) if f[UNIT] == "currency" else f for f in facts]


def _own_fuels(bound: Bound, file: WorkbookFile, language: str) -> frozenset[str]:
    """Return the names a company gave to its own fuels: what stands below the list of fuels and is no label of it.

    A workbook that is not ours has a list of its own, so there all names count that we do not know.
    """
    found, known = set(), [own_labels("fuel", language)]
    for binding in bound.bindings:
        if binding.datapoint.name == "Fuel_Name":
            grid, area = file.sheet(binding.area.sheet), binding.area
            foreign = bool(binding.place.rows_of)
            known += [spellings("fuel")] if foreign else []
            for row in grid.rows_in(area.first_row + (0 if foreign else len(codes("fuel"))), area.last_row):
                value = grid.value(row, area.first_column)
                if isinstance(value, str):
                    found.add(normalise(value))
    return frozenset(name for name in found if not any(name in labels for labels in known))


def _version_findings(file: WorkbookFile, mapping: WorkbookMapping, name: str) -> list[Finding]:
    stated = version_of(mapping, file)
    if not stated or stated == mapping.version:
        return []
    return [Finding(name, "version_unknown", shown={"version": stated, "nearest": mapping.version})]


def _name_findings(
    located: Located, bound: Bound, mapping: WorkbookMapping, name: str, language: str
) -> list[Finding]:
    """Say which sheets, cells and names are gone; a sheet says it for all its cells, a cell for its name."""
    titles = load_language(language).texts["sheets"]
    findings = [
        Finding(name, "sheet_missing", shown={"sheet": titles.get(sheet, sheet)}) for sheet in located.sheets
    ]
    if located.missing > sum(located.sheets.values()):
        values = {"found": located.expected - located.missing, "expected": located.expected, "lost": len(located.lost)}
        code = "names_missing" if located.file.names_read else "names_not_read"
        findings.append(Finding(name, code, shown=values))
    known = load_edition().datapoints
    with_sheet = _answered_on(located.sheets, mapping) if located.sheets else set()
    lost = dict.fromkeys(d for d in map(_datapoint, located.lost) if d in known and d not in with_sheet)
    findings += [Finding(name, "cell_not_found", datapoint) for datapoint in lost]
    said = {*lost, *with_sheet}
    findings += [Finding(name, "name_broken", broken) for broken in bound.broken if _datapoint(broken) not in said]
    return findings


def _answered_on(sheets: Container[str], mapping: WorkbookMapping) -> set[str]:
    """Return the datapoints that have a cell on one of some sheets of the blank workbook."""
    names = {name for name, area in expected_names(mapping).items() if area.sheet in sheets}
    found = {_datapoint(name) for name in names}
    for name, place in (*mapping.places.items(), *mapping.choices.items()):
        areas = [area for text in place.addresses if (area := area_at(text)) is not None]
        if place.name in names or any(area.sheet in sheets for area in areas):
            found.add(_datapoint(name))
    return found


def _datapoint(name: str) -> str:
    """Return the datapoint that a name of a cell, of its unit or of the year before belongs to."""
    return name.removesuffix("_unit").removesuffix("_previous")


def _info(file: WorkbookFile, mapping: WorkbookMapping, language: str, facts: Sequence[Fact]) -> WorkbookInfo:
    values = {f[NAME]: f[VALUE] for f in facts if f[PERIOD] == "current" and not f[TABLE]}

    def text(name: str) -> str:
        return str(values.get(name) or "")

    return WorkbookInfo(
        file=name_as_text(file.path.name), template=mapping.kind, version=version_of(mapping, file) or mapping.version,
        language=language, entity=text("EntityName"), period_start=text("ReportingPeriodStart"),
        period_end=text("ReportingPeriodEnd"), currency=text("Currency"), sha256=file.sha256,
    )  # fmt: skip


__all__ = ["Binding", "Reading", "WorkbookInfo", "read", "read_file"]
