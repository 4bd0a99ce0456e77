"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

mapping_option = click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Mapping file for another workbook.",
)


def _known_language(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    from vsme_xl.language import languages

    if value is not None and value not in languages():
        raise click.BadParameter(f"{value!r}; known are {', '.join(languages())}")
    return value


def language_option(default: str | None, text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option --lang, which takes the languages that there are files for."""
    return click.option(
        "--lang", "language", default=default, show_default=default is not None, callback=_known_language, help=text
    )
