"""What is said where a command gets more arguments than it takes: a name with spaces, or a place to write to."""

from __future__ import annotations

from pathlib import Path

import click

OUTPUT = {"run": "-o", "build": "-o", "check": "--review", "facts": ">"}


def refuse_surplus() -> None:
    """Refuse the arguments that the running command does not take, with what was probably meant."""
    context = click.get_current_context()
    if not context.args:
        return
    from vsme_xl.cli.speaking import say

    surplus = context.args[0]
    file = str(context.params.get("file") or context.params.get("out") or "")
    name = " ".join((file, *context.args))
    option = OUTPUT.get(context.info_name or "", "")
    command = context.command_path
    if file and (Path(name).is_file() or not Path(file).exists()):
        key = "quotes"
    elif option and not Path(surplus).exists():
        key = "output"
    elif context.params.get("file"):
        key = "file"
    else:
        key = "other"
    said = say(
        f"command.surplus.{key}", surplus=surplus, command=command, file=_quoted(file), name=_quoted(name),
        option=option, target=_quoted(surplus),
    )  # fmt: skip
    raise click.UsageError(said, context)


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
