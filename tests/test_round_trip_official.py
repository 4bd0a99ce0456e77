"""Facts of the official template survive other programs too; what cannot be read for sure is a finding."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from babel.numbers import format_decimal, format_percent
from counting import Facts, counted
from efrag import FOLDER, needs_efrag
from filling import filled
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from rearranging import all_converted, copied_by_value, needs_libreoffice, renamed, reordered, rewritten, rows_inserted

from vsme_xl import compute, read
from vsme_xl.codelists import codelist
from vsme_xl.edition import load_edition
from vsme_xl.reading.read_workbook import Reading

EDITION = load_edition()
VERSIONS = ("1.1.1", "1.2.0")
SAMPLES = {f"VSME-Digital-Template-Sample-{v}": FOLDER / f"VSME-Digital-Template-Sample-{v}.xlsx" for v in VERSIONS}
SAMPLE = SAMPLES["VSME-Digital-Template-Sample-1.2.0"]
pytestmark = [needs_efrag, pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")]


@pytest.fixture(scope="module")
def there() -> Reading:
    """Read the official sample as it was published."""
    return read(SAMPLE)


def _lost_are_found_or_computed(there: Reading, here: Reading) -> Facts:
    """Check that no fact is wrong, and that each lost one is a finding or worked out; return those that are lost."""
    before, now = counted(there), counted(here)
    assert now - before == Counter()
    told = set(here.findings["name"]) | set(compute(here.facts).facts["name"])
    assert {str(name) for name, *_ in before - now} - told == set()
    return before - now


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Path]]:
    """Let LibreOffice save the samples as .xlsx, .ods and .xls, and from there as .xlsx again."""
    folder, profile = tmp_path_factory.mktemp("official"), tmp_path_factory.mktemp("profile")
    found = {kind: all_converted(SAMPLES.values(), kind, folder / kind, profile) for kind in ("xlsx", "ods", "xls")}
    for kind in ("ods", "xls"):
        found[f"{kind} and back"] = all_converted(found[kind].values(), "xlsx", folder / f"{kind}-back", profile)
    return found


@needs_libreoffice
@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_libreoffice_saves_every_fact_of_the_official_template(
    kind: str, sample: str, saved: dict[str, dict[str, Path]]
) -> None:
    assert counted(read(saved[kind][sample])) == counted(read(SAMPLES[sample]))


@needs_libreoffice
@pytest.mark.parametrize("sample", SAMPLES)
def test_an_xls_of_the_official_template_lacks_just_the_facts_whose_text_a_formula_made_each_with_a_finding(
    sample: str, saved: dict[str, dict[str, Path]]
) -> None:
    there, here = read(SAMPLES[sample]), read(saved["xls"][sample])
    assert counted(here) - counted(there) == Counter()
    lost = set(there.facts["source"]) - set(here.facts["source"])
    told = here.findings[here.findings["code"] == "formula_result_lost"]
    assert lost <= set(told["cell"])
    assert len(here.facts) + len(lost) == len(there.facts)
    assert len(told) <= len(lost) + 1, "hardly a cell is doubtful that held no text"
    book = openpyxl.load_workbook(SAMPLES[sample], data_only=True)
    cells = (source.rpartition("!") for source in lost)
    assert {type(book[sheet][cell].value) for sheet, _, cell in cells} == {str}


@needs_libreoffice
@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("way", ["ods and back", "xls and back"])
def test_made_an_xlsx_again_each_fact_is_there_or_worked_out_or_a_finding_at_its_cell(
    way: str, sample: str, saved: dict[str, dict[str, Path]]
) -> None:
    """A formula that another format cannot hold may come back with another result: the template's own coordinates."""
    there, here = read(SAMPLES[sample]), read(saved[way][sample])
    assert counted(here) - counted(there) == Counter()
    told, rows = set(here.findings["cell"]), there.facts
    kept: Any = rows[~rows["source"].isin(set(here.facts["source"]) | told)]
    worked_out = compute(here.facts).facts.set_index("name")["value"]
    assert {f.name: worked_out[f.name] for f in kept.itertuples()} == pytest.approx(
        {f.name: f.value for f in kept.itertuples()}
    )
    assert (counted(here) & counted(there)).total() >= 0.96 * len(there.facts)


def test_openpyxl_drops_formula_results_and_typed_facts_survive(there: Reading, tmp_path: Path) -> None:
    openpyxl.load_workbook(SAMPLE).save(tmp_path / "saved.xlsx")
    lost = _lost_are_found_or_computed(there, read(tmp_path / "saved.xlsx"))
    assert _typed(lost, there) == []


def _typed(lost: Facts, there: Reading) -> list[object]:
    """Return those of some facts that the company typed, and no formula made."""
    book = openpyxl.load_workbook(SAMPLE)
    sources = dict(zip(there.facts["name"], there.facts["source"], strict=True))
    return [name for name, *_ in lost if not _is_formula(book, sources[str(name)])]


def _is_formula(book: openpyxl.Workbook, source: str) -> bool:
    sheet, _, cell = source.rpartition("!")
    return book[sheet][cell].data_type == "f"


def test_drop_downs_typed_by_hand_are_read_or_found(there: Reading, tmp_path: Path) -> None:
    rows: Any = there.facts
    book = openpyxl.load_workbook(SAMPLE)
    for language, spelled in (("en", str.upper), ("de", str.lower), ("sv", str.upper)):
        cells: dict[str, dict[str, Any]] = {}
        for fact in rows.itertuples():
            if fact.name == "Ledger_Carrier":
                continue  # the template does not ask for it: its source is the cell of the fuel
            d = EDITION.datapoints[fact.name]
            label = codelist(d.codelist, language).labels.get(str(fact.value)) if d.kind == "enumeration" else None
            if label is not None and not _is_formula(book, fact.source):
                sheet, _, cell = fact.source.rpartition("!")
                cells.setdefault(sheet, {})[cell] = f" {spelled(label)}\N{NO-BREAK SPACE}"
        assert sum(map(len, cells.values())) > 10
        here = read(filled(SAMPLE, tmp_path / f"{language}.xlsx", cells))
        before, now = counted(there), counted(here)
        told = set(here.findings["name"])
        assert {str(name) for name, *_ in now - before} == set(), language
        assert {str(name) for name, *_ in before - now} - told == set(), language
        assert (before & now).total() >= 0.97 * before.total(), language


@pytest.fixture(scope="module")
def formulas() -> frozenset[str]:
    """Return the cells of the sample whose value a formula makes."""
    book = openpyxl.load_workbook(SAMPLE)
    cells = (cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    return frozenset(f"{cell.parent.title}!{cell.coordinate}" for cell in cells if cell.data_type == "f")


@pytest.mark.parametrize(("language", "doubtful"), [("de", 11), ("da", 11), ("sv", 0)])
def test_numbers_pasted_as_text_in_local_notation_are_read_or_found_doubtful(
    language: str, doubtful: int, there: Reading, formulas: frozenset[str], tmp_path: Path
) -> None:
    """Only `1.234`, which means a thousand in one place and about one in another, is asked back."""
    rows: Any = there.facts
    cells: dict[str, dict[str, Any]] = {}
    for fact in rows.itertuples():
        if (isinstance(fact.value, float) or fact.kind == "date") and fact.source not in formulas:
            sheet, _, cell = fact.source.rpartition("!")
            cells.setdefault(sheet, {})[cell] = _written(fact, language)
    assert sum(map(len, cells.values())) > 70
    texts = [text for sheet in cells.values() for text in sheet.values()]
    assert any("," in text for text in texts) and any("." in text or "\N{NO-BREAK SPACE}" in text for text in texts)
    here = read(filled(SAMPLE, tmp_path / "pasted.xlsx", cells))
    assert counted(here) - counted(there) == Counter()
    assert (counted(there) - counted(here)).total() == doubtful
    now = set(zip(here.facts["source"], here.facts["name"], strict=True))
    silent = [f.source for f in rows.itertuples() if (f.source, f.name) not in now]
    assert set(silent) == set(here.findings["cell"][here.findings["code"] == "ambiguous_number"])


def _written(fact: Any, language: str) -> str:
    """Return a number or date as a person of a language writes it, thousands set apart."""
    if fact.kind == "date":
        day = dt.date.fromisoformat(fact.value)
        return f"{day:%Y-%m-%d}" if language == "sv" else f"{day:%d.%m.%Y}"
    if fact.kind == "year":
        return str(int(fact.value))
    if fact.kind == "share":
        return str(format_percent(fact.value, "#,##0.##########%", locale=language))
    return str(format_decimal(fact.value, "#,##0.############", locale=language))


def test_hidden_rows_filters_protection_comments_and_merged_cells_change_no_fact(
    there: Reading, tmp_path: Path
) -> None:
    """What openpyxl saves has no results of formulas: the dressed workbook is compared with one just saved."""
    openpyxl.load_workbook(SAMPLE).save(tmp_path / "saved.xlsx")
    book = openpyxl.load_workbook(SAMPLE)
    sources: Any = there.facts["source"]
    for sheet in book.worksheets:
        mine = [source.rpartition("!")[2] for source in sources if source.startswith(f"{sheet.title}!")]
        if not mine:
            continue
        for cell in mine[::3]:
            if not isinstance(sheet[cell], MergedCell):
                sheet[cell].comment = Comment("please check", "a colleague")
        for cell in mine[::4]:
            sheet.row_dimensions[sheet[cell].row].hidden = True
        sheet.auto_filter.ref = f"A2:F{sheet.max_row}"
        sheet.protection.enable()
        sheet.protection.password = "secret"
    turnover = book["General Information"]["E281"]
    assert turnover.value == 235000
    book["General Information"].merge_cells("E281:F281")
    book.save(tmp_path / "dressed.xlsx")
    here = read(tmp_path / "dressed.xlsx")
    assert counted(here) == counted(read(tmp_path / "saved.xlsx"))
    assert "235000" in {value for name, _, _, value, _ in counted(here) if name == "Turnover"}


def test_sheets_renamed_and_in_another_order_say_the_same(there: Reading, tmp_path: Path) -> None:
    assert counted(read(rewritten(SAMPLE, tmp_path / "moved.xlsx", renamed, reordered))) == counted(there)


@pytest.mark.parametrize("lists", [True, False])
def test_sheets_copied_into_another_workbook_say_the_same(lists: bool, there: Reading, tmp_path: Path) -> None:
    """By value, without names; with the sheets of lists and translations and without them."""
    behind = () if lists else ("Enumeration Lists", "Translations", "Fuel Conversion Parameters", "Licence")
    here = read(copied_by_value(SAMPLE, tmp_path / "copy.xlsx", *behind))
    # Without formulas, what the template works out looks as if it were typed: here the hours worked.
    assert {name for name, *_ in counted(here) - counted(there)} <= {"TotalHoursWorkedByEmployees"}
    lost = counted(there) - counted(here)
    assert {name for name, *_ in lost} <= set(here.findings["name"]) and lost.total() <= (0 if lists else 6)


@needs_libreoffice
def test_a_column_before_the_answers_and_rows_above_them_are_followed(there: Reading, tmp_path: Path) -> None:
    rows = {"Social Disclosures": [(0, 2)], "Governance Disclosures": [(1, 1)]}
    columns = {"Social Disclosures": [(1, 1)], "Governance Disclosures": [(0, 1)]}
    moved = rows_inserted(SAMPLE, tmp_path / "moved.xlsx", rows, tmp_path / "profile", columns)
    here = read(moved)
    assert counted(here) - counted(there) == Counter()
    lost = counted(there) - counted(here)
    assert {str(name) for name, *_ in lost} <= set(here.findings["name"])
    assert lost.total() <= 0.02 * len(there.facts)
