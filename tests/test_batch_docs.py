"""The examples of docs/batch.md run as they stand, over facts that a batch wrote."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from vsme_xl import facts_of, new_workbook
from vsme_xl.cli import main

EXAMPLES = re.findall(r"```python\n(.*?)```", (Path(__file__).parents[1] / "docs" / "batch.md").read_text(), re.DOTALL)


def example(word: str) -> str:
    (found,) = [text for text in EXAMPLES if word in text]
    return str(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which clients/ was turned into results/."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "clients").mkdir()
    for name, energy in (("Alpha", 120.0), ("Beta", 80.0)):
        answers = {"EntityName": name, "NumberOfEmployees": 12.0, "TotalEnergyConsumption": energy}
        new_workbook(folder / "clients" / f"{name}.xlsx", module="basic", answers=facts_of(answers))
    (folder / "clients" / "broken.xlsx").write_text("no workbook")
    arguments = ["batch", str(folder / "clients"), str(folder / "results"), "--workers", "1", "--quiet"]
    assert CliRunner().invoke(main, arguments).exit_code == 1
    return folder


def test_the_script_over_a_folder_runs_as_documented(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    exec(compile(example("read_folder"), "docs/batch.md", "exec"), {})
    said = capsys.readouterr().out
    assert "not read: broken.xlsx" in said
    assert re.search(r"Alpha\.xlsx +Alpha +12\.0 +120\.0", said)


@pytest.mark.parametrize("file", ["facts.parquet", "facts.csv"])
def test_facts_are_read_by_pandas_and_duckdb_as_documented(
    folder: Path, file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    monkeypatch.chdir(folder)
    text = example("duckdb").replace("from 'results/facts.parquet'", f"from 'results/{file}'")
    exec(compile(text, "docs/batch.md", "exec"), {})
    said = capsys.readouterr().out
    assert said.index("Alpha") < said.index("Beta") and "MWh" in said
