"""The command line: thin commands over the library; data goes to standard output, everything else to standard error."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from vsme_xl import __version__

if TYPE_CHECKING:
    import pandas as pd

    from vsme_xl.computing import Computed
    from vsme_xl.reading.read_workbook import Reading

EXIT_ERRORS, EXIT_USAGE, EXIT_UNREADABLE = 1, 2, 3
P = ParamSpec("P")
R = TypeVar("R")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vsme-xl")
def main() -> None:
    """VSME sustainability reports in Excel: generate a workbook, read it back, compute, check, write results.

    \b
    Begin with:  vsme-xl demo
    """
    gc.disable()  # a command is short and keeps most of what it makes: collecting costs an eighth of its time



def _friendly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the library's exceptions into one plain sentence and the documented exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from vsme_xl.reading.mapping import MappingError
        from vsme_xl.reading.workbook_file import UnreadableWorkbook

        try:
            return command(*args, **kwargs)
        except UnreadableWorkbook as error:
            _complain(f"unreadable.{error.code}", **error.params)
            sys.exit(EXIT_UNREADABLE)
        except MappingError as error:
            click.echo(str(error), err=True)
            sys.exit(EXIT_USAGE)
        except FileExistsError as error:
            _complain("command.exists", file=error.filename or str(error))
            sys.exit(EXIT_USAGE)
        except PermissionError as error:
            _complain("command.no_permission", file=error.filename or str(error))
            sys.exit(EXIT_USAGE)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)
        except OSError as error:
            _complain("command.cannot_write", file=error.filename or "", reason=error.strerror or str(error))
            sys.exit(EXIT_USAGE)

    return run


def _complain(path: str, **values: str) -> None:
    click.echo(_say(path, **values), err=True)


def _say(path: str, language: str = "en", **values: object) -> str:
    from vsme_xl.language import load_language

    return load_language(language).text(path, **{"part": "", "sheet": "", "cell": "", **values})


def _known_language(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    from vsme_xl.language import languages

    if value is not None and value not in languages():
        raise click.BadParameter(f"{value!r}; known are {', '.join(languages())}")
    return value


def language_option(default: str | None, text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option --lang, which takes the languages that there are files for."""
    return click.option(
        "--lang", "language", default=default, show_default=default is not None, callback=_known_language, help=text
    )


@main.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--module", type=click.Choice(["basic", "comprehensive"]), default="comprehensive", show_default=True)
@language_option("en", "Language of the workbook.")
@click.option("--currency", default="EUR", show_default=True, help="Currency of the amounts (ISO 4217).")
@click.option("--entity", help="Name of the reporting company, filled in already.")
@click.option("--period-start", help="First day of the reporting period, e.g. 2025-01-01.")
@click.option("--period-end", help="Last day of the reporting period, e.g. 2025-12-31.")
@click.option("--force", is_flag=True, help="Overwrite OUT if it exists.")
@_friendly
def new(out: Path, **options: Any) -> None:
    """Write a blank input workbook to OUT.

    \b
    Example:  vsme-xl new report-2025.xlsx --module basic --entity "Muster GmbH"
    """
    from vsme_xl.codelists import codelist
    from vsme_xl.input.workbook import new_workbook

    if out.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"{out.name!r} does not end in .xlsx", param_hint="OUT")
    if options["currency"] not in codelist("currency").codes:
        raise click.BadParameter(f"{options['currency']!r} is not a currency such as EUR", param_hint="--currency")
    if (options["period_start"] or "") > (options["period_end"] or "9999"):
        raise click.BadParameter("the period ends before it starts", param_hint="--period-end")
    for option in ("period_start", "period_end"):
        _check_date(options[option], option)
    new_workbook(out, **options)
    click.echo(_say("command.written", file=out), err=True)


def _check_date(value: str | None, option: str) -> None:
    from datetime import date

    try:
        if value is not None:
            date.fromisoformat(value)
    except ValueError:
        hint = f"--{option.replace('_', '-')}"
        raise click.BadParameter(f"{value!r} is not a date such as 2025-12-31", param_hint=hint) from None


mapping_option = click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Mapping file for another workbook.",
)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write; FILE-results.xlsx by default.")
@click.option("--structure", type=click.Choice(["esg", "dnk", "vsme"]), default="esg", show_default=True)
@language_option(None, "Language of the results; the workbook's own by default.")
@mapping_option
@_friendly
def run(file: Path, output: Path | None, structure: str, language: str | None, mapping: Path | None) -> None:
    """Read FILE, compute every metric and write the results workbook.

    An incomplete workbook gets results too; what is missing is said.

    \b
    Example:  vsme-xl run report-2025.xlsx -o results.xlsx
    """
    target = output or file.with_name(f"{file.stem}-results.xlsx")
    if target.resolve() == file.resolve():
        raise click.UsageError(_say("command.same_file"))
    reading, computed = _computed(file, mapping)
    _write_results(reading, computed, target, structure, language)
    _summary(reading, computed)
    click.echo(_say("command.written", file=target), err=True)


def _computed(file: Path, mapping: Path | None) -> tuple[Reading, Computed]:
    from vsme_xl.computing import compute
    from vsme_xl.reading.read_workbook import read

    reading = read(file, mapping)
    name = reading.workbook.file
    languages = {name: reading.workbook.language}
    return reading, compute(reading.facts, languages, workbooks=(name,), findings=reading.findings)


def _write_results(
    reading: Reading, computed: Computed, target: Path, structure: str = "esg", language: str | None = None
) -> None:
    from vsme_xl.results.workbook import write_results

    meta = reading.workbook.as_dict()
    write_results(computed, target, meta=meta, structure=structure, language=language or reading.workbook.language)


def _summary(reading: Reading, computed: Computed) -> None:
    findings = computed.findings
    counts = {s: int((findings["severity"] == s).sum()) for s in ("error", "warning", "info")}
    status = computed.applicability
    missing = int(((status["name"] != "") & (status["status"] == "missing")).sum())
    facts = computed.facts
    click.echo(
        _say(
            "command.summary", entity=reading.workbook.entity or reading.workbook.file, missing=missing,
            reported=int((facts["basis"] == "reported").sum()), computed=int((facts["basis"] == "computed").sum()),
            errors=counts["error"], warnings=counts["warning"], infos=counts["info"],
        ),
        err=True,
    )  # fmt: skip


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@mapping_option
@_friendly
def check(file: Path, form: str, mapping: Path | None) -> None:
    """Say what is missing, wrong or doubtful in FILE. Exit code 1 where there are errors.

    \b
    Example:  vsme-xl check report-2025.xlsx --format json
    """
    from vsme_xl.tables import print_csv, print_findings, print_json

    reading, computed = _computed(file, mapping)
    findings = computed.findings
    if form == "json":
        from vsme_xl.export import json_findings

        print_json({"workbook": reading.workbook.as_dict(), "findings": json_findings(findings)})
    elif form == "csv":
        columns = ("severity", "code", "name", "cell", "message", "fix")
        print_csv(columns, findings[list(columns)].itertuples(index=False))
    else:
        print_findings(findings, computed.applicability, reading.workbook.language)
    if (findings["severity"] == "error").any():
        sys.exit(EXIT_ERRORS)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv", "xbrl-json"]), default="table", show_default=True
)
@mapping_option
@_friendly
def facts(file: Path, form: str, mapping: Path | None) -> None:
    """Print every fact of FILE, reported and computed, to standard output.

    xbrl-json is an XBRL report (xBRL-JSON 1.0) of the taxonomy's concepts; where FILE lacks the company identifier or
    the reporting period, it ends with exit code 1 and says which cell to fill in.

    \b
    Example:  vsme-xl facts report-2025.xlsx --format json > facts.json
    """
    from vsme_xl.export import FLAT_COLUMNS, flat_rows, json_facts, json_findings
    from vsme_xl.tables import print_csv, print_facts, print_json

    reading, computed = _computed(file, mapping)
    if form == "json":
        head = {k: v or None for k, v in reading.workbook.as_dict().items() if k != "sha256"}
        found = json_findings(computed.findings)
        print_json({"workbook": head, "facts": json_facts(computed.facts), "findings": found})
    elif form == "csv":
        print_csv(FLAT_COLUMNS, flat_rows(computed.facts))
    elif form == "xbrl-json":
        _print_xbrl(computed.facts, reading.workbook.language, file, mapping)
    else:
        print_facts(computed.facts, reading.workbook.language)


def _print_xbrl(facts: pd.DataFrame, language: str, file: Path, mapping: Path | None) -> None:
    from vsme_xl.language import load_language
    from vsme_xl.reading.mapping_check import places
    from vsme_xl.tables import print_json
    from vsme_xl.xbrl_json import lacks, xbrl_report

    found = lacks(facts)
    where = places(file, mapping) if found else {}
    for lack in found:
        cell = where.get(lack.name, "")
        label = load_language(language).label(lack.name)
        _complain(f"xbrl.{lack.reason}{'' if cell else '_place'}", name=lack.name, label=label, cell=cell)
    if found:
        sys.exit(EXIT_ERRORS)
    report = xbrl_report(facts, language)
    for fact in report.left_out:
        _complain("xbrl.left_out", concept=fact.concept, text=fact.text, cell=fact.source or "-")
    for concept in report.contradictions:
        _complain("xbrl.contradiction", concept=concept)
    print_json(report.document)


@main.command()
@click.argument("datapoint")
@language_option("en", "Language of the explanation.")
@_friendly
def explain(datapoint: str, language: str) -> None:
    """Say what DATAPOINT is: label, hint, paragraph, unit, when it applies and how it is computed.

    \b
    Example:  vsme-xl explain EmployeeTurnoverRate
    """
    from vsme_xl.explain import explanation, nearest

    text = explanation(datapoint, language)
    if text is None:
        near = ", ".join(nearest(datapoint, language)) or "-"
        _complain("command.unknown_datapoint", name=datapoint, near=near)
        sys.exit(EXIT_USAGE)
    click.echo(text)


@main.group()
def mapping() -> None:
    """Work with mapping files, which say which cell holds which datapoint."""


@mapping.command("show")
@click.argument("kind", required=False)
@_friendly
def mapping_show(kind: str | None) -> None:
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
        _complain("command.unknown_mapping", name=kind, known=", ".join(sorted({m.kind for m in known_mappings()})))
        sys.exit(EXIT_USAGE)
    rows = [(m.version, n, p.name or p.at) for m in chosen for n, p in {**m.places, **m.choices}.items()]
    print_csv(("version", "datapoint", "place"), rows)


@mapping.command("build")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write; standard output by default.")
@_friendly
def mapping_build(file: Path, output: Path | None) -> None:
    """Draft a mapping for FILE, a workbook of an unknown kind, from its names, labels and units.

    \b
    Example:  vsme-xl mapping build questionnaire.xlsx -o questionnaire.yaml
    """
    from vsme_xl.reading.mapping_draft import draft_mapping

    text = draft_mapping(file)
    if output is None:
        click.echo(text, nl=False)
        return
    with output.open("x", encoding="utf-8") as out:
        out.write(text)
    click.echo(_say("command.written", file=output), err=True)


@mapping.command("check")
@click.argument("mapping_file", metavar="MAPPING", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("file", type=click.Path(path_type=Path))
@_friendly
def mapping_check(mapping_file: Path, file: Path) -> None:
    """Print as CSV what MAPPING would read from FILE, from where, and which required datapoints it does not cover.

    \b
    Example:  vsme-xl mapping check questionnaire.yaml questionnaire.xlsx
    """
    from vsme_xl.reading.mapping_check import COLUMNS, check_mapping
    from vsme_xl.tables import print_csv

    print_csv(COLUMNS, [line.texts() for line in check_mapping(mapping_file, file)])


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("vsme-demo"))
@_friendly
def demo(folder: Path) -> None:
    """Write a blank workbook, a filled one and its results to FOLDER (vsme-demo by default).

    \b
    Example:  vsme-xl demo
    """
    from vsme_xl.demo import write_demo

    for path, key in write_demo(folder):
        click.echo(f"{path}  {_say(key)}")


if __name__ == "__main__":
    main()
