"""The live formulas behind the status words: per datapoint, and counted per disclosure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell

from vsme_xl.applicability import COMPREHENSIVE
from vsme_xl.completeness import UNCHANGED, division
from vsme_xl.edition import Datapoint, Section, load_edition
from vsme_xl.input.layout import COMPUTED, MARK, STATUS, Placement, SectionPlace
from vsme_xl.input.readable import any_flag, blank_test, flag_cell
from vsme_xl.input.target import datapoint_fails, divisor_zero, listed, reference, section_fails
from vsme_xl.input.values import optional
from vsme_xl.rules.parse import names
from vsme_xl.rules.target import quoted
from vsme_xl.withheld import OMITTED

SPECIAL, FAILS, GATE_FAILS, UNREAD, GATE_UNREAD, CLOSED_GATES = range(1, 7)
COUNTS: Mapping[str, tuple[str, ...]] = {
    "answered": ("complete", "computed", "not_defined"),
    "open": ("missing", "incomplete"),
    "inconsistent": ("inconsistent",),
    "unreadable": ("unreadable",),
    "not_applicable": ("not_applicable",),
    "omitted": ("omitted",),
    "unchanged": ("unchanged",),
}
Words = Callable[[str], str]


def state_formulas(
    section: SectionPlace, place: Placement, language: str, calc: str, sheet: Words, word: Words
) -> tuple[str, ...]:
    """Return the formulas of a section's row on Calc.

    They say: omitted or unchanged, does not apply, its gates do not, something this hangs on cannot be read (and for
    its gates), and how many gates are answered although the section does not apply.
    """
    spec = load_edition().sections[section.name]
    special = '=""'
    if spec.omit:
        omitted, unchanged = quoted(word("omitted")), quoted(word("unchanged"))
        special = (
            f"=IF({listed(OMITTED, spec.omit, language)},{omitted},"
            f'IF({listed(UNCHANGED, spec.omit, language)},{unchanged},""))'
        )
    tests = [section_fails(section, place.module, language, gate) for gate in (False, True)]
    fails, gate_fails = (f"=IFERROR(IF({test},1,0),0)" if test else "=0" for test in tests)
    unread, gate_unread = (f"={any_flag(_hangs_on(spec, gate), place, calc) or 0}" for gate in (False, True))
    return special, fails, gate_fails, unread, gate_unread, _closed_gates(spec, place, calc, sheet, word)


def _hangs_on(section: Section, gate: bool) -> tuple[str, ...]:
    """Return the datapoints that decide whether a section (or its gates) is asked at all."""
    found = list(names(COMPREHENSIVE)) if section.module == "comprehensive" else []
    found += [OMITTED, UNCHANGED] if section.omit else []
    return (*found, *(names(section.applies_when) if section.applies_when is not None and not gate else ()))


def _closed_gates(section: Section, place: Placement, calc: str, sheet: Words, word: Words) -> str:
    spots = [place.scalars[g] for g in section.gates if g in place.scalars]
    gates = [
        f"{quote_sheetname(sheet(s.sheet))}!{xl_rowcol_to_cell(s.row, STATUS, row_abs=True, col_abs=True)}"
        for s in spots
    ]
    if not gates:
        return "=0"
    answered = "+".join(f"({cell}={quoted(word('complete'))})" for cell in gates)
    return f"=IF({state_cell(section.name, FAILS, place, calc)}=1,{answered},0)"


def state_cell(section: str, column: int, place: Placement, calc: str) -> str:
    """Return the cell on Calc that holds a section's state."""
    return f"{calc}!{xl_rowcol_to_cell(place.states[section], column, row_abs=True, col_abs=True)}"


def framed(
    section: str,
    fails: str,
    inner: str,
    place: Placement,
    calc: str,
    word: Words,
    gate: bool = False,
    also: tuple[str, ...] = (),
) -> str:
    """Return a status formula: unreadable, not applicable, left out or unchanged go before `inner`.

    `also` names the datapoints that `fails` reads.
    """
    unread = state_cell(section, GATE_UNREAD if gate else UNREAD, place, calc)
    if flags := any_flag(also, place, calc):
        unread = f"MAX({unread},{flags})"
    test = f"{state_cell(section, GATE_FAILS if gate else FAILS, place, calc)}=1"
    if fails:
        test = f"IF({test},TRUE,IFERROR({fails},FALSE))"
    special = state_cell(section, SPECIAL, place, calc)
    inner = f"IF({test},{quoted(word('not_applicable'))},IF(LEN({special})>0,{special},{inner}))"
    return f"=IF({unread}=1,{quoted(word('unreadable'))},{inner})"


def datapoint_status(
    datapoint: Datapoint, place: Placement, language: str, calc: str, word: Words, gate: bool
) -> str:
    """Return the live status of a single datapoint."""
    spot = place.scalars[datapoint.name]
    section = place.sections[datapoint.section]
    fails = datapoint_fails(datapoint, section, place.module, language)
    also = names(datapoint.applies_when) if datapoint.applies_when is not None else ()
    if datapoint.module == "comprehensive" and section.module != "comprehensive":
        also = (*names(COMPREHENSIVE), *also)
    rule = xl_rowcol_to_cell(spot.row, COMPUTED, col_abs=True) if spot.computed else ""
    inner = _answered(datapoint, rule, place, language, calc, word, gate) if spot.typed else '""'
    return framed(section.name, fails, inner, place, calc, word, gate, also)


def _answered(
    datapoint: Datapoint, rule: str, place: Placement, language: str, calc: str, word: Words, gate: bool
) -> str:
    name = datapoint.name
    done = quoted(word("given" if optional(datapoint, gate) else "complete"))
    other = quoted(word("inconsistent"))
    if datapoint.symbol_kind == "number" and rule:
        far = f"ABS({name}-{rule})>0.005*MAX(ABS({name}),ABS({rule}))"
        done = f"IF(ISNUMBER({rule}),IF({far},{other},{done}),{done})"
    elif datapoint.symbol_kind == "bool" and rule:
        done = f"IF(LEN({rule})>0,IF(TRIM({name})={rule},{done},{other}),{done})"
    none = _blank(datapoint, rule, place, language, word, gate)
    unreadable = quoted(word("unreadable"))
    return f"IF({flag_cell(name, place, calc)}=1,{unreadable},IF({blank_test(name)},{none},{done}))"


def _blank(datapoint: Datapoint, rule: str, place: Placement, language: str, word: Words, gate: bool) -> str:
    """Return what the status of a datapoint says where its cell is blank."""
    blank = "optional" if optional(datapoint, gate) else "voluntary" if datapoint.may_stay_blank else "missing"
    none = quoted(word(blank))
    if datapoint.instead in place.scalars:
        there = f"LEN({reference(datapoint.instead, load_edition())})>0"
        none = f"IF({there},{quoted(word('voluntary'))},{none})"
    found = division(datapoint.formula)
    if found is not None and not optional(datapoint, gate):
        test = divisor_zero(found, place.module, language)
        none = f"IF(IFERROR({test},FALSE),{quoted(word('not_defined'))},{none})"
    return f"IF(LEN({rule})>0,{quoted(word('computed'))},{none})" if rule else none


def count_formula(mark: str, statuses: tuple[str, ...], place: Placement, sheet: Words, word: Words) -> str:
    """Return how many datapoints of a disclosure have one of the statuses, over all sheets."""
    parts = []
    for key in _sheets_of(mark, place):
        rows = [s.row for s in place.on_sheet(key)]
        ranges = [_range(sheet(key), column, min(rows), place.ends[key]) for column in (MARK, STATUS)]
        for status in statuses:
            parts.append(f"COUNTIFS({ranges[0]},{quoted(mark)},{ranges[1]},{quoted(word(status))})")
    return "=" + "+".join(parts)


def _sheets_of(mark: str, place: Placement) -> tuple[str, ...]:
    found = [s.sheet for s in place.sections.values() if s.mark == mark]
    found += [s.sheet for s in place.scalars.values() if s.mark == mark]
    return tuple(dict.fromkeys(found))


def _range(sheet: str, column: int, first: int, last: int) -> str:
    start, end = (xl_rowcol_to_cell(r, column, row_abs=True, col_abs=True) for r in (first, last))
    return f"{quote_sheetname(sheet)}!{start}:{end}"


def gates_formula(mark: str, place: Placement, calc: str) -> str:
    """Return how many gates of a disclosure are answered although their sections do not apply."""
    cells = [state_cell(s.name, CLOSED_GATES, place, calc) for s in place.sections.values() if s.mark == mark]
    return "=" + "+".join(cells)


def worst_formula(counts: Mapping[str, str], word: Words) -> str:
    """Return the status of a disclosure from the cells that count its datapoints."""
    text = f"IF({counts['not_applicable']}+{counts['gates']}>0,{quoted(word('not_applicable'))},"
    text += f"{quoted(word('voluntary'))})"
    for status in ("unchanged", "omitted"):
        text = f"IF({counts[status]}>0,{quoted(word(status))},{text})"
    answered = f"{counts['answered']}+{counts['inconsistent']}-{counts['gates']}"
    text = f"IF({answered}>0,{quoted(word('complete'))},{text})"
    text = f"IF({counts['open']}>0,{quoted(word('incomplete'))},{text})"
    return f"=IF({counts['unreadable']}>0,{quoted(word('unreadable'))},{text})"


def worst(counts: Mapping[str, int]) -> str:
    """Return the status of a disclosure from its counts, as its formula gives it."""
    if counts["unreadable"]:
        return "unreadable"
    if counts["open"]:
        return "incomplete"
    if counts["answered"] + counts["inconsistent"] > counts["gates"]:
        return "complete"
    if counts["omitted"] or counts["unchanged"]:
        return "omitted" if counts["omitted"] else "unchanged"
    return "not_applicable" if counts["not_applicable"] + counts["gates"] else "voluntary"
