"""`vsme-xl mapping`: list, show, draft and check mapping files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vsme_xl.cli.guarded import guarded
from vsme_xl.cli.options import language_option, opening_options
from vsme_xl.cli.speaking import EXIT_USAGE, complain, friendly, say

if TYPE_CHECKING:
    from vsme_xl.reading.limits import Opening


@click.group(short_help="Work with mappings: which cell holds which datapoint.")
def mapping() -> None:
    """Work with mapping files, which say which cell holds which datapoint."""


@mapping.command("show", short_help="List the known kinds of workbook, or the places of one.")
@click.argument("kind", required=False)
@language_option(None, "Language of what is said; English by default.")
@friendly
def mapping_show(kind: str | None, language: str | None) -> None:
    """List the known kinds of workbook, or print the places of one KIND (or of a mapping FILE).

    \b
    Example:  vsme-xl mapping show efrag
    """
    from vsme_xl.reading.mapping import known_mappings, load_mapping
    from vsme_xl.tables import print_csv

    if kind is None:
        print_csv(("kind", "version", "title"), [(m.kind, m.version, m.title) for m in known_mappings()])
        return
    path = Path(kind)
    chosen = [load_mapping(path)] if path.is_file() else [m for m in known_mappings() if m.kind == kind]
    if not chosen:
        complain("command.unknown_mapping", name=kind, known=", ".join(sorted({m.kind for m in known_mappings()})))
        sys.exit(EXIT_USAGE)
    rows = [(m.version, n, p.name or p.at) for m in chosen for n, p in {**m.places, **m.choices}.items()]
    print_csv(("version", "datapoint", "place"), rows)


@mapping.command("build", short_help="Draft a mapping for a workbook of an unknown kind.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write; standard output by default.")
@language_option("en", "Language of the notes in the draft.")
@guarded
@opening_options
@friendly
def mapping_build(file: Path, output: Path | None, language: str, opening: Opening) -> None:
    """Draft a mapping for FILE, a workbook of an unknown kind, from its names, labels and units.

    \b
    Example:  vsme-xl mapping build questionnaire.xlsx -o questionnaire.yaml
    """
    from vsme_xl.files import write_whole
    from vsme_xl.reading.mapping_draft import draft_mapping
    from vsme_xl.streams import print_as_utf_8

    text = draft_mapping(file, language, opening)
    if output is None:
        print_as_utf_8()
        click.echo(text, nl=False)
        return
    if output.is_file():
        complain("command.exists_already", file=output)
        sys.exit(EXIT_USAGE)
    write_whole(output, text.encode("utf-8"))
    click.echo(say("command.written", file=output), err=True)


@mapping.command("check", short_help="Say what a mapping reads from a workbook, and where.")
@click.argument("mapping_file", metavar="MAPPING", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@language_option(None, "Language of the findings; the workbook's own by default.")
@guarded
@opening_options
@friendly
def mapping_check(mapping_file: Path, file: Path, language: str | None, opening: Opening) -> None:
    """Print as CSV what MAPPING would read from FILE, from where, and which required datapoints it does not cover.

    \b
    Example:  vsme-xl mapping check questionnaire.yaml questionnaire.xlsx
    """
    from vsme_xl.reading.mapping_check import COLUMNS, check_mapping
    from vsme_xl.tables import print_csv

    print_csv(COLUMNS, [line.texts() for line in check_mapping(mapping_file, file, language, opening)])
