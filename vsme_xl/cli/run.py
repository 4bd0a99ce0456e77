"""`vsme-xl run`: read, compute, write the results workbook."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vsme_xl.cli.computed import computed_of
from vsme_xl.cli.guarded import guarded
from vsme_xl.cli.options import language_option, mapping_option, opening_options, require_xlsx, today_option
from vsme_xl.cli.speaking import friendly, name_of, say

if TYPE_CHECKING:
    from vsme_xl.computing import Computed
    from vsme_xl.reading.limits import Opening
    from vsme_xl.reading.read_workbook import Reading


@click.command(short_help="Compute every metric of a workbook and write the results.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write; FILE-results.xlsx by default.")
@click.option(
    "--structure", type=click.Choice(["esg", "dnk", "vsme"]), default="esg", show_default=True,
    help="Sheets by environment, social and governance, by the topics of the DNK, or by disclosure.",
)  # fmt: skip
@language_option(None, "Language of the results and of what is said; the workbook's own by default.")
@today_option("Day to hold the reporting period against; without it the results hang on no clock.")
@mapping_option
@guarded
@opening_options
@friendly
def run(
    file: Path,
    output: Path | None,
    structure: str,
    language: str | None,
    today: dt.date | None,
    mapping: Path | None,
    opening: Opening,
) -> None:
    """Read FILE, compute every metric and write the results workbook.

    An incomplete workbook gets results too; what is missing is said.

    \b
    Example:  vsme-xl run report-2025.xlsx -o results.xlsx
    """
    target = output or file.with_name(f"{file.stem}-results.xlsx")
    require_xlsx(target, "--output")
    if target.resolve() == file.resolve():
        raise click.UsageError(say("command.same_file"))
    reading, computed, spoken = computed_of(file, mapping, language, opening, today)
    _write_results(reading, computed, target, structure, spoken)
    _summary(reading, computed)
    click.echo(say("command.written", file=target), err=True)


def _write_results(reading: Reading, computed: Computed, target: Path, structure: str, language: str) -> None:
    from vsme_xl.results.workbook import write_results

    meta = reading.workbook.as_dict()
    write_results(computed, target, meta=meta, structure=structure, language=language)


def _summary(reading: Reading, computed: Computed) -> None:
    findings = computed.findings
    counts = {s: int((findings["severity"] == s).sum()) for s in ("error", "warning", "info")}
    status = computed.applicability
    missing = int(((status["name"] != "") & (status["status"] == "missing")).sum())
    facts = computed.facts
    click.echo(
        say(
            "command.summary", entity=name_of(reading.workbook.entity, reading.workbook.file), missing=missing,
            reported=int((facts["basis"] == "reported").sum()), computed=int((facts["basis"] == "computed").sum()),
            errors=counts["error"], warnings=counts["warning"], infos=counts["info"],
        ),
        err=True,
    )  # fmt: skip
