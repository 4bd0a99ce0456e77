"""Work on chunks that goes wrong by the names of the files, for tests of the workers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence

from vsme_xl.batch.records import At, InputFile, Options, Outcome


def faulty(files: Sequence[InputFile], options: Options) -> Iterator[At | Outcome]:
    """Hang, swell, abort or end on files of these names, each in the stage its name says; the others are done."""
    for file in files:
        yield At("reading", file.name)
        _go_wrong(file.name, "reading")
    yield At("computing", files[0].name if len(files) == 1 else "")
    for file in files:
        _go_wrong(file.name, "computing")
    for file in files:
        yield At("writing", file.name)
        _go_wrong(file.name, "writing")
        yield Outcome(file.name, "done")


def _go_wrong(name: str, stage: str) -> None:
    if not name.startswith(stage):
        return
    if "hang" in name:
        time.sleep(60)
    elif "abort" in name:
        os.write(2, b"thread panicked")  # as a parser does that is not written in Python
        os.abort()
    elif "exit" in name:
        os._exit(3)
    elif "swell" in name:
        held = [b"x" * 10_000_000 for _ in range(60)]
        time.sleep(60 + len(held))
