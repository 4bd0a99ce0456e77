"""Measure writing the review copy of a workbook that is read and computed already, and how large it gets.

Usage: python benchmarks/review.py WORKBOOK.xlsx [--rounds N]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from vsme_xl import compute, read, review_of


def main() -> None:
    """Print seconds, marked cells and kilobytes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workbook", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    reading = read(options.workbook)
    languages = {reading.workbook.file: reading.workbook.language}
    computed = compute(reading.facts, languages, workbooks=(reading.workbook.file,), findings=reading.findings)
    review = review_of(options.workbook, reading, computed)
    seconds = []
    for _ in range(options.rounds):
        start = time.perf_counter()
        review_of(options.workbook, reading, computed)
        seconds.append(time.perf_counter() - start)
    print(f"{options.workbook.name}, median of {options.rounds} rounds")
    print(f"  review_of (s)        {statistics.median(seconds):8.3f}   at most 0.3")
    print(f"  marked cells         {review.cells:8d}")
    before, after = options.workbook.stat().st_size / 1000, len(review.content) / 1000
    print(f"  kilobytes            {after:8.0f}   from {before:.0f}")


if __name__ == "__main__":
    main()
