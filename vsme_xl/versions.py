"""Say with what something was computed and written."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version


@cache
def versions() -> tuple[str, ...]:
    """Return the versions of this program and of the libraries that bear on the figures or the file."""
    from vsme_xl import __version__

    libraries = ("pandas", "numpy", "pint", "globalwarmingpotentials", "python-calamine", "XlsxWriter")
    return (f"vsme-xl {__version__}", *(f"{name} {version(name)}" for name in libraries))
