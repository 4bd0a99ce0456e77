"""Know the mappings that come with the package, and recognise by its content which one a workbook needs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from vsme_xl.reading.mapping_error import MappingError
from vsme_xl.reading.mapping_file import Place, WorkbookMapping, load_mapping, packaged_mapping
from vsme_xl.reading.workbook_file import UnreadableWorkbook, WorkbookFile
from vsme_xl.resources import folder

__all__ = [
    "MappingError", "Place", "WorkbookMapping", "known_mappings", "language_of", "load_mapping", "marked", "nearest",
    "recognise", "version_key", "version_of",
]  # fmt: skip


def known_mappings() -> tuple[WorkbookMapping, ...]:
    """Return the mappings that come with the package."""
    return tuple(_known(path) for path in _paths())


@cache
def _paths() -> tuple[Path, ...]:
    return tuple(sorted(folder("mappings").glob("*.yaml")))


@cache
def _known(path: Path) -> WorkbookMapping:
    return packaged_mapping(path)


def recognise(file: WorkbookFile) -> WorkbookMapping:
    """Return the mapping whose marks a workbook carries; raise UnreadableWorkbook (unknown_template) for none."""
    found = marked(file)
    if found is None:
        raise UnreadableWorkbook("unknown_template", {"file": file.path.name})
    return found


def marked(file: WorkbookFile) -> WorkbookMapping | None:
    """Return the mapping whose marks a workbook carries; of a version we do not know that of the nearest one."""
    fitting: list[WorkbookMapping] = []
    stated = ""
    stem = "-".join(file.properties.get(part, "") for part in ("template", "module"))
    for path in sorted(reversed(_paths()), key=lambda p: not p.name.startswith(stem)):
        mapping = _known(path)
        if _fits(mapping, file):
            stated = version_of(mapping, file)
            if mapping.version == stated:
                return mapping
            fitting.append(mapping)
    return nearest(fitting, stated)


def nearest(mappings: Iterable[WorkbookMapping], version: str) -> WorkbookMapping | None:
    """Return the mapping of the newest version up to `version`, else of the oldest; of the newest where it is blank."""
    ranked = sorted(mappings, key=lambda m: version_key(m.version))
    older = [m for m in ranked if not version or version_key(m.version) <= version_key(version)]
    return older[-1] if older else next(iter(ranked), None)


def version_key(version: str) -> tuple[int, ...]:
    """Return a version as numbers that can be compared."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _fits(mapping: WorkbookMapping, file: WorkbookFile) -> bool:
    marks = mapping.recognise
    properties = marks.get("properties", {})
    if properties:
        return all(file.properties.get(k) == v for k, v in properties.items())
    names = marks.get("names", [])
    return bool(names) and all(name in file.names for name in names)


def version_of(mapping: WorkbookMapping, file: WorkbookFile) -> str:
    """Return the version a workbook states of itself, empty where it states none."""
    if "version_property" in mapping.recognise:
        return file.properties.get(mapping.recognise["version_property"], "")
    area = file.names.get(mapping.recognise.get("version_name", ""))
    if area is None:
        return ""
    value = str(file.sheet(area.sheet).value(area.first_row, area.first_column) or "").strip()
    return value if re.fullmatch(r"\d+(\.\d+)*", value) else ""


def language_of(mapping: WorkbookMapping, file: WorkbookFile) -> str:
    """Return the language code a workbook states of itself, `en` where it states none."""
    if "property" in mapping.language:
        return file.properties.get(mapping.language["property"], "en")
    area = file.names.get(mapping.language.get("name", ""))
    if area is not None:
        text = str(file.sheet(area.sheet).value(area.first_row, area.first_column) or "")
        match = re.search(mapping.language.get("pattern", r"\[(\w\w)\]"), text)
        if match:
            return match.group(1)
    return "en"
