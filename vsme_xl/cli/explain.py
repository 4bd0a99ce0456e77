"""`vsme-xl explain`: say what a datapoint is."""

from __future__ import annotations

import shutil
import sys

import click

from vsme_xl.cli.options import language_option
from vsme_xl.cli.speaking import EXIT_USAGE, complain, friendly

EXAMPLE = "EmployeeTurnoverRate"


@click.command(short_help="Say what a datapoint is and how it is computed.")
@click.argument("datapoint", nargs=-1, required=True)
@language_option("en", "Language of the explanation.")
@friendly
def explain(datapoint: tuple[str, ...], language: str) -> None:
    """Say what DATAPOINT is: label, hint, paragraph, unit, when it applies and how it is computed.

    DATAPOINT is its name in the taxonomy or its label in any of our languages, in one word or several.

    \b
    Example:  vsme-xl explain EmployeeTurnoverRate
              vsme-xl explain Employee turnover rate
    """
    from vsme_xl.explain import explanation, nearest

    name = " ".join(datapoint)
    text = explanation(name, language, shutil.get_terminal_size().columns if sys.stdout.isatty() else None)
    if text is None:
        near = nearest(name, language)
        key = "unknown_datapoint" if near else "no_datapoint_alike"
        complain(f"command.{key}", name=name, near=", ".join(near) or EXAMPLE)
        sys.exit(EXIT_USAGE)
    click.echo(text)
