"""Options that several commands share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

mapping_option = click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Mapping file for another workbook.",
)


def _known_language(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    from vsme_xl.cli.speaking import LANGUAGE, wrong_usage
    from vsme_xl.language import languages

    if value is not None and value not in languages():
        known = ", ".join(languages())
        raise wrong_usage("--lang", "command.unknown_language", text=value, known=known)
    if value is not None:
        context.meta[LANGUAGE] = value
    return value


def language_option(default: str | None, text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option --lang, which takes the languages that there are files for; VSME_XL_LANG stands in for it.

    It is looked at before all others, so that what is to be said of them is said in that language.
    """
    return click.option(
        "--lang", "language", metavar="CODE", default=default, show_default=default is not None,
        callback=_known_language, envvar="VSME_XL_LANG", is_eager=True, help=text,
    )  # fmt: skip


def today_option(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option --today: the day (a date, or None) against which the reporting period is held."""

    def day(context: click.Context, parameter: click.Parameter, value: dt.datetime | None) -> dt.date | None:
        return value.date() if value else None

    kind = click.DateTime(["%Y-%m-%d"])
    return click.option("--today", type=kind, metavar="YYYY-MM-DD", callback=day, help=text)


def require_xlsx(path: Path, hint: str) -> None:
    """Refuse a name for a workbook that Excel would not open as one."""
    if path.suffix.lower() != ".xlsx":
        from vsme_xl.cli.speaking import wrong_usage

        if path.is_dir():
            raise wrong_usage(hint, "not_written.is_folder", file=path)
        better = path.with_name(f"{path.stem or path.name}.xlsx")
        raise wrong_usage(hint, "command.not_xlsx", file=path.name, better=better)


def opening_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how a workbook is opened; the command gets them as `opening`."""

    @wraps(command)
    def run(*args: Any, limits: Any, password: str, **kwargs: Any) -> Any:
        from vsme_xl.reading.limits import Opening

        return command(*args, opening=Opening(limits, password), **kwargs)

    run = click.option(
        "--password", default="", prompt=True, prompt_required=False, hide_input=True, envvar="VSME_XL_PASSWORD",
        show_default=False, help="Password of an encrypted workbook; asked for where none follows (write it last).",
    )(run)  # fmt: skip
    return click.option(
        "--limit", "limits", metavar="NAME=NUMBER", multiple=True, callback=_limits,
        help="Allow files that you trust more of something, as a refusal says (k, M, G are understood); repeatable.",
    )(run)  # fmt: skip


def _limits(context: click.Context, parameter: click.Parameter, changes: tuple[str, ...]) -> Any:
    from vsme_xl.reading.limits import UnknownLimit, limit_names, limits_of, option_name

    try:
        return limits_of(changes)
    except UnknownLimit as error:
        from vsme_xl.cli.speaking import wrong_usage

        known = ", ".join(map(option_name, limit_names()))
        raise wrong_usage("--limit", "command.unknown_limit", text=str(error), known=known) from None
