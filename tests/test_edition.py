"""Checks the standard as data: complete, labelled, consistent with the taxonomy, and refused where a rule is wrong."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import as_file
from pathlib import Path

import pytest

from vsme_xl import edition, edition_data, sections
from vsme_xl.checks import load_checks
from vsme_xl.codelists import codelist, normalise, readings
from vsme_xl.edition import EditionError, data_folder, load_edition, read_rows
from vsme_xl.language import languages, load_language
from vsme_xl.rules.parse import Node, codelist_of
from vsme_xl.store import global_warming_potentials

EDITION = load_edition()
LANGUAGE = load_language("en")
DISCLOSURES = {*(f"B{n}" for n in range(1, 12)), *(f"C{n}" for n in range(1, 10))}
DNK_TOPICS = {1, 3, 6, 11, 12, 13, 14, 15, 16, 20}


def test_every_concept_of_the_taxonomy_is_a_datapoint_with_label_hint_paragraph_and_section() -> None:
    by_concept = {d.concept: d for d in EDITION.datapoints.values() if d.taxonomy or d.concept in EDITION.concepts}
    assert len(EDITION.concepts) == 143
    assert sorted(EDITION.concepts.keys() - by_concept.keys()) == []
    for concept in EDITION.concepts:
        datapoint = by_concept[concept]
        assert LANGUAGE.label(datapoint.name).strip() and LANGUAGE.hint(datapoint.name).strip(), concept
        assert datapoint.paragraph and datapoint.section in EDITION.sections, concept


def test_every_datapoint_and_section_has_a_label_and_no_hint_is_too_long_for_an_input_message() -> None:
    for name in EDITION.datapoints:
        assert LANGUAGE.label(name).strip(), name
        assert len(LANGUAGE.hint(name)) <= 255, name
    for section in EDITION.sections.values():
        if section.sheet not in ("lists", "results"):
            assert LANGUAGE.section(section.name).strip(), section.name


def test_labels_do_not_repeat_the_taxonomy_word_for_word_when_they_are_long() -> None:
    standard = {normalise(c.standard_label) for c in EDITION.concepts.values() if len(c.standard_label) > 60}
    assert [n for n in EDITION.datapoints if normalise(LANGUAGE.label(n)) in standard] == []


def test_every_section_belongs_to_a_disclosure_and_to_one_of_the_ten_topics() -> None:
    assert {s.disclosure for s in EDITION.sections.values() if s.disclosure} == DISCLOSURES
    assert {s.topic for s in EDITION.sections.values()} == DNK_TOPICS
    for section in EDITION.sections.values():
        module = "comprehensive" if section.disclosure.startswith("C") else section.module
        assert section.module == module and section.paragraph, section.name


def test_scope_3_and_target_years_belong_to_the_comprehensive_module() -> None:
    years = ("BaselineYearMember", "TargetYearMember", "SecondTargetYear")
    comprehensive = [n for n in EDITION.datapoints if "Scope3" in n or n.endswith(years)]
    comprehensive += ["TotalGrossLocationBasedGHGEmissions", "TotalMarketBasedGreenhouseGasEmissionsIntensityValue"]
    steps = {"Scope3LikelySignificant"}
    assert [n for n in comprehensive if EDITION.datapoints[n].module != "comprehensive" and n not in steps] == []


def test_what_the_standard_leaves_to_the_company_is_voluntary() -> None:
    voluntary = (
        "TotalSealedArea", "TotalUseOfLand", "GrossMarketBasedScope2GreenhouseGasEmissions",
        "FemaleToMaleRatioAtManagementLevelForTheReportingPeriod",
        "FinancialInvestmentInTheCapitalOrAssetsOfSocialEconomyEntities",
        "MostSeniorLevelAccountableForImplementationOfPolicies",
        "TotalNumberOfTemporaryWorkersProvidedByUndertakingsPrimarilyEngagedInEmploymentActivities",
    )  # fmt: skip
    assert {n: EDITION.datapoints[n].need for n in voluntary} == dict.fromkeys(voluntary, "voluntary")


def test_disclosures_that_may_be_omitted_are_members_of_the_taxonomy() -> None:
    members = set(codelist("disclosure").codes)
    named = {m for s in EDITION.sections.values() for m in s.omit}
    assert named <= members
    assert members <= named, "every disclosure on the list leaves something out"


def test_every_parameter_has_unit_date_and_source() -> None:
    assert EDITION.parameters
    for parameter in EDITION.parameters.values():
        assert parameter.unit and parameter.since.year >= 2000 and len(parameter.source) > 5, parameter.name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EmployeeTurnoverThreshold", 50), ("PayGapThresholdInitial", 150), ("PayGapThresholdLater", 100),
        ("BenchmarkThresholdCoal", 0.01), ("BenchmarkThresholdOil", 0.1), ("BenchmarkThresholdGas", 0.5),
        ("BenchmarkThresholdElectricity", 0.5), ("AccidentRateHours", 200000), ("SBTiBaseYear", 2020),
        ("DefaultHoursPerFullTimeEmployee", 2000), ("SBTiNearTermReduction", 0.42), ("SBTiLongTermReduction", 0.9),
        ("HighWaterStressThreshold", 0.4), ("GWP_CH4_Fossil", 29.8), ("GWP_CH4_Biogenic", 27.0), ("GWP_N2O", 273),
        ("NetToGrossGaseous", 0.9),
    ],
)  # fmt: skip
def test_a_parameter_has_the_value_of_its_source(name: str, value: float) -> None:
    assert EDITION.parameters[name].value == value


def test_factor_tables_name_their_source_and_blends_are_complete() -> None:
    assert all(r["density_kg_per_l"] == "" or float(r["density_kg_per_l"]) < 2 for r in read_rows("fuels.csv"))
    assert all(r["source"] and r["licence"] and int(r["year"]) >= 2015 for r in read_rows("grid_intensity.csv"))
    shares: dict[str, float] = {}
    for row in read_rows("blends.csv"):
        assert row["source"]
        shares[row["blend"]] = shares.get(row["blend"], 0.0) + float(row["mass_share"])
    assert shares == pytest.approx(dict.fromkeys(shares, 1.0))
    assert {"R-404A", "R-407C", "R-410A", "R-448A", "R-449A", "R-452A", "R-507A"} <= shares.keys()


@pytest.mark.parametrize(
    ("gas", "gwp"),
    [("R-32", 771), ("R-125", 3740), ("R-134a", 1530), ("R-143a", 5810), ("N2O", 273), ("CO2", 1), ("NF3", 17400),
     ("R-22", 1960), ("R-410A", 2255.5), ("R-404A", 4728.0), ("R-507A", 4775.0), ("R-407C", 1907.93)],
)  # fmt: skip
def test_a_gas_warms_as_much_as_the_sixth_assessment_report_says(gas: str, gwp: float) -> None:
    assert global_warming_potentials()[gas] == pytest.approx(gwp, rel=1e-9)


def test_the_waste_list_has_six_digit_codes_only_and_marks_hazard_by_asterisk() -> None:
    labels = codelist("waste").labels
    assert len(labels) > 800
    for member, label in labels.items():
        assert re.match(r"\d\d \d\d \d\d\*? \S", label), label
        assert ("*" in label[:9]) == ("-Hazardous-" in member and "-Non-Hazardous-" not in member), member


def test_nace_offers_classes_first() -> None:
    codes = list(codelist("nace").labels.values())
    digits = [sum(c.isdigit() for c in label.split(" ")[2]) for label in codes]
    first_other = next(i for i, d in enumerate(digits) if d != 4)
    assert all(d != 4 for d in digits[first_other:]) and first_other > 500


def test_every_official_code_of_waste_and_nace_is_read() -> None:
    for member in codelist("waste").codes:
        number = " ".join(re.findall(r"\d\d", member[2:8]))
        star = "*" if "-Hazardous-" in member and "-Non-Hazardous-" not in member else ""
        for spelling in (number + star, number.replace(" ", "") + star, member):
            assert readings("waste")[normalise(spelling)] == member, spelling
    for member, label in codelist("nace").labels.items():
        section, _, code = label.split(" ")[:3]
        numbered = (f"{section} {code}", f"{section}{code}", code) if code[0].isdigit() else ()
        for spelling in (member, label, *numbered):
            assert readings("nace")[normalise(spelling)] == member, spelling


@pytest.mark.parametrize(
    ("name", "text", "member"),
    [
        ("waste", "16 01 03", "W-160103-Non-Hazardous-End-Of-LifeTyresMember"),
        ("waste", "130205*", "W-130205-Hazardous-Mineral-BasedNon-ChlorinatedEngineGearAndLubricatingOilsMember"),
        ("waste", "13 02 05 *", "W-130205-Hazardous-Mineral-BasedNon-ChlorinatedEngineGearAndLubricatingOilsMember"),
        ("nace", "C 10.71", "NACE_C1071"), ("nace", "10.71", "NACE_C1071"), ("nace", "c10.71", "NACE_C1071"),
        ("country", "IT", "IT"), ("country", "it", "IT"), ("country", "Italy", "IT"), ("country", "NO", "NO"),
        ("country", "C\u00f4te d\u2019Ivoire", "CI"), ("currency", "eur", "EUR"),
        ("legal_form", "Cooperative", "CooperativeMember"), ("legal_form", "cooperativemember", "CooperativeMember"),
        ("pollutant", "AmmoniaNH3Member", "AmmoniaNH3Member"), ("employee_type", " headcount ", "HeadcountMember"),
        ("ledger_unit", "m³", "m3"), ("ledger_unit", "MWH", "MWh"), ("gas", "r-410a", "R-410A"),
    ],
)  # fmt: skip
def test_a_code_is_read_as_people_write_it(name: str, text: str, member: str) -> None:
    assert readings(name)[normalise(text)] == member


def test_codes_of_four_digits_are_no_waste_codes() -> None:
    assert "17 04" not in readings("waste") and "1704" not in readings("waste")


def test_lists_of_the_standard_have_all_their_members() -> None:
    assert len(codelist("sustainability_issue").codes) == 10
    assert len(codelist("scope3_category").codes) == 15
    assert len(codelist("legal_form").codes) == 5
    assert {"DE", "IT", "NO", "XK"} & set(codelist("country").codes) >= {"DE", "IT", "NO"}
    assert {"EUR", "SEK", "CHF", "PLN"} <= set(codelist("currency").codes)
    for concept, name in (("TypeOfNumberOfEmployees", "employee_type"), ("BasisForReporting", "basis_for_reporting")):
        assert set(codelist(name).codes) == set(EDITION.concepts[concept].members)


Spoil = Callable[[Path], None]


def with_rule(rule: str, kind: str = "number", field: str = "formula") -> Spoil:
    """Return what puts one datapoint with a rule on line 4 of a new section file."""

    def spoil(folder: Path) -> None:
        text = "wrong:\n  sheet: social\n  topic: 16\n  paragraph: '1'\n  datapoints:\n"
        text += f'    WrongDatapoint:\n      kind: {kind}\n      {field}: "{rule}"\n'
        (folder / "sections" / "zz_wrong.yaml").write_text(text, encoding="utf-8")

    return spoil


def load_spoilt(spoil: Spoil, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Load a spoilt copy of the edition and return the message of the refusal."""
    with as_file(data_folder()) as source:
        shutil.copytree(source, tmp_path / "edition")
    spoil(tmp_path / "edition")
    for module in (edition, edition_data, sections):
        monkeypatch.setattr(module, "data_folder", lambda name="": tmp_path / "edition")
    with pytest.raises(EditionError) as refusal:
        load_edition(str(tmp_path))
    return str(refusal.value)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (with_rule("NumberOfEmployes * 2"), "NumberOfEmployes"),
        (with_rule("average(Turnover, Assets)"), "average"),
        (with_rule("Turnover + EntityName"), "text"),
        (with_rule("EntityName", kind="number"), "text"),
        (with_rule("Turnover", field="applies_when"), "number"),
        (with_rule("sum()"), "sum"),
        (with_rule("Turnover +"), "not an expression"),
        (with_rule("Turnover ** 2"), "not part"),
        (with_rule("[Turnover][0]"), "not part"),
        (with_rule("__import__('os')"), "__import__"),
        (with_rule("Turnover.real"), "not part"),
        (with_rule("(lambda: 1)()"), "not part"),
        (with_rule("Ledger_Amount * 2"), "ledger"),
        (with_rule("if_(HasCertifications, 1, 'one')"), "one kind"),
        (with_rule("Turnover in (1, 2)", kind="boolean"), "not allowed"),
    ],
)
def test_a_wrong_rule_is_refused_with_file_line_and_reason(
    spoil: Spoil, reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    message = load_spoilt(spoil, monkeypatch, tmp_path)
    assert re.match(r"zz_wrong\.yaml:8: WrongDatapoint: ", message), message
    assert reason in message


def test_rules_that_need_each_other_are_refused_with_their_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def spoil(folder: Path) -> None:
        text = "wrong:\n  sheet: social\n  topic: 16\n  datapoints:\n"
        text += "    FirstWrong: {kind: number, formula: 'SecondWrong + 1'}\n"
        text += "    SecondWrong: {kind: number, formula: 'FirstWrong * 2'}\n"
        (folder / "sections" / "zz_wrong.yaml").write_text(text, encoding="utf-8")

    message = load_spoilt(spoil, monkeypatch, tmp_path)
    assert "FirstWrong" in message and "SecondWrong" in message and "circle" in message


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("    Turnover: {kind: money}", "Turnover stands in two sections"),
        ("    NoKind: {paragraph: '1'}", "NoKind"),
        ("    Odd: {kind: number, colour: red}", "colour"),
    ],
)
def test_a_datapoint_that_does_not_fit_is_refused_with_its_file(
    line: str, reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def spoil(folder: Path) -> None:
        text = f"wrong:\n  sheet: social\n  topic: 16\n  datapoints:\n{line}\n"
        (folder / "sections" / "zz_wrong.yaml").write_text(text, encoding="utf-8")

    message = load_spoilt(spoil, monkeypatch, tmp_path)
    assert message.startswith("zz_wrong.yaml") and reason in message


def test_the_concepts_are_those_of_the_file_each_once() -> None:
    with (data_folder() / "concepts.csv").open(encoding="utf-8") as file:
        names = [row["concept"] for row in csv.DictReader(file)]
    assert len(names) == len(set(names)) and set(names) == set(EDITION.concepts)


def test_other_names_of_countries_are_of_countries_on_the_list_and_mean_none_else() -> None:
    rows = read_rows("country_names.csv")
    assert {row["code"] for row in rows} <= set(codelist("country").labels)
    for language in languages():
        labels = {label.casefold(): code for code, label in codelist("country", language).labels.items()}
        assert {r["name"]: labels.get(r["name"].casefold(), r["code"]) for r in rows} == {
            r["name"]: r["code"] for r in rows
        }


def test_every_code_a_rule_compares_with_is_in_its_list() -> None:
    edition = load_edition()

    def pairs(node: Node) -> Iterator[tuple[str, str]]:
        if node.op in ("is_", "==", "!="):
            found = codelist_of(node.args[0], edition.symbols)
            yield from ((found, str(a.value)) for a in node.args[1:] if found and a.op == "text")
        for argument in node.args:
            yield from pairs(argument)

    rules = [d.formula for d in edition.datapoints.values()] + [d.applies_when for d in edition.datapoints.values()]
    rules += [s.applies_when for s in edition.sections.values()] + [c.when for c in load_checks()]
    wrong = [(n, c) for r in rules if r is not None for n, c in pairs(r) if c not in codelist(n).labels]
    assert wrong == []


def test_every_code_list_of_a_datapoint_can_be_offered() -> None:
    lists = {d.codelist for d in load_edition().datapoints.values() if d.codelist}
    assert [name for name in lists if not codelist(name).codes] == []
