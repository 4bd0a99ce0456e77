"""Measure a batch against its floor, over sizes, workers and kinds of workbooks; in one run, as one table.

Usage: python benchmarks/batch.py [N] [--workers 2] [--official FILLED-TEMPLATE.xlsx] [--dask] [--folder FOLDER]

N distinct workbooks of mixed kinds are written, and N/20, N/2 and N of them are processed (100, 1,000 and 2,000 where N
is 2,000), which takes about ten minutes on two quiet cores. What has been measured is said on standard error meanwhile;
the table comes at the end.

The floor is a bare python-calamine read of every sheet and the XlsxWriter calls of the results, recorded and replayed
bare, for a sample of the same workbooks, with as many of them side by side as the batch has workers.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path

from clients import write_clients
from floor import floor_of
from measured import Measured, batch

FLOOR_SAMPLE = 12
LOADS = 8
LOOP = """import sys, time, warnings
import openpyxl
warnings.simplefilter("ignore")  # openpyxl leaves out what it does not know
start = time.perf_counter()
for path in sys.argv[1:]:
    openpyxl.load_workbook(path)
print(time.perf_counter() - start)"""
OFFICIAL, DASK, SPEED_UP = 200, 100, 150
SHARES = (0.05, 0.25, 0.5, 0.75, 1.0)
Line = tuple[str, str, str, str]
BEGAN = time.perf_counter()


def line(name: str, value: float, bound: str = "", digits: int = 2, holds: bool | None = None) -> Line:
    """Return a line of the table: what, how much, the bound, and whether it holds."""
    return name, f"{value:,.{digits}f}", bound, "" if holds is None else "yes" if holds else "NO"


def tell(text: str) -> None:
    """Say on standard error how far the measuring is, and how busy the machine."""
    print(f"[{time.perf_counter() - BEGAN:5.0f} s, load {os.getloadavg()[0]:.1f}] {text}", file=sys.stderr, flush=True)


def run(source: Path, out: Path, workers: int, *options: str) -> Measured:
    """Run a batch, and say what it took."""
    measured = batch(source, out, "--workers", str(workers), *options)
    files = len(measured.files)
    tell(
        f"{files} files, {workers} workers {' '.join(options)}: wall {measured.wall:.1f} s (files "
        f"{measured.per_file_phase if files else 0:.1f}), CPU {measured.cpu:.1f} s, parent {measured.parent:.0f} MB, "
        f"worker {measured.worker:.0f} MB, failed {measured.failed}"
    )
    return measured


@contextmanager
def some_of(source: Path, count: int) -> Iterator[Path]:
    """Give out a folder with `count` of the workbooks below another one, evenly spread."""
    paths = sorted(source.rglob("*.xlsx"))
    with tempfile.TemporaryDirectory(dir=source.parent) as name:
        folder = Path(name) / "in"
        for number in range(count):
            path = paths[number * len(paths) // count]
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target)
        yield folder


def floor(source: Path, folder: Path, workers: int) -> tuple[float, float]:
    """Return the floor's CPU seconds per workbook, of reading and of writing, over a sample."""
    paths = sorted(source.rglob("*.xlsx"))
    sample = [paths[n * len(paths) // FLOOR_SAMPLE] for n in range(FLOOR_SAMPLE)]
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(floor_of, sample, repeat(folder)))
    read, write = (statistics.mean(part) for part in zip(*found, strict=True))
    tell(f"floor: read {read:.4f}, write {write:.4f} CPU s")
    return read, write


def sizes(source: Path, count: int, workers: int) -> list[Line]:
    """Measure growing folders: wall time, CPU, memory; of the middle one also a second run and the floor."""
    middle = count // 2
    lines: list[Line] = []
    with some_of(source, middle) as folder, tempfile.TemporaryDirectory(dir=source.parent) as other:
        out = Path(other) / "out"
        first = run(folder, out, workers)
        again = run(folder, out, workers)
        read, write = floor(folder, Path(other), workers)
    bare, cpu = read + write, first.cpu / middle
    thousand = middle == 1000
    lines += [
        line(f"{middle:,} workbooks, {workers} workers, wall (s)", first.wall,
             "60, if the floor allows" if thousand else "", 1, first.wall <= 60 if thousand else None),
        line(f"  the floor's wall, its CPU x {middle:,} / {workers} (s)", bare * middle / workers, "", 1),
        line("  start-up until the first worker begins (s)", first.working),
        line("  facts, portfolio, manifest (s)", first.afterwards),
        line("CPU per workbook, all included (s)", cpu, "", 3),
        line("  the floor: bare read (s)", read, "", 3),
        line("  the floor: calls of XlsxWriter (s)", write, "", 3),
        line("CPU / floor", cpu / bare, "at most 2", 2, cpu / bare <= 2),
        line(f"second run over {middle:,} unchanged, wall (s)", again.wall, "under 3 for 1,000", 2,
             again.wall < 3 if thousand else None),
    ]  # fmt: skip
    with some_of(source, count // 20) as folder, tempfile.TemporaryDirectory(dir=source.parent) as out_folder:
        small = run(folder, Path(out_folder) / "out", workers)
    with tempfile.TemporaryDirectory(dir=source.parent) as out_folder:
        large = run(source, Path(out_folder) / "out", workers)
    return lines + growth(small, first, large, workers)


def growth(small: Measured, middle: Measured, large: Measured, workers: int) -> list[Line]:
    """Return what grows with the number of workbooks, and what should not."""
    lines = []
    for measured in (small, middle, large):
        count = len(measured.files)
        wall, cpu = measured.stretch(0, 1)
        lines += [
            line(f"{count:,} workbooks: wall per workbook, start-up apart (s)", wall, "", 4),
            line("  CPU per workbook, start-up apart (s)", cpu, "", 4),
            line("  facts, portfolio, manifest per workbook (s)", measured.afterwards / count, "", 4),
            line("  the most memory of the parent (MB)", measured.parent, "at most 500", 0, measured.parent <= 500),
            line("  the most memory of a worker (MB)", measured.worker, "at most 500", 0, measured.worker <= 500),
        ]
    spans = f"{len(large.files):,} to {len(small.files):,}"
    walls = [m.stretch(0, 1)[0] for m in (small, middle, large)]
    parts = [large.stretch(low, low + 0.25) for low in (0.0, 0.25, 0.5, 0.75)]
    lines += [
        _within(f"wall per workbook, {spans}", walls[2] / walls[0]),
        _within("CPU per workbook, the same", large.stretch(0, 1)[1] / small.stretch(0, 1)[1]),
        _within(f"wall per workbook, last quarter of {len(large.files):,} to first", parts[3][0] / parts[0][0]),
        _within("CPU per workbook, the same", parts[3][1] / parts[0][1]),
        _within(f"memory of a worker, {spans}", large.worker / small.worker, "flat"),
        _within(f"memory of the parent, {spans}", large.parent / small.parent, "flat"),
    ]
    for share in SHARES:
        parent, others = large.memory_near(share)
        held = "; ".join(f"{megabytes:.0f}" for megabytes in (parent, *others[:workers]))
        lines.append((f"MB when {share:.0%} of {len(large.files):,} are done: parent; workers", held, "", ""))
    return lines


def _within(name: str, ratio: float, bound: str = "within 15 %") -> Line:
    holds = None if bound == "flat" else abs(ratio - 1) <= 0.15
    return line(name, ratio, bound, 2, holds)


def speed_up(source: Path, count: int) -> list[Line]:
    """Measure one worker against two."""
    took = []
    with some_of(source, count) as folder:
        for workers in (1, 2):
            with tempfile.TemporaryDirectory(dir=source.parent) as out:
                took.append(run(folder, Path(out) / "out", workers).per_file_phase)
    ratio = took[0] / took[1]
    return [
        line(f"{count} workbooks: 1 worker, files only (s)", took[0], "", 1),
        line("  2 workers (s)", took[1], "", 1),
        line("two workers / one", ratio, "at least 1.7", 2, ratio >= 1.7),
    ]


def official(template: Path, folder: Path, count: int, workers: int) -> list[Line]:
    """Measure filled official templates against a loop that only loads them with openpyxl.

    The loop runs over some of them before the batch and over others after it, each time in a process of its own: how
    fast a machine is may change within minutes.
    """
    source = folder / "official"
    write_clients(source, count, template)
    paths = sorted(source.rglob("*.xlsx"))
    some = paths[:: max(1, count // (2 * LOADS))]
    before = _loaded(some[::2])
    measured = run(source, folder / "official-out", workers)
    after = _loaded(some[1::2])
    seconds = (before + after) / 2
    ratio = seconds / (measured.wall / count)
    shutil.rmtree(source)
    return [
        line(f"{count} official templates, {workers} workers, wall (s)", measured.wall, "", 1),
        line("  CPU per workbook, all included (s)", measured.cpu / count, "", 3),
        line("  openpyxl load of one, in a loop before the batch (s)", before),
        line("  openpyxl load of one, in a loop after it (s)", after),
        line("rate of the batch / rate of a loop of loads", ratio, "at least 20", 1, ratio >= 20),
        line("  the same, start-up apart", seconds / measured.stretch(0, 1)[0], "", 1),
    ]


def dask(source: Path, count: int, workers: int) -> list[Line]:
    """Measure processes against a Dask cluster of this machine, its start included."""
    cpu = {}
    with some_of(source, count) as folder:
        for engine in ("processes", "dask"):
            with tempfile.TemporaryDirectory(dir=source.parent) as out:
                cpu[engine] = run(folder, Path(out) / "out", workers, "--engine", engine)
    done = len(cpu["dask"].files) - cpu["dask"].failed
    return [
        line(f"{count} workbooks, {workers} processes, wall (s)", cpu["processes"].wall, "", 1),
        line(f"  Dask on this machine, {workers} workers, its start included, wall (s)", cpu["dask"].wall, "", 1),
        line("  CPU per workbook, processes (s)", cpu["processes"].cpu / count, "", 3),
        line("  CPU per workbook, Dask (s)", cpu["dask"].cpu / count, "", 3),
        line("  files done by Dask", done, str(count), 0, done == count),
    ]


def _loaded(paths: list[Path]) -> float:
    """Return the seconds that a loop takes for one workbook which only loads them with openpyxl."""
    seconds = float(subprocess.check_output([sys.executable, "-c", LOOP, *map(str, paths)], text=True)) / len(paths)
    tell(f"{len(paths)} loads with openpyxl: {seconds:.2f} s each")
    return seconds


def show(title: str, lines: list[Line]) -> None:
    """Print a part of the table, as Markdown."""
    print(f"\n{title}\n\n| | measured | bound | holds |\n|---|---|---|---|")
    for parts in lines:
        print("| " + " | ".join(parts) + " |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--official", type=Path, help="a filled official template, to vary")
    parser.add_argument("--dask", action="store_true", help="measure a Dask cluster of this machine, too")
    parser.add_argument("--folder", type=Path, help="where to write meanwhile; 1.5 MB for a workbook")
    options = parser.parse_args()
    if options.count < 40:
        parser.error("at least 40 workbooks")
    print(
        f"{options.count:,} workbooks, {os.cpu_count()} cores ({platform.processor() or platform.machine()}), "
        f"Python {platform.python_version()}, load at the start {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        source = Path(name) / "in"
        write_clients(source, options.count)
        tell(f"{options.count} workbooks written")
        show("By number of workbooks", sizes(source, options.count, options.workers))
        show("By number of workers", speed_up(source, min(SPEED_UP, options.count)))
        if options.official:
            count = min(OFFICIAL, options.count)
            show("EFRAG's template", official(options.official, Path(name), count, options.workers))
        if options.dask:
            show("By engine", dask(source, min(DASK, options.count), options.workers))
    tell("done")


if __name__ == "__main__":
    main()
