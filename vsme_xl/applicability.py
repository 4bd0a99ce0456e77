"""Decide what applies to each company, and say why: modules, sections, datapoints, omissions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from vsme_xl.codelists import codelist
from vsme_xl.display import Shown, date, number, said
from vsme_xl.edition import Datapoint, Edition, Section, questions
from vsme_xl.language import Language, load_language
from vsme_xl.rules.evaluate import Array, Floats, Values, evaluate, given
from vsme_xl.rules.parse import Node, names, parse
from vsme_xl.rules.words import Vocabulary, words
from vsme_xl.withheld import OMITTED

COMPREHENSIVE = parse("BasisForPreparation == 'OptionBBasicModuleAndComprehensiveModuleMember'")
STATUS_COLUMNS = ("workbook", "section", "name", "applies", "status", "rule", "answer")
UNCHANGED = "ListOfDisclosuresForWhichNoChangesAreReportedComparedToThePreviousPeriodReporting"


def _all(*items: Floats) -> Floats:
    out = np.where(np.any([np.isnan(i) for i in items], axis=0), np.nan, 1.0)
    return np.where(np.any([i == 0 for i in items], axis=0), 0.0, out)


def applies(values: Values, edition: Edition) -> dict[str, Array]:
    """Return for every section (as `section:NAME`) and datapoint whether it applies in each workbook.

    1 applies, 0 does not, blank where the deciding answer is missing (the section then stays open). The gates of a
    section are asked wherever its module is reported.
    """
    ones = np.ones(values.size)
    module = {"basic": ones, "comprehensive": evaluate(COMPREHENSIVE, values)}
    found: dict[str, Array] = {}
    for section in edition.sections.values():
        own = evaluate(section.applies_when, values) if section.applies_when else ones
        whole = _all(module[section.module], own)
        found[f"section:{section.name}"] = whole
        for name in section.datapoints:
            datapoint = edition.datapoints[name]
            parts = [module[section.module if name in section.gates else datapoint.module]]
            if name not in section.gates:
                parts.append(whole)
            if datapoint.applies_when is not None and datapoint.table is None:
                parts.append(evaluate(datapoint.applies_when, values))
            found[name] = _all(*parts)
    return found


def listed(values: Values, name: str, members: tuple[str, ...]) -> Floats:
    """Return 1 for the workbooks whose list of disclosures (omitted, unchanged) names one of the members."""
    table = values.symbols[name].table
    assert table is not None
    hit = np.isin(values.array(name).astype(str), members)
    return (np.bincount(values.groups[table][hit], minlength=values.size) > 0).astype(float)


def applicability_of(
    values: Values,
    whether: Mapping[str, Array],
    workbooks: tuple[str, ...],
    edition: Edition,
    languages: Mapping[str, str],
) -> pd.DataFrame:
    """Return the status of every section and datapoint (columns STATUS_COLUMNS) with its rule and deciding answer.

    status is complete, missing, incomplete (sections), not_applicable, omitted, unchanged, voluntary (left out), or
    not_defined (a ratio with nothing to divide by).
    """
    rows: list[tuple[object, ...]] = []
    for i, workbook in enumerate(workbooks):
        language = load_language(languages.get(workbook, "en"))
        for section in edition.sections.values():
            if section.sheet in ("lists", "results"):
                continue
            rows += _section_rows(section, i, workbook, values, whether, edition, language)
    return pd.DataFrame(rows, columns=list(STATUS_COLUMNS)).astype({"applies": object})


def _section_rows(
    section: Section,
    i: int,
    workbook: str,
    values: Values,
    whether: Mapping[str, Array],
    edition: Edition,
    language: Language,
) -> list[tuple[object, ...]]:
    state = _tristate(whether[f"section:{section.name}"][i])
    special = "omitted" if listed(values, OMITTED, section.omit)[i] else ""
    special = special or ("unchanged" if listed(values, UNCHANGED, section.omit)[i] else "")
    rows = []
    statuses = []
    for name in section.datapoints:
        datapoint = edition.datapoints[name]
        if datapoint.role in ("step", "reference", "result"):
            continue
        asked = datapoint.table is None and (name in section.gates or name in questions(edition.name))
        if datapoint.need == "helper" and not asked:
            continue
        own = _tristate(whether[name][i])
        status = "not_applicable" if own is False else special or _answered(datapoint, i, values)
        statuses.append(status)
        why = ("", "") if own else _reason(datapoint.applies_when, datapoint.module, i, values, edition, language)
        rows.append((workbook, section.name, name, own, status, *why))
    status = "not_applicable" if state is False else special or _worst(statuses)
    why = ("", "") if state else _reason(section.applies_when, section.module, i, values, edition, language)
    return [(workbook, section.name, "", state, status, *why), *rows]


def _tristate(value: float) -> bool | None:
    return None if np.isnan(value) else bool(value)


def _answered(datapoint: Datapoint, i: int, values: Values) -> str:
    array = values.array(datapoint.name)
    there = given(array)
    filled = bool(there[i]) if datapoint.table is None else bool(there[values.groups[datapoint.table] == i].any())
    if filled:
        return "complete"
    if datapoint.formula is not None and datapoint.formula.op == "ratio":
        parts = [evaluate(part, values)[i] for part in datapoint.formula.args]
        if not np.isnan(parts).any():
            return "not_defined"
    return "voluntary" if datapoint.may_stay_blank else "missing"


def _worst(statuses: list[str]) -> str:
    if "missing" not in statuses:
        return "complete" if "complete" in statuses else "voluntary" if "voluntary" in statuses else "complete"
    return "incomplete" if "complete" in statuses else "missing"


def _reason(
    rule: Node | None,
    module: str,
    i: int,
    values: Values,
    edition: Edition,
    language: Language,
) -> tuple[str, str]:
    """Return the rule in words and the answers that decided it."""
    node = rule
    if module == "comprehensive" and evaluate(COMPREHENSIVE, values)[i] != 1:
        node = COMPREHENSIVE
    if node is None:
        return "", ""
    rule_said = language.text("words.applies_when").format(words(node, vocabulary(edition, language)))
    answers = [answer(name, i, values, edition, language) for name in names(node) if name in edition.datapoints]
    return rule_said, "; ".join(dict.fromkeys(answers))


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
