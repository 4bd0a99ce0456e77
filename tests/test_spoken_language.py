"""Every command speaks the language that is asked for, else the workbook's own, else English."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vsme_xl.cli import main
from vsme_xl.input.workbook import new_workbook
from vsme_xl.language import load_language


def run(*arguments: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], env=environment)


def text(language: str, path: str) -> str:
    return load_language(language).text(path).split("{")[0]


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("german") / "bericht.xlsx"
    return new_workbook(path, module="basic", language="de", entity="Muster GmbH", period_start="2025-01-01")


def test_new_writes_the_workbook_and_its_message_in_the_language_asked_for(tmp_path: Path) -> None:
    told = run("new", tmp_path / "ny.xlsx", "--lang", "sv", "--module", "basic")
    assert told.exit_code == 0 and told.stderr.startswith(text("sv", "command.written"))
    again = run("new", tmp_path / "ny.xlsx", "--lang", "da")
    said = load_language("da").text("command.exists", file=tmp_path / "ny.xlsx")
    assert again.exit_code == 2 and said in again.stderr


def test_a_wrong_option_is_refused_in_the_language_asked_for(tmp_path: Path) -> None:
    told = run("new", tmp_path / "x.xlsx", "--currency", "ZZZ", "--lang", "de")
    assert told.exit_code == 2 and load_language("de").text("command.no_currency", text="ZZZ") in told.stderr
    told = run("new", tmp_path / "x.xlsx", "--lang", "qq")
    assert told.exit_code == 2 and "da, de, en" in told.stderr


def test_run_check_and_facts_speak_the_language_of_the_workbook(german: Path, tmp_path: Path) -> None:
    told = run("run", german, "-o", tmp_path / "r.xlsx")
    assert told.exit_code == 0 and text("de", "command.written") in told.stderr
    assert text("de", "command.completeness") in run("check", german).stdout
    assert text("de", "command.column_value") in run("facts", german).stdout
    lacking = run("facts", german, "--format", "xbrl-json")
    assert lacking.exit_code == 1 and load_language("de").label("EntityIdentifier") in lacking.stderr


def test_run_check_and_facts_speak_the_language_asked_for(german: Path, tmp_path: Path) -> None:
    told = run("run", german, "-o", tmp_path / "r.xlsx", "--lang", "sv")
    assert told.exit_code == 0 and text("sv", "command.written") in told.stderr
    assert text("sv", "command.completeness") in run("check", german, "--lang", "sv").stdout
    assert text("sv", "command.column_value") in run("facts", german, "--lang", "sv").stdout
    lacking = run("facts", german, "--format", "xbrl-json", "--lang", "sv")
    assert lacking.exit_code == 1 and load_language("sv").label("EntityIdentifier") in lacking.stderr


def test_the_findings_of_reading_and_of_checking_are_both_in_the_language_asked_for(tmp_path: Path) -> None:
    sample = Path(__file__).parents[1] / "sample_inputs" / "mistakes.xlsx"
    told = run("check", sample, "--format", "json", "--lang", "da")
    found = json.loads(told.stdout)["findings"]
    codes = {f["code"] for f in found}
    assert {"not_a_number", "reported_differs_from_computed"} <= codes
    danish = load_language("da").texts["findings"]
    for finding in found:
        assert finding["fix"].endswith(danish[finding["code"]]["fix"].rpartition("}")[2]), finding


def test_a_file_that_cannot_be_read_is_complained_of_in_the_language_asked_for(tmp_path: Path) -> None:
    for language, options in (("en", ()), ("da", ("--lang", "da"))):
        told = run("check", tmp_path / "none.xlsx", *options)
        said = load_language(language).text("unreadable.not_found", file=tmp_path / "none.xlsx")
        assert told.exit_code == 3 and said.split("none.xlsx")[0].split("/")[0] in told.stderr


def test_the_environment_names_a_language_for_every_command_without_the_option(german: Path, tmp_path: Path) -> None:
    told = run("new", tmp_path / "ny.xlsx", "--module", "basic", VSME_XL_LANG="da")
    assert told.stderr.startswith(text("da", "command.written"))
    assert text("da", "command.completeness") in run("check", german, VSME_XL_LANG="da").stdout
    assert text("sv", "command.completeness") in run("check", german, "--lang", "sv", VSME_XL_LANG="da").stdout


def test_explain_and_the_mapping_commands_follow_the_option(german: Path, tmp_path: Path) -> None:
    told = run("explain", "EmployeeTurnoverRate", "--lang", "de")
    assert load_language("de").label("EmployeeTurnoverRate") in told.stdout
    unknown = run("explain", "nothing_like_it", "--lang", "de")
    assert text("de", "command.unknown_datapoint") in unknown.stderr
    unknown = run("mapping", "show", "none", "--lang", "sv")
    assert unknown.exit_code == 2 and text("sv", "command.unknown_mapping") in unknown.stderr
    draft = run("mapping", "build", german, "--lang", "da")
    assert text("da", "draft.head") in draft.stdout
    own = Path(__file__).parents[1] / "mappings" / "vsme-xl-basic.yaml"
    for language, options in (("de", ()), ("da", ("--lang", "da"))):
        assert text(language, "mapping_check.blank") in run("mapping", "check", own, german, *options).stdout


def test_demo_writes_in_the_language_asked_for(tmp_path: Path) -> None:
    from vsme_xl.reading.read_workbook import read

    told = run("demo", tmp_path / "demo", "--lang", "sv")
    assert told.exit_code == 0 and text("sv", "command.demo_results") in told.stdout
    assert read(tmp_path / "demo" / "filled.xlsx").workbook.language == "sv"


def test_a_further_language_is_a_file_in_a_folder_of_ones_own(tmp_path: Path) -> None:
    source = Path(__file__).parents[1] / "vsme_xl" / "languages" / "en.yaml"
    own = source.read_text(encoding="utf-8").replace('written: "Written: {file}"', 'written: "Kirjoitettu: {file}"')
    (tmp_path / "et.yaml").write_text(own, encoding="utf-8")
    told = run("new", tmp_path / "x.xlsx", "--lang", "et", "--module", "basic", VSME_XL_LANGUAGES=str(tmp_path))
    assert told.exit_code == 0 and told.stderr.startswith("Kirjoitettu: ")


def test_a_run_loads_the_language_of_the_workbook_and_no_other(tmp_path: Path) -> None:
    workbook = new_workbook(tmp_path / "rapport.xlsx", module="basic", language="da", entity="Møller A/S")
    code = (
        "import sys, vsme_xl.language as language\n"
        "read = language.read_yaml\n"
        "language.read_yaml = lambda source: (print(source.name), read(source))[1]\n"
        "from vsme_xl.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", code, "run", str(workbook), "-o", str(tmp_path / "r.xlsx")]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() == ["da.yaml"]


@pytest.mark.parametrize(("arguments", "said"), [
    (("new", "x.pdf"), "Error: OUT: ”x.pdf” slutar inte på .xlsx."),
    (("new", "x.xlsx", "--currency", "XYZ"), "Error: --currency: ”XYZ” är ingen valuta som EUR."),
    (("new", "x.xlsx", "--period-start", "2025"), "Error: --period-start: ”2025” är inget datum som 2025-12-31."),
    (("run", "x.xlsx", "--limit", "cells"), "Error: --limit: ”cells” anger ingen gräns."),
])  # fmt: skip
def test_why_an_option_is_refused_is_said_in_one_language(
    arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, [arguments[0], "--lang", "sv", *arguments[1:]])
    assert done.exit_code == 2 and said in done.output, done.output
    assert list(tmp_path.iterdir()) == []
