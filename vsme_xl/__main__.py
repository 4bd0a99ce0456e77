"""Begin the command line in a process of its own: stopped, it ends in order, from the first moment on."""

from __future__ import annotations

import gc

from vsme_xl.stopping import Stopped, ignore_signals, note_signals, stop_on_signals
from vsme_xl.streams import make_lenient


def begin() -> None:
    """Run the command that was given on the command line."""
    noted = note_signals()
    make_lenient()
    from vsme_xl.cli import main
    from vsme_xl.cli.speaking import complain, prepare

    prepare()  # an import that is broken off cannot be begun again, and what is said of it needs these
    try:
        stop_on_signals()
        if noted:
            raise Stopped(noted[0])
        main()
    except Stopped as stop:
        ignore_signals()
        stop.say(lambda: complain("command.stopped"))
        raise
    finally:
        gc.freeze()  # the process ends: nobody need look for garbage in what goes with it


if __name__ == "__main__":
    begin()
