"""What a portfolio shows, as data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from vsme_xl.edition import data_folder, read_yaml


@cache
def specification(edition: str = "vsme-2025") -> Mapping[str, Any]:
    """Return what a portfolio shows (portfolio.yaml)."""
    found: Mapping[str, Any] = read_yaml(data_folder(edition) / "portfolio.yaml")
    return found
