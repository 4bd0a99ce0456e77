"""`vsme-xl demo`: a blank workbook, a filled one and its results."""

from __future__ import annotations

from pathlib import Path

import click

from vsme_xl.cli.options import language_option
from vsme_xl.cli.speaking import friendly, say


@click.command(short_help="Write a blank workbook, a filled one and its results.")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("vsme-demo"))
@language_option("en", "Language of the workbooks.")
@friendly
def demo(folder: Path, language: str) -> None:
    """Write a blank workbook, a filled one and its results to FOLDER (vsme-demo by default).

    \b
    Example:  vsme-xl demo
    """
    from vsme_xl.demo import write_demo

    for path, key in write_demo(folder, language):
        click.echo(f"{path}  {say(key)}")
