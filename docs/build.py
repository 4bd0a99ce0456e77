"""Write the generated pages of the documentation: findings and commands."""

from __future__ import annotations

from pathlib import Path

import click

from vsme_xl.cli import main
from vsme_xl.findings import SEVERITIES, severities
from vsme_xl.language import load_language

HERE = Path(__file__).parent


def findings_page() -> str:
    """Return docs/findings.md: every finding code with its severity, message and mend."""
    texts = load_language().texts["findings"]
    lines = [
        "# Findings",
        "",
        "What `vsme-xl check` and the results workbook can say of a workbook. `{…}` stands for what was found.",
        "This page is written by `python docs/build.py`.",
    ]
    for severity in SEVERITIES:
        lines += ["", f"## {load_language().text(f'severity.{severity}')}", "", "| code | message | how to mend it |"]
        lines.append("|---|---|---|")
        for code, own in sorted(severities().items()):
            if own == severity:
                lines.append(f"| `{code}` | {texts[code]['message']} | {texts[code]['fix']} |")
    return "\n".join(lines) + "\n"


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
