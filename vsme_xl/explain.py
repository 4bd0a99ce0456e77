"""Explain a datapoint in words: what it is, when it applies, how it is computed, and what follows from it."""

from __future__ import annotations

import difflib
import re
import textwrap

from vsme_xl.applicability import vocabulary
from vsme_xl.codelists import codelist
from vsme_xl.display import number, paragraph
from vsme_xl.edition import Datapoint, Edition, load_edition
from vsme_xl.language import Language, languages, load_language
from vsme_xl.rules.parse import names
from vsme_xl.rules.words import words

MOST_CODES, FIRST_CODES = 60, 5


def explanation(name: str, language: str = "en", columns: int | None = None) -> str | None:
    """Return the explanation of a datapoint, or None where there is none; lines are wrapped to `columns`.

    `name` is the datapoint's name or its label, in that language before others, whatever the case.
    """
    edition, texts = load_edition(), load_language(language)
    datapoint = edition.datapoints.get(_named(name, language))
    if datapoint is None:
        return None
    lines = [(key, value) for key, value in _lines(datapoint, edition, texts) if value]
    width = max(len(texts.text(f"explain.{key}")) for key, _ in lines) + 2
    head = f"{datapoint.name}\n{texts.label(datapoint.name)}\n\n"
    return head + "\n".join(_wrapped(f"{texts.text(f'explain.{key}'):<{width}}{v}", width, columns) for key, v in lines)


def _named(name: str, language: str) -> str:
    """Return the datapoint with a name or a label; blank where there is none."""
    edition, wanted = load_edition(), name.strip().casefold()
    known = {n.casefold(): n for n in edition.datapoints}
    for code in (language, *languages()):
        labels = load_language(code)
        known |= {labels.label(n).casefold(): n for n in reversed(list(edition.datapoints))}
        if wanted in known:
            return _figure_of(known[wanted], wanted, edition, labels)
    return known.get(wanted, "")


def _figure_of(name: str, wanted: str, edition: Edition, texts: Language) -> str:
    """Return, for a row's part of a figure, the figure that sums the rows up, where its label has the same words."""
    datapoint = edition.datapoints[name]
    if datapoint.table is None or datapoint.taxonomy:
        return name
    sums = (d for d in edition.datapoints.values() if d.table is None and d.formula is not None)
    called = (d.name for d in sums if d.formula and name in names(d.formula) and _has(texts.label(d.name), wanted))
    return next(called, name)


def _has(label: str, wanted: str) -> bool:
    """Return whether a label has all the words asked for."""
    said = set(re.findall(r"\w+", label.casefold()))
    return bool(wanted) and said.issuperset(re.findall(r"\w+", wanted.casefold()))


def _wrapped(line: str, indent: int, columns: int | None) -> str:
    if columns is None:
        return line
    room = max(columns, indent + 20)
    return textwrap.fill(line, room, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def nearest(name: str, language: str = "en") -> list[str]:
    """Return names of datapoints that are spelt alike or whose label holds the words asked for."""
    edition, texts = load_edition(), load_language(language)
    close = difflib.get_close_matches(name, list(edition.datapoints), n=5, cutoff=0.8)
    alike = difflib.get_close_matches(name, list(edition.datapoints), n=5, cutoff=0.5)
    named = [d for d in edition.datapoints.values() if _has(texts.label(d.name), name)]
    named.sort(key=lambda d: (d.table is not None, not d.taxonomy, bool(d.dimensions), len(texts.label(d.name))))
    within = [n for n in edition.datapoints if name.casefold() in texts.label(n).casefold()]
    return list(dict.fromkeys([*close, *(d.name for d in named), *alike, *within]))[:5]


def _lines(datapoint: Datapoint, edition: Edition, texts: Language) -> list[tuple[str, str]]:
    say = vocabulary(edition, texts)
    section = edition.sections[datapoint.section]
    rules = [r for r in (section.applies_when, datapoint.applies_when) if r is not None]
    if datapoint.name in section.gates:
        rules = []
    users = [
        d.name for d in edition.datapoints.values() if d.formula is not None and datapoint.name in names(d.formula)
    ]
    reads = [n for n in names(datapoint.formula) if n in edition.datapoints] if datapoint.formula else []
    return [
        ("what", texts.hint(datapoint.name)),
        ("disclosure", f"{datapoint.disclosure} {texts.section(section.name)}".strip()),
        ("paragraph", texts.text("explain.par", paragraph=paragraph(datapoint.paragraph, texts.code))),
        ("module", texts.text(f"module.{datapoint.module}")),
        ("need", texts.text(f"need.{datapoint.need}")),
        ("list", _list(datapoint, texts)),
        ("unit", texts.label("Currency") if datapoint.unit == "currency" else datapoint.unit),
        ("applies", " / ".join(words(r, say) for r in rules)),
        ("formula", words(datapoint.formula, say, datapoint.codelist) if datapoint.formula is not None else ""),
        ("rule", datapoint.formula_text),
        ("reads", ", ".join(reads)),
        ("used_by", ", ".join(users)),
    ]


def _list(datapoint: Datapoint, texts: Language) -> str:
    """Return the list of codes that an answer is one of, and what each code means; of a long list the first ones."""
    name = "yes_no" if datapoint.kind == "boolean" else datapoint.codelist
    if not name:
        return ""
    labels = codelist(name, texts.code).labels
    shown = len(labels) if len(labels) <= MOST_CODES else FIRST_CODES
    said = [code if code == label else f"{code} = {label}" for code, label in list(labels.items())[:shown]]
    more = len(labels) - len(said)
    if more:
        said.append(texts.text("explain.more_codes", number=number(float(more), texts.code)))
    return f"{name}: {'; '.join(said)}"
