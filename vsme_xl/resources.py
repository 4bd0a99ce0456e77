"""Find the package's data folders, in an installed wheel and in a checkout alike."""

from __future__ import annotations

from pathlib import Path


def folder(name: str) -> Path:
    """Return the folder `mappings` or `workbook_templates`: inside the package, or beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name
