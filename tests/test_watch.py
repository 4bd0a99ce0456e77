"""A watched folder: what arrives is processed once it is completely written, and nothing is lost on the way."""

from __future__ import annotations

import json
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from test_batch import digests

from vsme_xl import facts_of, new_workbook
from vsme_xl.batch import watch
from vsme_xl.batch.finish import Summary
from vsme_xl.batch.inputs import NoInput
from vsme_xl.batch.records import Options, Watched
from vsme_xl.batch.run import run_batch
from vsme_xl.batch.watch import Look, Notice, Seen, as_done, due, noticed, rounds, unsettled
from vsme_xl.cli import main

BOUND = 90.0
A, B = Look(10, "1"), Look(20, "1")


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Small workbooks of four companies, by their names."""
    folder = tmp_path_factory.mktemp("workbooks")
    names = ("Alpha", "Beta", "Gamma", "Delta")
    answers = [facts_of({"EntityName": n, "Currency": "EUR", "ReportingPeriodEnd": "2025-12-31"}) for n in names]
    return {
        name: new_workbook(folder / f"{name}.xlsx", module="basic", answers=own).read_bytes()
        for name, own in zip(names, answers, strict=True)
    }


def _with_ctrl_c() -> None:
    """Let Ctrl-C stop the process: a test run in the background hands down that it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Watching:
    """`vsme-xl batch --watch` in a process of its own, and what it says, line by line."""

    def __init__(self, source: Path, out: Path, *options: str) -> None:
        command = [sys.executable, "-m", "vsme_xl", "batch", str(source), str(out), "--watch", "--json", *options]
        self.process = subprocess.Popen(
            [*command, "--workers", "1"], stdout=subprocess.PIPE, text=True, preexec_fn=_with_ctrl_c
        )
        self.lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self.said: list[dict[str, Any]] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def until(self, event: str, **values: object) -> dict[str, Any]:
        """Return the next event of this kind that has these values."""
        until = time.monotonic() + BOUND
        while True:
            said = self.lines.get(timeout=max(0.1, until - time.monotonic()))
            self.said.append(said)
            if said["event"] == event and all(said[key] == value for key, value in values.items()):
                return said

    def stop(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(BOUND)


@pytest.fixture
def watching() -> Iterator[list[Watching]]:
    started: list[Watching] = []
    yield started
    for each in started:
        each.process.kill()


def companies(out: Path) -> set[object]:
    sheet = openpyxl.load_workbook(out / "portfolio.xlsx", read_only=True)["Companies"]
    return {cell for row in sheet.iter_rows(values_only=True) for cell in row}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_what_arrives_in_a_watched_folder_is_processed_once_it_is_completely_written(
    workbooks: dict[str, bytes], tmp_path: Path, watching: list[Watching]
) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "a.xlsx").write_bytes(workbooks["Alpha"])
    watched = Watching(source, out)
    watching.append(watched)
    assert watched.until("end")["processed"] == 1

    with (source / "b.xlsx").open("wb") as file:  # it arrives slowly
        for start in range(0, len(workbooks["Beta"]), len(workbooks["Beta"]) // 3):
            file.write(workbooks["Beta"][start : start + len(workbooks["Beta"]) // 3])
            file.flush()
            time.sleep(0.8)
    assert watched.until("file", file="b.xlsx")["status"] == "done"
    assert watched.until("end")["unchanged"] == 1

    (source / "~$a.xlsx").write_bytes(b"somebody")
    (source / "a.xlsx").write_bytes(workbooks["Gamma"])
    assert watched.until("watch", code="open")["file"] == "a.xlsx"
    assert "Alpha" in companies(out)
    (source / "~$a.xlsx").unlink()
    assert watched.until("file", file="a.xlsx")["entity"] == "Gamma"
    watched.until("end")

    (source / "d.xlsx.part").write_bytes(workbooks["Delta"])
    (source / "d.xlsx.part").rename(source / "d.xlsx")
    assert watched.until("file", file="d.xlsx")["status"] == "done"
    watched.until("end")
    (source / "d.xlsx").rename(source / "e.xlsx")
    assert watched.until("file", file="e.xlsx")["entity"] == "Delta"
    assert watched.until("end")["gone"] == ["d.xlsx"]
    assert {"Gamma", "Beta", "Delta"} <= companies(out)

    assert watched.stop(signal.SIGINT) == 0
    watched.until("watch", code="stopped")
    files = [said["file"] for said in watched.said if said["event"] == "file"]
    assert files == ["a.xlsx", "b.xlsx", "a.xlsx", "d.xlsx", "e.xlsx"]
    shutil.rmtree(out / "results")
    shutil.copytree(source, tmp_path / "same")
    assert CliRunner().invoke(main, ["batch", str(tmp_path / "same"), str(tmp_path / "fresh")]).exit_code == 0
    assert digests(out)["facts.csv"] == digests(tmp_path / "fresh")["facts.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_share_that_reports_no_changes_is_looked_at_in_intervals(
    workbooks: dict[str, bytes], tmp_path: Path, watching: list[Watching]
) -> None:
    source, out = tmp_path / "in", tmp_path / "in" / "out"
    source.mkdir()
    watched = Watching(source, out, "--poll", "0.5")
    watching.append(watched)
    assert watched.until("end")["processed"] == 0
    (source / "b.xlsx").write_bytes(workbooks["Beta"])
    (source / "broken.xlsx").write_bytes(workbooks["Beta"][:3000])
    assert watched.until("file", file="b.xlsx")["status"] == "done"
    assert watched.until("end")["failed"] == ["broken.xlsx"]
    assert watched.stop(signal.SIGTERM) == 1
    assert "Beta" in companies(out)


def test_a_file_is_settled_when_it_looked_the_same_for_a_while_and_is_not_open() -> None:
    seen = noticed(Seen(2.0), {"a": A, "b": B}, at=0.0)
    assert (unsettled(seen, 1.9), due(seen, unsettled(seen, 1.9))) == ({"a", "b"}, False)
    seen = noticed(seen, {"a": A, "b": Look(30, "2")}, at=1.9)
    assert (unsettled(seen, 2.0), due(seen, unsettled(seen, 2.0))) == ({"b"}, True)
    seen = noticed(seen, {"a": A, "b": Look(30, "2", "~$b")}, at=2.5)
    assert unsettled(seen, 99.0) == {"b"}
    seen = noticed(seen, {"a": A, "b": Look(30, "2")}, at=99.0)
    assert (unsettled(seen, 100.0), unsettled(seen, 101.0)) == ({"b"}, set())


def test_a_file_that_is_away_for_a_moment_while_it_is_saved_is_not_gone() -> None:
    seen = Seen(2.0, {"a": (A, 0.0), "b": (B, 0.0)}, {"a": A, "b": B})
    away = noticed(seen, {"b": B}, at=10.0)
    assert not due(away, unsettled(away, 11.0))
    back = noticed(away, {"a": Look(11, "2"), "b": B}, at=11.0)
    assert due(back, unsettled(back, 13.0)) and as_done(back) == {"b"}
    assert due(away, unsettled(away, 12.0))


def test_a_folder_that_is_empty_all_at_once_is_rather_out_of_reach() -> None:
    with pytest.raises(NoInput) as caught:
        noticed(Seen(2.0, {"/in/a": (A, 0.0)}, {"/in/a": A}), {}, at=9.0)
    assert (caught.value.code, caught.value.source) == ("emptied", "/in")
    assert not noticed(Seen(2.0), {}, at=9.0).looks


def test_a_round_that_fails_is_repeated_but_not_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "REST", 0.0)
    (tmp_path / "a.xlsx").write_bytes(b"1")
    done = Summary((), frozenset())
    results: list[object] = [done, PermissionError(13, "held by Excel"), PermissionError(13, "held by Excel"), done]
    notices: list[Notice] = []

    def turn(watched: Watched) -> Summary:
        result = results.pop(0)
        if isinstance(result, OSError):
            raise result
        (tmp_path / "a.xlsx").write_bytes(b"1" * len(results))
        assert isinstance(result, Summary)
        return result

    assert len(list(rounds([str(tmp_path)], str(tmp_path / "out"), turn, iter([True] * 4), notices.append, 0.0))) == 2
    assert notices == [Notice("failed", reason="held by Excel")]
    (tmp_path / "a.xlsx").write_bytes(b"1")
    looks = iter([True] * 4)
    turns = rounds([str(tmp_path)], str(tmp_path / "out"), lambda watched: done, looks, notices.append, 0.0)
    next(turns)
    (tmp_path / "a.xlsx").unlink()
    assert list(turns) == []
    assert notices[1:] == [Notice("emptied", str(tmp_path))]
    results = [PermissionError(13, "held by Excel")]
    with pytest.raises(PermissionError):
        list(rounds([str(tmp_path)], str(tmp_path / "out"), turn, iter([True]), notices.append, 0.0))


def test_files_a_watch_holds_keep_what_was_made_of_them(workbooks: dict[str, bytes], tmp_path: Path) -> None:
    source, out = tmp_path / "in", str(tmp_path / "out")
    source.mkdir()
    for name in ("Alpha", "Beta"):
        (source / f"{name}.xlsx").write_bytes(workbooks[name])
    run_batch([str(source)], out, Options(out))
    before = digests(tmp_path / "out", hidden=True)
    (source / "Alpha.xlsx").write_bytes(b"half of ")
    held = Watched(frozenset({str(source / "Alpha.xlsx")}), frozenset({str(source / "Beta.xlsx")}))
    summary = run_batch([str(source)], out, Options(out), watched=held)
    assert (summary.processed, summary.gone) == (0, ())
    (source / "Alpha.xlsx").unlink()
    assert run_batch([str(source)], out, Options(out), watched=held).gone == ()
    assert digests(tmp_path / "out", hidden=True) == before
    assert [o.name for o in run_batch([str(source)], out, Options(out)).gone] == ["Alpha.xlsx"]


def test_poll_without_watch_is_wrong_usage(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["batch", str(tmp_path), str(tmp_path / "out"), "--poll", "5"])
    assert (result.exit_code, "--watch" in result.stderr) == (2, True)


def test_a_watch_says_where_the_portfolio_is_before_it_says_that_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_round(sources: object, out: object, turn: Any, *rest: object) -> Iterator[Summary]:
        yield turn(Watched())
        raise KeyboardInterrupt

    monkeypatch.setattr(watch, "rounds", one_round)
    (tmp_path / "in").mkdir()
    result = CliRunner().invoke(main, ["batch", str(tmp_path / "in"), str(tmp_path / "out"), "--watch"])
    assert result.stderr.splitlines()[-2:] == [f"Written: {tmp_path / 'out' / 'portfolio.xlsx'}", "Stopped watching."]
    assert result.exit_code == 0
