"""Measure what files made to exhaust the reader take: CPU time and memory over the baseline, each against its bound.

Usage: python benchmarks/hostile.py [--rounds N] [--guard]

Each file is opened in a fresh copy of a process that has imported the reader. With --guard, what running a command
under limits costs instead: the CPU time of a command in its guarded copy less that of the same command without one.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from hostile_files import HOSTILE  # noqa: E402
from test_old_files import HOSTILE as OLD  # noqa: E402

from vsme_xl.reading.compound_file import file_around  # noqa: E402

MOST_SECONDS, MOST_MEGABYTES, MOST_OF_GUARD = 2.0, 300.0, 0.020
COMMAND = """
import os, sys
import vsme_xl.guard_command as guard
if {bare}:
    guard.can_copy = lambda: False
from vsme_xl.cli import main
try:
    main(["check", {path!r}])
except SystemExit:
    pass
sys.stdout.flush()
sys.stderr.flush()
os._exit(0)
"""


def measured(rounds: int) -> bool:
    """Print a line per file: the median of its CPU time, its largest memory; return whether all are in bounds."""
    good = True
    print(f"{'file':<58}{'outcome':<18}{'CPU s':>6}{'MB':>8}   at most {MOST_SECONDS:g} s, {MOST_MEGABYTES:g} MB")
    probe = [sys.executable, str(ROOT / "tests" / "limits_probe.py")]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(probe, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,
    ):
        old = {f"an .xls with {name}": partial(file_around, stream) for name, (stream, _) in OLD.items()}
        for name, make in {**HOSTILE, **old}.items():
            path = Path(folder) / "hostile"
            path.write_bytes(make())
            results = [_ask(process, path) for _ in range(rounds)]
            seconds = statistics.median(r["cpu"] for r in results)
            megabytes = max(r["bytes"] for r in results) / 1e6
            within = seconds <= MOST_SECONDS and megabytes <= MOST_MEGABYTES
            good = good and within
            said = "" if within else "TOO MUCH"
            print(f"{name[:57]:<58}{results[0]['code']:<18}{seconds:>6.2f}{megabytes:>8.0f}   {said}")
        assert process.stdin
        process.stdin.close()
    return good


def _ask(process: subprocess.Popen[str], path: Path) -> dict[str, Any]:
    assert process.stdin and process.stdout
    process.stdin.write(f"{path}\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def guard_cost(rounds: int) -> bool:
    """Print what the guard costs, as the median of pairs run in turn; return whether that is within its bound."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "none.xlsx"
        path.write_bytes(b"%PDF-1.7")  # refused at once: what is left is the start, and the guard
        pairs = [(_cpu(path, bare=False), _cpu(path, bare=True)) for _ in range(rounds)]
    cost = statistics.median(guarded - bare for guarded, bare in pairs)
    bare = statistics.median(b for _, b in pairs)
    print(f"guard: {1000 * cost:.1f} ms of CPU over {1000 * bare:.0f} ms, at most {1000 * MOST_OF_GUARD:.0f} ms")
    return cost <= MOST_OF_GUARD


def _cpu(path: Path, bare: bool) -> float:
    before = _used()
    subprocess.run([sys.executable, "-c", COMMAND.format(bare=bare, path=str(path))], capture_output=True, check=True)
    return _used() - before


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print the measurements; end with exit code 1 where one is beyond its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--guard", action="store_true")
    options = parser.parse_args()
    sys.exit(not (guard_cost(options.rounds) if options.guard else measured(options.rounds)))


if __name__ == "__main__":
    main()
