"""Answer every cell of a blank official template that has a name, and say independently which facts must come out.

What a cell means is taken from its defined name and the taxonomy's list of concepts, not from the project's mappings.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

from filling import Value

from vsme_xl import read
from vsme_xl.edition import data_folder
from vsme_xl.reading.read_workbook import Reading
from vsme_xl.reading.sheet_scan import cell_address
from vsme_xl.reading.workbook_file import Area, WorkbookFile, open_workbook

Dimensions = tuple[tuple[str, str], ...]
Key = tuple[str, Dimensions]
Fact = tuple[Any, str]
NEVER_NAMED = ("template_", "enum_", "footnote_", "_")
OLD_NAMES = {
    "NumberOfPermanentContactEmployees": "NumberOfPermanentContractEmployees",
    "DescriptionOfTheEffectiveParticipationOfWorkersUsersOrOtherinterestedPartiesOrCommunitiesInGovernance":
        "DescriptionOfTheEffectiveParticipationOfWorkersUsersOrOtherInterestedPartiesOrCommunitiesInGovernance",
    "MostSeniorLevelAccountableForImplementationOfPracticesPoliciesAndOrFutureInitiatives":
        "MostSeniorLevelAccountableForImplementationOfPolicies",
}  # fmt: skip
KEYS = {
    "ListOfSubsidiaryTable": "IdentifierOfSubsidiaryTypedAxis",
    "ListOfSitesTable": "IdentifierOfSiteTypedAxis",
    "AmountOfEmissionsTable": "TypeOfPollutantAxis",
    "SitesInBiodiversitySensitiveAreasTable": "IdentifierOfSitesInBiodiversitySensitiveAreasTypedAxis",
    "WasteGeneratedTable": "TypeOfWasteAxis",
    "BreakdownOfAnnualMassFlowOfRelevantMaterialsUsedByTheUndertakingHypercube": "IdentifierOfMaterialTypedAxis",
    "NumberOfEmployeesForCountryOfEmploymentContractTable": "CountryOfEmploymentContractAxis",
}
DEFAULTS = {"TotalRenewableAndNonRenewableEnergyMember", "CurrentlyStatedMember"}
CHOICES = {
    "BasisForPreparation": [
        ("Option A (Basic Module only)", "OptionABasicModuleOnlyMember"),
        ("Option B (Basic Module and Comprehensive Module)", "OptionBBasicModuleAndComprehensiveModuleMember"),
    ],
    "BasisForReporting": [
        ("Sustainability report prepared on an individual basis", "IndividualMember"),
        ("Sustainability report prepared on a consolidated basis", "ConsolidatedMember"),
    ],
    "TypeOfNumberOfEmployees": [
        ("Headcount", "HeadcountMember"), ("Full-time equivalent (FTE)", "Full-TimeEquivalentFTEMember"),
    ],
    "EmployeeCountingMethodology": [
        ("At the end of the reporting period", "AtTheEndOfTheReportingPeriodMember"),
        ("As an average across the reporting period", "AverageDuringTheReportingPeriodMember"),
    ],
    "UndertakingsLegalForm": [
        ("private limited liability undertaking", "PrivateLimitedLiabilityUndertakingMember"),
        ("sole proprietorship", "SoleProprietorshipMember"), ("partnership", "PartnershipMember"),
        ("cooperative", "CooperativeMember"),
        ("other (please specify the legal form in the row below)", "OtherUndertakingsLegalFormMember"),
    ],
}  # fmt: skip
TICKED = {
    "SustainabilityIssueAddressedByPracticePolicyAndOrFutureInitiative":
        "ClimateChange Pollution WaterAndMarineResources BiodiversityAndEcosystems CircularEconomy OwnWorkforce "
        "WorkersInTheValueChain AffectedCommunities ConsumersAndEndUsers BusinessConduct",
    "TypeOfContentCoveredByTheCodeOfConductOrHumanRightsPolicyForItsOwnWorkforce":
        "ChildLabour ForcedLabour HumanTrafficking Discrimination AccidentPrevention OtherContent",
    "TypeOfHumanRightRelatedToTheConfirmedIncident":
        "ChildLabour ForcedLabour HumanTrafficking Discrimination OtherContent",
}  # fmt: skip
UNITS = {"kilograms (kg)": "kg", "metric tonnes (t)": "t", "cubic meters (m3)": "m3"}
AREAS = {"hectares (ha)": "ha", "squared meters (m2)": "sqm"}
DISCLOSURES = "ListOfOmittedDisclosuresDeemedToBeClassifiedOrSensitiveInformation"
UNCHANGED = "ListOfDisclosuresForWhichNoChangesAreReportedComparedToThePreviousPeriodReporting"


@dataclass
class Everything:
    """What to write into a template's cells, and the facts that must come out, by concept and dimensions."""

    cells: dict[str, dict[str, Value]] = field(default_factory=dict)
    facts: dict[Key, Fact] = field(default_factory=dict)

    def put(self, sheet: str, row: int, column: int, value: Value) -> None:
        """Write a value into a cell (counted from 0)."""
        self.cells.setdefault(sheet, {})[cell_address(row, column)] = value

    def expect(self, concept: str, dimensions: Dimensions, value: Any, unit: str = "") -> None:
        """Expect a fact; members of a list gather in one."""
        if isinstance(value, list):
            value = sorted([*self.facts.get((concept, dimensions), ([], ""))[0], *value])
        self.facts[concept, dimensions] = (value, unit)


@cache
def concepts() -> Mapping[str, Mapping[str, str]]:
    """Return the taxonomy's concepts by name."""
    with (data_folder() / "concepts.csv").open(encoding="utf-8", newline="") as file:
        return {row["concept"]: row for row in csv.DictReader(file)}


@cache
def members(namespace: str) -> Mapping[str, str]:
    """Return the members of a namespace and their labels."""
    with (data_folder() / "members.csv").open(encoding="utf-8", newline="") as file:
        return {row["member"]: row["standard_label"] for row in csv.DictReader(file) if row["namespace"] == namespace}


def everything(template: Path, turn: int = 0) -> Everything:
    """Answer every named cell of a blank template; `turn` says with which entries of the drop-downs to begin."""
    file = open_workbook(template)
    found = Everything()
    _about(file, found)
    number = iter(range(1000, 100_000, 7))
    for name, area in sorted(file.names.items()):
        concept, _, member = name.partition("_")
        concept = OLD_NAMES.get(concept, concept)
        if name.startswith(NEVER_NAMED) or concept not in concepts() or member == "unit":
            continue
        if concepts()[concept]["table"] in KEYS:
            _column(file, concept, area, turn, number, found)
        elif concept in TICKED:
            _ticks(file, concept, area, turn, found)
        elif concept in (DISCLOSURES, UNCHANGED, "NaceSectorClassificationCodes"):
            _list(file, concept, area, turn, found)
        else:
            _single(file, concept, member, area, turn, next(number), found)
    for table, axis in KEYS.items():
        _keys(file, axis, table, turn, found)
    return found


def _about(file: WorkbookFile, found: Everything) -> None:
    for name, value in {
        "template_reporting_entity_name": "Everything Ltd", "template_reporting_entity_identifier_scheme": "LEI",
        "template_reporting_entity_identifier": "529900T8BM49AURSDO55", "template_reporting_period_startdate":
        "2025-01-01", "template_reporting_period_enddate": "2025-12-31", "template_currency": "EUR",
    }.items():  # fmt: skip
        area = file.names.get(name)
        if area is not None:
            found.put(area.sheet, area.first_row, area.first_column, value)


def _single(
    file: WorkbookFile, concept: str, member: str, area: Area, turn: int, number: int, found: Everything
) -> None:
    kind = concepts()[concept]["data_type"]
    axis = {"Energy": "BreakdownOfEnergyConsumptionAxis"}.get(member[-12:-6], "ReportingScopesAxis")
    dimensions: Dimensions = () if not member or member in DEFAULTS else ((axis, member),)
    value: Value = float(number) + 0.25
    expected: Any = value
    unit = _unit_of(file, f"{concept}_unit", kind, turn, found)
    if kind in ("textBlockItemType", "stringItemType"):
        value = expected = f"  {concept}\n\nsecond line, with ümlaut & <sign>  "
        expected = value if kind == "textBlockItemType" else value.strip()
    elif kind == "percentItemType":
        value = expected = number / 100_000
    elif kind == "booleanItemType":
        value, expected = [("YES", True), ("NO", False), (True, True), (False, False)][(number + turn) % 4]
    elif kind == "dateItemType":
        value = expected = "2027-05-17"
    elif kind == "gYearItemType":
        value = expected = float(2000 + number % 27)
    elif kind == "enumerationItemType":
        value, expected = _choice(file, concept, turn)
        expected = [expected]
    found.put(area.sheet, area.first_row, area.first_column, value)
    found.expect(concept, dimensions, expected, unit)


def _unit_of(file: WorkbookFile, name: str, kind: str, turn: int, found: Everything) -> str:
    """Return the unit of a single cell; choose one where the template lets one be chosen."""
    fixed = {
        "energyItemType": "MWh", "ghgEmissionsItemType": "tCO2e", "volumeItemType": "m3", "monetaryItemType": "EUR",
        "ghgEmissionsPerMonetaryItemType": "tCO2e/EUR",
    }.get(kind, "")  # fmt: skip
    area = file.names.get(name)
    if area is None or kind == "volumeItemType":
        return fixed
    offered = AREAS if kind == "areaItemType" else {k: v for k, v in UNITS.items() if v != "m3"}
    if name == "TotalMassOfMaterialUsed_unit":
        return "kg"  # the template gives it
    label, unit = list(offered.items())[turn % 2]
    found.put(area.sheet, area.first_row, area.first_column, label)
    return unit


def _choice(file: WorkbookFile, concept: str, turn: int) -> tuple[str, str]:
    if concept in CHOICES:
        return CHOICES[concept][turn % len(CHOICES[concept])]
    return list(countries(file))[turn]


def countries(file: WorkbookFile) -> Iterator[tuple[str, str]]:
    """Yield the countries of the template's own drop-down with the codes beside them."""
    names, codes = file.names["enum_ListCountriesName"], file.names["enum_ListCountiesCode"]
    grid = file.sheet(names.sheet)
    for row in range(names.first_row, names.last_row + 1):
        name, code = (grid.value(row, area.first_column) for area in (names, codes))
        if isinstance(name, str):
            yield name, str(code)


def drop_down(file: WorkbookFile, name: str) -> list[str]:
    """Return the entries of a drop-down of the template."""
    area = file.names[name]
    grid = file.sheet(area.sheet)
    values = (grid.value(row, area.first_column) for row in range(area.first_row, area.last_row + 1))
    return [value for value in values if isinstance(value, str)]


def waste_member(label: str) -> str | None:
    """Return the member that the digits of a waste type mean, None where today's list lacks it or it is no type."""
    digits = re.sub(r"\D", "", label.strip()[:9])[:6]
    return next((m for m in members("waste") if len(digits) == 6 and m.startswith(f"W-{digits}-")), None)


def nace_member(label: str) -> str:
    """Return the member of an economic activity: its section and the digits of its number."""
    match = re.match(r"NACE ([A-Z]) - (?:([\d.]+) )?", label)
    assert match, label
    return f"NACE_{match[1]}{(match[2] or '').replace('.', '')}"


def disclosure_member(label: str) -> str | None:
    """Return the disclosure whose member is spelled as its label is, letters and digits alone."""
    flat = re.sub(r"\W", "", label).casefold()
    known = concepts()[DISCLOSURES]["members"].split("|")
    return next((m for m in known if re.sub(r"\W", "", m.removesuffix("Member")).casefold() == flat), None)


def _list(file: WorkbookFile, concept: str, area: Area, turn: int, found: Everything) -> None:
    """Fill a list of members to its last cell, or as far as there are entries."""
    if concept == "NaceSectorClassificationCodes":
        classes = [e for e in drop_down(file, "enum_ListNACETechnicalName") if re.match(r"NACE \w - \d\d\.\d\d", e)]
        entries = [(entry, nace_member(entry)) for entry in classes]
    else:
        labels = drop_down(file, "enum_ListOmittedDisclosures")
        if concept == DISCLOSURES and "template_checkbox_introduction" in file.names:
            labels = _ticked_disclosures(file)
        entries = [(label, member) for label in labels if (member := disclosure_member(label))]
    size = area.last_row - area.first_row + 1
    begin = turn * size % max(len(entries) - size, 1)
    chosen = entries[begin : begin + size]
    for offset, (label, member) in enumerate(reversed(chosen)):
        found.put(area.sheet, area.last_row - offset, area.first_column, label)
        found.expect(concept, (), [member])
    for row in range(area.first_row, area.last_row + 1 - len(chosen)):
        found.put(area.sheet, row, area.first_column, "")


def _ticked_disclosures(file: WorkbookFile) -> list[str]:
    grid = file.sheet("Table of Contents & Validation")
    rows = sorted({area.first_row for name, area in file.names.items() if name.startswith("template_checkbox_")})
    return [str(grid.value(row, 1)) for row in rows]


def _ticks(file: WorkbookFile, concept: str, area: Area, turn: int, found: Everything) -> None:
    names = TICKED[concept].split()
    wide = area.first_row == area.last_row
    for number, name in enumerate(names):
        ticked = (number + turn) % 3 != 1
        row, column = (area.first_row, area.first_column + number) if wide else (area.first_row + number, 3)
        found.put(area.sheet, row, column, ticked)
        if ticked:
            found.expect(concept, (), [f"{name}Member"])


def _rows(file: WorkbookFile, axis: str, turn: int) -> list[tuple[int, str, str]]:
    """Return row, what its key cell says and the key of each row to fill: all, or the last ones where keys are few."""
    area = file.names[axis]
    size = area.last_row - area.first_row + 1
    if axis == "TypeOfPollutantAxis":
        labels = {label.removesuffix(" [member]"): m for m, label in members("vsme").items()}
        entries = [(label, labels.get(label.strip(), "")) for label in drop_down(file, "enum_ListPollutants")]
        entries = [(label, m or f"{label}Member") for label, m in entries]
    elif axis == "TypeOfWasteAxis":
        known = [(label, waste_member(label)) for label in drop_down(file, "enum_ListTypeOfWastes")]
        entries = [(label, m) for label, m in known if m]
    elif axis == "CountryOfEmploymentContractAxis":
        entries = list(countries(file))
    else:
        entries = [(str(n + 1), str(n + 1)) for n in range(size)]
    begin = turn * size % max(len(entries) - size, 1)
    chosen = entries[begin : begin + size]
    first = area.last_row + 1 - len(chosen)
    return [(first + n, label, key) for n, (label, key) in enumerate(chosen)]


def _keys(file: WorkbookFile, axis: str, table: str, turn: int, found: Everything) -> None:
    area = file.names[axis]
    for row, label, key in _rows(file, axis, turn):
        value: Value = float(key) if "Identifier" in axis else label
        found.put(area.sheet, row, area.first_column, value)
    for number, (row, _, _) in enumerate(_rows(file, axis, turn)):
        units = file.names.get(_row_unit(table))
        if units is not None:
            found.put(units.sheet, row, units.first_column, list(UNITS)[(number + turn) % 3])


def _row_unit(table: str) -> str:
    return {
        "WasteGeneratedTable": "WasteDirectedToDisposalMass_unit",
        "BreakdownOfAnnualMassFlowOfRelevantMaterialsUsedByTheUndertakingHypercube": "WeightOfMaterialUsed_unit",
    }.get(table, "")


def _column(
    file: WorkbookFile, concept: str, area: Area, turn: int, number: Iterator[int], found: Everything
) -> None:
    """Fill a table's column; a mass and a volume share cells, and the unit of the row says which of them it is."""
    spec = concepts()[concept]
    axis = KEYS[spec["table"]]
    kind = spec["data_type"]
    by_row = bool(_row_unit(spec["table"])) and kind in ("massItemType", "volumeItemType")
    unit = "" if by_row else _unit_of(file, f"{concept}_unit", kind, turn, found)
    places = cycle(countries(file))
    for position, (row, _, key) in enumerate(_rows(file, axis, turn)):
        own = list(UNITS.values())[(position + turn) % 3] if by_row else unit
        if by_row and (own == "m3") != (kind == "volumeItemType"):
            continue
        value: Value = float(next(number)) / 8
        expected: Any = value
        if kind == "stringItemType":
            value = expected = f"{concept} of {key}"
        elif kind == "booleanItemType":
            value = expected = (position + turn) % 2 == 0
        elif kind == "enumerationItemType":
            value, code = next(places)
            expected = [code]
        found.put(area.sheet, row, area.first_column, value)
        dimensions = ((axis.replace("SitesInBiodiversitySensitiveAreas", "Site"), key),)
        found.expect(concept, dimensions, expected, own)


def as_read(path: Path) -> tuple[dict[Key, Fact], Reading, Counter[Key]]:
    """Return the facts of a workbook's concepts by concept and dimensions, the reading, and how often each was said."""
    reading = read(path)
    facts: Any = reading.facts[(reading.facts["period"] == "current") & reading.facts["concept"].isin(set(concepts()))]
    found: dict[Key, Fact] = {}
    times: Counter[Key] = Counter()
    for fact in facts.itertuples():
        key = (fact.concept, tuple(fact.dimensions))
        value = fact.value
        if fact.kind in ("enumeration", "enumeration_set"):
            said = [m for m in str(value).split("; ") if m]
            value = sorted([*(found.get(key, ([], ""))[0] if fact.kind == "enumeration_set" else []), *said])
        times[key] += fact.kind != "enumeration_set"
        found[key] = (value, fact.unit)
    return found, reading, times


def differences(expected: Mapping[Key, Fact], found: Mapping[Key, Fact]) -> list[str]:
    """Return what is missing, what is extra and what has another value or unit."""
    said = [f"missing: {key}" for key in expected if key not in found]
    said += [f"extra: {key} {found[key]}" for key in found if key not in expected]
    for key, (value, unit) in expected.items():
        if key in found and (found[key][0] != value or (unit and found[key][1] != unit)):
            said.append(f"differs: {key}: expected {value!r} {unit}, read {found[key]!r}")
    return said
