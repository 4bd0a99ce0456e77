"""Measure one workbook: start-up, a cold run, and a warm run against the floor, side by side in one process.

Usage: python benchmarks/run_one.py [WORKBOOK] [--rounds N]

The floor is what no implementation can do without: python-calamine reading every sheet of the input, and the recorded
XlsxWriter calls of the results replayed bare.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from floor import recorded, replay_seconds

ROOT = Path(__file__).parents[1]


def seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(work: Callable[[], object], rounds: int) -> float:
    """Return the median time of several rounds."""
    return statistics.median(seconds(work) for _ in range(rounds))


def command(*arguments: str) -> Callable[[], object]:
    """Return a cold run of a command in a process of its own."""
    return lambda: subprocess.run([sys.executable, "-m", "vsme_xl", *arguments], check=True, capture_output=True)


def main() -> None:
    """Print a table of seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workbook", nargs="?", default=str(ROOT / "sample_inputs" / "manufacturer.xlsx"))
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    source = Path(options.workbook)
    with tempfile.TemporaryDirectory() as folder:
        print(f"{source.name}, median of {options.rounds} rounds")
        for name, value, bound in measure(source, Path(folder), options.rounds):
            print(f"  {name:<52}{value:8.3f}   {bound}")


def measure(source: Path, folder: Path, rounds: int) -> list[tuple[str, float, str]]:
    """Return name, figure and bound of every measurement."""
    import python_calamine

    from vsme_xl import compute, read, write_results

    target = folder / "results.xlsx"

    def whole() -> None:
        reading = read(source)
        computed = compute(reading.facts, {source.name: reading.workbook.language}, workbooks=(source.name,))
        write_results(computed, target, meta=reading.workbook.as_dict())

    def bare_read() -> None:
        book = python_calamine.load_workbook(str(source))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()

    whole()
    with recorded() as calls:
        whole()
    warm, read_floor, write_floor = [], [], []
    for _ in range(rounds):
        warm.append(seconds(whole))
        read_floor.append(seconds(bare_read))
        write_floor.append(replay_seconds(calls, folder / "floor.xlsx"))
    floor = statistics.median(read_floor) + statistics.median(write_floor)
    return [
        ("vsme-xl --help, cold (s)", median(command("--help"), rounds), "at most 0.2"),
        ("vsme-xl run, cold (s)", median(command("run", str(source), "-o", str(target)), rounds), "at most 1.5"),
        ("read, compute, write, warm (s)", statistics.median(warm), ""),
        ("floor: bare read (s)", statistics.median(read_floor), ""),
        ("floor: XlsxWriter calls replayed (s)", statistics.median(write_floor), ""),
        ("warm run / floor", statistics.median(warm) / floor, "at most 2.5"),
    ]


if __name__ == "__main__":
    main()
