"""Run a command and measure it with all its processes: wall time, CPU time, memory over time, and when it said what."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

EVERY = 0.5
SETTLED = 3.0


@dataclass(frozen=True)
class Sample:
    """Seconds since the start; CPU seconds of all processes until then; megabytes of the parent and of each other."""

    at: float
    cpu: float
    parent: float
    others: dict[int, float]


@dataclass(frozen=True)
class Measured:
    """What one run of `vsme-xl batch` took; times in seconds since it was started.

    `working` is when the first worker began with a file, `files` when each file was done. CPU is user and system time
    of all processes.
    """

    wall: float
    working: float
    files: tuple[float, ...]
    failed: int
    samples: tuple[Sample, ...]

    @property
    def cpu(self) -> float:
        """Return CPU seconds of the whole run."""
        return self.samples[-1].cpu

    @property
    def per_file_phase(self) -> float:
        """Return seconds from the first worker's begin to the last file: without start-up, facts and portfolio."""
        return self.files[-1] - self.working

    @property
    def afterwards(self) -> float:
        """Return seconds after the last file: facts, portfolio, manifest."""
        return self.wall - self.files[-1]

    @property
    def parent(self) -> float:
        """Return the most megabytes that the process held which was started."""
        return max(sample.parent for sample in self.samples)

    @property
    def worker(self) -> float:
        """Return the most megabytes that any other process held."""
        return max((held for sample in self.samples for held in sample.others.values()), default=0.0)

    def cpu_at(self, at: float) -> float:
        """Return CPU seconds until a time, interpolated between the samples."""
        place = bisect_left([s.at for s in self.samples], at)
        if place == 0 or place == len(self.samples):
            return self.samples[min(place, len(self.samples) - 1)].cpu
        before, after = self.samples[place - 1], self.samples[place]
        return before.cpu + (after.cpu - before.cpu) * (at - before.at) / (after.at - before.at)

    def stretch(self, first: float, last: float) -> tuple[float, float]:
        """Return seconds of wall and of CPU time per file of a part of the files, given as shares from 0 to 1."""
        done = (self.working, *self.files)
        low, high = (round(share * len(self.files)) for share in (first, last))
        wall = done[high] - done[low]
        return wall / (high - low), (self.cpu_at(done[high]) - self.cpu_at(done[low])) / (high - low)

    def memory_near(self, share: float) -> tuple[float, list[float]]:
        """Return the most megabytes of the parent, and of each other process, near the time when a share was done."""
        at = self.working + share * (self.files[-1] - self.working)
        near = [s for s in self.samples if abs(s.at - at) <= SETTLED] or list(self.samples)
        pids = {pid for s in near for pid in s.others}
        others = [max(s.others.get(pid, 0.0) for s in near) for pid in pids]
        return max(s.parent for s in near), sorted(others, reverse=True)


def batch(source: Path, out: Path, *options: str) -> Measured:
    """Run `vsme-xl batch` and measure it."""
    command = [sys.executable, "-m", "vsme_xl", "batch", str(source), str(out), "--json", *options]
    began = time.perf_counter()
    process = psutil.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    said: list[tuple[float, dict[str, object]]] = []
    listener = threading.Thread(target=_listen, args=(process.stdout, said, began))
    listener.start()
    samples = _watched(process, listener, began)
    if process.wait() not in (0, 1):
        raise SystemExit(f"{command} ended with {process.returncode}")
    wall = time.perf_counter() - began
    begun = next(at for at, line in said if line["event"] in ("working", "begin", "end"))
    working = next((at for at, line in said if line["event"] == "working"), begun)
    files = [(at, line["status"]) for at, line in said if line["event"] == "file"]
    failed = sum(status == "failed" for _, status in files)
    return Measured(wall, working, tuple(at for at, _ in files), failed, tuple(samples))


def _listen(stream: IO[str], said: list[tuple[float, dict[str, object]]], began: float) -> None:
    for line in stream:
        said.append((time.perf_counter() - began, json.loads(line)))


def _watched(process: psutil.Process, listener: threading.Thread, began: float) -> list[Sample]:
    """Return samples of a process and its descendants as long as it is listened to."""
    cpu: dict[int, float] = {}
    samples = []
    while listener.is_alive():
        held: dict[int, float] = {}
        for each in [process, *_descendants(process)]:
            try:
                with each.oneshot():
                    times, held[each.pid] = each.cpu_times(), each.memory_info().rss / 1e6
            except psutil.Error:
                continue
            cpu[each.pid] = times.user + times.system
        parent = held.pop(process.pid, 0.0)
        samples.append(Sample(time.perf_counter() - began, sum(cpu.values()), parent, held))
        listener.join(EVERY)
    return samples


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        found: list[psutil.Process] = process.children(recursive=True)
    except psutil.Error:
        return []
    return found
