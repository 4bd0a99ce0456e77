"""The portfolio counts every company once, its totals are live and right, and client text is never a formula."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from recalculation import differences

from vsme_xl import facts_of, new_workbook
from vsme_xl.batch.figures import size_class
from vsme_xl.batch.manifest import Record, read_record
from vsme_xl.batch.records import Options, Outcome, Skipped
from vsme_xl.batch.run import run_batch
from vsme_xl.portfolio.companies import Company, company_of, with_counting
from vsme_xl.portfolio.companies_sheet import FIRST, HEAD, MEDIAN, TOTAL
from vsme_xl.portfolio.specification import specification
from vsme_xl.portfolio.statistics import figures_of, groups_of, outliers
from vsme_xl.portfolio.workbook import write_portfolio

SAMPLES = Path(__file__).parents[1] / "sample_inputs"


def record(file: str, entity: str = "A", period: str = "2025-12-31", **given: Any) -> Record:
    figures = {"TurnoverInEUR": 1e6, "NumberOfEmployees": 10.0, **given.get("figures", {})}
    profile = {
        "EntityIdentifier": given.get("identifier", ""), "EntityIdentifierScheme": "LEI", "BasisForPreparation": "",
        "CountryOfPrimaryOperationsAndLocationOfSignificantAssets": given.get("country", "DE"),
    }  # fmt: skip
    about = {"entity": entity, "period_start": f"{period[:4]}-01-01", "period_end": period, "template": "t"}
    about["version"] = "1"
    counts = {"answered": given.get("answered", 5), "missing": 5, "error": 0, "warning": 0, "info": 0}
    outcome = Outcome(file, "done", outputs={"results": f"results/{file}"}, about=about, counts=counts)
    nace = [given.get("nace", "C - 10.71 Bread")]
    findings = given.get("findings", [])
    details = {"figures": figures, "profile": profile, "nace": nace, "size": "micro", "findings": findings}
    return Record(outcome, details)


def companies(*records: Record) -> list[Company]:
    return with_counting(company_of(r) for r in records)


def test_a_company_counts_once_with_its_latest_period_and_most_complete_workbook() -> None:
    found = companies(
        record("a.xlsx", identifier="529900T8BM49AURSDO55", period="2024-12-31"),
        record("b.xlsx", identifier="5299 00T8 BM49 AURS DO55", entity="A renamed"),
        record("c.xlsx", identifier="529900T8BM49AURSDO55", answered=9),
        record("d.xlsx", entity="a "),
        record("e.xlsx", entity="", country=""),
        record("f.xlsx", entity="", country=""),
    )
    assert {c.file: c.counts for c in found} == {
        "a.xlsx": "earlier", "b.xlsx": "same", "c.xlsx": "yes", "d.xlsx": "same", "e.xlsx": "yes", "f.xlsx": "yes",
    }  # fmt: skip
    assert {c.same_as for c in found if c.counts == "same"} == {"c.xlsx"}
    assert figures_of(found, "TurnoverInEUR").total == 3e6
    assert figures_of(found, "TurnoverInEUR").companies == 3


def test_two_companies_of_one_name_with_identifiers_of_their_own_stay_two() -> None:
    found = companies(record("a.xlsx", identifier="111111"), record("b.xlsx", identifier="222222"))
    assert [c.counts for c in found] == ["yes", "yes"]


def test_groups_hold_companies_that_count_and_unknown_ones_last() -> None:
    found = companies(record("a.xlsx", "A"), record("b.xlsx", "B", country=""), record("c.xlsx", "C", country="AT"))
    assert list(groups_of(found, lambda c: c.country)) == ["AT", "DE", ""]


def test_an_amount_in_a_unit_wrong_by_a_thousand_is_an_outlier_and_a_large_company_is_not() -> None:
    amounts = {str(n): (50.0 * n, 10.0 * n + n % 3) for n in range(1, 12)}
    amounts |= {"large": (50_000.0, 10_000.0), "kwh": (50_000.0, 10.0)}
    marked = outliers(
        companies(
            *(
                record(f"{n}.xlsx", n, figures={"TotalEnergyConsumption": energy, "NumberOfEmployees": people})
                for n, (energy, people) in amounts.items()
            )
        )
    )
    assert ("kwh.xlsx", "TotalEnergyConsumption") in marked
    assert not {file for file, _ in marked} - {"kwh.xlsx", "large.xlsx"}
    assert ("large.xlsx", "TotalEnergyConsumption") not in marked


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"TurnoverInEUR": 900_000, "AssetsInEUR": 450_000, "NumberOfEmployees": 10}, "micro"),
        ({"TurnoverInEUR": 9e6, "AssetsInEUR": 4e6, "NumberOfEmployees": 9}, "small"),
        ({"TurnoverInEUR": 9e6, "AssetsInEUR": 6e6, "NumberOfEmployees": 60}, "medium"),
        ({"TurnoverInEUR": 60e6, "AssetsInEUR": 30e6}, "large"),
        ({"TurnoverInEUR": 1e6, "NumberOfEmployees": 9}, ""),
        ({"NumberOfEmployees": 9}, ""),
    ],
)
def test_a_size_class_needs_two_of_three_figures(figures: dict[str, float], expected: str) -> None:
    assert size_class(figures) == expected


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("portfolio")
    finding = ["error", "negative_amount", "Turnover", "General!D5", "=cmd|' /C calc'!A0", "Mend it."]
    listed = []
    for n in range(12):
        place = {"country": "DE" if n % 9 % 2 else "", "nace": f"{'ACN'[n % 3]} - x"}
        listed.append(record(f"{n}.xlsx", f"Firm {n % 9}", f"{2024 + n // 9}-12-31", **place))
    listed.append(record("=1+1.xlsx", "=HYPERLINK(1)", findings=[finding], country="SE"))
    failed = [Outcome("broken.xlsx", "failed", code="damaged", message="broken.xlsx is damaged.")]
    write_portfolio(str(out), listed, failed, [Skipped("~$a.xlsx", "lock")])
    return out / "portfolio.xlsx"


def test_every_formula_gives_the_value_stored_with_it(portfolio: Path, tmp_path: Path) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    assert differences(portfolio, tmp_path) == []


def test_client_text_is_never_a_formula_and_results_are_linked(portfolio: Path) -> None:
    book = openpyxl.load_workbook(portfolio)
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    said = [c for c in cells if isinstance(c.value, str) and ("HYPERLINK" in c.value or "cmd|" in c.value)]
    assert len(said) >= 4
    assert {c.data_type for c in said} == {"s"}
    links = [c.hyperlink.target for c in cells if c.hyperlink is not None]
    assert "results/0.xlsx" in links
    assert len(links) == 13


def test_a_figure_that_is_the_same_but_for_rounding_has_not_changed(tmp_path: Path) -> None:
    figures = {"TotalWasteGeneratedMass": 0.3, "RecyclingRate": 0.3}
    again = {"TotalWasteGeneratedMass": 0.1 + 0.2, "RecyclingRate": 0.1 + 0.2}
    records = [record("a.xlsx", period="2024-12-31", figures=figures), record("b.xlsx", figures=again)]
    write_portfolio(str(tmp_path), records, [], [])
    sheet = openpyxl.load_workbook(tmp_path / "portfolio.xlsx", data_only=True)["Time series"]
    changes = {row[2]: row[6] for row in sheet.iter_rows(values_only=True) if row[1] == "A"}
    assert [changes[label] for label in ("Total waste, mass", "Recycling and reuse rate")] == [0, 0]


def test_each_sheet_holds_what_its_title_says(portfolio: Path) -> None:
    book = openpyxl.load_workbook(portfolio, data_only=True)
    assert book.sheetnames == [
        "Portfolio", "Companies", "Groups", "Time series", "Findings", "Findings by company", "Not processed", "About",
    ]  # fmt: skip
    head = {c.value: c.column for c in book["Companies"][HEAD + 1]}
    turnover = head["Turnover in euro\nEUR"]
    assert book["Companies"].cell(TOTAL + 1, turnover).value == 10e6
    assert book["Companies"].cell(FIRST + 1, turnover).value == 1e6
    texts = {sheet.title: [str(c.value) for row in sheet.iter_rows() for c in row if c.value] for sheet in book}
    assert {"Firm 0", "2024-12-31", "2025-12-31"} <= set(texts["Time series"])
    assert "Firm 5" not in texts["Time series"]
    assert {"broken.xlsx", "~$a.xlsx"} <= set(texts["Not processed"])
    assert "not stated" in texts["Groups"]


def test_long_messages_wrap_and_no_table_of_groups_is_torn_in_print(tmp_path: Path) -> None:
    long = "A message of many words that goes on and on. " * 6
    found = [["error", "part_above_whole", "NumberOfEmployees", "Sheet!A1", long, "fix"]]
    failed = [Outcome("broken.xlsx", "failed", code="damaged", message=long)]
    write_portfolio(str(tmp_path), [record("a.xlsx", entity="A", nace="C - 10.71 B", findings=found)], failed, [])
    book = openpyxl.load_workbook(tmp_path / "portfolio.xlsx")
    for title, column in (("Findings", "H"), ("Findings by company", "G"), ("Not processed", "D")):
        (said,) = (cell for cell in book[title][column] if cell.value == long)
        assert said.alignment.wrap_text and (book[title].row_dimensions[said.row].height or 0) > 30
    assert (book["Groups"].page_setup.fitToWidth, book["Groups"].page_setup.fitToHeight or 1) == (3, 1)


def test_medians_are_live_everywhere(portfolio: Path) -> None:
    book = openpyxl.load_workbook(portfolio)
    column = {c.value: c.column for c in book["Companies"][HEAD + 1]}["Turnover in euro\nEUR"]
    assert "MEDIAN(IF(" in book["Companies"].cell(MEDIAN + 1, column).value.text
    texts = [c.value.text for row in book["Groups"].iter_rows() for c in row if hasattr(c.value, "text")]
    groups = 4 + 3 + 1  # sections with those of the thirteenth, countries with none stated, one size class
    assert len(texts) >= groups and all("MEDIAN(IF(" in text for text in texts)
    overview = {row[1].value: row[5].value for row in book["Portfolio"].iter_rows()}
    assert str(overview["Turnover in euro"]).startswith("='Companies'!")


def test_totals_are_in_euros_and_answers_of_real_workbooks(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, currency, rate in (("a", "EUR", None), ("b", "SEK", 0.1), ("c", "SEK", None)):
        answers = {"EntityName": name, "Currency": currency, "Turnover": 5e6, "ExchangeRateToEUR": rate}
        new_workbook(folder / f"{name}.xlsx", answers=facts_of({k: v for k, v in answers.items() if v is not None}))
    url = f"memory://{tmp_path.name}"
    run_batch([str(folder)], url, Options(url))
    import fsspec

    book = openpyxl.load_workbook(fsspec.open(f"{url}/portfolio.xlsx").open(), data_only=True)
    head = {c.value: c.column for c in book["Companies"][HEAD + 1]}
    column = [book["Companies"].cell(FIRST + n, head["Turnover in euro\nEUR"]).value for n in (1, 2, 3)]
    assert column == [5e6, 5e5, None]
    assert book["Companies"].cell(TOTAL + 1, head["Turnover in euro\nEUR"]).value == 5.5e6


def test_a_figure_of_the_portfolio_is_a_fact_of_the_same_company(tmp_path: Path) -> None:
    names = ("consultancy", "manufacturer", "mistakes")  # the last has rows of Scope 3 and says that it discloses none
    out = str(tmp_path / "out")
    summary = run_batch([str(SAMPLES / f"{name}.xlsx") for name in names], out, Options(out))
    facts = pd.read_csv(f"{out}/facts.csv").query("period == 'current' and dimensions.isna() and table.isna()")
    scales = {"kWh": 0.001, "GJ": 1 / 3.6, "kg": 0.001, "l": 0.001, "sqm": 0.0001}
    compared = 0
    for outcome in summary.outcomes:
        mine = facts[facts["file"] == outcome.name].set_index("datapoint")
        stated = {name: row["number"] * scales.get(row["unit"], 1.0) for name, row in mine.iterrows()}
        figures = dict(company_of(read_record(out, outcome)).figures)
        figures.pop("TurnoverInEUR", None)  # a step of the computation, in no table of facts
        assert figures == pytest.approx({name: stated[name] for name in specification()["figures"] if name in stated})
        compared += len(figures)
    assert compared > 40


def test_amounts_in_the_texts_of_a_portfolio_are_written_as_its_language_does(tmp_path: Path) -> None:
    write_portfolio(str(tmp_path), [record("a.xlsx")], [], [], "da")
    book = openpyxl.load_workbook(tmp_path / "portfolio.xlsx")
    texts = " ".join(str(cell.value) for row in book["Om porteføljen"].iter_rows() for cell in row)
    assert "900.000" in texts and "900,000" not in texts


def test_long_texts_of_a_company_are_wrapped_and_frequent_findings_are_said_in_words_beside_their_code(
    tmp_path: Path,
) -> None:
    found = [["warning", "part_above_whole", "NumberOfEmployees", "Sheet!A1", "message", "fix"]]
    long = record("a.xlsx", entity="A company of a long name " * 3, nace="N - 74.90 Other", findings=found)
    write_portfolio(str(tmp_path), [long, record("b.xlsx", entity="B", nace="C - 10.71 B")], [], [])
    book = openpyxl.load_workbook(tmp_path / "portfolio.xlsx")
    sheet = book["Companies"]
    first, second = ((c for c in row if c.value) for row in sheet.iter_rows(min_row=9, max_row=10))
    assert all(cell.alignment.wrap_text for cell in first if isinstance(cell.value, str))
    assert sheet.row_dimensions[9].height > (sheet.row_dimensions[10].height or 15)
    assert next(second).value == "B"
    texts = [[cell.value for cell in row if cell.value] for row in book["Portfolio"].iter_rows()]
    words = next(row for row in texts if "part_above_whole" in row)
    assert words[0].endswith(" (…) is more than … (…), of which it is a part.")
    assert words[1] == 1


def test_the_process_that_writes_a_portfolio_need_not_hold_pandas() -> None:
    code = "import sys, vsme_xl.batch.run, vsme_xl.portfolio.workbook; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
