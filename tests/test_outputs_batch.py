"""A batch whose disk gets full, whose outputs are locked, whose folders vanish: it is said, and what is done kept."""

from __future__ import annotations

import errno
import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import openpyxl
import pytest
from click.testing import Result
from killing import worked_off_here
from writing import OLD, contents, left_overs, refusing, said_in, small_disk

from vsme_xl import facts_of, new_workbook
from vsme_xl.batch import chunk, run, watch
from vsme_xl.batch.finish import CannotFinish, Summary
from vsme_xl.batch.inputs import NoInput
from vsme_xl.batch.records import Watched
from vsme_xl.batch.run import DiskFull
from vsme_xl.batch.storage import write

NAMES = ("Alpha", "Beta", "Gamma", "Omega")


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the workbooks of four companies."""
    folder = tmp_path_factory.mktemp("clients") / "in"
    folder.mkdir()
    for name in NAMES:
        answers = {"EntityName": name, "Currency": "EUR", "Turnover": 1e6, "ReportingPeriodEnd": "2025-12-31"}
        new_workbook(folder / f"{name}.xlsx", module="basic", answers=facts_of(answers))
    return folder


@pytest.fixture(scope="module")
def undisturbed(clients: Path) -> dict[str, bytes]:
    assert said_in(clients.parent, "batch", "in", "out", "--review", "--mail").exit_code == 0
    return contents(clients.parent / "out")


@pytest.fixture
def here(clients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the clients' workbooks, and a batch that works in this process."""
    monkeypatch.setattr(run, "local_engine", worked_off_here)
    shutil.copytree(clients, tmp_path / "work" / "in")
    return tmp_path / "work"


def batch(folder: Path, *options: str) -> Result:
    result = said_in(folder, "batch", "in", "out", "--review", "--mail", *options)
    assert "Traceback" not in result.stderr
    return result


def assert_finished(folder: Path, undisturbed: dict[str, bytes], processed: int) -> None:
    """The next run processes so many files, and then all is as after a run that nothing disturbed."""
    result = batch(folder)
    assert result.exit_code == 0
    assert f"Processed: {processed}, " in result.stderr
    assert contents(folder / "out") == undisturbed
    assert left_overs(folder) == []


def named(part: str) -> Any:
    return lambda source, target, *_: part not in str(target)


def test_a_disk_that_gets_full_in_the_middle_stops_the_batch_with_what_is_done_kept(
    here: Path, undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = refusing(OSError(errno.ENOSPC, "No space left on device"), named("Gamma-review"), os.replace)
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        result = batch(here, "--workers", "1")
    assert result.exit_code == 1
    said = [line for line in result.stderr.splitlines() if "per second" not in line]  # as a slow machine also says
    assert said[-2] == (
        "Gamma.xlsx: review/Gamma-review.xlsx cannot be written: the disk is full. Make room, or choose another place, "
        "and run the same command again."
    )
    assert said[-1].startswith("Stopped. Processed: 2, failed: 1, still to do: 1.")
    for name, content in contents(here / "out").items():
        assert "/manifest." in name or content == undisturbed[name]
    assert left_overs(here) == []
    assert_finished(here, undisturbed, 2)


def test_a_real_disk_that_gets_full_under_the_workers(
    clients: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        if disk is None:
            pytest.skip("only who may mount can have a small disk")
        shutil.copytree(clients, tmp_path / "in")
        filler = disk / "filler"
        needed = sum(map(len, undisturbed.values()))
        filler.write_bytes(bytes(4 * 2**20 - needed // 2))
        command = ("batch", "in", "disk/out", "--review", "--mail", "--workers", "2")
        result = said_in(tmp_path, *command)
        assert result.exit_code == 1
        assert "the disk is full" in result.stderr
        assert "Traceback" not in result.stderr
        for name, content in contents(disk / "out").items():
            assert content == undisturbed[name] or name.startswith(".vsme-xl/")
        assert left_overs(disk) == []
        filler.unlink()
        assert said_in(tmp_path, *command).exit_code == 0
        assert contents(disk / "out") == undisturbed


@pytest.mark.parametrize("locked", ["Beta-results", "Beta-review", "Beta.eml"])
def test_one_output_that_is_open_elsewhere_is_listed_and_the_rest_goes_on(
    locked: str, here: Path, undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", refusing(PermissionError(errno.EACCES, "no"), named(locked), os.replace))
        result = batch(here)
    assert result.exit_code == 1
    assert "Beta.xlsx: " in result.stderr and "Processed: 3, unchanged: 0, failed: 1;" in result.stderr
    done = contents(here / "out")
    assert {n for n in undisturbed if "Beta" not in n and n.startswith(("results", "review", "mail"))} <= set(done)
    assert not [name for name in done if locked in name]
    sheet = openpyxl.load_workbook(here / "out" / "portfolio.xlsx", read_only=True)["Not processed"]
    listed = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "Beta.xlsx" in listed and any(locked in str(cell) for cell in listed)
    assert_finished(here, undisturbed, 1)


@pytest.mark.parametrize("locked", ["facts.csv", "facts.parquet", "portfolio.xlsx"])
def test_one_table_that_is_open_elsewhere_does_not_keep_the_others_from_being_written(
    locked: str, here: Path, undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "out").mkdir()
    (here / "out" / locked).write_bytes(OLD)
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", refusing(PermissionError(errno.EACCES, "no"), named(locked), os.replace))
        result = batch(here)
    assert result.exit_code == 1
    said = result.stderr.splitlines()[-1]
    assert said.startswith("The workbooks are done, but a table over all of them is not. ")
    assert f"{locked} cannot be written. Close it in Excel if it is open there" in said
    done = contents(here / "out")
    assert done.pop(locked) == OLD
    assert {n: c for n, c in undisturbed.items() if n not in (locked, ".vsme-xl/portfolio.state")} == done
    assert_finished(here, undisturbed, 0)


def test_a_disk_that_is_full_for_the_tables_alone_says_so_once(
    here: Path, undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    tables = ("facts.csv", "facts.parquet", "portfolio.xlsx")
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", refusing(error, lambda _, to: not str(to).endswith(tables), os.replace))
        result = batch(here)
    assert result.exit_code == 1
    assert "the disk is full" in result.stderr.splitlines()[-1]
    assert not set(tables) & set(contents(here / "out"))
    assert_finished(here, undisturbed, 0)


class Vanishing:
    """Removes a path when the batch comes to a file for the first time."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name

    def __call__(self, *arguments: Any) -> Any:
        one = arguments[0]
        if one.file.name == self.name and self.path is not None:
            shutil.rmtree(self.path) if self.path.is_dir() else self.path.unlink()
        return self.write(*arguments)

    write = staticmethod(chunk._write)


def test_an_output_folder_deleted_in_the_middle_is_said_file_by_file_and_made_again(
    here: Path, undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(chunk, "_write", Vanishing(here / "out", "Gamma.xlsx"))
        result = batch(here, "--workers", "1")
    assert result.exit_code == 1
    gone = "Its results were moved or deleted while the run was at work. Run the same command again."
    assert [f"{name}.xlsx: {gone}" in result.stderr for name in NAMES] == [True, True, False, False]
    assert_finished(here, undisturbed, 2)


def test_a_folder_of_results_deleted_in_the_middle_is_said_file_by_file(
    here: Path, undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(chunk, "_write", Vanishing(here / "out" / "results", "Omega.xlsx"))
        result = batch(here)
    assert result.exit_code == 1
    assert result.stderr.count("Its results were moved or deleted") == 3
    assert_finished(here, undisturbed, 3)


@pytest.mark.parametrize("whole", [False, True], ids=["a file", "the whole folder"])
def test_an_input_that_vanishes_after_it_was_listed_costs_only_itself(
    whole: bool, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = run.known_outcomes

    def vanish(out: str) -> Any:
        shutil.rmtree(here / "in") if whole else (here / "in" / "Beta.xlsx").unlink()
        return real(out)

    monkeypatch.setattr(run, "known_outcomes", vanish)
    result = batch(here)
    assert result.exit_code == 1
    said = "Beta.xlsx: The file was moved or deleted after the run began. Run the same command again if it is back."
    assert said in result.stderr
    assert f"failed: {4 if whole else 1};" in result.stderr
    book = openpyxl.load_workbook(here / "out" / "portfolio.xlsx", read_only=True)
    rows = [row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]
    assert sum("Beta.xlsx" in row for row in rows) >= 1


def test_a_damaged_record_is_said_and_its_file_alone_is_processed_again(
    here: Path, undisturbed: dict[str, bytes]
) -> None:
    assert batch(here).exit_code == 0
    records = sorted((here / "out" / ".vsme-xl" / "records").iterdir())
    records[0].write_bytes(gzip.compress(b"{}"))
    (here / "out" / "portfolio.xlsx").unlink()
    result = batch(here)
    assert result.exit_code == 1
    assert "What an earlier run kept of one workbook was damaged" in result.stderr.splitlines()[-1]
    assert_finished(here, undisturbed, 1)


@pytest.mark.parametrize("way", ["file", "below a file", "long"])
def test_an_output_folder_that_cannot_be_one_is_said_by_its_name(way: str, here: Path) -> None:
    out = {"file": "taken", "below a file": "taken/deep", "long": "n" * 300}[way]
    (here / "taken").write_bytes(OLD)
    result = said_in(here, "batch", "in", out)
    assert result.exit_code == 2
    said = "is too long. Choose a shorter one." if way == "long" else "taken is a file and no folder."
    assert result.stderr.startswith(f"{out} cannot be written: ") and said in result.stderr
    assert (here / "taken").read_bytes() == OLD


def test_a_read_only_output_folder_is_said_by_its_name(clients: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        if disk is None:
            pytest.skip("only who may mount can have a small disk")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        result = said_in(clients.parent, "batch", "in", f"{disk}/out")
        assert result.exit_code == 2
        assert result.stderr == f"{disk}/out cannot be written: the disk is read-only. Choose another place.\n"


def test_a_log_that_cannot_be_printed_is_said(clients: Path, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    command = [sys.executable, "-m", "vsme_xl", "batch", str(clients), str(tmp_path / "out"), "--json"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("The output cannot be written: the disk is full.")
    assert done.stderr.count("\n") == 1
    assert left_overs(tmp_path) == []


@pytest.fixture
def memory() -> Iterator[Any]:
    fs = fsspec.filesystem("memory")
    yield fs
    fs.rm("/vsme", recursive=True)


def test_a_store_that_refuses_a_file_keeps_what_stood_there_and_takes_it_with_the_next_run(
    clients: Path, undisturbed: dict[str, bytes], memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> dict[str, bytes]:
        return {p.removeprefix("/vsme/out/"): memory.cat_file(p) for p in memory.find("/vsme/out")}

    memory.pipe_file("/vsme/out/results/Beta-results.xlsx", OLD)
    real = type(memory)._open
    command = ("batch", "in", "memory://vsme/out", "--review", "--mail")

    def refused(self: Any, path: str, *args: Any, **kwargs: Any) -> Any:
        if "Beta-results" in path and args[:1] != ("rb",) and kwargs.get("mode") != "rb":
            raise PermissionError(errno.EACCES, "Access denied")
        return real(self, path, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(type(memory), "_open", refused)
        first = said_in(clients.parent, *command)
    assert first.exit_code == 1
    assert "Beta.xlsx: " in first.stderr and "Traceback" not in first.stderr
    assert found()["results/Beta-results.xlsx"] == OLD
    assert said_in(clients.parent, *command).exit_code == 0
    assert {n for n in found() if n != ".vsme-xl/lock"} == {n for n in undisturbed if n != ".vsme-xl/lock"}
    assert found()["results/Beta-results.xlsx"] == undisturbed["results/Beta-results.xlsx"]


def test_what_breaks_while_it_is_written_to_a_store_is_not_there(memory: Any) -> None:
    memory.pipe_file("/vsme/a", OLD)
    for name in ("a", "b"):
        with pytest.raises(TypeError):
            write(f"memory://vsme/{name}", "no bytes")  # type: ignore[arg-type]
    assert memory.cat_file("/vsme/a") == OLD
    assert not memory.exists("/vsme/b")


def test_a_watch_goes_on_when_its_disk_is_full_and_says_so_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"a")
    errors: list[Exception] = [
        DiskFull(errno.ENOSPC, "full", "out"), CannotFinish(PermissionError(errno.EACCES, "no", "out/facts.csv")),
        NoInput("emptied", "in"),
    ]  # fmt: skip
    said: list[watch.Notice] = []
    monkeypatch.setattr(watch, "REST", 0.0)
    monkeypatch.setattr(watch, "LONG_REST", 0.0)

    def turn(watched: Watched) -> Any:
        if len(said) < 3 and (turn.count > 0):  # type: ignore[attr-defined]
            raise errors[min(len(said), 2)]
        turn.count += 1  # type: ignore[attr-defined]
        (tmp_path / "b.xlsx").write_bytes(b"b")
        return Summary((), frozenset())

    turn.count = 0  # type: ignore[attr-defined]
    found = watch.rounds([str(tmp_path)], str(tmp_path / "out"), turn, iter([True] * 9), said.append, 0.0)
    assert len(list(found)) >= 2
    assert [notice.code for notice in said[:3]] == ["failed", "failed", "emptied"]
    assert [notice.file for notice in said[:2]] == ["out", "out/facts.csv"]


def test_the_events_of_a_run_whose_disk_is_full_are_logged(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", refusing(OSError(errno.EDQUOT, "Quota"), named("Alpha-results"), os.replace))
    result = batch(here, "--json")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [e["code"] for e in events if e["event"] == "file"] == ["disk_full"]
    assert events[-1]["interrupted"] and result.exit_code == 1
