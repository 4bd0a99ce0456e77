"""`vsme-xl new`: write an input workbook: blank, for the next year, or with the answers of another workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vsme_xl.cli.options import language_option, mapping_option
from vsme_xl.cli.speaking import friendly, say, speak

if TYPE_CHECKING:
    from vsme_xl.carrying.next_year import Carried
    from vsme_xl.carrying.source import Source

SAID_BY_OPTION = {"EntityName": "entity", "Currency": "currency"}


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--previous", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
    help="Last year's workbook, filled in: what stays is taken over, its figures become those of the year before. "
    "May be given again: a further file fills what the ones before it lack.",
)  # fmt: skip
@click.option("--module", type=click.Choice(["basic", "comprehensive"]), help="By default that of FILE, else both.")
@language_option(None, "Language of the workbook; that of FILE by default, else English.")
@click.option("--currency", help="Currency of the amounts (ISO 4217); that of FILE by default, else EUR.")
@click.option("--entity", help="Name of the reporting company, filled in already.")
@click.option("--period-start", help="First day of the reporting period, e.g. 2025-01-01.")
@click.option("--period-end", help="Last day of the reporting period, e.g. 2025-12-31.")
@mapping_option
@click.option("--force", is_flag=True, help="Overwrite OUT if it exists.")
@friendly
def new(out: Path, previous: tuple[Path, ...], mapping: Path | None, **options: Any) -> None:
    """Write an input workbook to OUT: a blank one, or with --previous one that begins the next year.

    \b
    Example:  vsme-xl new report-2025.xlsx --module basic --entity "Muster GmbH"
              vsme-xl new report-2026.xlsx --previous report-2025.xlsx
    """
    _check(out, options)
    given = {key: value for key, value in options.items() if value is not None}
    if not previous:
        _write(out, {"module": "comprehensive", "language": "en", "currency": "EUR"} | given)
        return
    from vsme_xl.carrying.next_year import next_year

    sources = _sources(previous, mapping, options["language"])
    language, module = given.get("language", sources[0].info.language), given.get("module", sources[0].module)
    period = (options["period_start"], options["period_end"])
    carried = next_year(sources, module, language, options["currency"], period)
    otherwise = [name for name, option in SAID_BY_OPTION.items() if option in given]
    carried = carried.without([*otherwise, *(["BasisForPreparation"] if module != sources[0].module else [])])
    _write(out, {**given, "language": language, "module": module}, carried)
    _say_what_was_carried(carried, language)


def _check(out: Path, options: dict[str, Any]) -> None:
    """Refuse options that no workbook can be written with."""
    from vsme_xl.codelists import codes

    if out.suffix.lower() != ".xlsx":
        raise click.BadParameter(say("command.not_xlsx", file=out.name), param_hint="OUT")
    if options["currency"] is not None and options["currency"] not in codes("currency"):
        raise click.BadParameter(say("command.no_currency", text=options["currency"]), param_hint="--currency")
    if (options["period_start"] or "") > (options["period_end"] or "9999"):
        raise click.BadParameter(say("command.period_out_of_order"), param_hint="--period-end")
    for option in ("period_start", "period_end"):
        _check_date(options[option], option)


def _check_date(value: str | None, option: str) -> None:
    from datetime import date

    try:
        if value is not None:
            date.fromisoformat(value)
    except ValueError:
        hint = f"--{option.replace('_', '-')}"
        raise click.BadParameter(say("command.no_date", text=value), param_hint=hint) from None


def _sources(files: tuple[Path, ...], mapping: Path | None, language: str | None) -> list[Source]:
    from vsme_xl.carrying.source import source_of

    sources = [source_of(files[0], mapping, language)]
    speak(language or sources[0].info.language)
    return [*sources, *(source_of(file, mapping, language or sources[0].info.language) for file in files[1:])]


def _write(out: Path, options: dict[str, Any], carried: Carried | None = None) -> None:
    from vsme_xl.input.workbook import new_workbook

    if carried is not None:
        options |= {"answers": carried.answers, "carried": carried.marked}
    new_workbook(out, **options)
    click.echo(say("command.written", file=out), err=True)


def _say_what_was_carried(carried: Carried, language: str) -> None:
    from vsme_xl.tables import print_left_behind

    period = carried.answers["period"]
    stays, figures = int((period == "current").sum()), int((period == "previous").sum())
    click.echo(say("command.carried_over", stays=stays, figures=figures), err=True)
    print_left_behind(carried.left, language)
