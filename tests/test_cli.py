"""The commands as a newcomer runs them: exit codes, plain sentences, data on standard output alone."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from vsme_xl import facts_of, new_workbook
from vsme_xl.cli import main
from vsme_xl.explain import explanation

COMMANDS = {
    f"{parent}{name}": command
    for parent, group in (("", main), ("mapping ", main.commands["mapping"]))
    if isinstance(group, click.Group)
    for name, command in group.commands.items()
    if not isinstance(command, click.Group)
}


def run(*arguments: object, **environment: str) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], env=environment)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    answers = {
        "EntityName": "Example Ltd",
        "Currency": "EUR",
        "Turnover": 24_000_000,
        "GrossScope1GreenhouseGasEmissions": 1_100,
        "GrossLocationBasedScope2GreenhouseGasEmissions": 100,
    }
    return new_workbook(tmp_path / "report.xlsx", answers=facts_of(answers))


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"Example:  vsme-xl {command}" in result.stdout


def test_new_writes_a_workbook_and_does_not_overwrite_it(tmp_path: Path) -> None:
    out = tmp_path / "r.xlsx"
    assert run("new", out, "--module", "basic").exit_code == 0
    before = out.read_bytes()
    again = run("new", out)
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert out.read_bytes() == before
    assert run("new", out, "--force").exit_code == 0


@pytest.mark.parametrize("option", [("--lang", "xx"), ("--period-end", "soon"), ("--module", "both")])
def test_new_with_a_wrong_option_is_wrong_usage(tmp_path: Path, option: tuple[str, str]) -> None:
    result = run("new", tmp_path / "r.xlsx", *option)
    assert result.exit_code == 2
    assert not (tmp_path / "r.xlsx").exists()


def test_run_writes_results_for_an_incomplete_workbook_and_says_what_is_missing(filled: Path) -> None:
    result = run("run", filled)
    assert result.exit_code == 0, result.stderr
    assert filled.with_name("report-results.xlsx").exists()
    assert "answers missing" in result.stderr
    assert result.stdout == ""


def test_run_does_not_overwrite_its_input(filled: Path) -> None:
    before = filled.read_bytes()
    assert run("run", filled, "-o", filled).exit_code == 2
    assert filled.read_bytes() == before


def test_run_into_a_folder_that_is_not_there_says_so(filled: Path, tmp_path: Path) -> None:
    result = run("run", filled, "-o", tmp_path / "nowhere" / "r.xlsx")
    assert result.exit_code == 2
    assert "There is no folder" in result.stderr
    assert "Make the folder first" in result.stderr
    assert "Traceback" not in result.output


def test_an_output_that_is_a_folder_or_no_workbook_is_named(filled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results.xlsx"
    folder.mkdir()
    for result in (run("run", filled, "-o", folder), run("new", folder), run("new", folder, "--force")):
        assert result.exit_code == 2
        assert "is a folder" in result.stderr
    pdf = run("run", filled, "-o", tmp_path / "results.pdf")
    assert pdf.exit_code == 2
    assert str(tmp_path / "results.xlsx") in pdf.stderr.replace("\n", "")
    assert not (tmp_path / "results.pdf").exists()


def test_a_misspelt_file_name_is_answered_with_the_file_that_is_there(filled: Path) -> None:
    wrong = run("check", filled.with_name("reprot.xlsx"))
    assert wrong.exit_code == 3
    assert f"Did you mean {filled}?" in wrong.stderr
    assert "Did you mean" not in run("check", filled.with_name("another-thing.xlsx")).stderr


def test_the_list_of_commands_is_not_cut_off() -> None:
    assert "..." not in run("--help").stdout.partition("Commands:")[2]
    assert "..." not in run("mapping", "--help").stdout.partition("Commands:")[2]


def test_facts_as_json_follow_the_documented_form(filled: Path) -> None:
    result = run("facts", filled, "--format", "json")
    data = json.loads(result.stdout)
    assert set(data) == {"workbook", "facts", "findings"}
    assert data["workbook"]["entity"] == "Example Ltd"
    assert set(data["workbook"]) == {
        "file", "template", "version", "language", "entity", "period_start", "period_end", "currency",
    }  # fmt: skip
    facts = {f["concept"]: f for f in data["facts"]}
    assert facts["Turnover"] == {
        "concept": "Turnover", "dimensions": {}, "kind": "number", "value": 24_000_000.0, "unit": "EUR",
        "basis": "reported", "source": facts["Turnover"]["source"],
    }  # fmt: skip
    assert facts["Turnover"]["source"].startswith("General!")
    intensity = facts["Scope1AndScope2GreenhouseGasEmissionsIntensityValueLocationBased"]
    assert intensity["value"] == pytest.approx(0.00005, rel=1e-12)
    assert intensity["basis"] == "computed"
    assert facts["BasisForPreparation"]["value"] == ["OptionBBasicModuleAndComprehensiveModuleMember"]


def test_facts_as_csv_keep_client_text_from_becoming_a_formula(tmp_path: Path) -> None:
    path = new_workbook(tmp_path / "r.xlsx", answers=facts_of({"EntityName": "=HYPERLINK(1)"}))
    result = run("facts", path, "--format", "csv")
    assert "'=HYPERLINK(1)" in result.stdout


def test_the_table_of_facts_tells_rows_apart_by_key_or_number(tmp_path: Path) -> None:
    sample = Path(__file__).parents[1] / "sample_inputs" / "manufacturer.xlsx"
    lines = [line.split("│")[1:4] for line in run("facts", sample).stdout.splitlines() if line.startswith("│")]
    rows = {(label.strip(), where.strip()): value.strip() for label, where, value in lines}
    assert rows["Emissions of the category", "6 Business travel"] == "96"
    assert rows["Fuel burned", "row 13"] == "Solvent residues"
    assert ("Turnover", "") in rows


def test_facts_as_a_table_show_labels(filled: Path) -> None:
    result = run("facts", filled)
    assert result.exit_code == 0
    assert "Turnover" in result.stdout


def test_check_exits_with_1_only_where_there_are_errors(filled: Path, tmp_path: Path) -> None:
    assert run("check", filled).exit_code == 0
    answers = {"Currency": "SEK", "Turnover": -5}
    wrong = new_workbook(tmp_path / "wrong.xlsx", answers=facts_of(answers))
    result = run("check", wrong, "--format", "json")
    assert result.exit_code == 1
    codes = {f["code"] for f in json.loads(result.stdout)["findings"]}
    assert {"exchange_rate_missing", "negative_amount"} <= codes


def _not_a_workbook(folder: Path) -> dict[str, Path]:
    files = {
        "missing": folder / "none.xlsx",
        "folder": folder / "folder.xlsx",
        "text": folder / "text.xlsx",
        "nothing": folder / "nothing.xlsx",
        "zip": folder / "zip.xlsx",
        "encrypted": folder / "encrypted.xlsx",
        "foreign": folder / "foreign.xlsx",
        "truncated": folder / "truncated.xlsx",
    }
    files["folder"].mkdir()
    files["text"].write_text("just text")
    files["nothing"].write_bytes(b"")
    with zipfile.ZipFile(files["zip"], "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    directory = "EncryptedPackage".encode("utf-16-le")
    files["encrypted"].write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + directory.ljust(2048, b"\0"))
    import openpyxl

    openpyxl.Workbook().save(files["foreign"])
    files["truncated"].write_bytes(files["foreign"].read_bytes()[:2000])
    return files


@pytest.mark.parametrize(
    "case", ["missing", "folder", "text", "nothing", "zip", "encrypted", "foreign", "truncated"]
)
@pytest.mark.parametrize("command", ["run", "check", "facts"])
def test_what_is_no_workbook_ends_with_3_and_one_plain_sentence(tmp_path: Path, command: str, case: str) -> None:
    path = _not_a_workbook(tmp_path)[case]
    result = run(command, path)
    assert result.exit_code == 3, result.output
    assert path.name in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_protected_workbook_is_read_like_any_other(filled: Path) -> None:
    assert run("facts", filled, "--format", "json").exit_code == 0


def test_explain_finds_a_datapoint_whatever_its_case_and_offers_near_ones() -> None:
    result = run("explain", "employeeturnoverrate")
    assert result.exit_code == 0
    assert "par. 40" in result.stdout
    wrong = run("explain", "EmployeTurnover")
    assert wrong.exit_code == 2
    assert "EmployeeTurnoverRate" in wrong.stderr
    assert "for instance EmployeeTurnoverRate" in run("explain", "qwrtz").stderr


@pytest.mark.parametrize("label", ["Employee turnover rate", "Fluktuationsrate der Beschäftigten"])
def test_explain_takes_the_label_of_any_language(label: str) -> None:
    assert run("explain", label).stdout.startswith("EmployeeTurnoverRate\n")


@pytest.mark.parametrize(
    ("asked", "figure"),
    [(("Scope 1",), "GrossScope1GreenhouseGasEmissions"), (("scope", "1"), "GrossScope1GreenhouseGasEmissions"),
     (("Scope 2, market-based",), "GrossMarketBasedScope2GreenhouseGasEmissions"),
     (("Ledger_Scope1",), "Ledger_Scope1"), (("Energy", "of", "the", "row"), "Ledger_Energy")],
)  # fmt: skip
def test_explain_takes_the_figure_that_people_mean_before_a_part_of_it(asked: tuple[str, ...], figure: str) -> None:
    assert run("explain", *asked).stdout.splitlines()[0] == figure


def test_explain_names_the_choices_of_an_answer_and_their_codes() -> None:
    assert "energy_source: electricity = Electricity (purchased); self_gen" in run("explain", "Ledger_Carrier").stdout
    assert "yes_no: true = Ja; false = Nein" in run("explain", "HasTransitionPlan", "--lang", "de").stdout
    assert " more\n" in run("explain", "TypeOfWasteAxis").stdout


def test_explain_offers_the_figures_whose_labels_hold_the_word_first() -> None:
    assert "Near to it: TotalEnergyConsumption," in run("explain", "Energy").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "{}", "out.xlsx"), "run {} -o out.xlsx"),
        (("check", "{}", "marked copy.xlsx"), 'check {} --review "marked copy.xlsx"'),
        (("facts", "{}", "facts.csv"), "facts {} > facts.csv"),
        (("check", "{}", "{}"), "batch ORDNER ERGEBNISSE"),
        (("run", "my", "report.xlsx"), 'run "my report.xlsx"'),
        (("mapping", "show", "efrag", "more"), "Angabe zu viel"),
    ],
)
def test_an_argument_too_many_is_answered_with_what_was_meant(
    arguments: tuple[str, ...], said: str, filled: Path
) -> None:
    result = run(*(a.format(filled) for a in arguments), VSME_XL_LANG="de")
    assert result.exit_code == 2 and said.format(filled) in result.stderr and "zu viel" in result.stderr


def test_an_explanation_is_wrapped_to_the_terminal() -> None:
    text = explanation("NumberOfEmployees", columns=60) or ""
    assert "\n             " in text
    long = [line for line in text.splitlines() if len(line) > 60]
    assert all(" " not in line.strip() for line in long)


def test_a_wrong_mapping_file_names_file_line_and_reason(filled: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "own.yaml"
    mapping.write_text("kind: own\nversion: 1\ndatapoints:\n  Turnovr: {at: 'A!B1'}\n")
    result = run("facts", filled, "--mapping", mapping)
    assert result.exit_code == 2
    assert "own.yaml:4" in result.stderr
    assert "Turnovr" in result.stderr


def test_a_mapping_written_by_hand_reads_another_layout(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Fragen"
    book.active["B2"] = "Muster GmbH"
    book.active["B3"] = "1.234.567,50"
    book.active["B4"] = "EUR"
    book.save(tmp_path / "fragen.xlsx")
    mapping = tmp_path / "own.yaml"
    mapping.write_text(
        "kind: own\nversion: 1\ndatapoints:\n"
        "  EntityName: {at: 'Fragen!B2'}\n  Turnover: {at: 'Fragen!B3'}\n  Currency: {at: 'Fragen!B4'}\n"
    )
    result = run("facts", tmp_path / "fragen.xlsx", "--mapping", mapping, "--format", "json")
    facts = {f["concept"]: f["value"] for f in json.loads(result.stdout)["facts"]}
    assert facts["EntityName"] == "Muster GmbH"
    assert facts["Turnover"] == 1234567.5


def test_mapping_show_lists_the_known_kinds_and_their_places() -> None:
    assert "efrag,1.2.0" in run("mapping", "show").stdout
    assert "template_reporting_entity_name" in run("mapping", "show", "efrag").stdout
    assert run("mapping", "show", "unknown").exit_code == 2


def test_rows_of_helper_tables_can_be_told_apart_in_the_facts(tmp_path: Path) -> None:
    answers = {
        "ledger": [{"Ledger_Carrier": "heat", "Ledger_Amount": 1}, {"Ledger_Carrier": "steam", "Ledger_Amount": 2}],
        "scope3": [{"Scope3_Category": "6", "Scope3_Emissions": 12}],
    }
    path = new_workbook(tmp_path / "r.xlsx", answers=facts_of(answers))
    facts = json.loads(run("facts", path, "--format", "json").stdout)["facts"]
    assert [f["dimensions"] for f in facts if f["concept"] == "Ledger_Amount"] == [{"row": "1"}, {"row": "2"}]
    assert [f["dimensions"] for f in facts if f["concept"] == "Scope3_Emissions"] == [{"Scope3_Category": "6"}]


@pytest.mark.parametrize(
    "arguments",
    [("run", "{}", "--lang", "xx"), ("explain", "Turnover", "--lang", "xx"), ("run", "{}", "--mapping", "none.yaml"),
     ("new", "report.csv"), ("new", "r2.xlsx", "--currency", "XXQ"),
     ("new", "r2.xlsx", "--period-start", "2026-01-01", "--period-end", "2025-12-31")],
)  # fmt: skip
def test_wrong_options_are_wrong_usage_and_no_traceback(filled: Path, arguments: tuple[str, ...]) -> None:
    result = run(*(a.replace("{}", str(filled)) for a in arguments))
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
