"""`vsme-xl batch`: a folder of client workbooks to results and a portfolio."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vsme_xl.cli.options import language_option, mapping_option, opening_options, today_option
from vsme_xl.cli.speaking import EXIT_ERRORS, EXIT_USAGE, complain, friendly, say, spoken_language

if TYPE_CHECKING:
    from vsme_xl.batch.finish import Summary
    from vsme_xl.batch.records import Options, Watched
    from vsme_xl.batch.run import Engine
    from vsme_xl.guard import Limits


@click.command(short_help="Process a folder of workbooks: results and a portfolio.")
@click.argument("sources", metavar="IN...", nargs=-1, required=True)
@click.argument("out", metavar="OUT")
@click.option("--workers", type=click.IntRange(1), help="Processes that work side by side; one per core by default.")
@click.option("--timeout", type=click.FloatRange(min=0.1), default=60.0, show_default=True, help="Seconds per file.")
@click.option(
    "--memory", type=click.IntRange(200), default=1000, show_default=True, help="Megabytes a worker may hold."
)
@click.option("--review", is_flag=True, help="Write a copy of every workbook with its findings marked.")
@click.option("--mail", is_flag=True, help="Write a mail draft (.eml) for every workbook, its review attached.")
@click.option(
    "--engine", type=click.Choice(["processes", "dask"]), default="processes", show_default=True,
    help="Where the work is done: processes on this machine, or a Dask cluster.",
)  # fmt: skip
@click.option(
    "--scheduler", metavar="ADDRESS", default="",
    help="Dask cluster to use (tcp://host:8786); without it one is started on this machine.",
)  # fmt: skip
@click.option("--watch", is_flag=True, help="Stay, and process new and changed files as they arrive; stop with Ctrl-C.")
@click.option(
    "--poll", type=click.FloatRange(min=0.5), metavar="SECONDS",
    help="With --watch: look every so many seconds, for network shares that do not report changes.",
)  # fmt: skip
@click.option("--structure", type=click.Choice(["esg", "dnk", "vsme"]), default="esg", show_default=True)
@language_option(None, "Language of the results; each workbook's own by default.")
@today_option("Day to hold the reporting periods against; without it the results hang on no clock.")
@mapping_option
@opening_options
@click.option("--force", is_flag=True, help="Process unchanged files again.")
@click.option("--quiet", is_flag=True, help="Say nothing but what failed.")
@click.option("--json", "as_json", is_flag=True, help="Log one line of JSON per event to standard output.")
@friendly
def batch(sources: tuple[str, ...], out: str, **given: Any) -> None:
    """Process every workbook in IN (folders, globs, files, .zip, .eml, URLs) and write results and a portfolio to OUT.

    A file that cannot be read costs only itself; it is listed with its reason. What is unchanged since the last run is
    not processed again, and a run that was broken off goes on where it was. Exit codes: 0 all files were processed, 1
    some could not be, 2 wrong usage, 130 broken off by Ctrl-C.

    \b
    Example:  vsme-xl batch clients/ results/
    """
    from vsme_xl.guard import Limits

    if given["poll"] and not given["watch"]:
        complain("batch.watch.needs_watch")
        sys.exit(EXIT_USAGE)
    _begin_server(out, given)
    from vsme_xl.batch.run import run_batch

    limits = Limits(given["timeout"], given["memory"])
    with _refusals(out), _engine(given, (*sources, out), limits) as (engine, workers):
        run = partial(run_batch, sources, out, _options(out, given), engine, workers, limits)
        summary = _watch(run, sources, out, given) if given["watch"] else _once(run, given)
    if summary is None or summary.interrupted:
        sys.exit(128 + (summary.signal if summary else signal.SIGINT))
    if not given["watch"]:
        _say_where(summary, out, given)
    if summary.failed:
        sys.exit(EXIT_ERRORS)


def _begin_server(out: str, given: Mapping[str, Any]) -> None:
    """Let the server that workers come from begin with its imports while this process begins with its own.

    Where there has been a batch before there may be nothing to do, and a store may be one that only this process sees.
    """
    from vsme_xl.batch.records import MANIFEST, PRIVATE
    from vsme_xl.batch.workers import PRELOADED
    from vsme_xl.guard import preload, start_method, start_server

    with suppress(OSError):  # said where a worker is started
        new = "://" not in out and not Path(out, PRIVATE, MANIFEST).exists()
        if new and given["engine"] != "dask" and start_method() == "forkserver":
            preload(PRELOADED)
            start_server()


def _say_where(summary: Summary, out: str, given: Mapping[str, Any]) -> None:
    """Say where the portfolio is, and whether it was written or is what it was."""
    from vsme_xl.batch.storage import join
    from vsme_xl.portfolio.workbook import NAME

    if not given["quiet"] and not given["as_json"]:
        complain("command.written" if summary.written else "batch.as_it_was", file=join(out, NAME))


def _options(out: str, given: Mapping[str, Any]) -> Options:
    """Return what bears on the results."""
    from vsme_xl.batch.records import Options

    mapping: Path | None = given["mapping"]
    return Options(
        out, mapping=str(mapping.resolve()) if mapping else "", structure=given["structure"],
        language=given["language"] or "", review=given["review"], mail=given["mail"],
        today=given["today"], opening=given["opening"],
    )  # fmt: skip


@contextmanager
def _refusals(out: str) -> Iterator[None]:
    """Say in plain words why a batch cannot begin, go on or finish, and end with the exit code for it."""
    from vsme_xl.batch.dask_engine import ClusterFails
    from vsme_xl.batch.finish import CannotFinish
    from vsme_xl.batch.inputs import NoInput
    from vsme_xl.batch.run import DiskFull
    from vsme_xl.batch.storage import InUse
    from vsme_xl.batch.workers import WorkersFail

    try:
        yield
        return
    except NoInput as error:
        complain(f"batch.{error.code}", source=error.source)
        code = EXIT_USAGE
    except ClusterFails as error:
        complain(f"batch.cluster.{error.code}", at=error.at)
        code = EXIT_ERRORS if error.code == "lost" else EXIT_USAGE
    except InUse:
        complain("batch.in_use", out=out)
        code = EXIT_USAGE
    except CannotFinish as error:
        complain("batch.cannot_finish", reason=_reasons(error.args))
        code = EXIT_ERRORS
    except DiskFull:
        code = EXIT_ERRORS
    except WorkersFail:
        complain("batch.no_workers")
        code = EXIT_ERRORS
    sys.exit(code)


def _reasons(errors: Sequence[OSError]) -> str:
    """Return why tables could not be written, each reason once."""
    from vsme_xl.batch.manifest import DamagedRecord
    from vsme_xl.not_written import not_written

    said = (
        say("batch.damaged_record") if isinstance(one, DamagedRecord) else not_written(one, spoken_language())
        for one in errors
    )
    return " ".join(dict.fromkeys(said))


def _once(run: Callable[..., Summary], given: Mapping[str, Any]) -> Summary:
    """Process what is there, and return what was done."""
    from vsme_xl.batch.progress import END, teller

    tell = teller(given["quiet"], given["as_json"])
    try:
        return run(given["force"], tell)
    finally:
        tell(END)


def _watch(run: Callable[..., Summary], sources: Sequence[str], out: str, given: Mapping[str, Any]) -> Summary | None:
    """Process what arrives until Ctrl-C (or an end asked for by the system), and return what the last round did."""
    from vsme_xl.batch.finish import Summary
    from vsme_xl.batch.progress import notice_teller, teller
    from vsme_xl.batch.ticks import ticks
    from vsme_xl.batch.watch import SETTLED, Notice, rounds
    from vsme_xl.stopping import Stopped

    tell_notice = notice_teller(given["quiet"], given["as_json"])
    last: Summary | None = None

    def turn(watched: Watched) -> Summary:
        first = last is None
        tell = teller(given["quiet"], given["as_json"], again=not first)

        def heard(event: Any) -> None:
            nonlocal last
            last = event if isinstance(event, Summary) else last  # Ctrl-C may come before the round returns it
            tell(event)

        done = run(given["force"] and first, heard, watched)
        if first and not done.interrupted:
            _say_where(done, out, given)
        return done

    tell_notice(Notice("watching", ", ".join(sources)))
    settled = max(SETTLED, given["poll"] or 0.0)
    try:
        for done in rounds(sources, out, turn, ticks(sources, given["poll"]), tell_notice, settled):
            if done.interrupted:
                return done
    except (KeyboardInterrupt, Stopped):
        tell_notice(Notice("stopped"))
    return last


@contextmanager
def _engine(given: Mapping[str, Any], urls: Sequence[str], limits: Limits) -> Iterator[tuple[Engine | None, int]]:
    """Give out the engine of the options and how many work side by side in it; None for processes of this machine."""
    from vsme_xl.batch.dask_engine import ClusterFails, cluster, dask_engine, slots
    from vsme_xl.batch.run import WORK

    workers = given["workers"] or os.cpu_count() or 1
    if given["engine"] != "dask":
        if given["scheduler"]:
            raise ClusterFails("needs_engine")
        yield None, workers
        return
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it would say is said here, in plain words
    with cluster(given["scheduler"], workers, urls) as client:
        if not slots(client):
            complain("batch.cluster.no_workers", at=given["scheduler"])
        yield dask_engine(client, WORK, limits), max(1, slots(client))
