"""Write the generated pages of the documentation: findings, commands and outputs."""

from __future__ import annotations

from pathlib import Path

import click
import yaml

from vsme_xl.checks import load_checks
from vsme_xl.cli import main
from vsme_xl.display import GROUPED_FROM
from vsme_xl.findings import SEVERITIES, severities
from vsme_xl.language import load_language
from vsme_xl.plausibility import TIMES, load_bands

HERE = Path(__file__).parent


ABOUT = """
A finding has a severity (error, warning, note), a code, the datapoint, sheet and cell, a message and how to mend it.
`vsme-xl check` exits with 1 where there is an error. A finding about a blank stands in the cell to fill in; one about
a total that the workbook has no cell for stands in the first cell that the total is made of.

- What could not be read is blank for all rules. A check whose other side rests on such a cell is not made, and
  `check_unreadable` names the cell; where the other side is blank, `check_not_made` names the datapoint. A reported
  figure is held against the other answers where they were begun; that none of them was given is no finding.
- A share outside 0 to 100 % is an error, and what was reported stays: it is computed with, stands in the results, and
  is marked there. Pay gaps may be negative, turnover rates of staff above 100 %; typed percentages are read as
  [numbers.md](numbers.md) says.
- Amounts differ where they are more than half a per cent apart. Parts and totals of people must agree exactly.
- An amount typed with a currency counts as the number it says; nothing is converted.
- No rule looks at a clock. `check` holds the reporting period against today, or the day of `--today`; `run` and
  `batch` do so only with `--today`, so that the same input gives the same bytes on every day.
- Coordinates are held against the country of their site: exchanged, they would lie in it (`coordinates_swapped`), or
  they lie more than two degrees outside (`coordinates_outside_country`). Where a site names no country, that of the
  company tells exchanged ones only. The frames of countries are those of Natural Earth (public domain), territories
  counted in.
"""


def findings_page() -> str:
    """Return docs/findings.md: every finding code with its severity, message and mend."""
    texts = load_language().texts["findings"]
    lines = [
        "# Findings",
        "",
        "What `vsme-xl check` and the results workbook can say of a workbook. `{…}` stands for what was found.",
        "This page is written by `python docs/build.py`.",
        "",
        *ABOUT.strip().splitlines(),
    ]
    for severity in SEVERITIES:
        lines += ["", f"## {load_language().text(f'severity.{severity}')}", "", "| code | message | how to mend it |"]
        lines.append("|---|---|---|")
        for code, own in sorted(severities().items()):
            if own == severity:
                lines.append(f"| `{code}` | {texts[code]['message']} | {texts[code]['fix']} |")
    lines += ["", *_bands(), "", *_rules()]
    return "\n".join(lines) + "\n"


def _bands() -> list[str]:
    """Return the bands beside which values are unlikely, with their reasons."""
    labels = load_language()
    lines = [
        "## What is unlikely", "",
        "A value outside its band is a warning. Letters are sections of NACE, letters with two digits divisions; a",
        "company with several activities has the widest of their bands, and so has one whose activity is not known.",
        "Headcounts are used where there are any, else full-time equivalents. A figure more than",
        f"{TIMES:g} times that of last year, or less than a tenth of it (`change_unlikely`), was probably entered in",
        "another unit in one of the years.",
        "", "| code | of | value | unit | band | reason |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for band in load_bands():
        ranges = "; ".join(f"{k if k != 'default' else 'all'} {_range(*v)}" for k, v in band.bands.items())
        value = band.text.replace("|", "\\|")
        lines.append(f"| `{band.code}` | {labels.label(band.name)} | `{value}` | {band.unit} | {ranges} | {band.why} |")
    return lines


def _range(low: float, high: float) -> str:
    return " to ".join(f"{bound:,.10g}" if bound >= GROUPED_FROM else f"{bound:.10g}" for bound in (low, high))


def _rules() -> list[str]:
    """Return the rules of consistency: what is found on which datapoint, and when."""
    lines = [
        "## When figures do not fit together", "",
        "The conditions are rules of the [rule language](rules.md). Beside them every reported figure is held against",
        "what the other answers give, and amounts below zero, shares outside 0 to 100 % and answers to what does not",
        "apply or is omitted are found.", "", "| code | on | when |", "|---|---|---|",
    ]  # fmt: skip
    for item in load_checks():
        lines.append(f"| `{item.code}` | `{item.name}` | `{item.text}` |")
    return lines


def commands_page() -> str:
    """Return docs/commands.md: the help of every command."""
    lines = ["# Commands", "", "Written by `python docs/build.py` from the commands' own help.", ""]
    lines += [
        "Exit codes: 0 done; 1 `check` found errors, `batch` could not process some files, or an XBRL report lacks",
        "what it needs; 2 wrong usage; 3 the input is not a workbook that can be read.",
        "Data goes to standard output, everything else to standard error.",
    ]
    for name, command in _commands(main, ""):
        context = click.Context(
            command, info_name=f"vsme-xl {name}", terminal_width=100, max_content_width=100,
            help_option_names=["-h", "--help"],
        )  # fmt: skip
        lines += ["", f"## vsme-xl {name}", "", "```", command.get_help(context), "```"]
    return "\n".join(lines) + "\n"


OUTPUTS = """
What programs read: every column and field, written by `python docs/build.py` from `docs/outputs.yaml`. An
[XBRL report](xbrl.md) (`vsme-xl facts FILE --format xbrl-json`) has the form of xBRL-JSON. What else a batch keeps
(`.vsme-xl/`) and what is hidden in workbooks is for this program alone.

CSV files are UTF-8, with a comma between columns and a point for decimals; in Excel import them (Data > From Text/CSV)
rather than open them. Where a spreadsheet would take a text for a formula, at its beginning or behind a semicolon or a
line break within it, an apostrophe stands before; in JSON, Parquet and DataFrames the text is as the client wrote it.

## The concepts of the taxonomy alone

Facts are of two sorts: those of elements of EFRAG's taxonomy, and what the taxonomy does not ask for and results rest
on, such as the rows of the energy ledger (`Ledger_Amount`). `concept` names both. This keeps the first:

```python
import pandas
from vsme_xl.edition import load_edition

facts = pandas.read_csv("facts.csv")
print(facts[facts["concept"].isin(load_edition().concepts)])
```

In SQL, join with the list of concepts, whose path this prints:

```bash
python -c "from vsme_xl.edition import data_folder; print(data_folder() / 'concepts.csv')"
```
"""


def outputs_page() -> str:
    """Return docs/outputs.md: every column and field of what programs can read."""
    described = yaml.safe_load((HERE / "outputs.yaml").read_text(encoding="utf-8"))
    lines = ["# What programs can read", *OUTPUTS.rstrip().splitlines()]
    for output in described["outputs"]:
        lines += ["", f"## {output['title']}", "", f"`{output['command']}`", "", output["about"], ""]
        lines += ["| field | what |", "|---|---|"]
        for name, text in output["fields"].items():
            said = text if isinstance(text, str) else described["texts"][text.get("text", name)]
            lines.append(f"| `{name}` | {said} |")
    return "\n".join(lines) + "\n"


def _commands(group: click.Group, prefix: str) -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            found += _commands(command, f"{prefix}{name} ")
        else:
            found.append((f"{prefix}{name}", command))
    return found


if __name__ == "__main__":
    (HERE / "findings.md").write_text(findings_page(), encoding="utf-8")
    (HERE / "commands.md").write_text(commands_page(), encoding="utf-8")
    (HERE / "outputs.md").write_text(outputs_page(), encoding="utf-8")
