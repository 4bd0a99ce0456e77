"""Measure reading official templates to facts against a full openpyxl load of the same files, in turn.

Usage: python benchmarks/read_official.py TEMPLATE.xlsx... [--rounds N]

The first read of each file in a process of its own, with all that is loaded once, stands beside the median of others.
CPU time is compared beside wall time, so that a busy machine disturbs less.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import openpyxl

from vsme_xl import read

FIRST = """import sys, time
import pandas
from vsme_xl import read
start = time.process_time()
read(sys.argv[1])
print(time.process_time() - start)"""


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return the wall and CPU seconds of a piece of work; what was left behind before it is collected first."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def measured(path: Path, rounds: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the median wall and CPU seconds of our reading and of a full load."""
    read(path)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(seconds(lambda: read(path)))
        theirs.append(seconds(lambda: openpyxl.load_workbook(path)))
    walls, cpus = zip(*ours, strict=True)
    loads, load_cpus = zip(*theirs, strict=True)
    return (statistics.median(walls), statistics.median(cpus)), (statistics.median(loads), statistics.median(load_cpus))


def main() -> None:
    """Print seconds and ratios as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("templates", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| file | read (s) | openpyxl load (s) | load / read | the same in CPU time | first read, CPU (s) |")
    print("|---|---|---|---|---|---|")
    for path in options.templates:
        (wall, cpu), (load, load_cpu) = measured(path, options.rounds)
        first = float(subprocess.check_output([sys.executable, "-c", FIRST, str(path)], text=True))
        ratios = f"{load / wall:.1f} | {load_cpu / cpu:.1f}"
        print(f"| {path.name} | {wall:.3f} | {load:.3f} | {ratios} | {first:.3f} |", flush=True)
    print("\nThe bound is a ratio of at least 20.")


if __name__ == "__main__":
    main()
