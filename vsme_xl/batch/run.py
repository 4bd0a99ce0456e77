"""Run a batch: collect, leave out what is unchanged, process the rest, then write manifest, facts and portfolio."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from errno import ENOSPC
from functools import partial
from importlib import import_module
from pathlib import Path
from signal import SIGINT
from threading import Thread

from vsme_xl.batch.finish import Summary, break_off, finish, taken_away
from vsme_xl.batch.inputs import Collected, collect
from vsme_xl.batch.manifest import known_outcomes, tool_fingerprint, write_manifest
from vsme_xl.batch.records import DISK_FULL, MANIFEST, PRIVATE, At, InputFile, Options, Outcome, Watched, failure
from vsme_xl.batch.storage import exists, is_in_process, join, only_one, sweep_below
from vsme_xl.batch.unchanged import kept_of
from vsme_xl.guard import Limits
from vsme_xl.stopping import Stopped

MOST_IN_CHUNK = 24
LOCK = "lock"
UNWATCHED = Watched()
WORK = "vsme_xl.batch.chunk:process_chunk"
Event = At | Outcome
Engine = Callable[[Sequence[tuple[InputFile, ...]], Options], Iterator[Event | None]]


class DiskFull(OSError):
    """There is no more room for outputs; what was done is kept, and what was to be said of it has been told."""


@dataclass(frozen=True)
class Begun:
    """A batch begins: how many files there are, how many of them are unchanged, and what was passed over.

    `forced` says that none is left as it is; `otherwise` counts files that are, but for options or program, unchanged.
    """

    files: int
    unchanged: int
    collected: Collected
    forced: bool = False
    otherwise: int = 0


Tell = Callable[[Begun | Event | Summary | None], None]


def run_batch(
    sources: Sequence[str],
    out: str,
    options: Options,
    engine: Engine | None = None,
    workers: int = 1,
    limits: Limits | None = None,
    force: bool = False,
    tell: Tell = lambda event: None,
    watched: Watched = UNWATCHED,
) -> Summary:
    """Process every workbook under `sources` into `out`, and return what was done.

    `engine` works off chunks of files (by default processes on this machine, `workers` of them under `limits`). Files
    that are held by a watch keep what was made of them before. Raises
    NoInput where a source is not there, MappingError where the mapping file cannot be used, InUse where another batch
    is at work on `out`, CannotFinish and DiskFull as they say, and OSError where `out` cannot be written.
    """
    options = prepared(options, out)
    with only_one(out, PRIVATE, LOCK):
        sweep_below(out)
        try:
            return _run(sources, out, options, engine, workers, limits or Limits(), force, tell, watched)
        finally:
            sweep_below(out)  # of workers that were stopped while they wrote


def _run(
    sources: Sequence[str],
    out: str,
    options: Options,
    engine: Engine | None,
    workers: int,
    limits: Limits,
    force: bool,
    tell: Tell,
    watched: Watched,
) -> Summary:
    collected = collect(sources, options, watched.held)
    known = known_outcomes(out)
    if not exists(join(out, PRIVATE, MANIFEST)):
        write_manifest(out, known.values())  # before the first output, as it marks the folder as ours
    kept = kept_of(collected, known, options, watched, force)
    todo = [f for f in collected.files if f.name not in collected.held and f.name not in kept.outcomes]
    unchanged = frozenset(kept.outcomes)
    files = len(unchanged) + len(todo) + len(collected.failed)
    tell(Begun(files, len(unchanged), collected, force, kept.otherwise))
    for outcome in collected.failed:
        tell(outcome)
    outcomes: dict[str, Outcome] = {o.name: o for o in collected.failed} | dict(kept.outcomes)
    run = engine or local_engine(sources, options, workers, limits)
    stopped, full = _work_off(partial(run, chunks_of(todo, workers), options), outcomes, tell)
    if stopped or full:
        left = sum(file.name not in outcomes for file in todo)
        summary = break_off(out, outcomes, known, collected, stopped, unchanged, left)
    else:
        for lost in taken_away(out, [o for name, o in outcomes.items() if name not in unchanged], options):
            outcomes[lost.name] = lost
            tell(lost)
        summary = finish(out, outcomes, known, collected, unchanged, options)
    tell(summary)
    if full is not None:
        raise DiskFull(ENOSPC, full.message, out)
    return summary


def _work_off(
    begin: Callable[[], Iterator[Event | None]], outcomes: dict[str, Outcome], tell: Tell
) -> tuple[int, Outcome | None]:
    """Put what comes of each file into `outcomes`, and tell all events.

    Return the signal that broke the work off (0 where none did), and the outcome of a file for which there was no room.
    """
    stopped, full = 0, None
    try:
        with closing(_events(begin())) as events:
            for number, event in enumerate(events):
                if not number:
                    Thread(target=_load_ahead).start()
                if isinstance(event, Outcome):
                    outcomes[event.name] = event
                tell(event)
                if isinstance(event, Outcome) and event.code == DISK_FULL:
                    full = event
                    break
    except (KeyboardInterrupt, Stopped) as stop:
        stopped = stop.number if isinstance(stop, Stopped) else SIGINT
    return stopped, full


def _events(events: Iterator[Event | None]) -> Generator[Event | None, None, None]:
    """Yield the events of an engine; closed, it ends the engine too."""
    yield from events


def _load_ahead() -> None:
    """Import what writes the tables in the end while others work; what cannot be is said by who needs it."""
    from vsme_xl.batch.facts_table import MODULES
    from vsme_xl.edition import load_edition

    with suppress(Exception):
        for module in ("vsme_xl.portfolio.workbook", *MODULES):
            with suppress(ImportError):
                import_module(module)
        load_edition()


def prepared(options: Options, out: str) -> Options:
    """Return the options with what bears on the results beside them: the program, and the mapping file's content."""
    sha = ""
    if options.mapping:
        from vsme_xl.reading.mapping import load_mapping

        load_mapping(Path(options.mapping))  # a wrong file is said now, not for every workbook
        sha = hashlib.sha256(Path(options.mapping).read_bytes()).hexdigest()
    return replace(options, out=out, tool=tool_fingerprint(options.edition), mapping_sha=sha)


def local_engine(sources: Sequence[str], options: Options, workers: int, limits: Limits) -> Engine:
    """Return the engine of this machine: processes, or this process where only it sees the files."""
    from vsme_xl.batch import workers as pool

    if any(is_in_process(url) for url in (*sources, options.out)):
        from vsme_xl.batch.chunk import process_chunk

        return lambda chunks, options: pool.run_here(chunks, options, process_chunk)
    return lambda chunks, options: pool.run_in_processes(
        chunks, options, WORK, partial(failure, options=options), workers, limits
    )


def chunks_of(files: Sequence[InputFile], workers: int) -> list[tuple[InputFile, ...]]:
    """Return the files in chunks, smaller towards the end, so that all workers end at about the same time."""
    chunks, begun = [], 0
    while begun < len(files):
        size = max(1, min(MOST_IN_CHUNK, -(-(len(files) - begun) // (2 * max(1, workers)))))
        chunks.append(tuple(files[begun : begun + size]))
        begun += size
    return chunks
