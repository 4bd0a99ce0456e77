"""Measure reading an official template to facts against a full openpyxl load of the same file, in turn.

Usage: python benchmarks/read_official.py TEMPLATE.xlsx [--rounds N]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import openpyxl

from vsme_xl import read


def main() -> None:
    """Print seconds and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("template", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    read(options.template)
    ours, theirs = [], []
    for _ in range(options.rounds):
        start = time.perf_counter()
        read(options.template)
        middle = time.perf_counter()
        openpyxl.load_workbook(options.template)
        ours.append(middle - start)
        theirs.append(time.perf_counter() - middle)
    print(f"{options.template.name}, median of {options.rounds} rounds")
    print(f"  vsme_xl.read to facts (s)          {statistics.median(ours):8.3f}")
    print(f"  openpyxl.load_workbook (s)         {statistics.median(theirs):8.3f}")
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(f"  load / read                        {ratio:8.1f}   at least 20")


if __name__ == "__main__":
    main()
