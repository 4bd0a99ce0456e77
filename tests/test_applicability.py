"""Checks what applies to a company, and with which status, against the "if" notes of the requirement text."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from situation_reader import Situation, facts_from, outcome, situations

from vsme_xl.answers import facts_of
from vsme_xl.computing import compute
from vsme_xl.edition import load_edition

PATTERN = "applicability/*.yaml"
CASES = situations(PATTERN)
MEANING = {"open": None, True: True, False: False}


def applies(situation: Situation, name: str) -> bool | None:
    """Return whether a section or datapoint applies in a situation; None where that is open."""
    result = outcome(PATTERN).computed
    key = f"section:{name}" if name in load_edition().sections else name
    value = float(result.applies[key][result.workbooks.index(situation.name)])
    return None if np.isnan(value) else bool(value)


@pytest.mark.parametrize("situation", CASES, ids=lambda s: f"{s.file}: {s.name}")
def test_what_applies_in_a_situation_is_what_the_standard_says(situation: Situation) -> None:
    assert situation.applies or situation.status, "a situation without expectations proves nothing"
    found = {name: applies(situation, name) for name in situation.applies}
    assert found == {name: MEANING[wanted] for name, wanted in situation.applies.items()}, situation.why


@pytest.mark.parametrize("situation", [s for s in CASES if s.status], ids=lambda s: f"{s.file}: {s.name}")
def test_the_status_in_a_situation_is_as_expected(situation: Situation) -> None:
    frame = outcome(PATTERN).computed.applicability
    mine = frame[frame["workbook"] == situation.name]
    sections = mine[mine["name"] == ""].set_index("section")["status"].to_dict()
    datapoints = mine[mine["name"] != ""].set_index("name")["status"].to_dict()
    assert {name: sections.get(name, datapoints.get(name)) for name in situation.status} == situation.status


def test_every_rule_of_applicability_is_tried_both_ways() -> None:
    edition = load_edition()
    ruled = {s.name for s in edition.sections.values() if s.applies_when}
    ruled |= {d.name for d in edition.datapoints.values() if d.applies_when and d.table is None}
    seen: dict[str, set[object]] = {name: set() for name in ruled}
    for situation in CASES:
        for name in ruled:
            seen[name].add(applies(situation, name))
    assert sorted(n for n, states in seen.items() if not {True, False} <= states) == []


def test_what_does_not_apply_is_not_computed_and_what_is_open_is() -> None:
    answers = {"GrossScope1GreenhouseGasEmissions": 10, "GrossLocationBasedScope2GreenhouseGasEmissions": 5}
    answers |= {"GrossScope3GreenhouseGasEmissions": 85, "BasisForPreparation": "Basic and Comprehensive Module"}
    for disclosed, expected in ((True, True), (False, False), (None, True)):
        given = answers if disclosed is None else answers | {"DisclosesScope3": disclosed}
        names = set(compute(facts_from(given, "w")).facts["name"])
        assert ("TotalGrossLocationBasedGHGEmissions" in names) is expected, disclosed


def test_a_section_that_does_not_apply_gives_its_rule_and_the_answer_that_decided() -> None:
    frame = compute(facts_from({"HasConvictionsOrFines": False}, "w")).applicability
    row = frame[(frame["section"] == "B11_convictions") & (frame["name"] == "")].iloc[0]
    assert row["applies"] is False and row["status"] == "not_applicable"
    assert row["rule"] and row["answer"].endswith("No")


def test_a_section_outside_the_chosen_module_gives_the_module_as_reason() -> None:
    given = {"BasisForPreparation": "Basic Module only", "HasGovernanceBody": True}
    frame = compute(facts_from(given, "w")).applicability
    row = frame[(frame["section"] == "C9_governance") & (frame["name"] == "")].iloc[0]
    assert row["status"] == "not_applicable" and "Basic Module only" in row["answer"]


def test_a_question_left_blank_is_missing_and_says_so() -> None:
    frame = compute(facts_from({"EntityName": "Open Ltd"}, "w")).applicability
    row = frame[(frame["section"] == "B7_waste") & (frame["name"] == "")].iloc[0]
    assert row["applies"] is None and row["status"] == "missing" and "(blank)" in row["answer"]


def test_a_ratio_with_no_men_is_not_defined_and_no_gap() -> None:
    answers = {
        "BasisForPreparation": "OptionBBasicModuleAndComprehensiveModuleMember",
        "HasGovernanceBody": True,
        "NumberOfFemaleMembersOfGovernanceBody": 3,
        "NumberOfMaleMembersOfGovernanceBody": 0,
    }
    computed = compute(facts_of(answers))
    status = computed.applicability.set_index("name")["status"]
    assert status["GenderDiversityRatioInGovernanceBody"] == "not_defined"
    sections = computed.applicability[computed.applicability["name"] == ""].set_index("section")["status"]
    assert sections["C9_governance"] == "complete"
    assert "ratio_not_defined" in set(computed.findings["code"])


def test_statuses_of_many_workbooks_are_those_of_each_alone() -> None:
    option = "OptionBBasicModuleAndComprehensiveModuleMember"
    answers = [
        {"BasisForPreparation": option, "NumberOfEmployees": 60, "Turnover": 5e6},
        {"NumberOfEmployees": 12, "HasGHGReductionTargets": False},
        {},
        {"BasisForPreparation": option, "NumberOfEmployees": 3, "Currency": "EUR"},
    ]
    facts = [facts_of(a, f"w{n}") for n, a in enumerate(answers)]
    names = tuple(f"w{n}" for n in range(len(answers)))
    together = compute(pd.concat(facts, ignore_index=True), {"w1": "de"}, workbooks=names).applicability
    for n, name in enumerate(names):
        alone = compute(facts[n], {"w1": "de"}, workbooks=(name,)).applicability
        mine = together[together["workbook"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone)
