"""The limits of time and memory under which a command about one file runs: options, and what is said where it ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from vsme_xl.cli.speaking import EXIT_UNREADABLE, complain, is_verbose


def guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command in a copy of this process under --time-limit and --memory-limit.

    Where this process cannot be copied (Windows) the time limit alone holds; within another program, none.
    """

    @wraps(command)
    def run(*args: Any, time_limit: float, memory_limit: int, **kwargs: Any) -> Any:
        from vsme_xl.guard import LimitExceeded, Limits
        from vsme_xl.guard_command import can_copy, ending_after, run_in_copy
        from vsme_xl.stopping import Stopped

        limits = Limits(time_limit, memory_limit)
        file = _file_of(kwargs)
        if can_copy():
            try:
                code, _ = run_in_copy(lambda: _silently(_code_of, command, args, kwargs), limits)
            except Stopped as stop:
                _clean(kwargs)
                stop.say(lambda: complain("command.stopped"))
                raise
            except LimitExceeded as error:
                _clean(kwargs)
                complain(f"guard.{error.reason}", file=file, seconds=time_limit, megabytes=str(memory_limit))
                code = EXIT_UNREADABLE
            sys.exit(code)
        if sys.platform != "win32" or sys.stdout is not sys.__stdout__:
            return command(*args, **kwargs)
        with ending_after(
            limits, lambda: complain("guard.time", file=file, seconds=time_limit), EXIT_UNREADABLE
        ):
            return _silently(command, *args, **kwargs)

    for option in (
        click.option(
            "--memory-limit", type=click.IntRange(200), default=1000, show_default=True, metavar="MEGABYTES",
            envvar="VSME_XL_MEMORY_LIMIT", help="Memory after which reading is stopped.",
        ),
        click.option(
            "--time-limit", type=click.FloatRange(min=0.1), default=60.0, show_default=True, metavar="SECONDS",
            envvar="VSME_XL_TIME_LIMIT", help="Time after which reading is stopped.",
        ),
    ):  # fmt: skip
        run = option(run)
    return run


def _file_of(kwargs: dict[str, Any]) -> str:
    """Return the file that a command is about: the workbook it reads, or where it reads none the one it writes."""
    given = (kwargs.get("file"), kwargs.get("source"), *kwargs.get("previous", ()), kwargs.get("out"))
    return next((str(path) for path in given if path), "")


def _silently(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Do some work, with parsers kept from writing to standard error unless the user asked to see all."""
    from vsme_xl.guard import silence_parsers

    if not is_verbose():
        silence_parsers()
    return work(*args, **kwargs)


def _code_of(command: Callable[..., Any], args: Any, kwargs: Any) -> int:
    """Run the command and return its exit code, with what click would say of a wrong option."""
    try:
        command(*args, **kwargs)
    except click.ClickException as error:
        if isinstance(error, click.UsageError):
            error.ctx = error.ctx or click.get_current_context()
        error.show()
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        return 130
    return 0


def _clean(kwargs: dict[str, Any]) -> None:
    """Remove the temporary files that a killed copy left where it was to write."""
    from vsme_xl.files import sweep

    for folder in {path.parent for path in kwargs.values() if isinstance(path, Path)}:
        if folder.is_dir():
            sweep(folder)
