"""`vsme-xl new`: write an input workbook: blank, for the next year, or with the answers of another workbook."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vsme_xl.cli.guarded import guarded
from vsme_xl.cli.options import language_option, mapping_option, opening_options, require_xlsx
from vsme_xl.cli.speaking import EXIT_USAGE, complain, friendly, say, speak, wrong_usage

if TYPE_CHECKING:
    import pandas as pd

    from vsme_xl.carrying.next_year import Carried
    from vsme_xl.carrying.source import Source
    from vsme_xl.reading.limits import Opening

SAID_BY_OPTION = {
    "EntityName": "entity", "Currency": "currency", "ReportingPeriodStart": "period_start",
    "ReportingPeriodEnd": "period_end",
}  # fmt: skip


@click.command(short_help="Write an input workbook: blank, the next year's, or moved.")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--previous", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
    help="Last year's workbook, filled in: what stays is taken over, its figures become those of the year before. "
    "May be given again: a further file fills what the ones before it lack.",
)  # fmt: skip
@click.option(
    "--from", "source", type=click.Path(path_type=Path), metavar="FILE",
    help="A filled workbook of the same year, of ours, EFRAG's or a mapped one: its answers are moved to OUT.",
)  # fmt: skip
@click.option("--module", type=click.Choice(["basic", "comprehensive"]), help="By default that of FILE, else both.")
@language_option(None, "Language of the workbook; that of FILE by default, else English.")
@click.option("--currency", help="Currency of the amounts (ISO 4217); that of FILE by default, else EUR.")
@click.option("--entity", help="Name of the reporting company, filled in already.")
@click.option("--period-start", help="First day of the reporting period, e.g. 2025-01-01.")
@click.option("--period-end", help="Last day of the reporting period, e.g. 2025-12-31.")
@click.option(
    "--rows", type=click.IntRange(5, 1000), metavar="N",
    help="Rows ready in the long tables; 100 by default. Fewer print on fewer pages, more may be inserted.",
)
@mapping_option
@guarded
@opening_options
@click.option("--force", is_flag=True, help="Overwrite OUT if it exists.")
@friendly
def new(
    out: Path,
    previous: tuple[Path, ...],
    source: Path | None,
    mapping: Path | None,
    opening: Opening,
    **options: Any,
) -> None:
    """Write an input workbook to OUT: a blank one, the next year's (--previous), or one with moved answers (--from).

    What could not be carried over is printed as a list.

    \b
    Example:  vsme-xl new report-2025.xlsx --module basic --entity "Muster GmbH"
              vsme-xl new report-2026.xlsx --previous report-2025.xlsx
              vsme-xl new report-2025-da.xlsx --from report-2025.xlsx --lang da
    """
    _check(out, options)
    given = {key: value for key, value in options.items() if value is not None}
    files = (source,) if source is not None else previous
    if source is not None and previous:
        raise click.UsageError(say("command.previous_or_from"))
    if out.resolve() in [file.resolve() for file in files]:
        raise click.UsageError(say("command.same_workbook"))
    if files:
        sources = _sources(files, mapping, given.get("language"), opening, source is not None)
        _carry_over(out, sources, source is not None, given)
    else:
        _write(out, {"module": "comprehensive", "language": "en", "currency": "EUR"} | given)


def _carry_over(out: Path, sources: list[Source], same_year: bool, given: dict[str, Any]) -> None:
    """Write a workbook with the answers of others, and say what stays behind."""
    from vsme_xl.carrying.move import changed, moved
    from vsme_xl.carrying.next_year import next_year

    language, module = given.get("language", sources[0].info.language), given.get("module", sources[0].module)
    currency = sources[0].info.currency
    if same_year and given.get("currency", currency) != currency and currency:
        raise wrong_usage("--currency", "command.keeps_currency", text=currency)
    if same_year:
        carried = moved(sources[0], module, language)
    else:
        period = (given.get("period_start"), given.get("period_end"))
        carried = next_year(sources, module, language, given.get("currency"), period)
    otherwise = [name for name, option in SAID_BY_OPTION.items() if option in given]
    carried = carried.without([*otherwise, *(["BasisForPreparation"] if module != sources[0].module else [])])
    _write(out, {**given, "language": language, "module": module}, carried)
    left = [carried.left, *([changed(out, carried, sources[0], language)] if same_year else [])]
    _say_what_was_carried(carried, left, language)


def _check(out: Path, options: dict[str, Any]) -> None:
    """Refuse options that no workbook can be written with."""
    from vsme_xl.codelists import codes

    require_xlsx(out, "OUT")
    if options["currency"] is not None and options["currency"] not in codes("currency"):
        raise wrong_usage("--currency", "command.no_currency", text=options["currency"])
    if (options["period_start"] or "") > (options["period_end"] or "9999"):
        raise wrong_usage("--period-end", "command.period_out_of_order")
    for option in ("period_start", "period_end"):
        _check_date(options[option], option)


def _check_date(value: str | None, option: str) -> None:
    from datetime import date

    try:
        if value is not None:
            date.fromisoformat(value)
    except ValueError:
        raise wrong_usage(f"--{option.replace('_', '-')}", "command.no_date", text=value) from None


def _sources(
    files: tuple[Path, ...], mapping: Path | None, language: str | None, opening: Opening, around: bool
) -> list[Source]:
    from vsme_xl.carrying.source import source_of

    first = source_of(files[0], mapping, language, opening, around)
    spoken = language or first.info.language
    speak(spoken)
    return [first, *(source_of(file, mapping, spoken, opening) for file in files[1:])]


def _write(out: Path, options: dict[str, Any], carried: Carried | None = None) -> None:
    from vsme_xl.input.workbook import new_workbook

    if carried is not None:
        options |= {"answers": carried.answers, "carried": carried.marked, "notes": carried.notes}
    try:
        new_workbook(out, **options)
    except FileExistsError:
        complain("command.exists", file=out)
        sys.exit(EXIT_USAGE)
    click.echo(say("command.written", file=out), err=True)


def _say_what_was_carried(carried: Carried, left: list[pd.DataFrame], language: str) -> None:
    import pandas as pd

    from vsme_xl.check_table import print_left_behind

    period = carried.answers["period"]
    stays, figures = int((period == "current").sum()), int((period == "previous").sum())
    click.echo(say("command.carried_over", stays=stays, figures=figures), err=True)
    print_left_behind(pd.concat(left, ignore_index=True), language)
