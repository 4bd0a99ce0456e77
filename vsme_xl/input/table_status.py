"""The live formula behind the status of a table: does every row that says something have what it needs?"""

from __future__ import annotations

from vsme_xl.completeness import counts
from vsme_xl.edition import Datapoint, load_edition
from vsme_xl.input.layout import Placement, SectionPlace
from vsme_xl.input.readable import any_flag, blank_test
from vsme_xl.input.status import Words, framed
from vsme_xl.input.target import label_of
from vsme_xl.rules.target import quoted


def table_status(
    section: SectionPlace, columns: list[Datapoint], place: Placement, language: str, calc: str, word: Words
) -> str:
    """Return the live status of a section's table, or of a section without one.

    A row that says something needs each column that the standard asks for, or one of those of which it needs one.
    """
    if not columns:
        return framed(section.name, "", '""', place, calc, word)
    inner = _rows_status(section.name, columns, place, language, word)
    if flags := any_flag(tuple(d.name for d in columns), place, calc):
        inner = f"IF({flags}=1,{quoted(word('unreadable'))},{inner})"
    return framed(section.name, "", inner, place, calc, word)


def _rows_status(section: str, columns: list[Datapoint], place: Placement, language: str, word: Words) -> str:
    table = load_edition().tables[str(columns[0].table)]
    asked = [d for d in columns if counts(d, load_edition().sections[section])]
    wanted = [d for d in asked if not d.may_stay_blank and (d.formula is None or d.name in table.one_of)]
    every = [d for d in load_edition().columns(table.name) if d.name in place.tables[table.name].columns]
    used = _used(every, table.axis, table.codes and table.key, language)
    if wanted:
        return _wanted_status(wanted, table.one_of, used, word)
    some = f"OR({','.join(f'SUMPRODUCT(1-({blank_test(d.name)}))>0' for d in columns)})"
    otherwise = quoted(word("voluntary" if asked else "optional"))
    given = f"IF({some},{quoted(word('given'))},{otherwise})"
    if not asked:
        return given
    filled = "+".join(f"SUMPRODUCT({used}*(1-({blank_test(d.name)})))" for d in asked)
    return f"IF({filled}>0,{quoted(word('complete'))},{given})"


def _wanted_status(wanted: list[Datapoint], one_of: tuple[str, ...], used: str, word: Words) -> str:
    """Return the status of a table with columns that the standard asks for."""
    groups = dict.fromkeys(one_of if d.name in one_of else (d.name,) for d in wanted)
    blanks = ["*".join(f"({blank_test(name)})" for name in group) for group in groups]
    lacking = "+".join(f"SUMPRODUCT({used}*{blank})" for blank in blanks)
    begun = "+".join(f"SUMPRODUCT({used}*(1-{blank}))" for blank in blanks)
    partly = f"IF({begun}>0,{quoted(word('incomplete'))},{quoted(word('missing'))})"
    return f"IF(SUMPRODUCT(--{used})=0,{quoted(word('missing'))},IF({lacking}=0,{quoted(word('complete'))},{partly}))"


def _used(columns: list[Datapoint], axis: str, fixed_key: str, language: str) -> str:
    """Return which rows of a table say something: more than a row number or unticked boxes."""
    tests = []
    twins = {d.twin for d in columns if d.twin}
    for d in (c for c in columns if c.name not in twins):
        if d.role not in ("input", "metric") or d.name == fixed_key or (d.name == axis and d.kind == "text"):
            continue
        if axis and d.kind == "boolean":
            tests.append(f"(TRIM({d.name})={quoted(label_of(language, 'yes_no', 'true'))})")
        else:
            tests.append(f"(1-({blank_test(d.name)}))")
    return f"(({'+'.join(tests)})>0)"
