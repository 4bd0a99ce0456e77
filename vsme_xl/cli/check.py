"""`vsme-xl check`: say what is missing, wrong or doubtful; on a copy of the workbook and in a mail, where asked for."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vsme_xl.cli.computed import computed_of
from vsme_xl.cli.guarded import guarded
from vsme_xl.cli.options import language_option, mapping_option, opening_options, today_option
from vsme_xl.cli.speaking import EXIT_ERRORS, EXIT_USAGE, complain, friendly, say

if TYPE_CHECKING:
    from vsme_xl.computing import Computed
    from vsme_xl.reading.limits import Opening
    from vsme_xl.reading.read_workbook import Reading


@click.command(short_help="Say what is missing, wrong or doubtful in a workbook.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option("--all", "every", is_flag=True, help="Show every finding and all that is missing, one by one.")
@click.option("--review", type=click.Path(path_type=Path), help="Write a copy of FILE with every finding marked.")
@click.option("--mail", type=click.Path(path_type=Path), help="Write a mail draft (.eml) with the review attached.")
@click.option("--to", multiple=True, metavar="ADDRESS", help="Recipient of the draft; may be given several times.")
@language_option(None, "Language of the findings, the review and the mail; the workbook's own by default.")
@today_option("Day that the reporting period must not end after; today by default.")
@mapping_option
@guarded
@opening_options
@friendly
def check(
    file: Path,
    form: str,
    every: bool,
    review: Path | None,
    mail: Path | None,
    to: tuple[str, ...],
    language: str | None,
    today: dt.date | None,
    mapping: Path | None,
    opening: Opening,
) -> None:
    """Say what is missing, wrong or doubtful in FILE. Exit code 1 where there are errors.

    The table shows the weightiest kinds of findings first; --all, JSON and CSV hold every one.

    \b
    Example:  vsme-xl check report-2025.xlsx --review report-2025-review.xlsx --mail report-2025.eml
    """
    reading, computed, spoken = computed_of(file, mapping, language, opening, today or dt.date.today())
    _print(reading, computed, spoken, form, every)
    if review is not None or mail is not None:
        _send_back(file, reading, computed, spoken, review, mail, to)
    if (computed.findings["severity"] == "error").any():
        sys.exit(EXIT_ERRORS)


def _print(reading: Reading, computed: Computed, language: str, form: str, every: bool) -> None:
    """Print how complete the workbook is and what is to be said of it."""
    from vsme_xl.check_table import print_check
    from vsme_xl.checked import COLUMNS, check_rows, json_completeness
    from vsme_xl.disclosures import disclosures_of, general_of
    from vsme_xl.export import json_findings
    from vsme_xl.tables import print_csv, print_json

    key, places, findings = reading.workbook.file, reading.places, computed.findings
    report = [general_of(computed, key, places), *disclosures_of(computed, key, places)]
    if form == "json":
        completeness = json_completeness(report, places, language)
        workbook = reading.workbook.as_dict()
        print_json({"workbook": workbook, "completeness": completeness, "findings": json_findings(findings)})
    elif form == "csv":
        print_csv(COLUMNS, check_rows(findings, report, places, language))
    else:
        print_check(findings, report, reading, language, every)


def _send_back(
    file: Path,
    reading: Reading,
    computed: Computed,
    language: str,
    review: Path | None,
    mail: Path | None,
    to: tuple[str, ...],
) -> None:
    """Write the review copy and the mail draft, and say where they are and what the sender should know."""
    from vsme_xl.review.mail import write_mail
    from vsme_xl.review.write import ReviewError, review_of, write_review

    try:
        if review is not None and mail is not None and review.resolve() == mail.resolve():
            raise ReviewError("same_output", {"file": str(mail)})
        if review is not None:
            made = write_review(file, reading, computed, review, language)
            path = "review.written" if made.is_copy else "review.written_list"
            click.echo(say(path, file=review, cells=made.cells, items=len(made.items)), err=True)
        else:
            made = review_of(file, reading, computed, language)
        for remark in made.remarks:
            click.echo(say(f"review.remarks.{remark}", file=file), err=True)
        if mail is not None:
            name = review.name if review is not None else None
            write_mail(file, reading, computed, mail, language, review=made, to=to, attachment=name)
            click.echo(say("command.written", file=mail), err=True)
    except ReviewError as error:
        complain(f"review.errors.{error.code}", **error.params)
        sys.exit(EXIT_USAGE)
