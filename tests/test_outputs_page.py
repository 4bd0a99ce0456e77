"""docs/outputs.md names every column and field that the commands and the library really give, and no other."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner, Result

import vsme_xl
from vsme_xl.cli import main

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_inputs"
FIELDS = {
    output["key"]: list(output["fields"])
    for output in yaml.safe_load((ROOT / "docs" / "outputs.yaml").read_text(encoding="utf-8"))["outputs"]
}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def columns(text: str) -> list[str]:
    return next(csv.reader(io.StringIO(text)))


def paths(data: Any, at: str = "") -> Iterator[str]:
    """Yield the paths of all values of a JSON document; `dimensions` has keys of the data's own."""
    if isinstance(data, Mapping) and not at.endswith("dimensions"):
        for key, value in data.items():
            yield from paths(value, f"{at}.{key}" if at else key)
    elif isinstance(data, list) and data and isinstance(data[0], Mapping):
        for item in data:
            yield from paths(item, f"{at}[]")
    else:
        yield at


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """Work off two samples, one of them twice, and a file that is no workbook: the folder, and the lines of the log."""
    folder = tmp_path_factory.mktemp("batch")
    (folder / "in").mkdir()
    for name in ("planungsbuero.de", "mistakes"):
        shutil.copy(SAMPLES / f"{name}.xlsx", folder / "in")
    shutil.copy(SAMPLES / "mistakes.xlsx", folder / "in" / "again.xlsx")
    (folder / "in" / "notes.txt").write_text("no workbook")
    done = call("batch", folder / "in", folder / "out", "--json", "--review", "--mail", "--workers", 1)
    return folder / "out", [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("key", "arguments"),
    [
        ("facts_csv", ("facts", SAMPLES / "planungsbuero.de.xlsx", "--format", "csv")),
        ("check_csv", ("check", SAMPLES / "mistakes.xlsx", "--format", "csv")),
        ("mapping_kinds", ("mapping", "show")),
        ("mapping_places", ("mapping", "show", "efrag")),
        ("mapping_check", ("mapping", "check", ROOT / "mappings" / "vsme-xl-basic.yaml", SAMPLES / "mistakes.xlsx")),
    ],
)
def test_csv_has_the_columns_described(key: str, arguments: tuple[object, ...]) -> None:
    assert columns(call(*arguments).stdout) == FIELDS[key]


@pytest.mark.parametrize("key", ["facts_json", "check_json"])
def test_json_has_the_fields_described(key: str) -> None:
    found: set[str] = set()
    for sample in ("manufacturer", "mistakes"):
        said = call(key.split("_")[0], SAMPLES / f"{sample}.xlsx", "--format", "json")
        found |= set(paths(json.loads(said.stdout)))
    whole = {f.rpartition(".")[0] for f in FIELDS[key]} | {"completeness[].missing", "completeness[].reasons"}
    assert found - set(FIELDS[key]) - whole == set()
    assert set(FIELDS[key]) - found - {"facts[].note"} == set()


def test_a_footnote_is_the_note_of_a_fact_as_described() -> None:
    from vsme_xl.export import json_facts

    facts = vsme_xl.facts_of({"NumberOfEmployees": 12.0}).assign(note="since May")
    assert [f"facts[].{key}" for key in json_facts(facts)[0]] == [f for f in FIELDS["facts_json"] if "facts[]" in f]


def test_a_batch_writes_the_columns_described(batch: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, _ = batch
    assert columns((folder / "facts.csv").read_text(encoding="utf-8")) == FIELDS["batch_facts"]
    if (folder / "facts.parquet").exists():
        assert list(pd.read_parquet(folder / "facts.parquet").columns) == FIELDS["batch_facts"]


def test_a_batch_logs_the_fields_described(batch: tuple[Path, list[dict[str, Any]]]) -> None:
    found = {f"{line['event']}.{path}" for line in batch[1] for path in paths(line)} - {
        f"{line['event']}.event" for line in batch[1]
    }
    assert {f for f in FIELDS["batch_log"] if not f.startswith("watch.")} - found == set()
    assert found - set(FIELDS["batch_log"]) == set()


def test_the_results_workbook_has_the_columns_described(batch: tuple[Path, list[dict[str, Any]]]) -> None:
    sheet = openpyxl.load_workbook(batch[0] / "results" / "mistakes-results.xlsx")["Data"]
    heads, *_ = sheet[sheet.tables["Facts"].ref]
    assert [cell.value for cell in heads] == FIELDS["results_data"]


def test_frames_have_the_columns_described() -> None:
    reading = vsme_xl.read(SAMPLES / "mistakes.xlsx")
    computed = vsme_xl.compute(reading.facts)
    for facts in (reading.facts, computed.facts, vsme_xl.read_folder(SAMPLES / "mistakes.xlsx")):
        assert list(facts.columns) == FIELDS["frame_facts"]
    assert list(computed.applicability.columns) == FIELDS["frame_applicability"]
    assert list(reading.findings.columns) == list(computed.findings.columns) == FIELDS["frame_findings"]


def test_the_example_keeps_the_concepts_of_the_taxonomy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "facts.csv").write_text(call("facts", SAMPLES / "manufacturer.xlsx", "--format", "csv").stdout)
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "outputs.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, "docs/outputs.md", "exec"), names)
    kept = names["facts"][names["facts"]["concept"].isin(names["load_edition"]().concepts)]
    assert 100 < len(kept) < len(names["facts"]) and not kept["concept"].str.contains("Ledger_").any()
    assert "GrossScope1GreenhouseGasEmissions" in set(kept["concept"])
