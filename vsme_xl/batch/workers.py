"""Work off chunks of files in processes of our own; a worker that exceeds a limit or dies is replaced."""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread

from vsme_xl.batch.records import At, InputFile, Options, Outcome
from vsme_xl.guard import POLL, Guarded, Limits, preload, start

Files = tuple[InputFile, ...]
Event = At | Outcome
Failure = Callable[[str, str], Outcome]
DONE = "done"
MOST_STARTS = 3
PRELOADED = "vsme_xl.batch.warm"


class WorkersFail(Exception):
    """Workers die before they begin a file, one after the other: this machine cannot run them."""


@dataclass
class Worker:
    """One process, whether it is at a chunk, the files of it that have no outcome yet, and where it is."""

    guarded: Guarded
    busy: bool = False
    files: Files = ()
    at: At | None = None


@dataclass
class Pool:
    """What is still to do, the workers at it, and how often one died before it began."""

    waiting: deque[Files]
    workers: list[Worker] = field(default_factory=list)
    false_starts: int = 0


def run_in_processes(
    chunks: Sequence[Files], options: Options, work: str, failed: Failure, workers: int, limits: Limits
) -> Iterator[Event | None]:
    """Yield every event of `work(files, options)` over all chunks, in the order they happen; None while nothing does.

    `work` names the function as `module:name`, so that this process need not import what it needs. Each event of a
    worker starts its clock anew, so that the limits hold for one file's reading or writing. A file at which a worker is
    stopped or dies becomes `failed(name, reason)`; the rest of its chunk goes to the next worker. Raises WorkersFail
    where no worker can be started.
    """
    preload(PRELOADED)
    pool = Pool(deque(chunks))
    try:
        while pool.waiting or any(w.busy for w in pool.workers):
            _hand_out(pool, options, work, workers, limits)
            ready = wait([w.guarded.connection for w in pool.workers if w.busy], POLL)
            yield None
            for worker in list(pool.workers):
                if worker.guarded.connection in ready:
                    yield from _listen(pool, worker, failed)
                elif worker.busy and (reason := worker.guarded.excess()):
                    yield from _replace(pool, worker, reason, failed)
    finally:
        for worker in pool.workers:
            worker.guarded.stop()


def _hand_out(pool: Pool, options: Options, work: str, workers: int, limits: Limits) -> None:
    idle = [w for w in pool.workers if not w.busy]
    while pool.waiting and (idle or len(pool.workers) < workers):
        if not idle:
            idle = [Worker(start(serve, work, options, limits=limits))]
            pool.workers += idle
        worker = idle.pop()
        worker.busy, worker.files, worker.at = True, pool.waiting.popleft(), None
        worker.guarded.begin()
        worker.guarded.connection.send(worker.files)


def _listen(pool: Pool, worker: Worker, failed: Failure) -> Iterator[Event]:
    try:
        event = worker.guarded.connection.recv()
    except (EOFError, OSError):
        yield from _replace(pool, worker, "died", failed)
        return
    worker.guarded.begin()
    pool.false_starts = 0
    if event == DONE:
        worker.busy = False
        return
    if isinstance(event, At):
        worker.at = event
    else:
        worker.files = tuple(f for f in worker.files if f.name != event.name)
    yield event


def _replace(pool: Pool, worker: Worker, reason: str, failed: Failure) -> Iterator[Event]:
    """Stop a worker, name the file that is at fault where it is known, and put the others back."""
    worker.guarded.stop()
    pool.workers.remove(worker)
    rest = worker.files
    if worker.at is None:
        pool.false_starts += 1
        if pool.false_starts > MOST_STARTS:
            raise WorkersFail(reason)
        pool.waiting.appendleft(rest)
    elif worker.at.name:
        others = tuple(f for f in rest if f.name != worker.at.name)
        if len(others) < len(rest):
            yield failed(worker.at.name, reason)
        if others:
            pool.waiting.appendleft(others)
    else:  # it happened over all of them: each for itself
        pool.waiting.extendleft((f,) for f in reversed(rest))


def serve(connection: Connection, work: str, options: Options) -> None:
    """Work off chunks that come over a connection until it closes; each event goes back as it happens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    gc.disable()
    module, _, name = work.partition(":")
    function = getattr(import_module(module), name)
    before = gc.get_freeze_count()
    try:
        while True:
            for event in function(connection.recv(), options):
                connection.send(event)
            connection.send(DONE)
            gc.collect()
            if gc.get_freeze_count() == before:  # what is kept by now, kept for good, need not be looked at again
                gc.freeze()
    except (EOFError, OSError):
        return


def _end_with_parent() -> None:
    """End this process when the one it works for is gone, as nobody is left to end it at a file that hangs."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def run_here(
    chunks: Sequence[Files], options: Options, work: Callable[[Files, Options], Iterator[Event]]
) -> Iterator[Event]:
    """Yield every event of the work done in this process: no limits, for file systems that only it sees."""
    for files in chunks:
        yield from work(files, options)
