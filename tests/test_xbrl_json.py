"""Facts go out as an XBRL report: only the taxonomy's words, and nothing lost on the way."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from efrag import FOLDER, SAMPLE, needs_efrag
from translating import translated

from vsme_xl import compute, facts_of, new_workbook, read
from vsme_xl.cli import main
from vsme_xl.codelists import codelist
from vsme_xl.edition import data_folder, dimension_defaults, load_edition, read_rows
from vsme_xl.xbrl_json import Lack, XbrlReport, lacks, xbrl_report
from vsme_xl.xbrl_terms import lexical_value

ROOT = Path(__file__).parents[1]
WHO = {
    "EntityIdentifierScheme": "LEI",
    "EntityIdentifier": "529900T8BM49AURSDO55",
    "ReportingPeriodStart": "2025-01-01",
    "ReportingPeriodEnd": "2025-12-31",
    "Currency": "EUR",
}
FILES = [
    *(pytest.param(ROOT / "sample_inputs" / f"{n}.xlsx", id=n) for n in ("consultancy", "manufacturer", "cooperative")),
    *(
        pytest.param(FOLDER / f"VSME-Digital-Template-Sample-{v}.xlsx", id=f"efrag-{v}", marks=needs_efrag)
        for v in ("1.1.1", "1.2.0")
    ),
]
NCNAME = re.compile(r"[A-Za-z_][\w.-]*")
MIDNIGHT = r"\d{4}-\d\d-\d\dT00:00:00"
UNITS_OF_TYPE = {
    "energyItemType": {"utr:MWh"},
    "ghgEmissionsItemType": {"utr:tCO2e"},
    "massItemType": {"utr:t", "utr:kg"},
    "volumeItemType": {"utr:m3"},
    "areaItemType": {"utr:ha", "utr:sqm"},
}


@cache
def _facts(path: Path) -> pd.DataFrame:
    return compute(read(path).facts).facts


def _report(answers: dict[str, Any]) -> XbrlReport:
    return xbrl_report(compute(facts_of({**WHO, **answers})).facts)


def _of(report: XbrlReport, concept: str) -> list[dict[str, Any]]:
    facts = report.document["facts"].values()
    return [f for f in facts if f["dimensions"]["concept"] == f"vsme:{concept}"]


def _names() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((data_folder() / "namespaces.json").read_text(encoding="utf-8"))
    return found


def _members_of(axis: str) -> set[str]:
    tables = json.loads((data_folder() / "dimensions.json").read_text(encoding="utf-8"))
    found: set[str] = set()
    for role, content in tables.items():
        for table in content.values() if role != "_defaults" else ():
            found |= set(table.get("explicitDimensions", {}).get(f"vsme:{axis}", ()))
    return found


def _known_members() -> set[str]:
    """Return every member, and the elements that a concept's enumeration names beside them."""
    named = {f"vsme:{name}" for row in read_rows("concepts.csv") for name in row["members"].split("|") if name}
    return named | {f"{row['namespace']}:{row['member']}" for row in read_rows("members.csv")}


# --- the form of a report -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES)
def test_the_head_of_a_report_says_which_taxonomy_and_declares_every_prefix_in_use(path: Path) -> None:
    document = xbrl_report(_facts(path)).document
    assert set(document) == {"documentInfo", "facts"}
    info = document["documentInfo"]
    assert set(info) == {"documentType", "namespaces", "taxonomy"}
    assert info["documentType"] == "https://xbrl.org/2021/xbrl-json"
    assert info["taxonomy"] == ["https://xbrl.efrag.org/taxonomy/vsme/2026-05-01/vsme-all.xsd"]
    known = {**_names()["namespaces"], **{k.lower(): v for k, v in _names()["entity_schemes"].items()}}
    assert all(known[prefix] == uri for prefix, uri in info["namespaces"].items())
    for fact in document["facts"].values():
        dimensions = fact["dimensions"]
        qnames = [dimensions["concept"], dimensions["entity"], *dimensions.get("unit", "").split("/")]
        qnames += [name for name in dimensions if ":" in name]
        assert {q.partition(":")[0] for q in qnames if q} <= set(info["namespaces"])


@pytest.mark.parametrize("path", FILES)
def test_every_concept_dimension_and_member_is_one_of_the_taxonomy(path: Path) -> None:
    concepts = {row["concept"]: row for row in read_rows("concepts.csv")}
    for fact in xbrl_report(_facts(path)).document["facts"].values():
        dimensions = fact["dimensions"]
        row = concepts[dimensions["concept"].removeprefix("vsme:")]
        axes = {name.removeprefix("vsme:"): member for name, member in dimensions.items() if ":" in name}
        assert set(axes) <= set(row["axes"].split("|"))
        for axis, member in axes.items():
            assert axis.endswith("TypedAxis") or member in _members_of(axis)
            assert member.partition(":")[2] != dimension_defaults().get(axis)
        if row["data_type"].startswith("enumeration"):
            assert set(fact["value"].split()) <= _known_members()
            single = row["data_type"] == "enumerationItemType"
            assert not single or " " not in fact["value"]


@pytest.mark.parametrize("path", FILES)
def test_every_unit_fits_its_concept_and_pure_numbers_have_none(path: Path) -> None:
    concepts = {row["concept"]: row for row in read_rows("concepts.csv")}
    for fact in xbrl_report(_facts(path)).document["facts"].values():
        kind = concepts[fact["dimensions"]["concept"].removeprefix("vsme:")]["data_type"]
        unit = fact["dimensions"].get("unit")
        if kind == "monetaryItemType":
            assert re.fullmatch(r"iso4217:[A-Z]{3}", unit)
        elif kind == "ghgEmissionsPerMonetaryItemType":
            assert re.fullmatch(r"utr:tCO2e/iso4217:[A-Z]{3}", unit)
        else:
            assert unit in UNITS_OF_TYPE.get(kind, {None})


@pytest.mark.parametrize("path", FILES)
def test_values_periods_and_ids_have_the_form_that_xbrl_json_asks_for(path: Path) -> None:
    concepts = load_edition().concepts
    for key, fact in xbrl_report(_facts(path)).document["facts"].items():
        assert NCNAME.fullmatch(key)
        assert set(fact) <= {"value", "decimals", "dimensions"}
        assert isinstance(fact["value"], str)
        assert all(isinstance(value, str) for value in fact["dimensions"].values())
        concept = concepts[fact["dimensions"]["concept"].removeprefix("vsme:")]
        interval = MIDNIGHT if concept.period == "instant" else f"{MIDNIGHT}/{MIDNIGHT}"
        assert re.fullmatch(interval, fact["dimensions"]["period"])
        if "decimals" in fact:
            assert type(fact["decimals"]) is int
        if "unit" in fact["dimensions"]:
            assert re.fullmatch(r"-?\d+(\.\d+)?", fact["value"])


def test_texts_and_nothing_else_say_their_language_in_small_letters() -> None:
    concepts = load_edition().concepts
    for fact in xbrl_report(_facts(ROOT / "sample_inputs" / "manufacturer.xlsx"), "PT").document["facts"].values():
        kind = concepts[fact["dimensions"]["concept"].removeprefix("vsme:")].data_type
        stated = fact["dimensions"].get("language")
        assert stated == ("pt" if kind in ("stringItemType", "textBlockItemType") else None)


@needs_efrag
def test_a_report_states_the_language_of_the_workbook_though_we_do_not_speak_it(tmp_path: Path) -> None:
    polish = translated(SAMPLE, tmp_path / "polish.xlsx", "pl")
    result = CliRunner().invoke(main, ["facts", str(polish), "--format", "xbrl-json"])
    facts = json.loads(result.stdout)["facts"].values()
    assert {f["dimensions"]["language"] for f in facts if "language" in f["dimensions"]} == {"pl"}


# --- nothing is lost -------------------------------------------------------------------------------------------------


def _read_back(document: Any) -> Counter[tuple[Any, ...]]:
    """Return what a report says, by other means than it was written: concept, dimensions, year, value and unit."""
    concepts = {row["concept"]: row["data_type"] for row in read_rows("concepts.csv")}
    found: Counter[tuple[Any, ...]] = Counter()
    for fact in document["facts"].values():
        dimensions = dict(fact["dimensions"])
        concept = dimensions.pop("concept").removeprefix("vsme:")
        unit = dimensions.pop("unit", "").replace("utr:", "").replace("iso4217:", "")
        end = dimensions.pop("period").split("/")[-1]
        dimensions.pop("entity")
        dimensions.pop("language", None)
        value: Any = fact["value"]
        kind = concepts[concept]
        if kind == "booleanItemType":
            value = {"true": True, "false": False}[value]
        elif kind.startswith("enumeration"):
            value = frozenset(member.partition(":")[2] for member in value.split())
        elif kind not in ("stringItemType", "textBlockItemType", "dateItemType"):
            value = float(value)
        axes = tuple(
            sorted((a.partition(":")[2], m if "Typed" in a else m.partition(":")[2]) for a, m in dimensions.items())
        )
        found[concept, axes, end, value, unit] += 1
    return found


def _said(facts: pd.DataFrame) -> set[tuple[Any, ...]]:
    """Return the same of the facts themselves; sets as one, rows of pollutants as their total where that differs."""
    given = dict(zip(facts["name"], facts["value"], strict=True))
    end = pd.Timestamp(given["ReportingPeriodEnd"]) + pd.Timedelta(days=1)
    year = {"current": end, "previous": pd.Timestamp(given["ReportingPeriodStart"])}
    target = {
        "BaselineYearMember": given.get("GreenhouseGasEmissionReductionTargetBaseYear"),
        "TargetYearMember": given.get("GreenhouseGasEmissionReductionTargetYear"),
    }
    found: set[tuple[Any, ...]] = set()
    sets: dict[tuple[Any, ...], frozenset[str]] = {}
    mine: Any = facts[facts["concept"].isin(load_edition().concepts)]
    totalled = {(f.concept, f.dimensions) for f in mine.itertuples() if f.table == "pollutant_totals"}
    for f in mine.itertuples():
        if f.table == "pollutants" and (f.concept, f.dimensions) in totalled:
            continue
        stated = next((target[m] for _, m in f.dimensions if m in target), None)
        until = pd.Timestamp(int(stated) + 1, 1, 1) if stated else year[f.period]
        unit = "" if f.unit == "h" else f.unit
        key = (f.concept, tuple(sorted(f.dimensions)), until.strftime("%Y-%m-%dT00:00:00"))
        if f.kind in ("enumeration", "enumeration_set"):
            sets[key] = sets.get(key, frozenset()) | frozenset(m for m in str(f.value).split("; ") if m)
        else:
            found.add((*key, f.value, unit))
    return found | {(*key, members, "") for key, members in sets.items()}


@pytest.mark.parametrize("path", FILES)
def test_what_a_report_says_is_what_was_read_and_computed(path: Path) -> None:
    facts = _facts(path)
    report = xbrl_report(facts)
    back = _read_back(report.document)
    assert report.left_out == ()
    assert max(back.values()) == 1
    assert set(back) == _said(facts)


@needs_efrag
def test_a_report_holds_every_fact_an_independent_reader_found_in_the_official_sample() -> None:
    sample = FOLDER / "VSME-Digital-Template-Sample-1.2.0"
    expected = json.loads(sample.with_suffix(".0.facts.json").read_text(encoding="utf-8"))["facts"]
    back = _read_back(xbrl_report(_facts(sample.with_suffix(".0.xlsx"))).document)
    known = {(concept, axes): value for concept, axes, _, value, _ in back}
    for fact in expected:
        value = known[fact["concept"], tuple(sorted(fact["dims"].items()))]
        wanted = fact["value"]
        if isinstance(value, frozenset):
            assert value == frozenset(wanted if isinstance(wanted, list) else [wanted])
        else:
            assert value == pytest.approx(float(wanted) if isinstance(value, float) else wanted)


def test_helper_inputs_and_results_of_our_own_stay_out() -> None:
    report = _report({"NumberOfEmployeesWhoLeft": 3, "AverageNumberOfEmployees": 30})
    assert [f["dimensions"]["concept"] for f in report.document["facts"].values()] == ["vsme:EmployeeTurnoverRate"]
    assert _of(report, "EmployeeTurnoverRate")[0]["value"] == "0.1"


# --- periods, units, values ------------------------------------------------------------------------------------------


def test_a_duration_ends_and_an_instant_stands_at_the_midnight_after_the_last_day() -> None:
    report = _report({"Turnover": 5, "NumberOfPermanentContractEmployees": 7})
    assert _of(report, "Turnover")[0]["dimensions"]["period"] == "2025-01-01T00:00:00/2026-01-01T00:00:00"
    assert _of(report, "NumberOfPermanentContractEmployees")[0]["dimensions"]["period"] == "2026-01-01T00:00:00"


def test_figures_of_the_year_before_stand_in_the_twelve_months_before() -> None:
    year = {"ReportingPeriodStart": "2024-02-29", "ReportingPeriodEnd": "2025-02-27"}
    report = _report({**year, "Turnover": {"value": 5, "previous": 4}})
    found = {f["value"]: f["dimensions"]["period"] for f in _of(report, "Turnover")}
    assert found == {
        "4": "2023-02-28T00:00:00/2024-02-29T00:00:00",
        "5": "2024-02-29T00:00:00/2025-02-28T00:00:00",
    }


def test_base_and_target_year_are_periods_of_their_own() -> None:
    answers = {
        "GreenhouseGasEmissionReductionTargetBaseYear": 2019,
        "GreenhouseGasEmissionReductionTargetYear": 2030,
        "GrossScope1GreenhouseGasEmissions": 90,
        "GrossScope1GreenhouseGasEmissions_BaselineYearMember": 100,
        "GrossScope1GreenhouseGasEmissions_TargetYearMember": 50,
    }
    found = {f["value"]: f["dimensions"] for f in _of(_report(answers), "GrossScope1GreenhouseGasEmissions")}
    assert found["100"]["period"] == "2019-01-01T00:00:00/2020-01-01T00:00:00"
    assert found["100"]["vsme:ReportingScopesAxis"] == "vsme:BaselineYearMember"
    assert found["50"]["period"] == "2030-01-01T00:00:00/2031-01-01T00:00:00"
    assert "vsme:ReportingScopesAxis" not in found["90"]
    assert _of(_report(answers), "GreenhouseGasEmissionReductionTargetBaseYear")[0]["value"] == "2019"


def test_an_amount_in_a_unit_that_the_taxonomy_does_not_name_goes_out_in_the_base_unit() -> None:
    report = _report({"TotalEnergyConsumption": {"value": 1250, "unit": "kWh"}})
    fact = _of(report, "TotalEnergyConsumption")[0]
    assert (fact["value"], fact["dimensions"]["unit"]) == ("1.25", "utr:MWh")


@pytest.mark.parametrize(
    ("number", "text"), [(1e21, "1" + 21 * "0"), (1e-7, "0.0000001"), (0.1, "0.1"), (-0.0, "0"), (12500.0, "12500")]
)
def test_numbers_have_no_exponent_and_no_needless_digit(number: float, text: str) -> None:
    assert _of(_report({"Turnover": number}), "Turnover")[0]["value"] == text


def test_a_computed_fraction_says_how_exact_it_is_and_a_reported_one_is_exact() -> None:
    report = _report({"GrossScope1GreenhouseGasEmissions": 0.5, "Turnover": 3, "NumberOfEmployeesWhoLeft": 1})
    assert "decimals" not in _of(report, "GrossScope1GreenhouseGasEmissions")[0]
    answers = {"NumberOfEmployeesWhoLeft": 1, "AverageNumberOfEmployees": 30}
    rate = _of(_report(answers), "EmployeeTurnoverRate")[0]
    assert (rate["value"], rate["decimals"]) == ("0.03333333333333333", 16)


def test_an_enumeration_set_is_ordered_by_namespace_and_name() -> None:
    rows = [{"NaceSectorClassificationCodes": code} for code in ("NACE_G4722", "NACE_C2592", "NACE_G4721")]
    fact = _of(_report({"nace": rows}), "NaceSectorClassificationCodes")[0]
    assert fact["value"] == "nace:NACE_C2592 nace:NACE_G4721 nace:NACE_G4722"


def test_several_rows_of_a_pollutant_go_out_as_their_total() -> None:
    rows = [{"TypeOfPollutantAxis": "AmmoniaNH3Member", "AmountOfEmissionToAir": n} for n in (3, 4)]
    report = _report({"ReportsPollutantsByLawOrEMS": True, "pollutants": rows})
    assert [f["value"] for f in _of(report, "AmountOfEmissionToAir")] == ["7"]
    assert report.contradictions == ()


def test_a_key_stated_twice_with_different_values_is_given_out_and_said() -> None:
    rows = [{"IdentifierOfSiteTypedAxis": "Werk", "CityOfSite": city} for city in ("Ulm", "Ulm", "Bonn")]
    report = _report({"sites": rows})
    assert sorted(f["value"] for f in _of(report, "CityOfSite")) == ["Bonn", "Ulm"]
    assert report.contradictions == ("CityOfSite",)


def test_a_code_that_the_taxonomy_no_longer_has_stays_out_and_is_said() -> None:
    old = "W-040201-Hazardous-NoLongerListedMember"
    report = _report({"waste": [{"TypeOfWasteAxis": old, "WasteUnit": "t", "WasteDirectedToDisposalMass": 3}]})
    assert _of(report, "WasteDirectedToDisposalMass") == []
    assert {(left.concept, left.text) for left in report.left_out} >= {("WasteDirectedToDisposalMass", old)}


def test_text_stays_as_it_is_but_for_characters_that_no_report_may_hold() -> None:
    said = 'Lines\n\nand "marks" < & >\x0b'
    fact = _of(_report({"DescriptionOfMainBusinessRelationships": said}), "DescriptionOfMainBusinessRelationships")[0]
    assert fact["value"] == said[:-1]


def test_an_identifier_is_written_without_spaces_under_the_scheme_of_its_register() -> None:
    report = _report({"EntityIdentifierScheme": "DUNS", "EntityIdentifier": "31 415 9265", "Turnover": 1})
    assert _of(report, "Turnover")[0]["dimensions"]["entity"] == "duns:314159265"
    assert report.document["documentInfo"]["namespaces"]["duns"] == "https://www.dnb.co.uk/duns-number"


def test_a_note_on_a_fact_becomes_a_footnote() -> None:
    facts = compute(facts_of({**WHO, "Turnover": 5})).facts
    facts.loc[facts["name"] == "Turnover", "note"] = "Without R&D"
    document = xbrl_report(facts, "en").document
    (turnover,) = (f for f in document["facts"].values() if f["dimensions"]["concept"] == "vsme:Turnover")
    (note,) = turnover["links"]["footnote"]["_"]
    assert document["facts"][note] == {
        "value": "Without R&amp;D",
        "dimensions": {"concept": "xbrl:note", "noteId": note, "language": "en"},
    }
    assert document["documentInfo"]["linkTypes"] == {"footnote": "http://www.xbrl.org/2003/arcrole/fact-footnote"}
    assert document["documentInfo"]["namespaces"]["xbrl"] == "https://xbrl.org/2021"


def test_how_a_cell_was_found_is_no_footnote() -> None:
    facts = compute(facts_of({**WHO, "Turnover": 5})).facts
    facts.loc[facts["name"] == "Turnover", "found"] = "found_by_label"
    assert "linkTypes" not in xbrl_report(facts).document["documentInfo"]


def test_ids_stay_the_same_when_values_change_or_rows_move() -> None:
    rows = [{"IdentifierOfSiteTypedAxis": site, "CityOfSite": site} for site in ("Ulm", "Bonn")]
    before = _report({"Turnover": 5, "sites": rows}).document["facts"]
    after = _report({"Turnover": 6, "sites": rows[::-1]}).document["facts"]
    assert list(before) == list(after)
    assert json.dumps(before) == json.dumps(_report({"Turnover": 5, "sites": rows}).document["facts"])


# --- what a report cannot do without ---------------------------------------------------------------------------------


def test_what_is_missing_is_named() -> None:
    facts = compute(facts_of({"Turnover": 5})).facts
    assert [lack.name for lack in lacks(facts)] == [*WHO]
    with pytest.raises(ValueError, match="EntityIdentifier"):
        xbrl_report(facts)


def test_a_base_year_figure_needs_the_base_year() -> None:
    answers = {**WHO, "GrossScope1GreenhouseGasEmissions_BaselineYearMember": 3}
    found = lacks(compute(facts_of(answers)).facts)
    assert found == (Lack("GreenhouseGasEmissionReductionTargetBaseYear"),)


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["facts", *(str(a) for a in arguments), "--format", "xbrl-json"])


def test_the_command_prints_the_report(tmp_path: Path) -> None:
    path = new_workbook(tmp_path / "r.xlsx", answers=facts_of({**WHO, "Turnover": 5}))
    result = _run(path)
    assert result.exit_code == 0
    facts = json.loads(result.stdout)["facts"].values()
    assert "vsme:Turnover" in {f["dimensions"]["concept"] for f in facts}


def test_the_command_names_the_cell_to_fill_in_and_prints_nothing_else(tmp_path: Path) -> None:
    path = new_workbook(tmp_path / "r.xlsx", answers=facts_of({"Turnover": 5, "Currency": "EUR"}))
    result = _run(path)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert re.search(r"Company identifier.*Start!E\d+", result.stderr)
    assert re.search(r"End of reporting period.*Start!E\d+", result.stderr)


def test_the_command_says_that_a_period_ends_before_it_starts(tmp_path: Path) -> None:
    answers = {**WHO, "ReportingPeriodStart": "2025-12-31", "ReportingPeriodEnd": "2025-01-01"}
    result = _run(new_workbook(tmp_path / "r.xlsx", answers=facts_of(answers)))
    assert result.exit_code == 1
    assert "ends before it starts" in result.stderr


def test_every_code_that_a_drop_down_offers_is_a_member_of_its_concept_or_axis() -> None:
    edition = load_edition()
    unknown = []
    for datapoint in edition.datapoints.values():
        concept = edition.concepts.get(datapoint.concept)
        if concept is not None and concept.data_type.startswith("enumeration"):
            codes = codelist(datapoint.codelist).codes
            unknown += [code for code in codes if lexical_value(concept, code) not in _known_members()]
        elif datapoint.name.endswith("Axis") and datapoint.codelist:
            members = {member.partition(":")[2] for member in _members_of(datapoint.name)}
            unknown += sorted(set(codelist(datapoint.codelist).codes) - members)
    assert unknown == []
