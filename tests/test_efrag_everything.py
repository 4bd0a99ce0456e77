"""Every cell of every version of the official template, filled with valid answers, is read with value and unit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from efrag import FOLDER, needs_efrag
from efrag_everything import (
    DISCLOSURES,
    as_read,
    concepts,
    countries,
    differences,
    drop_down,
    everything,
    members,
    nace_member,
)
from filling import Value, filled

from vsme_xl import compute
from vsme_xl.edition import load_edition
from vsme_xl.export import json_facts
from vsme_xl.reading.mapping import known_mappings
from vsme_xl.reading.meaning import Wording, meaning_of
from vsme_xl.reading.sheet_scan import cell_address
from vsme_xl.reading.workbook_file import open_workbook

pytestmark = needs_efrag
VERSIONS = ("1.0.0", "1.0.1", "1.1.0", "1.1.1", "1.2.0", "1.3.0")


@pytest.mark.parametrize("turn", [0, 1, 2])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_named_cell_is_read_as_it_was_filled_and_nothing_else(version: str, turn: int, tmp_path: Path) -> None:
    template = FOLDER / f"VSME-Digital-Template-{version}.xlsx"
    wanted = everything(template, turn)
    assert {concept for concept, _ in wanted.facts} == set(concepts())
    found, reading, times = as_read(filled(template, tmp_path / "full.xlsx", wanted.cells))
    assert differences(wanted.facts, found) == []
    assert max(times.values()) == 1
    assert reading.findings[reading.findings["severity"] != "info"]["message"].tolist() == []


def _wording(version: str) -> Wording:
    mapping = next(m for m in known_mappings() if (m.kind, m.version) == ("efrag", version))
    return Wording("en", mapping.readings, frozenset)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_entry_of_every_drop_down_is_known(version: str) -> None:
    """The tables hold a hundred entries at most; here is each of the thousands."""
    file, wording = open_workbook(FOLDER / f"VSME-Digital-Template-{version}.xlsx"), _wording(version)

    def read_as(entry: str, name: str) -> object:
        return meaning_of(entry, load_edition().datapoints[name], wording, lambda: False).value

    for entry in drop_down(file, "enum_ListNACETechnicalName"):
        misnumbered = version < "1.2" and re.match(r"NACE B - 0\d ", entry)  # 04 to 08 stand for 05 to 09
        read_member = str(read_as(entry, "NaceSectorClassificationCodes"))
        wanted = f"NACE_B0{int(read_member[-1])}" if misnumbered else nace_member(entry)
        assert read_member == wanted
        assert not misnumbered or members("nace")[read_member].endswith(entry[12:].strip())
    for name, code in countries(file):
        assert read_as(name, "CountryOfSite") == code
    for entry in drop_down(file, "enum_ListOfCurrencies"):
        assert read_as(entry, "Currency") == entry.strip()
    for entry in drop_down(file, "enum_ListTypeOfWastes"):
        digits = re.match(r"(\d\d) ?(\d\d) ?(\d\d) ", entry.strip())  # fewer are headings, which are no answers
        assert not digits or str(read_as(entry, "TypeOfWasteAxis")).startswith("W-" + "".join(digits.groups()))
    for entry in drop_down(file, "enum_ListPollutants"):
        label = members("vsme")[str(read_as(entry, "TypeOfPollutantAxis"))].replace("Abestos", "Asbestos")
        assert label.partition("[")[0].strip().casefold() == entry.strip().casefold()


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1"])
def test_a_waste_code_of_an_earlier_list_keeps_its_member_with_a_warning(version: str, tmp_path: Path) -> None:
    template = FOLDER / f"VSME-Digital-Template-{version}.xlsx"
    gone = ["        030102 Hazardous Waste - Sawdust", "        010301 Non-Hazardous Waste - Tailings"]
    cells: dict[str, Value] = {f"D{189 + n}": entry for n, entry in enumerate(gone)}
    cells |= {f"G{189 + n}": "kilograms (kg)" for n in range(2)} | {f"L{189 + n}": 5.0 + n for n in range(2)}
    found, reading, _ = as_read(filled(template, tmp_path / "old.xlsx", {"Environmental Disclosures": cells}))
    wanted = {"W-030102HazardousWaste-SawdustMember": 5.0, "W-010301Non-HazardousWaste-TailingsMember": 6.0}
    total = "TotalWasteRecycledReusedAndDirectedToDisposalMass"
    for member, amount in wanted.items():
        assert found[total, (("TypeOfWasteAxis", member),)] == (amount, "kg")
    said = reading.findings[reading.findings["code"] == "retired_code"]
    assert said["cell"].tolist() == ["Environmental Disclosures!D189", "Environmental Disclosures!D190"]
    assert said["severity"].unique().tolist() == ["warning"]
    assert compute(reading.facts).computed["TotalHazardousWasteGeneratedMass"][0] == pytest.approx(0.005)


@pytest.mark.parametrize("version", ["1.0.0", "1.3.0"])
def test_that_nothing_is_omitted_is_an_answer(version: str, tmp_path: Path) -> None:
    template = FOLDER / f"VSME-Digital-Template-{version}.xlsx"
    area = open_workbook(template).names[DISCLOSURES]
    cells = {area.sheet: {cell_address(area.first_row, area.first_column): "None"}}
    found, reading, _ = as_read(filled(template, tmp_path / "none.xlsx", cells))
    assert found[DISCLOSURES, ()] == ([], "")
    assert len(reading.findings) == 0
    (fact,) = (f for f in json_facts(reading.facts) if f["concept"] == DISCLOSURES)
    assert fact["value"] == []
    computed = compute(reading.facts)
    assert "omitted" not in set(computed.applicability["status"])
