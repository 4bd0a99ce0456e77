"""Find the datapoint that a label of an unknown workbook most likely means, and the unit the label states."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from vsme_xl import units
from vsme_xl.codelists import readings
from vsme_xl.edition import Datapoint, data_folder, load_edition, read_yaml
from vsme_xl.language import languages, load_language
from vsme_xl.reading.cells import normalise

BRACKETS = re.compile(r"^(?P<text>.*?)[\s:]*[(\[](?P<unit>[^()\[\]]{1,20})[)\]][\s:*]*$")
AFTER_WORD = re.compile(r"^(?P<text>.+?)(?:\s+in|,|:)\s+(?P<unit>\S{1,12}(?: \S{1,10})?)$", re.IGNORECASE)
NUMBERING = re.compile(r"^(?:[A-Z]{0,2}\d+(?:\.\d+)*[.):]?|[a-z]\)|[-•·*])\s+", re.IGNORECASE)
PART = re.compile(r"^(?:of which|thereof|davon|darunter)\s+", re.IGNORECASE)
CAMEL = re.compile(r"(?<=[a-zäöü])(?=[A-Z0-9ÄÖÜ])|(?<=[A-Z])(?=[A-Z][a-z])|_")
WORD = re.compile(r"\w+")
LEAST_ALIKE = 0.25
NUMBERS = frozenset({"number", "energy", "mass", "volume", "area", "emissions", "money", "share", "intensity"})


@dataclass(frozen=True)
class Label:
    """A label without its numbering and unit. `unit` is a unit's code, `money`, `other` (no unit of ours) or empty."""

    said: str
    text: str
    unit: str = ""
    thousands: bool = False


@dataclass(frozen=True)
class Match:
    """A datapoint and how alike its nearest spelling is to a label: 1 where they are the same."""

    datapoint: Datapoint
    score: float


@dataclass(frozen=True)
class _Spelling:
    datapoint: Datapoint
    text: str
    pieces: frozenset[str]
    words: frozenset[str]


@cache
def synonyms() -> Mapping[str, Any]:
    """Return what questionnaires call datapoints and units, beside their labels."""
    found: Mapping[str, Any] = read_yaml(data_folder() / "synonyms.yaml")
    return found


def read_label(said: str) -> Label:
    """Return a label's words, without number and "of which", and its unit, as in `Strom (kWh)` or `Abfall, t`."""
    text = PART.sub("", NUMBERING.sub("", " ".join(said.split()).rstrip("*: ")))
    for pattern in (BRACKETS, AFTER_WORD):
        match = pattern.match(text)
        unit = unit_of(match["unit"]) if match else ""
        if match and unit:
            return Label(said, match["text"].strip(), unit, normalise(match["unit"]) in _plain("thousands"))
    return Label(said, text)


@cache
def unit_of(text: str) -> str:
    """Return the unit a text names: its code, `money`, `other` for one that no datapoint states, else empty."""
    wanted = normalise(text.replace("₂", "2"))
    for code, spelled in synonyms()["units"].items():
        if wanted in {normalise(s) for s in spelled} or wanted == normalise(code):
            return str(code)
    if wanted in readings("unit"):
        return readings("unit")[wanted]
    if wanted in _plain("money") | _plain("thousands"):
        return "money"
    return "other" if wanted in _plain("other_units") else ""


@cache
def _plain(group: str) -> frozenset[str]:
    return frozenset(normalise(str(word)) for word in synonyms()[group])


def is_previous(text: str) -> bool:
    """Return whether a column's head says that it holds the year before."""
    return any(word in normalise(text) for word in _plain("previous"))


@cache
def _spellings() -> tuple[_Spelling, ...]:
    edition = load_edition()
    texts = [load_language(code) for code in languages()]
    found = []
    for datapoint in edition.datapoints.values():
        if datapoint.role not in ("input", "metric"):
            continue
        said = [language.label(datapoint.name) for language in texts if datapoint.name in language.texts["datapoints"]]
        said += [*synonyms()["datapoints"].get(datapoint.name, []), " ".join(CAMEL.split(datapoint.name))]
        if datapoint.taxonomy and not datapoint.dimensions:
            said.append(edition.concepts[datapoint.concept].standard_label)
        found += [_spelling(datapoint, text) for text in dict.fromkeys(normalise(read_label(s).text) for s in said)]
    return tuple(found)


def _spelling(datapoint: Datapoint, text: str) -> _Spelling:
    return _Spelling(datapoint, text, _pieces(text), frozenset(WORD.findall(text)))


@cache
def _pieces(text: str) -> frozenset[str]:
    """Return a text's pieces of three letters; they see that `Stromverbrauch` and `Verbrauch von Strom` are alike."""
    return frozenset(word[i : i + 3] for w in WORD.findall(text) for word in [f" {w} "] for i in range(len(word) - 2))


@cache
def _by_piece() -> Mapping[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for number, spelling in enumerate(_spellings()):
        for piece in spelling.pieces:
            found.setdefault(piece, []).append(number)
    return {piece: tuple(numbers) for piece, numbers in found.items()}


def matches(label: Label) -> tuple[Match, ...]:
    """Return the datapoints a label may mean, likeliest first; those that its unit does not fit count for less."""
    return _matches(normalise(label.text), label.unit)


@lru_cache(maxsize=4096)
def _matches(text: str, unit: str) -> tuple[Match, ...]:
    pieces, words = _pieces(text), frozenset(WORD.findall(text))
    shared = Counter(number for piece in pieces for number in _by_piece().get(piece, ()))
    best: dict[str, Match] = {}
    for number, common in shared.items():
        spelling = _spellings()[number]
        by_pieces = 2 * common / (len(pieces) + len(spelling.pieces))
        if by_pieces < LEAST_ALIKE:
            continue
        alike = _alike(spelling, text, words, by_pieces) * unit_fits(unit, spelling.datapoint)
        earlier = best.get(spelling.datapoint.name)
        if earlier is None or alike > earlier.score:
            best[spelling.datapoint.name] = Match(spelling.datapoint, alike)
    return tuple(sorted(best.values(), key=lambda m: (-m.score, len(m.datapoint.name))))


def _alike(spelling: _Spelling, text: str, words: frozenset[str], by_pieces: float) -> float:
    if spelling.text == text:
        return 1.0
    by_words = 2 * len(words & spelling.words) / (len(words) + len(spelling.words))
    return 0.95 * (0.6 * by_pieces + 0.4 * max(by_words, by_pieces))


def unit_fits(unit: str, datapoint: Datapoint) -> float:
    """Return 1 where a unit measures what the datapoint is about, less where it may, half where it does not."""
    if unit in ("", "other"):
        return 1.0
    dimension = {"money": "money", "tCO2e": "emissions"}.get(unit) or units.factors()[unit][0]
    if datapoint.kind == dimension:
        return 1.0
    may = datapoint.name.endswith("_Amount") or (dimension == "volume" and datapoint.twin)
    return 0.9 if may else 0.5
