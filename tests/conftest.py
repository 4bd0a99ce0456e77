"""What holds over all tests: what the repository holds as inputs is the same afterwards as before."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = (ROOT / "sample_inputs", ROOT / "tests" / "old_versions", ROOT.parent / "shared" / "efrag")


def digests() -> dict[str, str]:
    """Return the digest of every input by its path."""
    files = [path for folder in FOLDERS for path in sorted(folder.rglob("*")) if path.is_file()]
    kept = [path for path in files if "__pycache__" not in path.parts]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


@pytest.fixture(scope="session", autouse=True)
def inputs_stay_as_they_are() -> Iterator[None]:
    """Fail where a test changed an input, took one away or put a file beside it."""
    before = digests()
    assert len(before) > 10
    yield
    assert digests() == before


@pytest.fixture(autouse=True)
def garbage_is_collected() -> Iterator[None]:
    """Commands run in this process switch collecting off, as theirs ends soon: the tests' goes on."""
    yield
    gc.enable()
