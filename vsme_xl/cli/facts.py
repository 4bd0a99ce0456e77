"""`vsme-xl facts`: print every fact, for people and for machines."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vsme_xl.cli.computed import computed_of
from vsme_xl.cli.guarded import guarded
from vsme_xl.cli.options import language_option, mapping_option, opening_options
from vsme_xl.cli.speaking import EXIT_ERRORS, complain, friendly, is_verbose, speak, spoken_language

if TYPE_CHECKING:
    import pandas as pd

    from vsme_xl.reading.limits import Opening


@click.command(short_help="Print every fact of a workbook: table, JSON, CSV, xBRL.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv", "xbrl-json"]), default="table", show_default=True
)
@language_option(None, "Language of the labels and of what is said; the workbook's own by default.")
@mapping_option
@guarded
@opening_options
@friendly
def facts(file: Path, form: str, language: str | None, mapping: Path | None, opening: Opening) -> None:
    """Print every fact of FILE, reported and computed, to standard output.

    xbrl-json is an XBRL report (xBRL-JSON 1.0) of the taxonomy's concepts; where FILE lacks the company identifier or
    the reporting period, it ends with exit code 1 and says which cell to fill in.

    \b
    Example:  vsme-xl facts report-2025.xlsx --format json > facts.json
    """
    from vsme_xl.export import FLAT_COLUMNS, flat_rows, json_facts, json_findings
    from vsme_xl.tables import print_csv, print_facts, print_json

    reading, computed, spoken = computed_of(file, mapping, None if form == "xbrl-json" else language, opening)
    if form == "json":
        head = {k: v or None for k, v in reading.workbook.as_dict().items() if k != "sha256"}
        found = json_findings(computed.findings)
        print_json({"workbook": head, "facts": json_facts(computed.facts), "findings": found})
    elif form == "csv":
        print_csv(FLAT_COLUMNS, flat_rows(computed.facts))
    elif form == "xbrl-json":
        speak(language or spoken)
        _print_xbrl(computed.facts, reading.stated_language, file, mapping, opening)
    else:
        print_facts(computed.facts, spoken)


def _print_xbrl(facts: pd.DataFrame, language: str, file: Path, mapping: Path | None, opening: Opening) -> None:
    from vsme_xl.language import load_language
    from vsme_xl.reading.mapping_check import places
    from vsme_xl.tables import print_json
    from vsme_xl.xbrl_json import lacks, xbrl_report

    found = lacks(facts)
    where = places(file, mapping, opening) if found else {}
    for lack in found:
        cell = where.get(lack.name, "")
        label = load_language(spoken_language()).label(lack.name)
        complain(f"xbrl.{lack.reason}{'' if cell else '_place'}", name=lack.name, label=label, cell=cell)
    if found:
        sys.exit(EXIT_ERRORS)
    report = xbrl_report(facts, language)
    for fact in report.left_out:
        path = "xbrl.left_out_text" if is_verbose() else "xbrl.left_out"
        complain(path, concept=fact.concept, text=fact.text, cell=fact.source or "-")
    for concept in report.contradictions:
        complain("xbrl.contradiction", concept=concept)
    print_json(report.document)
