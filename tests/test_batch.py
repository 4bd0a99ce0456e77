"""A folder of workbooks to results and a portfolio: nothing is lost, doubled or half-written, whatever happens."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import sys
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from filling import filled

from vsme_xl.batch.inputs import collect
from vsme_xl.batch.names import safe, with_outputs
from vsme_xl.batch.records import InputFile, Options, Outcome
from vsme_xl.batch.workers import run_in_processes
from vsme_xl.cli import main
from vsme_xl.guard import LimitExceeded, Limits, run_limited

SAMPLES = Path(__file__).parents[1] / "sample_inputs"


def batch(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["batch", *(str(a) for a in arguments)])


def digests(folder: Path, hidden: bool = False) -> dict[str, str]:
    paths = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    kept = [p for p in paths if hidden or ".vsme-xl" not in p.parts]
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in kept}


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of clients: three samples of ours, one of them in a folder, and a file that is no workbook."""
    folder = tmp_path_factory.mktemp("clients")
    (folder / "north").mkdir()
    shutil.copy(SAMPLES / "consultancy.xlsx", folder / "north" / "consultancy.xlsx")
    shutil.copy(SAMPLES / "manufacturer.xlsx", folder / "manufacturer.xlsx")
    shutil.copy(SAMPLES / "mistakes.xlsx", folder / "mistakes.xlsx")
    (folder / "broken.xlsx").write_bytes((SAMPLES / "mistakes.xlsx").read_bytes()[:5000])
    (folder / "~$mistakes.xlsx").write_bytes(b"lock")
    (folder / "notes.txt").write_text("call them")
    return folder


@pytest.fixture(scope="session")
def processed(clients: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    out = tmp_path_factory.mktemp("out")
    return out, batch(clients, out, "--workers", 2, "--json")


def test_a_folder_becomes_results_facts_and_a_portfolio_and_a_broken_file_costs_only_itself(
    processed: tuple[Path, Result],
) -> None:
    out, result = processed
    assert result.exit_code == 1, result.output
    assert set(digests(out)) == {
        "portfolio.xlsx", "facts.csv", "results/manufacturer-results.xlsx", "results/mistakes-results.xlsx",
        "results/north/consultancy-results.xlsx",
    } | ({"facts.parquet"} & {p.name for p in out.iterdir()})  # fmt: skip
    events = [json.loads(line) for line in result.stdout.splitlines()]
    files = {e["file"]: e for e in events if e["event"] == "file"}
    assert {n: e["status"] for n, e in files.items()} == {
        "broken.xlsx": "failed", "manufacturer.xlsx": "done", "mistakes.xlsx": "done",
        "north/consultancy.xlsx": "done",
    }  # fmt: skip
    assert "broken.xlsx" in files["broken.xlsx"]["message"]
    assert {s["reason"] for s in events[0]["skipped"]} == {"lock", "no_workbook"}


def test_the_results_are_those_of_run(processed: tuple[Path, Result], tmp_path: Path) -> None:
    alone = tmp_path / "r.xlsx"
    assert CliRunner().invoke(main, ["run", str(SAMPLES / "mistakes.xlsx"), "-o", str(alone)]).exit_code == 0
    assert (processed[0] / "results" / "mistakes-results.xlsx").read_bytes() == alone.read_bytes()


def test_results_do_not_depend_on_the_number_of_workers_or_the_order_of_the_inputs(
    clients: Path, processed: tuple[Path, Result], tmp_path: Path
) -> None:
    assert batch(clients / "north", clients, tmp_path, "--workers", 1).exit_code == 1
    assert digests(tmp_path, hidden=True) == digests(processed[0], hidden=True)


def test_an_unchanged_file_is_not_processed_again_and_a_changed_one_is(clients: Path, tmp_path: Path) -> None:
    mine, out = tmp_path / "in", tmp_path / "out"
    mine.mkdir()
    for name in ("manufacturer.xlsx", "mistakes.xlsx"):
        shutil.copy(clients / name, mine / name)
    assert "Processed: 2" in batch(mine, out).stderr
    before = digests(out, hidden=True)
    assert "Processed: 0, unchanged: 2" in batch(mine, out).stderr
    assert digests(out, hidden=True) == before
    shutil.copy(SAMPLES / "consultancy.xlsx", mine / "mistakes.xlsx")
    assert "Processed: 1, unchanged: 1" in batch(mine, out).stderr
    (out / "results" / "manufacturer-results.xlsx").unlink()
    assert "Processed: 1, unchanged: 1" in batch(mine, out).stderr
    assert "Processed: 2, unchanged: 0" in batch(mine, out, "--force").stderr
    fresh = tmp_path / "fresh"
    batch(mine, fresh)
    assert digests(out, hidden=True) == digests(fresh, hidden=True)


def test_facts_csv_has_every_fact_of_every_client(processed: tuple[Path, Result]) -> None:
    with (processed[0] / "facts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {r["file"] for r in rows} == {"manufacturer.xlsx", "mistakes.xlsx", "north/consultancy.xlsx"}
    turnover = next(r for r in rows if r["file"] == "manufacturer.xlsx" and r["datapoint"] == "Turnover")
    assert float(turnover["number"]) > 0
    assert (turnover["unit"], turnover["basis"], turnover["period"]) == ("EUR", "reported", "current")


def test_archives_and_mails_are_looked_into(clients: Path, tmp_path: Path) -> None:
    data = (clients / "mistakes.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "post.zip", "w") as archive:
        archive.writestr("a/report.xlsx", data)
        archive.writestr("../../evil.xlsx", data)
        archive.writestr("__MACOSX/._report.xlsx", b"x")
        archive.writestr("read.me", b"x")
    mail = EmailMessage()
    mail["Subject"] = "Unser Bericht"
    mail.set_content("anbei")
    for _ in range(2):
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename="Bericht für 2025.xlsx")
    (tmp_path / "mail.eml").write_bytes(mail.as_bytes())
    (tmp_path / "torn.zip").write_bytes((tmp_path / "post.zip").read_bytes()[:300])
    found = collect([str(tmp_path)], Options(str(tmp_path / "out")))
    assert [f.name for f in found.files] == [
        "mail.eml/Bericht für 2025 (2).xlsx", "mail.eml/Bericht für 2025.xlsx", "post.zip/a/report.xlsx",
        "post.zip/evil.xlsx",
    ]  # fmt: skip
    assert [(o.name, o.code) for o in found.failed] == [("torn.zip", "archive_damaged")]
    out = tmp_path / "out"
    result = batch(tmp_path, out, "--workers", 1)
    assert result.exit_code == 1
    assert (out / "results" / "post.zip" / "evil-results.xlsx").is_file()
    assert (out / "results" / "mail.eml" / "Bericht für 2025-results.xlsx").is_file()
    assert "Processed: 0, unchanged: 4, failed: 1;" in batch(tmp_path, out).stderr  # the damaged archive is tried again


def test_what_a_batch_says_of_files_that_failed_adds_up_in_every_run(clients: Path, tmp_path: Path) -> None:
    mine, out = tmp_path / "in", tmp_path / "out"
    (mine / "north").mkdir(parents=True)
    shutil.copy(clients / "mistakes.xlsx", mine)
    (mine / "north" / "notes.xlsx").write_text("hello")
    refused = "\nnorth/notes.xlsx is a text file"
    first = batch(mine, out).stderr
    assert "Workbooks: 2. Processed: 1, unchanged: 0, failed: 1; " in first and refused in first
    assert f"Written: {out / 'portfolio.xlsx'}" in first
    again = batch(mine, out).stderr
    assert "Workbooks: 2; unchanged since the last run: 2." in again and refused in again
    assert "Processed: 0, unchanged: 1, failed: 1 (in an earlier run already, and unchanged since: 1); " in again
    assert f"Unchanged: {out / 'portfolio.xlsx'}" in again and "Written" not in again
    lines = [json.loads(line) for line in batch(mine, out, "--json").stdout.splitlines()]
    wanted = {"processed": 0, "unchanged": 1, "failed": ["north/notes.xlsx"], "failed_before": ["north/notes.xlsx"]}
    assert wanted.items() <= lines[-1].items()
    assert "Workbooks: 2; all are processed (--force)." in batch(mine, out, "--force").stderr
    (mine / "new.xlsx").write_text("new")
    other = batch(mine, out, "--structure", "dnk").stderr
    assert "options or the version of the program are others than in the last run: 2." in other
    assert "Processed: 1, unchanged: 0, failed: 2; " in other


def test_a_batch_says_when_there_is_nothing_to_process_and_where_its_portfolio_is(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    out = tmp_path / "out"
    result = batch(tmp_path / "in", out)
    assert result.exit_code == 0
    assert "There is no workbook to process." in result.stderr
    assert f"Written: {out / 'portfolio.xlsx'}" in result.stderr
    assert batch(tmp_path / "in", out, "--quiet").stderr == ""


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("Alpha", "Beta"), "b.xlsx (Beta) has the same identifier and period as a.xlsx (Alpha)"),
        (("Alpha", " ALPHA "), "b.xlsx: same company and period as a.xlsx. The portfolio counts a.xlsx"),
    ],
)
def test_two_workbooks_with_one_identifier_are_told_apart_by_their_names(
    names: tuple[str, str], said: str, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for file, name in zip("ab", names, strict=True):
        filled(SAMPLES / "consultancy.xlsx", tmp_path / "in" / f"{file}.xlsx", {"Start": {"E24": name}})
    assert said in batch(tmp_path / "in", tmp_path / "out", "--workers", 1).stderr


def test_names_that_differ_only_by_case_or_accents_or_length_get_outputs_of_their_own() -> None:
    long = "x" * 200
    names = ["Ä.xlsx", "A\u0308.xlsx", "a/B.xlsx", "a/b.xlsx", "a/b.ods", "CON.xlsx", f"{long}1.xlsx", f"{long}2.xlsx"]
    outputs = [f.output for f in with_outputs(InputFile(n, n) for n in names)]
    assert len({o.casefold() for o in outputs}) == len(names)
    assert all(len(part) < 100 for o in outputs for part in o.split("/"))
    assert outputs[5] == "_CON"
    assert safe('Bericht: "Nord" 2025?. ') == "Bericht_ _Nord_ 2025_"


def test_a_folder_is_not_its_own_output_and_what_is_not_there_is_wrong_usage(clients: Path, tmp_path: Path) -> None:
    assert batch(clients, clients).exit_code == 2
    result = batch(tmp_path / "nowhere", tmp_path / "out")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


def test_outputs_inside_the_input_folder_are_never_taken_as_inputs(clients: Path, tmp_path: Path) -> None:
    mine = tmp_path / "in"
    mine.mkdir()
    shutil.copy(clients / "mistakes.xlsx", mine / "mistakes.xlsx")
    assert batch(mine, mine / "out").exit_code == 0
    assert "Workbooks: 1; unchanged since the last run: 1" in batch(mine, mine / "out").stderr


@pytest.mark.parametrize("stage", ["reading", "computing", "writing"])
def test_a_worker_that_hangs_swells_or_dies_costs_one_file_and_is_replaced(
    stage: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parent), *sys.path])
    bad = {f"{stage}-hang": "time", f"{stage}-abort": "died", f"{stage}-exit": "died", f"{stage}-swell": "memory"}
    files = [InputFile(n, n) for n in sorted(["a", "b", *bad, "y", "z"])]
    events = run_in_processes(
        [tuple(files[:4]), tuple(files[4:])], Options(""), "batch_faults:faulty",
        lambda name, reason: Outcome(name, "failed", code=reason), 2, Limits(1.5, 220),
    )  # fmt: skip
    outcomes = [e for e in events if isinstance(e, Outcome)]
    assert sorted(o.name for o in outcomes) == [f.name for f in files]
    assert {o.name: o.code for o in outcomes if o.status == "failed"} == bad
    assert "panicked" not in capfd.readouterr().err


def test_a_piece_of_work_under_limits_gives_its_result_or_says_which_limit_it_broke() -> None:
    assert run_limited(sum, [1, 2], limits=Limits()) == 3
    with pytest.raises(ZeroDivisionError):
        run_limited(divmod, 1, 0, limits=Limits())
    import os
    import time

    for work, arguments, reason in ((time.sleep, 30, "time"), (os._exit, 1, "died")):
        with pytest.raises(LimitExceeded) as caught:
            run_limited(work, arguments, limits=Limits(seconds=0.3))
        assert caught.value.reason == reason
