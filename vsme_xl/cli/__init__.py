"""The command line: thin commands over the library; data goes to standard output, everything else to standard error."""

from __future__ import annotations

import gc

import click

from vsme_xl import __version__
from vsme_xl.cli.batch import batch
from vsme_xl.cli.check import check
from vsme_xl.cli.demo import demo
from vsme_xl.cli.explain import explain
from vsme_xl.cli.facts import facts
from vsme_xl.cli.mapping import mapping
from vsme_xl.cli.new import new
from vsme_xl.cli.run import run
from vsme_xl.cli.speaking import VERBOSE


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vsme-xl")
@click.option(
    "--verbose", is_flag=True, help="Say all, also what may hold figures of a workbook, such as the trace of a fault.",
)  # fmt: skip
@click.pass_context
def main(context: click.Context, verbose: bool) -> None:
    """VSME sustainability reports in Excel: generate a workbook, read it back, compute, check, write results.

    \b
    Begin with:  vsme-xl demo
    """
    context.meta[VERBOSE] = verbose
    gc.disable()  # a command is short and keeps most of what it makes: collecting costs an eighth of its time


for command in (new, run, batch, check, facts, explain, mapping, demo):
    main.add_command(command)
for command in (*main.commands.values(), *mapping.commands.values()):
    if not isinstance(command, click.Group):
        command.allow_extra_args = True  # they are refused by the command, which says what was probably meant
