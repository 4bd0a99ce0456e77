"""EFRAG's official templates go through the same door as our own workbooks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from efrag import FOLDER, SAMPLE, needs_efrag

from vsme_xl import compute, read, write_results
from vsme_xl.computing import Computed
from vsme_xl.edition import load_edition
from vsme_xl.reading.read_workbook import Reading

pytestmark = needs_efrag


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read(SAMPLE)


@pytest.fixture(scope="module")
def computed(reading: Reading) -> Computed:
    return compute(reading.facts)


def _read_values(reading: Reading) -> dict[tuple[str, tuple[tuple[str, str], ...]], tuple[Any, str]]:
    found: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[Any, str]] = {}
    facts: Any = reading.facts[reading.facts["period"] == "current"]
    for fact in facts.itertuples():
        key = (fact.concept, tuple(sorted(fact.dimensions)))
        value = fact.value
        if fact.kind in ("enumeration", "enumeration_set"):
            earlier = found.get(key, ([], ""))[0]
            value = sorted([*earlier, *(m for m in str(fact.value).split("; ") if m)])
        found[key] = (value, fact.unit)
    return found


def _unit(unit: str | None) -> str | None:
    if unit in (None, "xbrli:pure"):
        return None
    return "EUR" if unit == "currency" else str(unit).removeprefix("utr:").replace("iso4217:", "")


@pytest.mark.parametrize(("version", "count"), [("1.1.1", 141), ("1.2.0", 145)])
def test_every_fact_of_an_independent_reader_is_read_with_value_unit_and_dimensions(version: str, count: int) -> None:
    sample = FOLDER / f"VSME-Digital-Template-Sample-{version}.xlsx"
    expected = json.loads(sample.with_name(sample.name.replace(".xlsx", ".facts.json")).read_text())["facts"]
    found = _read_values(read(sample))
    wrong = []
    for fact in expected:
        key = (fact["concept"], tuple(sorted(fact["dims"].items())))
        value, unit = found.get(key, (None, ""))
        wanted = sorted(fact["value"]) if isinstance(fact["value"], list) else fact["value"]
        if fact["concept"].endswith("Year"):
            wanted = float(wanted)
        same = value == pytest.approx(wanted) if isinstance(wanted, float) else value == wanted
        if not same or (_unit(fact["unit"]) is not None and unit != _unit(fact["unit"])):
            wrong.append((key, wanted, value, unit))
    assert len(expected) == count
    assert wrong == []


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "1.1.0", "1.1.1", "1.2.0", "1.3.0"])
def test_every_published_blank_template_is_recognised_by_its_content(version: str, tmp_path: Path) -> None:
    copy = tmp_path / "a name that tells nothing.xlsx"
    copy.write_bytes((FOLDER / f"VSME-Digital-Template-{version}.xlsx").read_bytes())
    reading = read(copy)
    assert (reading.workbook.template, reading.workbook.version) == ("efrag", version)
    assert not (reading.findings["severity"] == "error").any()


@pytest.mark.parametrize("version", ["1.1.1", "1.2.0"])
def test_what_is_read_beyond_those_facts_is_only_helper_input(version: str) -> None:
    sample = FOLDER / f"VSME-Digital-Template-Sample-{version}.xlsx"
    expected = json.loads(sample.with_name(sample.name.replace(".xlsx", ".facts.json")).read_text())["facts"]
    known = {(f["concept"], tuple(sorted(f["dims"].items()))) for f in expected}
    extra = {key[0] for key in _read_values(read(sample)) if key not in known}
    assert extra & set(load_edition().concepts) == set()


def test_the_sample_states_who_it_is_and_has_no_unreadable_cell(reading: Reading) -> None:
    assert reading.workbook.template == "efrag"
    assert reading.workbook.version == "1.2.0"
    assert (reading.workbook.entity, reading.workbook.currency) == ("Company XYZ", "EUR")
    assert len(reading.findings) == 0


def test_a_total_that_is_not_the_sum_of_its_parts_stays_reported_and_is_a_finding(computed: Computed) -> None:
    total = computed.facts[computed.facts["concept"] == "TotalEnergyConsumption"]
    assert total["value"].tolist() == [250.0]
    assert total["basis"].tolist() == ["reported"]
    found = computed.findings[computed.findings["code"] == "reported_differs_from_computed"].set_index("name")
    assert found["cell"].to_dict() == {
        "TotalEnergyConsumption": "Environmental Disclosures!G5",
        "GrossScope1GreenhouseGasEmissions": "Environmental Disclosures!D22",
    }
    assert "250 MWh" in found.loc["TotalEnergyConsumption", "message"]
    assert "159.408 MWh" in found.loc["TotalEnergyConsumption", "message"]


def test_the_fuel_converter_of_the_sample_gives_the_energy_that_it_reports_for_fuels(computed: Computed) -> None:
    name = "EnergyConsumptionFromFuels"
    assert computed.computed[name][0] == pytest.approx(0.85 * 27 / 3.6 + 0.84 * 43 / 3.6, rel=1e-6)
    assert computed.values.reported[name][0] == pytest.approx(computed.computed[name][0], rel=1e-6)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EmployeeTurnoverRate", 50 / ((201 + 151) / 2)),
        ("PercentageGapInPayBetweenFemaleAndMaleEmployees", (20 - 18) / 20),
        ("PercentageOfEmployeesCoveredByCollectiveBargainingAgreements", 140 / 151),
        ("TotalLocationBasedGreenhouseGasEmissionsIntensityValue", 350 / 235000),
        ("GenderDiversityRatioInGovernanceBody", 5 / 2),
        ("FemaleToMaleRatioAtManagementLevelForTheReportingPeriod", 4 / 5),
    ],
)
def test_our_rules_agree_with_what_the_template_itself_computes(computed: Computed, name: str, value: float) -> None:
    assert computed.computed[name][0] == pytest.approx(value, rel=1e-12)
    assert computed.values.reported[name][0] == pytest.approx(value, rel=1e-12)


def test_the_sample_reaches_a_results_workbook_that_opens(computed: Computed, reading: Reading, tmp_path: Any) -> None:
    path = write_results(computed, tmp_path / "results.xlsx", meta=reading.workbook.as_dict())
    book = openpyxl.load_workbook(path)
    assert {"Summary", "Calculations", "Not applicable", "Findings", "Data", "Method"} <= set(book.sheetnames)
