"""Run a command and measure it with all its processes: wall time, CPU time, memory, and when it said what."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

EVERY = 0.05


@dataclass(frozen=True)
class Measured:
    """Seconds of wall and CPU time (user and system, of all processes), and megabytes held at the most.

    `parent` is the memory of the process that was started, `worker` of the largest of its descendants. `files` is how
    many files were processed, `per_file` the seconds of wall time from the beginning to the last of them.
    """

    wall: float
    cpu: float
    parent: float
    worker: float
    files: int
    per_file: float


def batch(source: Path, out: Path, *options: str) -> Measured:
    """Run `vsme-xl batch` and measure it."""
    command = [sys.executable, "-m", "vsme_xl", "batch", str(source), str(out), "--json", *options]
    began = time.perf_counter()
    process = psutil.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    said: list[tuple[float, str]] = []
    listener = threading.Thread(target=_listen, args=(process.stdout, said))
    listener.start()
    cpu, memory = _watched(process, listener.is_alive)
    listener.join()
    if process.wait() not in (0, 1):
        raise SystemExit(f"{command} ended with {process.returncode}")
    wall = time.perf_counter() - began
    first = next(at for at, event in said if event == "begin")
    files = [at for at, event in said if event == "file"]
    parent = memory.pop(process.pid)
    return Measured(wall, cpu, parent, max(memory.values(), default=0.0), len(files), (files or [first])[-1] - first)


def _listen(stream: IO[str], said: list[tuple[float, str]]) -> None:
    for line in stream:
        said.append((time.perf_counter(), json.loads(line)["event"]))


def _watched(process: psutil.Process, runs: Callable[[], bool]) -> tuple[float, dict[int, float]]:
    """Return the CPU seconds of a process and its descendants, and the most memory each of them held, while it runs."""
    cpu: dict[int, float] = {}
    memory: dict[int, float] = {process.pid: 0.0}
    while runs():
        for each in [process, *_descendants(process)]:
            try:
                times, held = each.cpu_times(), each.memory_info().rss / 1e6
            except psutil.Error:
                continue
            cpu[each.pid] = times.user + times.system
            memory[each.pid] = max(held, memory.get(each.pid, 0.0))
        time.sleep(EVERY)
    return sum(cpu.values()), memory


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        found: list[psutil.Process] = process.children(recursive=True)
    except psutil.Error:
        return []
    return found
