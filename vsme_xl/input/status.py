"""The live formulas behind the status words: per datapoint, per table, and counted per disclosure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell

from vsme_xl.edition import Datapoint, load_edition
from vsme_xl.input.layout import COMPUTED, MARK, STATUS, Placement, SectionPlace
from vsme_xl.input.target import datapoint_fails, listed, section_fails
from vsme_xl.input.values import needed_columns, optional
from vsme_xl.rules.target import quoted
from vsme_xl.withheld import OMITTED

SPECIAL, FAILS, GATE_FAILS = 1, 2, 3
COUNTS: Mapping[str, tuple[str, ...]] = {
    "answered": ("complete", "computed"),
    "open": ("missing", "incomplete"),
    "check": ("inconsistent", "unreadable"),
    "not_applicable": ("not_applicable",),
    "omitted": ("omitted",),
    "unchanged": ("unchanged",),
}
UNCHANGED = "ListOfDisclosuresForWhichNoChangesAreReportedComparedToThePreviousPeriodReporting"
Words = Callable[[str], str]


def state_formulas(section: SectionPlace, place: Placement, language: str, word: Words) -> tuple[str, str, str]:
    """Return the formulas of a section's row on Calc: left out or unchanged, does not apply, its gates do not."""
    omit = load_edition().sections[section.name].omit
    special = '=""'
    if omit:
        omitted, unchanged = quoted(word("omitted")), quoted(word("unchanged"))
        special = (
            f"=IF({listed(OMITTED, omit, language)},{omitted},"
            f'IF({listed(UNCHANGED, omit, language)},{unchanged},""))'
        )
    tests = [section_fails(section, place.module, language, gate) for gate in (False, True)]
    fails, gate_fails = (f"=IFERROR(IF({test},1,0),0)" if test else "=0" for test in tests)
    return special, fails, gate_fails


def state_cell(section: str, column: int, place: Placement, calc: str) -> str:
    """Return the cell on Calc that holds a section's state."""
    return f"{calc}!{xl_rowcol_to_cell(place.states[section], column, row_abs=True, col_abs=True)}"


def framed(section: str, fails: str, inner: str, place: Placement, calc: str, word: Words, gate: bool = False) -> str:
    """Return a status formula: not applicable, left out or unchanged go before `inner`."""
    test = f"{state_cell(section, GATE_FAILS if gate else FAILS, place, calc)}=1"
    if fails:
        test = f"IF({test},TRUE,IFERROR({fails},FALSE))"
    special = state_cell(section, SPECIAL, place, calc)
    return f"=IF({test},{quoted(word('not_applicable'))},IF(LEN({special})>0,{special},{inner}))"


def datapoint_status(
    datapoint: Datapoint, place: Placement, language: str, calc: str, word: Words, gate: bool
) -> str:
    """Return the live status of a single datapoint."""
    spot = place.scalars[datapoint.name]
    section = place.sections[datapoint.section]
    fails = datapoint_fails(datapoint, section, place.module, language)
    rule = xl_rowcol_to_cell(spot.row, COMPUTED, col_abs=True) if spot.computed else ""
    inner = _answered(datapoint, rule, word, gate) if spot.typed else '""'
    return framed(section.name, fails, inner, place, calc, word, gate)


def _answered(datapoint: Datapoint, rule: str, word: Words, gate: bool) -> str:
    name = datapoint.name
    done = quoted(word("given" if optional(datapoint, gate) else "complete"))
    blank = "optional" if optional(datapoint, gate) else "voluntary" if datapoint.may_stay_blank else "missing"
    none = quoted(word(blank))
    other = quoted(word("inconsistent"))
    if rule:
        none = f"IF(LEN({rule})>0,{quoted(word('computed'))},{none})"
    if datapoint.symbol_kind == "number":
        if rule:
            far = f"ABS({name}-{rule})>0.005*MAX(ABS({name}),ABS({rule}))"
            done = f"IF(ISNUMBER({rule}),IF({far},{other},{done}),{done})"
        done = f"IF(ISNUMBER({name}),{done},{quoted(word('unreadable'))})"
    elif datapoint.symbol_kind == "bool" and rule:
        done = f"IF(LEN({rule})>0,IF(TRIM({name})={rule},{done},{other}),{done})"
    return f"IF(LEN({name})>0,{done},{none})"


def table_status(section: SectionPlace, columns: list[Datapoint], place: Placement, calc: str, word: Words) -> str:
    """Return the live status of a section's table, or of a section without one."""
    if not columns:
        return framed(section.name, "", '""', place, calc, word)
    needed, typed = needed_columns(columns)
    if not needed:
        tests = ",".join(f"COUNTA({d.name})>0" for d in columns)
        inner = f"IF(OR({tests}),{quoted(word('given'))},{quoted(word('optional'))})"
    else:
        every, some = (
            f"{way}({','.join(f'COUNTA({n})>0' for n in names)})" for way, names in (("AND", typed), ("OR", needed))
        )
        inner = (
            f"IF({every},{quoted(word('complete'))},IF({some},{quoted(word('incomplete'))},{quoted(word('missing'))}))"
        )
    return framed(section.name, "", inner, place, calc, word)


def count_formula(mark: str, statuses: tuple[str, ...], place: Placement, sheet: Words, word: Words) -> str:
    """Return how many datapoints of a disclosure have one of the statuses, over all sheets."""
    parts = []
    for key in dict.fromkeys(s.sheet for s in place.sections.values() if s.mark == mark):
        rows = [s.row for s in place.on_sheet(key)]
        ranges = [_range(sheet(key), column, min(rows), place.ends[key]) for column in (MARK, STATUS)]
        for status in statuses:
            parts.append(f"COUNTIFS({ranges[0]},{quoted(mark)},{ranges[1]},{quoted(word(status))})")
    return "=" + "+".join(parts)


def _range(sheet: str, column: int, first: int, last: int) -> str:
    start, end = (xl_rowcol_to_cell(r, column, row_abs=True, col_abs=True) for r in (first, last))
    return f"{quote_sheetname(sheet)}!{start}:{end}"


def worst_formula(counts: Mapping[str, str], word: Words) -> str:
    """Return the status of a disclosure from the cells that count its datapoints."""
    text = quoted(word("voluntary"))
    for status in ("not_applicable", "unchanged", "omitted"):
        text = f"IF({counts[status]}>0,{quoted(word(status))},{text})"
    text = f"IF({counts['answered']}>0,{quoted(word('complete'))},{text})"
    partly = f"IF({counts['answered']}>0,{quoted(word('incomplete'))},{quoted(word('missing'))})"
    return f"=IF({counts['check']}>0,{quoted(word('inconsistent'))},IF({counts['open']}>0,{partly},{text}))"


def worst(counts: Mapping[str, int]) -> str:
    """Return the status of a disclosure from its counts, as its formula gives it."""
    if counts["check"]:
        return "inconsistent"
    if counts["open"]:
        return "incomplete" if counts["answered"] else "missing"
    for status, name in (("answered", "complete"), ("omitted",) * 2, ("unchanged",) * 2, ("not_applicable",) * 2):
        if counts[status]:
            return name
    return "voluntary"
