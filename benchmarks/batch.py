"""Measure a batch against its floor: CPU per workbook, memory, a second run, one worker against two; in one run.

Usage: python benchmarks/batch.py [N] [--workers 2] [--official TEMPLATE.xlsx]

CPU time (user and system, all processes, looked at every tenth of a second) is compared, so that a busy machine
disturbs less; wall time stands beside it.
The floor is a bare python-calamine read of every sheet and the XlsxWriter calls of the results, recorded and replayed
bare, for the same workbooks.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import psutil
import python_calamine
from clients import write_clients
from floor import recorded, replay

FLOOR_SAMPLE = 12
LOADED = 2


def batch(source: Path, out: Path, workers: int) -> tuple[float, float, float]:
    """Run a batch; return wall seconds, CPU seconds of all its processes, and the largest one's memory (MB)."""
    start = time.perf_counter()
    arguments = [sys.executable, "-m", "vsme_xl", "batch", str(source), str(out), "--workers", str(workers), "--quiet"]
    process = psutil.Popen(arguments)
    largest, used, done = [0.0], dict[int, float](), threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            try:
                for each in (process, *process.children(recursive=True)):
                    largest[0] = max(largest[0], each.memory_info().rss / 1e6)
                    used[each.pid] = sum(each.cpu_times()[:2])
            except psutil.Error:
                continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.wait()
    done.set()
    watcher.join()
    return time.perf_counter() - start, sum(used.values()), largest[0]


def cpu_of(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a piece of work."""
    start = time.process_time()
    work()
    return time.process_time() - start


def floor(paths: list[Path], folder: Path) -> float:
    """Return the floor's CPU seconds per workbook over a sample."""
    from vsme_xl import compute, read, write_results

    def bare_read(path: Path) -> None:
        book = python_calamine.load_workbook(str(path))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()

    total = 0.0
    for path in paths:
        reading = read(path)
        language = {path.name: reading.workbook.language}
        computed = compute(reading.facts, language, workbooks=(path.name,), findings=reading.findings)
        with recorded() as calls:
            write_results(computed, folder / "results.xlsx", meta=reading.workbook.as_dict())
        total += cpu_of(lambda path=path: bare_read(path))  # type: ignore[misc]
        total += cpu_of(lambda calls=calls: replay(calls, folder / "floor.xlsx"))  # type: ignore[misc]
    return total / len(paths)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--official", type=Path)
    options = parser.parse_args()
    print(f"{options.count} workbooks, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for line in measured(folder, options.count, options.workers, options.official):
            print("  {:<58}{:10.3f}   {}".format(*line), flush=True)


def measured(folder: Path, count: int, workers: int, official: Path | None) -> list[tuple[str, float, str]]:
    """Return name, figure and bound of every measurement."""
    source = folder / "in"
    write_clients(source, count, official)
    paths = sorted(source.rglob("*.xlsx"))
    wall, cpu, memory = batch(source, folder / "out", workers)
    lines = [
        (f"first run, {workers} workers, wall (s)", wall, ""),
        ("first run, CPU per workbook (s)", cpu / count, ""),
        ("largest process (MB)", memory, "at most 500"),
    ]
    wall, cpu_again, _ = batch(source, folder / "out", workers)
    lines += [("unchanged second run, wall (s)", wall, "at most 3 for 1,000"), ("the same, CPU (s)", cpu_again, "")]
    if official is None:
        bare = floor(paths[:: max(1, len(paths) // FLOOR_SAMPLE)][:FLOOR_SAMPLE], folder)
        lines += [("floor, CPU per workbook (s)", bare, ""), ("CPU / floor", cpu / count / bare, "at most 2")]
    else:
        load = cpu_of(lambda: [openpyxl.load_workbook(p) for p in paths[:LOADED]]) / LOADED
        rate = load * workers / (cpu / count)
        lines += [("openpyxl load, CPU (s)", load, ""), ("rate of the batch / rate of loads", rate, "at least 20")]
    return lines


if __name__ == "__main__":
    main()
