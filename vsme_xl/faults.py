"""Where in this program an exception came from and of what kind it is, not what it says: that may hold figures."""

from __future__ import annotations

import traceback
from pathlib import Path


def place_of(error: BaseException) -> str:
    """Return the file and line of this package that an exception came from; `-` where it came from none."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "vsme_xl" in f.filename]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "-"


def reason_of(error: OSError) -> str:
    """Return why the system refused something, in its words; where it says nothing, the kind of the exception."""
    return error.strerror or type(error).__name__
