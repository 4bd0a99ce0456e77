"""Load a language file and give out its labels and messages; what a person reads comes from here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from vsme_xl.edition import read_yaml


@dataclass(frozen=True)
class Language:
    """One language: `texts` is the file's tree; labels of datapoints, sections, codes, findings, words and forms."""

    code: str
    texts: Mapping[str, Any]

    def label(self, datapoint: str) -> str:
        """Return the label of a datapoint."""
        found = self.labels.get(datapoint)
        if found is None:
            found = self.labels[datapoint] = str(self.texts["datapoints"][datapoint]["label"])
        return found

    def hint(self, datapoint: str) -> str:
        """Return what to enter for a datapoint."""
        return str(self.texts["datapoints"][datapoint].get("hint", ""))

    def section(self, section: str) -> str:
        """Return the title of a section."""
        return str(self.texts["sections"][section])

    def text(self, path: str, **values: object) -> str:
        """Return the text at a dotted path, with its placeholders filled."""
        found = self.said.get(path)
        if found is None:
            at: Any = self.texts
            for part in path.split("."):
                at = at[part]
            found = self.said[path] = str(at)
        return found.format(**values) if values else found

    @cached_property
    def labels(self) -> dict[str, str]:
        """The labels that were asked for, by their datapoints."""
        return {}

    @cached_property
    def said(self) -> dict[str, str]:
        """The texts that were asked for, by their paths."""
        return {}


@cache
def load_language(code: str = "en") -> Language:
    """Return the language `code`; raise KeyError with the known ones where there is no such file."""
    source = _sources().get(code)
    if source is None:
        raise KeyError(f"no language {code!r}; known are {', '.join(languages())}")
    texts: dict[str, Any] = read_yaml(source)
    return Language(code, texts)


def languages() -> tuple[str, ...]:
    """Return the codes of the languages there are files for."""
    return tuple(sorted(_sources()))


def _sources() -> dict[str, Traversable]:
    """Return the language files by code: those of the package, and those in the folder VSME_XL_LANGUAGES names."""
    folders: list[Traversable] = [files("vsme_xl") / "languages"]
    if more := os.environ.get("VSME_XL_LANGUAGES"):
        folders.append(Path(more))
    found = (source for folder in folders if folder.is_dir() for source in folder.iterdir())
    return {s.name.removesuffix(".yaml"): s for s in found if s.name.endswith(".yaml")}
