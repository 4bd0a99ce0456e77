"""Work on chunks that breaks and quotes what it was at, for tests of what a worker may say."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence

from planting import FIGURE, TEXT

from vsme_xl.batch.records import At, InputFile, Options, Outcome

SECRET = f"{TEXT} {FIGURE}7"


def quoting(files: Sequence[InputFile], options: Options) -> Iterator[At | Outcome]:
    """Break on files of these names, each in its way, with a plant in what is said."""
    for file in files:
        yield At("reading", file.name)
        if file.name.startswith("raise"):
            raise ValueError(SECRET)
        if file.name.startswith("panic"):
            raise BaseException(SECRET)
        if file.name.startswith("print"):
            os.write(2, SECRET.encode())
            os.abort()
        warnings.warn(SECRET, stacklevel=1)
        yield Outcome(file.name, "done")
