"""Facts survive the way by mail, in every language: other programs, lost names, copied sheets, answers by hand."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from babel.numbers import format_decimal, format_percent
from counting import counted, plain
from filling import filled
from openpyxl.comments import Comment
from rearranging import (
    all_converted,
    copied_by_value,
    nameless,
    needs_libreoffice,
    renamed,
    reordered,
    rewritten,
    rows_inserted,
)

from vsme_xl import new_workbook, read
from vsme_xl.answers import facts_of
from vsme_xl.codelists import codelist
from vsme_xl.edition import load_edition, read_yaml
from vsme_xl.input.layout import INPUT, LABEL, placement
from vsme_xl.language import languages, load_language
from vsme_xl.reading.read_workbook import Reading
from vsme_xl.resources import folder

EDITION = load_edition()
OTHER = {"en": "de", "de": "sv", "sv": "da", "da": "en"}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the sample manufacturer's workbook in every language."""
    where = tmp_path_factory.mktemp("ours")
    company = read_yaml(folder("sample_inputs") / "companies" / "manufacturer.yaml")
    answers = facts_of(company["answers"])
    return {code: new_workbook(where / f"{code}.xlsx", language=code, answers=answers) for code in languages()}


@pytest.fixture(scope="session")
def readings(ours: dict[str, Path]) -> dict[str, Reading]:
    """Read those workbooks as they were written."""
    return {code: read(path) for code, path in ours.items()}


@pytest.mark.parametrize("language", languages())
def test_a_workbook_saved_by_openpyxl_keeps_every_typed_fact(
    language: str, ours: dict[str, Path], readings: dict[str, Reading], tmp_path: Path
) -> None:
    openpyxl.load_workbook(ours[language]).save(tmp_path / "saved.xlsx")
    here = read(tmp_path / "saved.xlsx")
    assert counted(here) == counted(readings[language])
    assert here.workbook.language == language
    bare = rewritten(tmp_path / "saved.xlsx", tmp_path / "bare.xlsx", nameless, renamed, reordered)
    assert counted(read(bare)) == counted(readings[language])


@pytest.mark.parametrize("language", languages())
def test_sheets_copied_into_another_workbook_without_the_hidden_ones_say_the_same(
    language: str, ours: dict[str, Path], readings: dict[str, Reading], tmp_path: Path
) -> None:
    copy = read(copied_by_value(ours[language], tmp_path / "copy.xlsx"))
    here, there = counted(copy), counted(readings[language])
    assert here - there == Counter()
    assert {name for name, *_ in there - here} <= set(copy.findings["name"])
    assert (here & there).total() >= 0.98 * there.total()


@pytest.mark.parametrize("language", languages())
def test_numbers_and_dates_pasted_as_text_in_local_notation_are_read_or_found_doubtful(
    language: str, ours: dict[str, Path], readings: dict[str, Reading], tmp_path: Path
) -> None:
    rows: Any = readings[language].facts
    typed = [f for f in rows.itertuples() if isinstance(f.value, float) or f.kind == "date"]
    cells: dict[str, dict[str, Any]] = {}
    for fact in typed:
        sheet, _, cell = fact.source.rpartition("!")
        cells.setdefault(sheet, {})[cell] = _written(fact, language)
    here = read(filled(ours[language], tmp_path / "pasted.xlsx", cells))
    _same_or_found(readings[language], here)
    read_again = counted(here) & counted(readings[language])
    assert read_again.total() >= 0.75 * len(rows)


def _written(fact: Any, language: str) -> str:
    """Return a number or date as a person of a language writes it, thousands set apart."""
    if fact.kind == "date":
        day = dt.date.fromisoformat(fact.value)
        return f"{day:%Y-%m-%d}" if language == "sv" else f"{day:%d/%m/%Y}" if language == "en" else f"{day:%d.%m.%Y}"
    if fact.kind == "year":
        return str(int(fact.value))
    if fact.kind == "share":
        return str(format_percent(fact.value, "#,##0.##########%", locale=language))
    return str(format_decimal(fact.value, "#,##0.############", locale=language))


def _same_or_found(there: Reading, here: Reading) -> None:
    """Check that each cell gives the fact it gave, or none and a finding that names it."""
    before: Any = there.facts
    now = {(f.source, f.name): plain(f.value) for f in here.facts.itertuples()}  # type: ignore[attr-defined]
    told = set(here.findings["cell"])
    wrong = [
        (f.source, f.name, f.value, now.get((f.source, f.name)))
        for f in before.itertuples()
        if now.get((f.source, f.name)) != plain(f.value) and (f.source not in told or (f.source, f.name) in now)
    ]
    assert wrong == []
    assert now.keys() <= {(f.source, f.name) for f in before.itertuples()}


@pytest.mark.parametrize("language", languages())
def test_drop_downs_typed_by_hand_in_other_case_with_blanks_or_in_another_language_are_read(
    language: str, ours: dict[str, Path], readings: dict[str, Reading], tmp_path: Path
) -> None:
    rows: Any = readings[language].facts
    for code, spelled in ((language, str.upper), (OTHER[language], str.lower)):
        cells: dict[str, dict[str, Any]] = {}
        for fact in rows.itertuples():
            name = EDITION.datapoints[fact.name].codelist
            said = {True: "true", False: "false"}.get(fact.value, str(fact.value)) if name == "yes_no" else fact.value
            label = codelist(name, code).labels.get(str(said)) if name else None
            if label is not None:
                sheet, _, cell = fact.source.rpartition("!")
                cells.setdefault(sheet, {})[cell] = f"  {spelled(label)}\N{NO-BREAK SPACE} "
        here = read(filled(ours[language], tmp_path / f"{code}.xlsx", cells))
        _same_or_found(readings[language], here)
        read_again = counted(here) & counted(readings[language])
        assert read_again.total() >= 0.98 * len(rows), code


def test_merged_cells_hidden_rows_filters_protection_and_comments_change_no_fact(
    ours: dict[str, Path], readings: dict[str, Reading], tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(ours["de"])
    rows: Any = readings["de"].facts
    for sheet in book.worksheets:
        mine = [f.source.rpartition("!")[2] for f in rows.itertuples() if f.source.startswith(f"{sheet.title}!")]
        if not mine:
            continue
        for cell in mine[::3]:
            sheet[cell].comment = Comment("please check", "a colleague")
        for cell in mine[::4]:
            sheet.row_dimensions[sheet[cell].row].hidden = True
        sheet.auto_filter.ref = f"B2:F{sheet.max_row}"
        sheet.protection.enable()
        sheet.protection.password = "secret"
        sheet.merge_cells(start_row=1, end_row=1, start_column=6, end_column=8)
    book.save(tmp_path / "dressed.xlsx")
    here = read(tmp_path / "dressed.xlsx")
    assert counted(here) == counted(readings["de"])
    bare = rewritten(tmp_path / "dressed.xlsx", tmp_path / "bare.xlsx", nameless)
    assert counted(read(bare)) == counted(readings["de"])


def test_an_answer_merged_with_its_neighbours_stands_where_it_stood(
    ours: dict[str, Path], readings: dict[str, Reading], tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(ours["sv"])
    ((sheet, cell),) = book.defined_names["Turnover"].destinations
    row, column = book[sheet][cell.replace("$", "")].row, book[sheet][cell.replace("$", "")].column
    book[sheet].merge_cells(start_row=row, end_row=row, start_column=column, end_column=column + 1)
    book.save(tmp_path / "merged.xlsx")
    here = read(tmp_path / "merged.xlsx").facts.set_index(["name", "period"])["value"]
    there = readings["sv"].facts.set_index(["name", "period"])["value"]
    assert here["Turnover", "current"] == there["Turnover", "current"]


WAYS = ("xlsx", "ods", "xls", "ods and back", "xls and back")
SAMPLES = {path.stem: path for path in sorted(folder("sample_inputs").glob("*.xlsx"))}


@pytest.fixture(scope="session")
def saved(ours: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Path]]:
    """Let LibreOffice save the workbooks of all languages in each format, and the foreign formats as .xlsx again."""
    return _saved(ours.values(), tmp_path_factory)


@pytest.fixture(scope="session")
def samples_saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Path]]:
    """Let LibreOffice save all samples in each format, and the foreign formats as .xlsx again."""
    return _saved(SAMPLES.values(), tmp_path_factory)


def _saved(paths: Iterable[Path], folders: pytest.TempPathFactory) -> dict[str, dict[str, Path]]:
    where, profile = folders.mktemp("saved"), folders.mktemp("profile")
    found: dict[str, dict[str, Path]] = {}
    for way in WAYS:
        kind, _, back = way.partition(" and ")
        target = where / way
        target.mkdir()
        found[way] = all_converted(found[kind].values() if back else paths, "xlsx" if back else kind, target, profile)
    return found


@needs_libreoffice
@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("way", WAYS)
def test_libreoffice_saves_every_fact_in_every_format_and_back(
    way: str, language: str, saved: dict[str, dict[str, Path]], readings: dict[str, Reading]
) -> None:
    here = read(saved[way][language])
    assert counted(here) == counted(readings[language])
    assert here.workbook.language == language
    assert not {"names_missing", "cell_not_found"} & set(here.findings["code"])
    assert set(here.facts["found"]) == {""}


@needs_libreoffice
@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("way", WAYS)
def test_each_sample_says_the_same_in_every_format_and_back(
    way: str, sample: str, samples_saved: dict[str, dict[str, Path]]
) -> None:
    there, here = read(SAMPLES[sample]), read(samples_saved[way][sample])
    assert counted(here) == counted(there)
    columns = ["code", "name", "cell", "message"]
    assert here.findings[columns].values.tolist() == there.findings[columns].values.tolist()
    assert here.workbook.as_dict() | {"file": "", "sha256": ""} == there.workbook.as_dict() | {"file": "", "sha256": ""}


@needs_libreoffice
@pytest.mark.parametrize("language", ["de", "sv"])
def test_rows_and_columns_inserted_through_libreoffice_move_every_answer_along(
    language: str, ours: dict[str, Path], readings: dict[str, Reading], tmp_path: Path
) -> None:
    texts = load_language(language)
    sheets = {key: texts.text(f"sheets.{key}") for key in ("general", "environment", "social", "ledger")}
    place = placement()
    inside = {key: [t for t in place.tables.values() if t.sheet == key] for key in sheets}
    rows = {
        name: sorted({(2, 1), *((t.first + 1, 2) for t in inside[key]), *((t.header, 1) for t in inside[key])})
        for key, name in sheets.items()
    }
    columns = {sheets["general"]: [(INPUT, 1)], sheets["ledger"]: [(LABEL, 2)], sheets["social"]: [(LABEL, 1)]}
    profile = tmp_path / "profile"
    longer = rows_inserted(ours[language], tmp_path / "longer.xlsx", rows, profile, columns)
    here, there = counted(read(longer)), counted(readings[language])
    assert here == there
    bare = read(rewritten(longer, tmp_path / "bare.xlsx", nameless, renamed))
    found = counted(bare)
    assert found - there == Counter(), "a cell without a name was read wrongly"
    assert {name for name, *_ in there - found} <= set(bare.findings["name"])
    assert (found & there).total() >= 0.95 * there.total()
