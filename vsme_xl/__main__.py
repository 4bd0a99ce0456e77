"""Run the command line with `python -m vsme_xl`."""

from vsme_xl.cli import main

main()
