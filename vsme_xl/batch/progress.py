"""Tell how a batch goes: a progress bar on a terminal, plain lines elsewhere, a log of JSON lines, or failures only."""

from __future__ import annotations

import posixpath
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from vsme_xl.batch.names import is_renamed
from vsme_xl.batch.records import At, Outcome
from vsme_xl.cell_text import json_text
from vsme_xl.cli.speaking import name_of, say, spoken_language
from vsme_xl.not_written import not_written
from vsme_xl.stopping import unbroken
from vsme_xl.streams import print_as_utf_8

if TYPE_CHECKING:
    from vsme_xl.batch.run import Tell
    from vsme_xl.batch.watch import Notice

EVERY = 5.0
END: Any = object()  # told last, whatever happened: a bar is taken away, and the cursor is back


def teller(quiet: bool, as_json: bool, again: bool = False) -> Tell:
    """Return what tells of the events of a batch, by the options and by what standard error is.

    In a later round of a watch (`again`) it tells of what is new and does not repeat what was said before.
    """
    if as_json:
        return _json_lines()
    if again:
        return _news(quiet)
    if quiet:
        return _failures
    return _bar() if sys.stderr.isatty() else _lines()


def _say(path: str, **values: object) -> None:
    click.echo(say(f"batch.{path}", **values), err=True)


def _failure(outcome: Outcome) -> str:
    """Return what failed and why; a reason that names the file itself is said of its whole path, so once."""
    name = posixpath.basename(outcome.name)
    if outcome.message.startswith(f"{name} "):
        return say("batch.failed_said", file=outcome.name, message=outcome.message.removeprefix(f"{name} "))
    return say("batch.failed_file", file=outcome.name, message=outcome.message)


def _failures(event: Any) -> None:
    """Say what failed, in this run or before, and nothing else."""
    if hasattr(event, "outcomes"):
        for outcome in event.failed:
            click.echo(_failure(outcome), err=True)


def _news(quiet: bool) -> Tell:
    """Say what became of each file as it is done, and the sum at the end of a round."""

    def tell(event: Any) -> None:
        if isinstance(event, Outcome) and event.status == "failed":
            click.echo(_failure(event), err=True)
        elif isinstance(event, Outcome) and not quiet:
            errors, warnings = event.counts["error"], event.counts["warning"]
            _say("done_file", file=event.name, errors=errors, warnings=warnings)
        elif hasattr(event, "outcomes") and not quiet:
            _sum(event)

    return tell


def _lines() -> Tell:
    """Say how many are done every few seconds, and each failure at once."""
    total, done, began, said = 0, 0, time.monotonic(), time.monotonic()

    def tell(event: Any) -> None:
        nonlocal total, done, began, said
        if hasattr(event, "collected"):
            total, began = event.files - event.unchanged, time.monotonic()
            _begin(event)
        elif isinstance(event, Outcome):
            done += 1
            if event.status == "failed":
                click.echo(_failure(event), err=True)
            if time.monotonic() - said > EVERY:
                said = time.monotonic()
                _say("progress", done=done, total=total, rate=round(done / (said - began), 1))
        elif hasattr(event, "outcomes"):
            _end(event)

    return tell


def _bar() -> Tell:
    """Show a bar with rate and time left; failures stand above it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    bar = Progress(*columns, console=console, auto_refresh=False, transient=True)
    task, began, shown = bar.add_task("", total=0, rate=""), time.monotonic(), 0.0

    @unbroken()  # a bar that is broken off in the middle cannot be taken away
    def tell(event: Any) -> None:
        nonlocal began, shown
        if event is END:
            bar.stop()
            return
        if hasattr(event, "collected"):
            _begin(event)
            began = time.monotonic()
            bar.update(task, total=event.files - event.unchanged)
            bar.start()
        elif isinstance(event, Outcome):
            bar.advance(task)
            if event.status == "failed":
                console.print(_failure(event), markup=False, highlight=False, style="red")
        elif hasattr(event, "outcomes"):
            bar.stop()
            _end(event)
            return
        if time.monotonic() - shown > 0.1:
            shown = time.monotonic()
            done = bar.tasks[0].completed
            rate = say("batch.rate", rate=round(done / max(shown - began, 0.1), 1))
            bar.update(task, rate=rate)
            bar.refresh()

    return tell


def _begin(event: Any) -> None:
    skipped: dict[str, int] = {}
    for item in event.collected.skipped:
        skipped[item.code] = skipped.get(item.code, 0) + 1
    key = ("begin_again" if event.forced else "begin") if event.files else "begin_empty"
    _say(key, files=event.files, unchanged=event.unchanged)
    if event.otherwise:
        _say("otherwise", count=event.otherwise)
    for code, count in sorted(skipped.items()):
        _say(f"skipped.{code}", count=count)
    for file in event.collected.files:
        if file.twin_of:
            _say("twin", file=file.name, other=file.twin_of)
        if is_renamed(file):
            _say("renamed", file=file.name, output=file.output)


def _end(summary: Any) -> None:
    for outcome in summary.failed_before:
        click.echo(_failure(outcome), err=True)
    _sum(summary)


def _sum(summary: Any) -> None:
    for outcome in summary.gone:
        _say("gone", file=outcome.name, results=outcome.outputs["results"])
    names = {o.name: str(o.about.get("entity", "")) for o in summary.outcomes}
    for file, other in summary.same:
        mine, theirs = names.get(file, ""), names.get(other, "")
        alike = " ".join(mine.casefold().split()) == " ".join(theirs.casefold().split())
        key = "same" if alike else "same_identifier"
        _say(key, file=file, other=other, company=mine or file, counted=theirs or other)
    before = len(summary.failed_before)
    key = "interrupted" if summary.interrupted else "summary_before" if before else "summary"
    errors = sum(1 for o in summary.outcomes if o.counts.get("error"))
    _say(
        key, processed=summary.processed, unchanged=summary.kept, failed=len(summary.failed), before=before,
        with_errors=errors, files=len(summary.outcomes), left=summary.left,
    )  # fmt: skip


def notice_teller(quiet: bool, as_json: bool) -> Callable[[Notice], None]:
    """Return what tells what a watch has to say, by the options."""

    def tell(notice: Notice) -> None:
        if as_json:
            _json_line("watch", code=notice.code, file=notice.file, reason=notice.reason)
        elif not quiet:
            reason = not_written(notice.cause, spoken_language()) if notice.cause else notice.reason
            _say(f"watch.{notice.code}", file=notice.file, reason=reason)

    return tell


def _json_line(event: str, **values: object) -> None:
    print_as_utf_8()
    click.echo(json_text({"event": event, **values}))


def _json_lines() -> Tell:
    """Write one line of JSON per event to standard output: begin, working (the first worker begins), file, end."""
    line, working = _json_line, False

    def tell(event: Any) -> None:
        nonlocal working
        if isinstance(event, At) and not working:
            working = True
            line("working")
        elif hasattr(event, "collected"):
            skipped = [{"file": s.name, "reason": s.code} for s in event.collected.skipped]
            line("begin", files=event.files, unchanged=event.unchanged, skipped=skipped)
        elif isinstance(event, Outcome):
            line(
                "file", file=event.name, status=event.status, code=event.code, message=event.message,
                outputs=dict(event.outputs), counts=dict(event.counts),
                entity=name_of(event.about.get("entity", ""), ""),
            )  # fmt: skip
        elif hasattr(event, "outcomes"):
            line(
                "end", processed=event.processed, unchanged=event.kept, failed=[o.name for o in event.failed],
                failed_before=[o.name for o in event.failed_before], left=event.left, gone=[o.name for o in event.gone],
                same=[{"file": name, "counted": other} for name, other in event.same], interrupted=event.interrupted,
            )  # fmt: skip

    return tell

