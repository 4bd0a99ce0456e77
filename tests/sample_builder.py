"""Load the script that builds the sample workbooks; it is no part of the package."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

SAMPLES = Path(__file__).parent.parent / "sample_inputs"


@cache
def builder() -> ModuleType:
    """Return the script that builds the samples."""
    spec = importlib.util.spec_from_file_location("build_samples", SAMPLES / "build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
