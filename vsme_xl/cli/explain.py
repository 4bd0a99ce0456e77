"""`vsme-xl explain`: say what a datapoint is."""

from __future__ import annotations

import sys

import click

from vsme_xl.cli.options import language_option
from vsme_xl.cli.speaking import EXIT_USAGE, complain, friendly


@click.command()
@click.argument("datapoint")
@language_option("en", "Language of the explanation.")
@friendly
def explain(datapoint: str, language: str) -> None:
    """Say what DATAPOINT is: label, hint, paragraph, unit, when it applies and how it is computed.

    \b
    Example:  vsme-xl explain EmployeeTurnoverRate
    """
    from vsme_xl.explain import explanation, nearest

    text = explanation(datapoint, language)
    if text is None:
        near = ", ".join(nearest(datapoint, language)) or "-"
        complain("command.unknown_datapoint", name=datapoint, near=near)
        sys.exit(EXIT_USAGE)
    click.echo(text)
