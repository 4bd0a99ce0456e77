"""`vsme-xl check`: say what is missing, wrong or doubtful."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from vsme_xl.cli.computed import computed_of
from vsme_xl.cli.options import language_option, mapping_option
from vsme_xl.cli.speaking import EXIT_ERRORS, friendly


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@language_option(None, "Language of the findings; the workbook's own by default.")
@mapping_option
@friendly
def check(file: Path, form: str, language: str | None, mapping: Path | None) -> None:
    """Say what is missing, wrong or doubtful in FILE. Exit code 1 where there are errors.

    \b
    Example:  vsme-xl check report-2025.xlsx --format json
    """
    from vsme_xl.tables import print_csv, print_findings, print_json

    reading, computed, spoken = computed_of(file, mapping, language)
    findings = computed.findings
    if form == "json":
        from vsme_xl.export import json_findings

        print_json({"workbook": reading.workbook.as_dict(), "findings": json_findings(findings)})
    elif form == "csv":
        columns = ("severity", "code", "name", "cell", "message", "fix")
        print_csv(columns, findings[list(columns)].itertuples(index=False))
    else:
        print_findings(findings, computed.applicability, spoken)
    if (findings["severity"] == "error").any():
        sys.exit(EXIT_ERRORS)
