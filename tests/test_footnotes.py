"""A footnote of a workbook becomes the note of the facts it belongs to, and goes with them to every output."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from efrag import FOLDER, needs_efrag
from filling import Value, filled
from rearranging import nameless, renamed, rewritten

from vsme_xl import compute, read, write_results
from vsme_xl.cli import main
from vsme_xl.edition import load_edition
from vsme_xl.export import json_facts
from vsme_xl.language import load_language
from vsme_xl.reading.cell_values import normalise
from vsme_xl.reading.landmarks import note_labels
from vsme_xl.reading.mapping import MappingError, known_mappings, load_mapping
from vsme_xl.reading.read_workbook import Reading
from vsme_xl.xbrl_json import xbrl_report

NEWEST = FOLDER / "VSME-Digital-Template-1.3.0.xlsx"
ANSWERS: dict[str, dict[str, Value]] = {
    "General Information": {
        "D3": "Example Ltd", "D4": "LEI", "E4": "529900T8BM49AURSDO55", "D5": "EUR", "D9": "2025-01-01",
        "D13": "2025-12-31", "E125": "Option A (Basic Module only)", "E126": "", "E282": 1000, "E283": 2500,
    },
    "Environmental Disclosures": {
        "G21": 2020, "J21": 2030, "D22": 12, "G22": 15, "J22": 5,
        "G12": 100, "J12": 30, "K12": 70,
        "D80": "Ammonia (NH3)", "G80": 4, "D81": "Aldrin", "G81": 6, "C78": "metric tonnes (t)",
    },
}  # fmt: skip


def _noted(tmp_path: Path, footnotes: dict[str, Value], name: str = "noted.xlsx") -> Reading:
    return read(filled(NEWEST, tmp_path / name, {**ANSWERS, "Footnotes": footnotes}))


def _notes(reading: Reading) -> dict[tuple[str, tuple[str, ...]], str]:
    facts = reading.facts[reading.facts["note"] != ""]
    members = [tuple(member for _, member in dimensions) for dimensions in facts["dimensions"]]
    return dict(zip(zip(facts["concept"], members, strict=True), facts["note"], strict=True))


@needs_efrag
def test_a_footnote_stands_at_the_fact_that_its_label_names(tmp_path: Path) -> None:
    reading = _noted(tmp_path, {"B4": "Without the\nclosed branch", "D4": "Turnover"})
    assert _notes(reading) == {("Turnover", ()): "Without the\nclosed branch"}
    assert len(reading.findings) == 0


@needs_efrag
def test_one_footnote_can_belong_to_several_disclosures_and_a_disclosure_have_several(tmp_path: Path) -> None:
    footnotes: dict[str, Value] = {
        "B4": "Estimated", "D4": "Turnover", "D5": "Aktiver", "D13": "Amount of emission to air",
        "B14": "Unaudited", "D14": "Turnover",
    }  # fmt: skip
    assert _notes(_noted(tmp_path, footnotes)) == {
        ("Turnover", ()): "Estimated\nUnaudited",
        ("Assets", ()): "Estimated",
        ("AmountOfEmissionToAir", ("AmmoniaNH3Member",)): "Estimated",
        ("AmountOfEmissionToAir", ("AldrinMember",)): "Estimated",
    }


@needs_efrag
def test_the_technical_name_of_a_dimension_narrows_a_footnote_to_the_facts_that_have_it(tmp_path: Path) -> None:
    scope1 = "Gross Scope 1 greenhouse gas emissions"
    footnotes: dict[str, Value] = {
        "B4": "From bills", "D4": "Energy consumption from electricity", "C4": "vsme:RenewableEnergyMember",
        "B14": "Restated", "D14": scope1, "C14": "ReportingScopesAxis = BaselineYearMember",
        "B24": "Of this year", "D24": scope1, "C24": "CurrentlyStatedMember",
    }  # fmt: skip
    reading = _noted(tmp_path, footnotes)
    assert reading.findings["message"].tolist() == []
    assert _notes(reading) == {
        ("EnergyConsumptionFromElectricity", ("RenewableEnergyMember",)): "From bills",
        ("GrossScope1GreenhouseGasEmissions", ("BaselineYearMember",)): "Restated",
        ("GrossScope1GreenhouseGasEmissions", ()): "Of this year",
    }


@needs_efrag
def test_a_footnote_that_finds_no_fact_is_a_finding_with_its_cell(tmp_path: Path) -> None:
    footnotes: dict[str, Value] = {
        "B4": "No choice",
        "B14": "No such label", "D14": "Weather",
        "D24": "Turnover",
        "B34": "No answer", "D34": "Total waste generated (mass)",
    }  # fmt: skip
    reading = _noted(tmp_path, footnotes)
    found = dict(zip(reading.findings["cell"], reading.findings["code"], strict=True))
    assert found == {
        "Footnotes!D4": "footnote_without_disclosure",
        "Footnotes!D14": "footnote_without_disclosure",
        "Footnotes!D24": "footnote_without_text",
        "Footnotes!D34": "footnote_without_answer",
    }
    assert _notes(reading) == {}


@needs_efrag
def test_every_label_of_the_templates_list_is_known_in_every_language() -> None:
    sheet = openpyxl.load_workbook(NEWEST, data_only=True)["Footnote (Taxonomy) Labels"]
    mapping = next(m for m in known_mappings() if (m.kind, m.version) == ("efrag", "1.3.0"))
    known = note_labels(mapping)
    meant: list[set[str]] = []
    for _, *texts in sheet.iter_rows(min_row=2, values_only=True):
        every = [known[" ".join(normalise(str(text)).split())] for text in texts if text]
        meant.append(set(frozenset.intersection(*every)))
    assert all(len(concepts) == 1 for concepts in meant)
    assert set.union(*meant) == set(load_edition().concepts)


@needs_efrag
def test_footnotes_are_read_without_names_and_from_a_renamed_sheet(tmp_path: Path) -> None:
    _noted(tmp_path, {"B4": "Estimated", "D4": "Turnover", "D5": "Assets"})
    bare = read(rewritten(tmp_path / "noted.xlsx", tmp_path / "bare.xlsx", nameless, renamed))
    assert _notes(bare) == {("Turnover", ()): "Estimated", ("Assets", ()): "Estimated"}


@needs_efrag
def test_a_note_reaches_json_xbrl_and_the_results_workbook(tmp_path: Path) -> None:
    reading = _noted(tmp_path, {"B4": "Without the closed branch", "D4": "Turnover"})
    computed = compute(reading.facts)
    said = {f["concept"]: f["note"] for f in json_facts(computed.facts) if "note" in f}
    assert said == {"Turnover": "Without the closed branch"}
    assert "Without the closed branch" in json.dumps(xbrl_report(computed.facts).document)
    path = write_results(computed, tmp_path / "results.xlsx", meta=reading.workbook.as_dict())
    cells = [c.value for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for c in row]
    assert "Without the closed branch" in cells
    result = CliRunner().invoke(main, ["facts", str(tmp_path / "noted.xlsx"), "--format", "json"])
    assert '"note": "Without the closed branch"' in result.output


def test_a_questionnaire_can_have_footnotes_too(tmp_path: Path) -> None:
    mapping = tmp_path / "own.yaml"
    lines = ["kind: own", "version: '1'", "datapoints:", "  Turnover: {at: 'Q!B1'}", "notes:"]
    mapping.write_text("\n".join([*lines, "  text: {at: 'N!B1:B9'}", "  about: {at: 'N!A1:A9'}"]))
    book = openpyxl.Workbook()
    book.active.title = "Q"  # type: ignore[union-attr]
    book["Q"].append(["Turnover", 5])
    book.create_sheet("N").append([load_language("en").label("Turnover"), "Estimated"])
    book.save(tmp_path / "own.xlsx")
    assert _notes(read(tmp_path / "own.xlsx", mapping)) == {("Turnover", ()): "Estimated"}
    mapping.write_text("\n".join([*lines, "  texts: {at: 'N!B1:B9'}"]))
    with pytest.raises(MappingError, match=r"own\.yaml:6: notes have"):
        load_mapping(mapping)


@needs_efrag
def test_a_note_stands_beside_its_row_on_the_sheet_of_tables(tmp_path: Path) -> None:
    footnotes: dict[str, Value] = {"B4": "By permit", "D4": "Amount of emission to air", "B14": "No", "D14": "Assets"}
    pollution = {**ANSWERS["Environmental Disclosures"], "G74": True}
    cells = {**ANSWERS, "Environmental Disclosures": pollution, "Footnotes": footnotes}
    reading = read(filled(NEWEST, tmp_path / "noted.xlsx", cells))
    path = write_results(compute(reading.facts), tmp_path / "results.xlsx", meta=reading.workbook.as_dict())
    sheet = openpyxl.load_workbook(path)["Tables"]
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    noted = [said for said in rows if "To air: By permit" in said]
    assert [said[1] for said in noted] == ["Ammonia (NH3)", "Aldrin"]
    head = next(said for said in rows if "Note" in said)
    assert {said.index("To air: By permit") for said in noted} == {head.index("Note")}
    assert "Assets" not in str(rows)


@needs_efrag
def test_a_table_without_notes_has_no_column_for_them(tmp_path: Path) -> None:
    reading = _noted(tmp_path, {})
    path = write_results(compute(reading.facts), tmp_path / "results.xlsx", meta=reading.workbook.as_dict())
    assert "Note" not in {c.value for row in openpyxl.load_workbook(path)["Tables"].iter_rows() for c in row}
