"""Measure a batch: cost per workbook against the floor, memory, and how both change with size and workers.

Usage: python benchmarks/batch.py [--size N] [--official TEMPLATE.xlsx] [--dask]

N is the number of workbooks of the largest run; the bounds are meant for 2000. CPU time is user and system time of all
processes; it says what the work costs also where other programs share the machine. Wall time means something on a quiet
machine only.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import openpyxl
import python_calamine
from clients import write_clients
from floor import Call, recorded, replay
from measured import Measured, batch

Line = tuple[str, float, str]
FLOOR_SAMPLES, FLOOR_ROUNDS = 9, 3
OPENPYXL_SAMPLES = 3


def main() -> None:
    """Print a table of figures, ratios and bounds, line by line as they are measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--official", type=Path, help="a filled official template; measures a folder of them too")
    parser.add_argument("--dask", action="store_true", help="measure a Dask cluster of this machine too")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the first run")
    with tempfile.TemporaryDirectory() as folder:
        for name, value, bound in measurements(Path(folder), options.size, options.official, options.dask):
            print(f"  {name:<68}{value:10.3f}   {bound}", flush=True)


def measurements(folder: Path, size: int, official: Path | None, dask: bool) -> Iterator[Line]:
    """Yield name, figure and bound of every measurement."""
    sources = {count: _written(folder, count) for count in sorted({size // 20, size // 10, size // 2, size})}
    half, whole = batch(sources[size // 2], folder / "half"), batch(sources[size], folder / "whole")
    floor = _floor(sources[size], folder)
    yield from _of(f"{half.files} workbooks to results and portfolio", half, "at most 60 s of wall for 1,000")
    yield "floor: bare read, recorded XlsxWriter calls replayed (CPU s a file)", floor, ""
    yield "CPU a workbook / floor", half.cpu / half.files / floor, "at most 2"
    again = batch(sources[size // 2], folder / "half")
    yield f"the same {half.files} again, unchanged (wall s)", again.wall, "under 3 for 1,000"
    yield from _sizes(batch(sources[size // 20], folder / "small"), whole)
    yield from _workers(sources[size // 10], folder)
    if dask:
        cluster = batch(sources[size // 10], folder / "dask", "--engine", "dask", "--workers", "2")
        yield from _of(f"{cluster.files} workbooks on a Dask cluster of 2 workers", cluster, "")
    if official:
        yield from _official(folder, official, size // 10)


def _written(folder: Path, count: int, official: Path | None = None) -> Path:
    target = folder / f"{official.stem if official else 'clients'} {count}"
    write_clients(target, count, official)
    return target


def _of(what: str, run: Measured, bound: str) -> Iterator[Line]:
    yield f"{what} (wall s)", run.wall, bound
    yield "  CPU a workbook (s)", run.cpu / run.files, ""


def _sizes(small: Measured, whole: Measured) -> Iterator[Line]:
    for name, run in ((f"{small.files} workbooks", small), (f"{whole.files} workbooks", whole)):
        yield f"{name}: memory of the parent (MB)", run.parent, "below 500"
        yield f"{name}: memory of the largest worker (MB)", run.worker, "below 500"
        yield f"{name}: CPU a workbook (s)", run.cpu / run.files, ""
    cost = (whole.cpu / whole.files) / (small.cpu / small.files)
    yield f"CPU a workbook, {whole.files} / {small.files} workbooks", cost, "0.85 to 1.15"


def _workers(source: Path, folder: Path) -> Iterator[Line]:
    one, two = (batch(source, folder / f"workers {n}", "--workers", str(n)) for n in (1, 2))
    yield "two workers against one over the per-file phase (wall)", one.per_file / two.per_file, "at least 1.7"
    yield "  the same of CPU time (1: nothing is done twice)", one.cpu / two.cpu, ""


def _official(folder: Path, template: Path, count: int) -> Iterator[Line]:
    run = batch(_written(folder, count, template), folder / "official")
    yield from _of(f"{count} filled official templates", run, "")
    began = time.perf_counter(), time.process_time()
    for _ in range(OPENPYXL_SAMPLES):
        openpyxl.load_workbook(template)
    wall = (time.perf_counter() - began[0]) / OPENPYXL_SAMPLES
    cpu = (time.process_time() - began[1]) / OPENPYXL_SAMPLES
    yield "  openpyxl.load_workbook (wall s a file)", wall, ""
    yield "  a loop that only loads them / this batch (wall)", wall * count / run.wall, "at least 20"
    yield "  the same of CPU time", cpu * count / run.cpu, ""


def _floor(source: Path, folder: Path) -> float:
    """Return the CPU seconds a workbook costs at least: reading it bare, and the calls that write its results."""
    from vsme_xl import compute, read, write_results

    costs = []
    paths = sorted(source.rglob("*.xlsx"))
    for path in paths[:: max(1, len(paths) // FLOOR_SAMPLES)][:FLOOR_SAMPLES]:
        with recorded() as calls:
            reading = read(path)
            computed = compute(reading.facts, {path.name: reading.workbook.language}, workbooks=(path.name,))
            write_results(computed, folder / "floor.xlsx", meta=reading.workbook.as_dict())
        costs.append(min(_bare(path, calls, folder / "floor.xlsx") for _ in range(FLOOR_ROUNDS)))
    return statistics.mean(costs)


def _bare(path: Path, calls: list[Call], target: Path) -> float:
    began = time.process_time()
    book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python()
    replay(calls, target)
    return time.process_time() - began


if __name__ == "__main__":
    main()
