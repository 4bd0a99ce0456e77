"""Runs a command and keeps what stands on disk before every step it takes there: what a kill at that step leaves.

    python tests/killing.py FOLDER KEPT ARGUMENTS...

runs `vsme-xl ARGUMENTS` in FOLDER, and copies FOLDER to KEPT/0000, KEPT/0001 … before each file in it is opened for
writing, moved, removed, made or given permissions. A batch is worked off in this process, so that all steps are seen.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

STEPS = frozenset({"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "os.truncate"})
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def states_at_every_step(folder: Path, kept: Path, arguments: tuple[str, ...]) -> list[Path]:
    """Run a command in a folder, in a process of its own, and return the copies of the folder, in their order.

    Nothing is written anywhere else.
    """
    command = [sys.executable, __file__, str(folder), str(kept), *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout.split() == []
    return sorted(kept.iterdir())


def worked_off_here(*_: object) -> Any:
    """Return the engine that works off chunks in this process."""
    from vsme_xl.batch.chunk import process_chunk
    from vsme_xl.batch.workers import run_here

    return lambda chunks, options: run_here(chunks, options, process_chunk)


class Steps:
    """Counts the steps taken in a folder, and copies it before each of them."""

    def __init__(self, folder: Path, kept: Path) -> None:
        self.folder, self.kept, self.count, self.copying = folder, kept, 0, False
        self.elsewhere: set[str] = set()

    def heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        path = self._written(event, arguments) if not self.copying else ""
        if not path:
            return
        if not path.startswith(f"{self.folder}{os.sep}"):
            self.elsewhere.add(path)
            return
        self.copying = True
        shutil.copytree(self.folder, self.kept / f"{self.count:04d}", symlinks=True)
        self.count += 1
        self.copying = False

    def _written(self, event: str, arguments: tuple[Any, ...]) -> str:
        if event == "open":
            path, _, flags = arguments
            writes = isinstance(flags, int) and bool(flags & WRITING)
        else:
            path, writes = (arguments or ("",))[0], event in STEPS
        return os.path.abspath(path) if writes and isinstance(path, str | Path) and path != os.devnull else ""



if __name__ == "__main__":
    from vsme_xl import guard
    from vsme_xl.batch import run
    from vsme_xl.cli import main

    run.local_engine, guard.start_method = worked_off_here, lambda: "spawn"
    place, copies = Path(sys.argv[1]), Path(sys.argv[2])
    copies.mkdir(parents=True)
    os.chdir(place)
    steps = Steps(place, copies)
    sys.addaudithook(steps.heard)
    with redirect_stdout(StringIO()):  # so that the command is not run in a copy of this process
        try:
            main(sys.argv[3:])
        finally:
            print(*sorted(steps.elsewhere), sep="\n", file=sys.__stdout__)
