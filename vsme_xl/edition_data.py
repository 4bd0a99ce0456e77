"""Where the data files of an edition are, and what the CSV and YAML files among them hold."""

from __future__ import annotations

import csv
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml


def data_folder(edition: str = "vsme-2025") -> Traversable:
    """Return the folder of the edition's data files."""
    return files("vsme_xl") / "data" / edition


def read_rows(name: str, edition: str = "vsme-2025") -> list[dict[str, str]]:
    """Return the rows of one of the edition's CSV files."""
    with (data_folder(edition) / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_yaml(source: Traversable) -> Any:
    """Return what a YAML file holds, read with the C loader where it is there."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(source.read_text(encoding="utf-8"), Loader=loader)
