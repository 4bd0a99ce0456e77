"""`vsme-xl new`: write a blank input workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from vsme_xl.cli.options import language_option
from vsme_xl.cli.speaking import friendly, say


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--module", type=click.Choice(["basic", "comprehensive"]), default="comprehensive", show_default=True)
@language_option("en", "Language of the workbook.")
@click.option("--currency", default="EUR", show_default=True, help="Currency of the amounts (ISO 4217).")
@click.option("--entity", help="Name of the reporting company, filled in already.")
@click.option("--period-start", help="First day of the reporting period, e.g. 2025-01-01.")
@click.option("--period-end", help="Last day of the reporting period, e.g. 2025-12-31.")
@click.option("--force", is_flag=True, help="Overwrite OUT if it exists.")
@friendly
def new(out: Path, **options: Any) -> None:
    """Write a blank input workbook to OUT.

    \b
    Example:  vsme-xl new report-2025.xlsx --module basic --entity "Muster GmbH"
    """
    from vsme_xl.codelists import codes
    from vsme_xl.input.workbook import new_workbook

    if out.suffix.lower() != ".xlsx":
        raise click.BadParameter(say("command.not_xlsx", file=out.name), param_hint="OUT")
    if options["currency"] not in codes("currency"):
        raise click.BadParameter(say("command.no_currency", text=options["currency"]), param_hint="--currency")
    if (options["period_start"] or "") > (options["period_end"] or "9999"):
        raise click.BadParameter(say("command.period_out_of_order"), param_hint="--period-end")
    for option in ("period_start", "period_end"):
        _check_date(options[option], option)
    new_workbook(out, **options)
    click.echo(say("command.written", file=out), err=True)


def _check_date(value: str | None, option: str) -> None:
    from datetime import date

    try:
        if value is not None:
            date.fromisoformat(value)
    except ValueError:
        hint = f"--{option.replace('_', '-')}"
        raise click.BadParameter(say("command.no_date", text=value), param_hint=hint) from None
