"""Begin the command line in a process of its own: stopped, it ends in order, from the first moment on."""

from __future__ import annotations

import signal

from vsme_xl.stopping import SIGNALS, Stopped, stop_on_signals
from vsme_xl.streams import make_lenient


def begin() -> None:
    """Run the command that was given on the command line."""
    try:
        stop_on_signals()
        make_lenient()
        from vsme_xl.cli import main

        main()
    except Stopped as stop:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        from vsme_xl.cli.speaking import complain

        stop.say(lambda: complain("command.stopped"))
        raise


if __name__ == "__main__":
    begin()
