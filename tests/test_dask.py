"""A batch on a Dask cluster: the same results as on one machine, each once, also when a worker dies in mid-run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner, Result
from test_batch import SAMPLES, digests

from vsme_xl.batch import dask_engine as engine
from vsme_xl.batch.dask_engine import ClusterFails, bundles, cluster
from vsme_xl.batch.records import InputFile, Options, Outcome, failure
from vsme_xl.batch.run import WORK, prepared, run_batch
from vsme_xl.cli import main
from vsme_xl.guard import Limits

HERE = Path(__file__).parent
LOOPBACK = "127.0.0.1"
BOUND = 60


@dataclass(frozen=True)
class Running:
    """A scheduler with two workers of one thread, one of which nobody restarts; process ids of it and the scheduler."""

    address: str
    scheduler: int
    mortal: int


def _start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    command = [sys.executable, "-m", "dask", *arguments, "--host", LOOPBACK, "--no-dashboard"]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A real cluster on loopback: a scheduler, a worker with a nanny and one without, all in processes of their own."""
    from distributed import Client

    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    started = [_start(folder, "scheduler", "--port", "0", "--scheduler-file", str(file))]
    for nanny in ("--nanny", "--no-nanny"):
        options = ("--nthreads", "1", nanny, "--name", nanny, "--local-directory", str(folder))
        started.append(_start(folder, "worker", "--scheduler-file", str(file), *options))
    try:
        with Client(scheduler_file=str(file), timeout=BOUND, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=BOUND)
            yield Running(client.scheduler.address, started[0].pid, started[-1].pid)
    finally:
        for process in reversed(started):
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of eight workbooks, one of them broken."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(7):
        name = ("consultancy", "mistakes")[number % 2]
        shutil.copy(SAMPLES / f"{name}.xlsx", folder / f"client {number}.xlsx")
    (folder / "broken.xlsx").write_bytes((SAMPLES / "mistakes.xlsx").read_bytes()[:5000])
    return folder


@pytest.fixture(scope="module")
def expected(many: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the processes of this machine make of these workbooks."""
    out = tmp_path_factory.mktemp("expected")
    assert batch(many, out, "--workers", 2).exit_code == 1
    return digests(out, hidden=True)


def batch(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["batch", *(str(a) for a in arguments)])


def workers(client: Any) -> dict[str, str]:
    return {info["name"]: address for address, info in client.scheduler_info()["workers"].items()}


def test_a_file_that_hangs_or_brings_its_process_down_costs_only_itself_on_a_cluster_too(
    running: Running, tmp_path: Path
) -> None:
    bad = {"reading-hang": "time", "writing-abort": "died", "computing-exit": "died"}
    files = [InputFile(n, n) for n in sorted(["a", "b", *bad, "y", "z"])]
    with cluster(running.address, 1) as client:
        work = engine.dask_engine(client, "batch_faults:faulty", Limits(1.5, 1000))
        chunks = [tuple(files[:3]), tuple(files[3:])]
        outcomes = list(work(chunks, prepared(Options(""), str(tmp_path))))
    assert sorted(o.name for o in outcomes) == [f.name for f in files]
    assert {o.name: o.code for o in outcomes if o.status == "failed"} == bad


def test_a_batch_on_a_running_cluster_gives_the_same_bytes_as_on_this_machine(
    running: Running, many: Path, expected: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    on_cluster = ("--engine", "dask", "--scheduler", running.address)
    result = batch(many, "out", *on_cluster)
    assert result.exit_code == 1, result.output
    assert "broken.xlsx" in result.stderr
    assert digests(tmp_path / "out", hidden=True) == expected
    assert "Processed: 0, unchanged: 7, failed: 1" in batch(many, "out", *on_cluster).stderr


def test_when_a_worker_is_killed_in_mid_run_every_result_is_there_once(
    running: Running, many: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    seen: list[str] = []
    lost: list[str] = []

    def tell(event: object) -> None:
        if isinstance(event, Outcome):
            seen.append(event.name)
            if len(seen) == 1:
                lost.extend(client.processing()[workers(client)["--no-nanny"]])
                os.kill(running.mortal, signal.SIGKILL)

    with cluster(running.address, 1) as client:
        run = engine.dask_engine(client, WORK, Limits())
        summary = run_batch([str(many)], str(tmp_path), Options(str(tmp_path)), run, workers=4, tell=tell)
        assert set(workers(client)) == {"--nanny"}
    assert lost, "the worker was at no task when it was killed"
    assert sorted(seen) == sorted(o.name for o in summary.outcomes) == sorted(p.name for p in many.iterdir())
    assert [o.name for o in summary.failed] == ["broken.xlsx"]
    assert digests(tmp_path, hidden=True) == expected


@pytest.mark.parametrize(
    ("change", "code"), [({"tool": "other"}, "other_program"), ({"mapping": "gone", "mapping_sha": "x"}, "no_mapping")]
)
def test_a_worker_that_would_compute_something_else_is_refused(
    running: Running, tmp_path: Path, change: dict[str, str], code: str
) -> None:
    options = replace(prepared(Options(""), str(tmp_path)), **change)
    with cluster(running.address, 1) as client, pytest.raises(ClusterFails) as caught:
        list(engine.dask_engine(client, "batch_faults:faulty", Limits())([(InputFile("a", "a"),)], options))
    assert (caught.value.code, caught.value.at[:16]) == (code, f"tcp://{LOOPBACK}:")


def test_a_worker_that_does_not_see_the_output_folder_is_refused(running: Running, tmp_path: Path) -> None:
    options = prepared(Options(""), str(tmp_path))
    with cluster(running.address, 1) as client, pytest.raises(ClusterFails) as caught:
        client.submit(engine.work_off, [], options, WORK, failure, Limits(), "what another machine wrote").result()
    assert caught.value.code == "not_shared"


def test_what_cannot_be_a_cluster_is_said_plainly(many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PATIENCE", 0.5)
    dask = ("--engine", "dask")
    said = [
        batch(many, tmp_path, *dask, "--scheduler", f"tcp://{LOOPBACK}:1"),
        batch(many, "memory://out", *dask),
        batch(many, tmp_path, "--scheduler", f"tcp://{LOOPBACK}:1"),
    ]
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    said.append(batch(many, tmp_path, *dask))
    assert [result.exit_code for result in said] == [2, 2, 2, 2]
    for result, words in zip(said, ("dask scheduler", "memory://out", "--engine dask", "vsme-xl[dask]"), strict=True):
        assert words in result.stderr
    assert not any(tmp_path.iterdir())


def test_without_an_address_a_cluster_of_this_machine_does_the_work(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "mistakes.xlsx", tmp_path / "a.xlsx")
    result = batch(tmp_path / "*.xlsx", tmp_path / "out", "--engine", "dask", "--workers", 1)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "results" / "a-results.xlsx").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_process_at_a_file_that_hangs_ends_with_the_worker_it_works_for(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(
        """
from vsme_xl.batch.records import At, InputFile, Options
from vsme_xl.batch.workers import run_in_processes
from vsme_xl.guard import Limits
import multiprocessing

if __name__ == "__main__":
    files = (InputFile("reading-hang", ""),)
    for event in run_in_processes([files], Options(""), "batch_faults:faulty", None, 1, Limits()):
        if isinstance(event, At):
            print(multiprocessing.active_children()[0].pid, flush=True)
"""
    )
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    with subprocess.Popen([sys.executable, script], env=environment, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        child = psutil.Process(int(worker.stdout.readline()))
        worker.kill()
        try:
            child.wait(BOUND / 2)
        except psutil.TimeoutExpired:
            child.kill()
            raise


def test_chunks_share_a_task_only_where_everybody_has_several() -> None:
    chunks = [(InputFile(str(n), str(n)),) for n in range(100)]
    assert [len(b) for b in bundles(chunks[:9], 2)] == [1] * 9
    assert [len(b) for b in bundles(chunks, 2)] == [4] * 25
    assert [c for b in bundles(chunks, 8) for c in b] == chunks


def test_when_the_scheduler_is_lost_the_batch_says_so_and_the_next_run_goes_on(
    running: Running, many: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    def tell(event: object) -> None:
        if isinstance(event, Outcome):
            os.kill(running.scheduler, signal.SIGKILL)

    with pytest.raises(ClusterFails) as caught, cluster(running.address, 1) as client:
        run = engine.dask_engine(client, WORK, Limits())
        run_batch([str(many)], str(tmp_path), Options(str(tmp_path)), run, workers=4, tell=tell)
    assert caught.value.code == "lost"
    result = batch(many, tmp_path, "--workers", 2)
    assert "unchanged since the last run: 0" not in result.stderr
    assert digests(tmp_path, hidden=True) == expected
