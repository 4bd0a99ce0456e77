"""The questions of docs/analysis.md run as they stand, over facts that a batch wrote, and give the right answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from vsme_xl import facts_of, new_workbook
from vsme_xl.cli import main

PAGE = (Path(__file__).parents[1] / "docs" / "analysis.md").read_text(encoding="utf-8")
QUESTIONS = dict(re.findall(r"## ([^\n]+)\n(?:(?!\n## ).)*?```sql\n(.*?)```", PAGE, re.DOTALL))
VIEW = QUESTIONS.pop("One row per workbook")
BOTH = "OptionBBasicModuleAndComprehensiveModuleMember"
PLAN = "HasTransitionPlan"
COMPANIES: dict[str, dict[str, Any]] = {
    "alpha-24": {"EntityName": "Alpha", "year": 2024, "NumberOfEmployees": 10, "nace": "NACE_C2511", "scope1": 30,
                 "TotalEnergyConsumption": {"value": 100, "previous": 90}},
    "alpha-25": {"EntityName": "Alpha", "year": 2025, "NumberOfEmployees": 10, "nace": "NACE_C2511", "scope1": 20,
                 "TotalEnergyConsumption": {"value": 110, "previous": 101}, PLAN: True},
    "beta": {"EntityName": "Beta", "year": 2025, "NumberOfEmployees": 30, "nace": "NACE_C1011", "scope1": 20,
             PLAN: False},
    "gamma": {"EntityName": "Gamma", "year": 2025, "NumberOfEmployees": 4, "nace": "NACE_N6910", "scope1": 2},
    "delta": {"EntityName": "Delta", "year": 2025, "NumberOfEmployees": 4, "nace": "NACE_N6910"},
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which clients/ was turned into results/."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "clients").mkdir()
    for file, given in COMPANIES.items():
        answers = {name: value for name, value in given.items() if name not in ("year", "nace", "scope1")}
        answers |= {
            "BasisForPreparation": BOTH, "ReportingPeriodStart": f"{given['year']}-01-01",
            "ReportingPeriodEnd": f"{given['year']}-12-31",
            "nace": [{"NaceSectorClassificationCodes": given["nace"]}],
        }  # fmt: skip
        if "scope1" in given:
            answers["GrossScope1GreenhouseGasEmissions"] = given["scope1"]
        new_workbook(folder / "clients" / f"{file}.xlsx", answers=facts_of(answers))
    arguments = ["batch", str(folder / "clients"), str(folder / "results"), "--workers", "1", "--quiet"]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    return folder


@pytest.fixture(params=["facts.parquet", "facts.csv"])
def answers(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """The rows that each question gives."""
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    monkeypatch.chdir(folder)
    with duckdb.connect() as database:
        database.sql(VIEW.replace("facts.parquet", request.param))
        texts = {title: sql.replace("facts.parquet", request.param) for title, sql in QUESTIONS.items()}
        return {title: database.sql(sql).fetchall() for title, sql in texts.items()}


def test_scope_1_per_employee_by_section_is_asked_as_documented(answers: dict[str, list[Any]]) -> None:
    rows = answers["Scope 1 per employee by section of NACE"]
    # Section C is Alpha twice, as both years are there, and Beta; Delta states no Scope 1.
    assert rows == [("C", 3, pytest.approx(70 / 50), pytest.approx(2.0)), ("N", 1, pytest.approx(0.5), 0.5)]


def test_companies_without_a_transition_plan_are_told_from_those_that_did_not_answer(
    answers: dict[str, list[Any]]
) -> None:
    rows = [(entity, str(day), answer) for entity, day, answer in answers["Companies without a transition plan"]]
    open_ = "not answered"
    assert rows == [
        ("Beta", "2025-12-31", "no"), ("Alpha", "2024-12-31", open_), ("Delta", "2025-12-31", open_),
        ("Gamma", "2025-12-31", open_),
    ]  # fmt: skip


def test_energy_over_the_years_takes_each_year_from_its_own_workbook(answers: dict[str, list[Any]]) -> None:
    rows = [row[:3] for row in answers["Energy over the years"]]
    assert rows == [("Alpha", 2023, 90.0), ("Alpha", 2024, 100.0), ("Alpha", 2025, 110.0)]


def test_what_was_worked_out_is_counted_beside_what_was_stated(answers: dict[str, list[Any]]) -> None:
    counts = {name: tuple(rest) for name, *rest in answers["What was worked out and not stated"]}
    assert counts["GrossScope1GreenhouseGasEmissions"] == (4, 0)


def test_pandas_gives_the_same_figures(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    (text,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(text, "docs/analysis.md", "exec"), {})
    said = capsys.readouterr().out
    assert re.search(r"^C +1\.4$", said, re.MULTILINE) and re.search(r"^N +0\.5$", said, re.MULTILINE)
