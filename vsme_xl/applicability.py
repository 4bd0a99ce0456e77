"""Decide what applies to each company, and say why: modules, sections, datapoints, omissions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from vsme_xl.codelists import codelist
from vsme_xl.completeness import status_frame, statuses, units
from vsme_xl.display import Shown, date, number, said
from vsme_xl.edition import Edition, load_edition
from vsme_xl.language import Language, load_language
from vsme_xl.rules.evaluate import Array, Floats, Values, evaluate, given
from vsme_xl.rules.parse import Node, names, parse
from vsme_xl.rules.words import Vocabulary, words

COMPREHENSIVE = parse("BasisForPreparation == 'OptionBBasicModuleAndComprehensiveModuleMember'")
STATUS_COLUMNS = ("workbook", "section", "name", "applies", "status", "rule", "answer")
MODULE = "module:comprehensive"


def _all(*items: Floats) -> Floats:
    out = np.where(np.any([np.isnan(i) for i in items], axis=0), np.nan, 1.0)
    return np.where(np.any([i == 0 for i in items], axis=0), 0.0, out)


def applies(values: Values, edition: Edition) -> dict[str, Array]:
    """Return for every section (as `section:NAME`), datapoint and MODULE whether it applies in each workbook.

    1 applies, 0 does not, blank where the deciding answer is missing (the section then stays open). The gates of a
    section are asked wherever its module is reported.
    """
    ones = np.ones(values.size)
    module = {"basic": ones, "comprehensive": evaluate(COMPREHENSIVE, values)}
    found: dict[str, Array] = {MODULE: module["comprehensive"]}
    for section in edition.sections.values():
        parts = [module["comprehensive"]] if section.module == "comprehensive" else []
        if section.applies_when is not None:
            parts.append(evaluate(section.applies_when, values))
        whole = _all(*parts) if parts else ones
        both = {"basic": whole, "comprehensive": whole}
        if section.module == "basic":
            both["comprehensive"] = _all(whole, module["comprehensive"])
        found[f"section:{section.name}"] = whole
        for name in section.datapoints:
            datapoint = edition.datapoints[name]
            frame = module[section.module] if name in section.gates else both[datapoint.module]
            if datapoint.applies_when is not None and datapoint.table is None:
                found[name] = _all(frame, evaluate(datapoint.applies_when, values))
            else:
                found[name] = frame
    return found


def applicability_of(
    values: Values,
    whether: Mapping[str, Array],
    workbooks: tuple[str, ...],
    edition: Edition,
    languages: Mapping[str, str],
    omitted: Mapping[str, frozenset[str]] | None = None,
) -> pd.DataFrame:
    """Return the status of every section and datapoint (columns STATUS_COLUMNS) with its rule and deciding answer.

    status is complete, missing, incomplete (sections and columns), not_applicable, omitted, unchanged, voluntary (left
    out), or not_defined (a ratio with nothing to divide by). `omitted` gives the sections whose answers are kept back.
    """
    codes = statuses(values, whether, edition)
    frame = status_frame(codes, workbooks, edition)
    order = units(edition.name)
    keys = [unit.name or f"section:{unit.section.name}" for unit in order]
    own = np.stack([whether[key] for key in keys])
    frame.insert(3, "applies", _tristates(own))
    rules, answers = (np.full(own.shape, "", dtype=object) for _ in range(2))
    found: dict[tuple[int, bool, int], tuple[str, str]] = {}  # most of what does not apply has the same reason
    for place, book in zip(*np.nonzero(own != 1), strict=True):
        unit = order[place]
        rule = unit.datapoint.applies_when if unit.datapoint else unit.section.applies_when
        module = unit.datapoint.module if unit.datapoint else unit.section.module
        key = (id(rule), module == "comprehensive", int(book))
        if key not in found:
            workbook = workbooks[book]
            language = load_language(languages.get(workbook, "en"))
            kept = (omitted or {}).get(workbook, frozenset())
            found[key] = _reason(rule, module, int(book), values, whether, edition, language, kept)
        rules[place, book], answers[place, book] = found[key]
    frame["rule"], frame["answer"] = rules.T.ravel(), answers.T.ravel()
    return frame


def _tristates(own: Array) -> Array:
    """Return what applies as True, False or None, workbook by workbook."""
    words = np.array([False, True, None], dtype=object)
    return np.asarray(words[np.where(np.isnan(own), 2, own).astype(int).T.ravel()])


def _reason(
    rule: Node | None,
    module: str,
    i: int,
    values: Values,
    whether: Mapping[str, Array],
    edition: Edition,
    language: Language,
    kept: frozenset[str],
) -> tuple[str, str]:
    """Return the rule in words and the answers that decided it, those of the sections `kept` back unsaid."""
    node = rule
    if module == "comprehensive" and whether[MODULE][i] != 1:
        node = COMPREHENSIVE
    if node is None:
        return "", ""
    rule_said = language.text("words.applies_when").format(_words(node, edition.name, language.code))
    deciding = [name for name in names(node) if name in edition.datapoints]
    answers = [
        f"{language.label(name)}: ({language.text('status.omitted')})"
        if edition.datapoints[name].section in kept
        else answer(name, i, values, edition, language)
        for name in deciding
    ]
    return rule_said, "; ".join(dict.fromkeys(answers))


@cache
def _words(node: Node, edition: str, language: str) -> str:
    return words(node, vocabulary(load_edition(edition), load_language(language)))


def answer(name: str, i: int, values: Values, edition: Edition, language: Language) -> str:
    """Return `label: value` of a datapoint in one workbook, as a person would read it."""
    datapoint = edition.datapoints[name]
    array = values.array(name)
    if datapoint.table is None:
        entries = [array[i]] if given(array)[i] else []
    else:
        mine = values.groups[datapoint.table] == i
        entries = list(array[mine & given(array)][:3])
    each = (said(Shown(e, datapoint.kind, datapoint.codelist or ""), language.code) for e in entries)
    shown = ", ".join(each) or language.text("words.blank")
    return f"{language.label(name)}: {shown}"


def vocabulary(edition: Edition, language: Language) -> Vocabulary:
    """Return the words of a language for the rules of an edition."""

    def label(name: str) -> str:
        return language.label(name) if name in edition.datapoints else language.text(f"parameters.{name}")

    return Vocabulary(
        edition.symbols,
        label,
        lambda list_name, code: codelist(list_name, language.code).labels.get(code, code),
        lambda key: str(language.texts["words"][key]),
        lambda value: number(value, language.code),
        lambda text: date(text, language.code),
    )
