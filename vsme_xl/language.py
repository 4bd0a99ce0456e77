"""Load a language file and give out its labels and messages; what a person reads comes from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from vsme_xl.edition import read_yaml


@dataclass(frozen=True)
class Language:
    """One language: `texts` is the file's tree; labels of datapoints, sections, codes, findings, words and forms."""

    code: str
    texts: Mapping[str, Any]

    def label(self, datapoint: str) -> str:
        """Return the label of a datapoint."""
        return str(self.texts["datapoints"][datapoint]["label"])

    def hint(self, datapoint: str) -> str:
        """Return what to enter for a datapoint."""
        return str(self.texts["datapoints"][datapoint].get("hint", ""))

    def section(self, section: str) -> str:
        """Return the title of a section."""
        return str(self.texts["sections"][section])

    def text(self, path: str, **values: object) -> str:
        """Return the text at a dotted path, with its placeholders filled."""
        found: Any = self.texts
        for part in path.split("."):
            found = found[part]
        return str(found).format(**values) if values else str(found)


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _laid_over(merged[key], value) if both else value
    return merged


@cache
def load_language(code: str = "en") -> Language:
    """Return the language `code`; raise KeyError with the known ones where there is no such file."""
    folder = files("vsme_xl") / "languages"
    texts: dict[str, Any] = {}
    for source in sorted(folder.iterdir(), key=lambda s: s.name):
        if source.name.split(".")[0] == code and source.name.endswith(".yaml"):
            texts = _laid_over(texts, read_yaml(source))
    if not texts:
        raise KeyError(f"no language {code!r}; known are {', '.join(languages())}")
    return Language(code, texts)


def languages() -> tuple[str, ...]:
    """Return the codes of the languages there are files for."""
    folder = files("vsme_xl") / "languages"
    return tuple(sorted({s.name.split(".")[0] for s in folder.iterdir() if s.name.endswith(".yaml")}))
