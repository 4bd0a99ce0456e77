"""Answers move into another template, language or module: the same facts come back, and the rest is listed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from efrag import FOLDER, needs_efrag

from vsme_xl import compute, facts_of, new_workbook, read
from vsme_xl.carrying.move import changed, moved
from vsme_xl.carrying.source import source_of
from vsme_xl.cli import main
from vsme_xl.edition import load_edition
from vsme_xl.language import languages
from vsme_xl.store import in_base_units

EDITION = load_edition()
SAMPLES = Path(__file__).parents[1] / "sample_inputs"
OLD = Path(__file__).parent / "old_versions"
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def _run(*arguments: object) -> Any:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def _said(facts: pd.DataFrame, computed: bool = False) -> dict[tuple[object, ...], Any]:
    """Return facts by name, row and period, amounts in base units, numbers rounded as floating point wants it."""
    every: Any = compute(facts, withhold=False).facts if computed else facts
    found = {}
    for f in every.itertuples():
        value = f.value if isinstance(f.value, str) else in_base_units(f.value, f.unit, EDITION.datapoints[f.name])
        found[f.name, f.row, f.period] = f"{value:.12g}" if isinstance(value, float) else str(value).strip()
    return found


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("company", ["manufacturer", "cooperative"])
def test_another_language_says_the_same(company: str, language: str, tmp_path: Path) -> None:
    sample = SAMPLES / f"{company}.xlsx"
    done = _run("new", tmp_path / "moved.xlsx", "--from", sample, "--lang", language)
    assert done.exit_code == 0, done.output
    here = read(tmp_path / "moved.xlsx")
    assert here.workbook.language == language
    assert _said(here.facts) == _said(read(sample).facts)
    assert "─" not in done.output, "a list of what stays behind was printed"


@pytest.mark.parametrize("path", sorted(OLD.glob("*.xlsx")), ids=lambda path: path.stem)
def test_an_older_version_of_our_template_moves_into_todays(path: Path, tmp_path: Path) -> None:
    done = _run("new", tmp_path / "moved.xlsx", "--from", path)
    assert done.exit_code == 0, done.output
    here = read(tmp_path / "moved.xlsx")
    assert here.workbook.version != read(path).workbook.version
    assert _said(here.facts) == _said(read(path).facts)


def test_the_basic_module_leaves_the_others_answers_behind_and_names_each(tmp_path: Path) -> None:
    source = source_of(SAMPLES / "manufacturer.xlsx")
    carried = moved(source, "basic", "en").without(["BasisForPreparation"])
    new_workbook(tmp_path / "b.xlsx", module="basic", answers=carried.answers)
    here, there = _said(read(tmp_path / "b.xlsx").facts), _said(source.answers)
    gone = there.keys() - here.keys()
    left = carried.left[carried.left["code"] == "not_carried_module"]
    assert {name for name, _, period in gone if period == "current"} == set(left["name"])
    assert "DisclosesScope3" in set(left["name"]) and all("!" in cell for cell in left["cell"])
    assert {key for key in here if here[key] != there[key]} == {("BasisForPreparation", -1, "current")}
    assert len(left) == len([key for key in gone if key[2] == "current"])


def test_the_comprehensive_module_takes_all_of_the_basic_one(tmp_path: Path) -> None:
    sample = SAMPLES / "consultancy.xlsx"
    done = _run("new", tmp_path / "c.xlsx", "--from", sample, "--module", "comprehensive")
    assert done.exit_code == 0
    here, there = _said(read(tmp_path / "c.xlsx").facts), _said(read(sample).facts)
    assert {key for key in there if here.get(key) != there[key]} == {("BasisForPreparation", -1, "current")}


@needs_efrag
@pytest.mark.parametrize("version", ["1.1.1", "1.2.0"])
def test_the_official_sample_moves_into_our_workbook_as_a_whole(version: str, tmp_path: Path) -> None:
    sample = FOLDER / f"VSME-Digital-Template-Sample-{version}.xlsx"
    done = _run("new", tmp_path / "ours.xlsx", "--from", sample)
    assert done.exit_code == 0, done.output
    here = _said(read(tmp_path / "ours.xlsx").facts, computed=True)
    there = {key: value for key, value in _said(read(sample).facts).items() if value}  # a list that says none is blank
    assert "does not give back" not in done.output
    tables = {t.name for t in EDITION.tables.values() if t.rows == "open"}
    rows = {name for name, _, _ in there if EDITION.datapoints[name].table in tables}
    single = {key: value for key, value in there.items() if key[0] not in rows}
    assert {key: (value, here.get(key)) for key, value in single.items() if here.get(key) != value} == {}
    for name in rows:
        assert _column(here, name) == _column(there, name), name


def _column(said: dict[tuple[object, ...], Any], name: str) -> list[Any]:
    return [value for (n, _, _), value in sorted(said.items(), key=lambda item: item[0][1]) if n == name]


@needs_efrag
def test_the_oldest_official_template_filled_in_moves_into_our_workbook(tmp_path: Path) -> None:
    typed = {"Turnover": 1250.5, "NumberOfFemaleEmployees": 7, "TotalEnergyConsumption": 88.25}
    book = openpyxl.load_workbook(FOLDER / "VSME-Digital-Template-1.0.0.xlsx")
    for name, value in typed.items():
        ((sheet, cell),) = book.defined_names[name].destinations
        book[sheet][cell.replace("$", "").split(":")[0]].value = value
    book.save(tmp_path / "old.xlsx")
    done = _run("new", tmp_path / "ours.xlsx", "--from", tmp_path / "old.xlsx")
    assert done.exit_code == 0, done.output
    here, then = _said(read(tmp_path / "ours.xlsx").facts), _said(read(tmp_path / "old.xlsx").facts)
    assert read(tmp_path / "old.xlsx").workbook.version == "1.0.0"
    assert here["Turnover", -1, "current"] == then["Turnover", -1, "current"] == "1250.5"
    assert here["TotalEnergyConsumption", -1, "current"] == "88.25"
    assert {key for key in then if here.get(key) != then[key]} == set()


def test_what_does_not_come_back_is_listed_by_reading_the_new_workbook(tmp_path: Path) -> None:
    source = source_of(new_workbook(tmp_path / "a.xlsx", answers=facts_of({"Turnover": 100, "EntityName": "A"})))
    carried = moved(source, "comprehensive", "en")
    wrong = carried.answers.assign(value=[1.0 if n == "Turnover" else v for n, v in _pairs(carried.answers)])
    new_workbook(tmp_path / "b.xlsx", answers=wrong)
    found = changed(tmp_path / "b.xlsx", carried, source, "en")
    assert found[["code", "name"]].to_numpy().tolist() == [["not_carried_changed", "Turnover"]]
    assert found["cell"].iloc[0].startswith("General!") and "100" in found["message"].iloc[0]


def _pairs(facts: pd.DataFrame) -> list[tuple[str, object]]:
    return list(zip(facts["name"], facts["value"], strict=True))


def test_cells_that_cannot_be_read_are_listed_and_notes_and_added_sheets_are_not_forgotten(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(SAMPLES / "mistakes.xlsx")
    book["Notes"]["C5"], book["Notes"]["D5"], book["Notes"]["E6"] = "Turnover", "Annual accounts", "page 12"
    book.create_sheet("My sums")["A1"] = 3
    book.save(tmp_path / "mistakes.xlsx")
    done = _run("new", tmp_path / "moved.xlsx", "--from", tmp_path / "mistakes.xlsx", "--lang", "de")
    assert done.exit_code == 0
    assert "Was nicht übernommen wurde" in done.output and "General!E14" in done.output and "My sums" in done.output
    notes = openpyxl.load_workbook(tmp_path / "moved.xlsx")["Notizen"]
    texts = [[cell.value for cell in row] for row in notes.iter_rows(min_row=5, max_row=6, min_col=3, max_col=6)]
    assert texts == [["Turnover", "Annual accounts", None, None], [None, None, "page 12", None]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "a.xlsx", "--previous", "a.xlsx"), "do not go together"),
        (("--from", "out.xlsx"), "OUT is the workbook that is read"),
        (("--from", "a.xlsx", "--currency", "SEK"), "The amounts are in EUR"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.xlsx", "out.xlsx"):
        new_workbook(tmp_path / name, answers=facts_of({"EntityName": "Example"}))
    before = (tmp_path / "out.xlsx").read_bytes()
    done = _run("new", "out.xlsx", "--force", *arguments)
    assert done.exit_code == 2 and said in done.output
    assert (tmp_path / "out.xlsx").read_bytes() == before


@needs_efrag
def test_footnotes_of_the_official_template_stand_on_the_sheet_of_notes(tmp_path: Path) -> None:
    source = source_of(new_workbook(tmp_path / "a.xlsx", answers=facts_of({"Turnover": 100})))
    answers = source.answers.assign(note=["Unaudited" if n == "Turnover" else "" for n in source.answers["name"]])
    carried = moved(type(source)(answers, source.shown, source.findings, source.info), "comprehensive", "en")
    assert carried.notes == (("Turnover", "Unaudited", "", ""),)
    new_workbook(tmp_path / "b.xlsx", answers=carried.answers, notes=carried.notes)
    notes = openpyxl.load_workbook(tmp_path / "b.xlsx")["Notes"]
    assert (notes["C5"].value, notes["D5"].value) == ("Turnover", "Unaudited")
