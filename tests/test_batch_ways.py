"""What a batch takes (folders, globs, URLs, questionnaires), where it writes, and how it goes on; `read_folder`."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import vsme_xl
from vsme_xl import facts_of, guard, new_workbook
from vsme_xl.batch import run, taking
from vsme_xl.batch.facts_lines import COLUMNS
from vsme_xl.batch.inputs import NoInput, collect
from vsme_xl.batch.records import MANIFEST, PRIVATE, Options
from vsme_xl.batch.run import run_batch
from vsme_xl.batch.storage import only_one
from vsme_xl.cli import main
from vsme_xl.reading.read_workbook import read

SAMPLES = Path(__file__).parents[1] / "sample_inputs"


def batch(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["batch", *(str(a) for a in arguments)])


def names(*sources: object) -> list[str]:
    return [f.name for f in collect([str(s) for s in sources], Options("/nowhere/out")).files]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two small workbooks of two companies."""
    folder = tmp_path_factory.mktemp("small")
    for name, turnover in (("Alpha", 1e6), ("Bäcker & Söhne", 2e6)):
        answers = {"EntityName": name, "Currency": "EUR", "Turnover": turnover, "ReportingPeriodEnd": "2025-12-31"}
        new_workbook(folder / f"{name}.xlsx", module="basic", answers=facts_of(answers))
    return folder


def test_folders_globs_and_single_files_are_taken_and_named_below_what_they_have_in_common(tmp_path: Path) -> None:
    for name in ("a/x.xlsx", "a/deep/y.XLSX", "b/x.xlsx", "b/~$x.xlsx", "b/.hidden.xlsx", "b/x.xlsx.tmp", "b/n.docx"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert names(tmp_path) == ["a/deep/y.XLSX", "a/x.xlsx", "b/x.xlsx"]
    assert names(tmp_path / "a") == ["deep/y.XLSX", "x.xlsx"]
    assert names(tmp_path / "*" / "x.xlsx") == ["a/x.xlsx", "b/x.xlsx"]
    assert names(tmp_path / "a" / "x.xlsx") == ["x.xlsx"]
    assert names(tmp_path / "a", tmp_path / "b") == ["a/deep/y.XLSX", "a/x.xlsx", "b/x.xlsx"]
    assert names(f"file://{tmp_path}/b") == ["x.xlsx"]
    with pytest.raises(NoInput):
        names(tmp_path / "*.ods")


def test_a_folder_that_leads_into_itself_is_walked_once(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(b"x")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert names(tmp_path) == ["x.xlsx"]


def test_a_name_with_pattern_characters_is_a_file_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "x [2].xlsx").write_bytes(b"x")
    assert names(tmp_path / "x [2].xlsx") == ["x [2].xlsx"]


def test_input_and_output_in_memory_give_what_files_give(small: Path, tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    for path in small.iterdir():
        memory.pipe_file(f"/in-{tmp_path.name}/{path.name}", path.read_bytes())
    before = {path: memory.cat_file(path) for path in memory.find(f"/in-{tmp_path.name}")}
    out = f"memory://out-{tmp_path.name}"
    summary = run_batch([f"memory://in-{tmp_path.name}"], out, Options(out))
    assert [o.status for o in summary.outcomes] == ["done", "done"]
    assert batch(small, f"file://{tmp_path}/out").exit_code == 0
    root = f"/out-{tmp_path.name}/"
    ours = {path.removeprefix(root): memory.cat_file(path) for path in memory.find(root) if not path.endswith("/lock")}
    files = [p for p in (tmp_path / "out").rglob("*") if p.is_file() and p.name != "lock"]
    assert ours == {p.relative_to(tmp_path / "out").as_posix(): p.read_bytes() for p in files}
    assert {path: memory.cat_file(path) for path in memory.find(f"/in-{tmp_path.name}")} == before
    assert len(run_batch([f"memory://in-{tmp_path.name}"], out, Options(out)).unchanged) == 2


def test_the_input_folder_is_as_it_was(small: Path, tmp_path: Path) -> None:
    def state() -> dict[str, tuple[int, str]]:
        return {
            p.name: (p.stat().st_mtime_ns, hashlib.sha256(p.read_bytes()).hexdigest()) for p in sorted(small.iterdir())
        }

    before = state()
    assert batch(small, tmp_path / "out", "--review", "--mail").exit_code == 0
    assert state() == before


def test_review_copies_and_mail_drafts_stand_beside_the_results(small: Path, tmp_path: Path) -> None:
    assert batch(small, tmp_path, "--review", "--mail").exit_code == 0
    assert (tmp_path / "review" / "Alpha-review.xlsx").is_file()
    assert b"X-Unsent: 1" in (tmp_path / "mail" / "Alpha.eml").read_bytes()
    assert "Processed: 2" in batch(small, tmp_path).stderr  # other options, other outputs
    assert not any((tmp_path / "review").iterdir())


def test_a_mapped_questionnaire_is_read_beside_workbooks_of_known_kinds(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(SAMPLES / "consultancy.xlsx", folder)
    shutil.copy(SAMPLES / "questionnaire" / "questionnaire.xlsx", folder)
    import openpyxl

    openpyxl.Workbook().save(folder / "foreign.xlsx")
    result = batch(folder, tmp_path / "out", "--json", "--mapping", SAMPLES / "questionnaire" / "questionnaire.yaml")
    files = {e["file"]: e for e in map(json.loads, result.stdout.splitlines()) if e["event"] == "file"}
    assert {name: (e["status"], e["code"]) for name, e in files.items()} == {
        "consultancy.xlsx": ("done", ""), "foreign.xlsx": ("failed", "unknown_template"),
        "questionnaire.xlsx": ("done", ""),
    }  # fmt: skip
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("kind: own\nversion: 1\ndatapoints:\n  Turnovr: {at: 'A!B1'}\n")
    assert batch(folder, tmp_path / "other", "--mapping", wrong).exit_code == 2


def test_what_the_results_would_meet_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "Ä").mkdir(parents=True)
    workbook = new_workbook(folder / f"{'lang ' * 40}.xlsx", module="basic", answers=facts_of({"EntityName": "A"}))
    for name in ("Ä/Übersicht 1.xlsx", "Ä/übersicht 1.XLSX"):
        shutil.copy(workbook, folder / name)
    result = batch(folder, tmp_path / "out")
    assert result.exit_code == 0
    assert result.stderr.count("its results are named") == 3
    assert result.stderr.count("same company and period as") == 2
    written = [p for p in (tmp_path / "out" / "results").rglob("*.xlsx")]
    assert len(written) == 3
    assert len({p.name.casefold() for p in written}) == 3


def test_workers_get_ready_while_the_folder_is_looked_through_but_not_where_a_batch_was(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[str] = []
    monkeypatch.setattr(guard, "start_server", lambda: began.append("server"))
    monkeypatch.setattr(run, "collect", lambda *_: began.append("collect") or collect([str(tmp_path)], Options("")))
    batch(small, tmp_path / "out", "--workers", "1")
    (tmp_path / "out" / PRIVATE).mkdir(parents=True, exist_ok=True)
    (tmp_path / "out" / PRIVATE / MANIFEST).write_text("")
    batch(small, tmp_path / "out", "--workers", "1")
    assert began == ["server", "collect", "collect"]


def test_two_batches_do_not_work_on_one_output_at_once(small: Path, tmp_path: Path) -> None:
    with only_one(str(tmp_path / ".vsme-xl" / "lock")):
        result = subprocess.run(
            [sys.executable, "-m", "vsme_xl", "batch", str(small), str(tmp_path)], capture_output=True, text=True
        )
    assert result.returncode == 2
    assert "Another batch" in result.stderr


def test_read_folder_gives_the_facts_of_all_and_compute_takes_them(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(small, folder)
    (folder / "broken.xlsx").write_bytes(b"PK\x03\x04 no")
    facts = vsme_xl.read_folder(folder)
    assert sorted(set(facts["workbook"])) == ["Alpha.xlsx", "Bäcker & Söhne.xlsx"]
    assert list(facts.attrs["failed"]) == ["broken.xlsx"]
    assert facts.attrs["workbooks"]["Alpha.xlsx"]["entity"] == "Alpha"
    computed = vsme_xl.compute(facts)
    assert computed.workbooks == ("Alpha.xlsx", "Bäcker & Söhne.xlsx")
    alone = vsme_xl.read(folder / "Alpha.xlsx")
    single = vsme_xl.compute(alone.facts, findings=alone.findings)
    mine = computed.facts[computed.facts["workbook"] == "Alpha.xlsx"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, single.facts, check_dtype=False)
    assert len(vsme_xl.read_folder([folder / "Alpha.xlsx"]).attrs["workbooks"]) == 1


def test_a_file_at_which_the_program_errs_costs_only_itself_in_read_folder_too(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(base: str, *given: Any, **more: Any) -> Any:
        if base == "Alpha.xlsx":
            raise ZeroDivisionError("of 1e6")
        return read(base, *given, **more)

    monkeypatch.setattr(taking, "read", faulty)
    facts = vsme_xl.read_folder(small)
    assert set(facts["workbook"]) == {"Bäcker & Söhne.xlsx"}
    assert list(facts.attrs["failed"]) == ["Alpha.xlsx"]
    assert "ZeroDivisionError" in facts.attrs["failed"]["Alpha.xlsx"]
    assert "1e6" not in facts.attrs["failed"]["Alpha.xlsx"]


def test_the_table_of_facts_is_the_same_as_csv_and_as_parquet(small: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    folder = tmp_path / "in"
    shutil.copytree(small, folder)
    answers = {"EntityName": "=1+1", "OtherUndertakingsLegalForm": "'-x\n\"y\", z"}
    new_workbook(folder / "odd.xlsx", module="basic", answers=facts_of(answers))
    assert batch(folder, tmp_path / "out").exit_code == 0
    table = pd.read_parquet(tmp_path / "out" / "facts.parquet")
    flat = pd.read_csv(tmp_path / "out" / "facts.csv", keep_default_na=False, dtype=str)
    assert list(table.columns) == list(COLUMNS) == list(flat.columns)
    assert len(table) == len(flat)
    assert table["number"].dropna().tolist() == [float(n) for n in flat["number"] if n]
    odd = table[table["file"] == "odd.xlsx"]
    texts = dict(zip(odd["datapoint"], odd["value"], strict=True))
    assert texts["EntityName"] == "=1+1"
    assert texts["OtherUndertakingsLegalForm"] == "'-x\n\"y\", z"
    assert "'=1+1" in set(flat["entity"])


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_ctrl_c_stops_cleanly_and_what_is_done_is_kept(small: Path, tmp_path: Path) -> None:
    import signal

    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(12):
        shutil.copy(small / "Alpha.xlsx", folder / f"{number:02d}.xlsx")
    out = tmp_path / "out"
    arguments = [sys.executable, "-m", "vsme_xl", "batch", str(folder), str(out), "--workers", "1"]
    # A test run in the background hands down that Ctrl-C is ignored.
    def default() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, preexec_fn=default)
    wait_for(out / ".vsme-xl" / "records", 1, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Stopped." in said
    assert "Traceback" not in said
    done = len(list((out / ".vsme-xl" / "records").iterdir()))
    again = batch(folder, out, "--workers", 1)
    assert f"unchanged since the last run: {done}" in again.stderr


@pytest.mark.parametrize("records", [1, 5])
def test_a_batch_that_is_killed_goes_on_where_it_was(small: Path, tmp_path: Path, records: int) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(8):
        shutil.copy(small / "Alpha.xlsx", folder / f"{number}.xlsx")
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    arguments = [sys.executable, "-m", "vsme_xl", "batch", str(folder), str(out), "--workers", "1"]
    process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
    wait_for(out / ".vsme-xl" / "records", records, process)
    process.kill()
    process.wait()
    for path in out.rglob("*-results.xlsx"):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
    result = batch(folder, out, "--workers", 1)
    assert result.exit_code == 0
    assert "unchanged since the last run: 0" not in result.stderr
    assert batch(folder, fresh, "--workers", 1).exit_code == 0
    assert contents(out) == contents(fresh)


def wait_for(folder: Path, count: int, process: subprocess.Popen[str]) -> None:
    """Wait until a folder holds so many files, or the process has ended."""
    import time

    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if folder.is_dir() and sum(p.suffix == ".gz" for p in folder.iterdir()) >= count:
            return
        time.sleep(0.02)
    raise AssertionError("the batch ended before it was stopped")


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
