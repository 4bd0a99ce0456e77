"""Where the rules of the standard find their names in the input workbook, and the formulas made from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from xlsxwriter.utility import xl_col_to_name

from vsme_xl import units
from vsme_xl.applicability import COMPREHENSIVE
from vsme_xl.codelists import codelist
from vsme_xl.edition import Datapoint, Edition, load_edition
from vsme_xl.input.layout import Placement, SectionPlace, needs_calc, placement
from vsme_xl.rules.excel import boolean, formula, text_formula
from vsme_xl.rules.parse import Node
from vsme_xl.rules.target import Target, quoted
from vsme_xl.store import UNIT_DIMENSION

TYPED = "typed:"
CALC = "calc_"
ROW = "\N{SECTION SIGN}"


def label_of(language: str, list_name: str, code: str) -> str:
    """Return the text a cell shows for a code."""
    return codelist(list_name, language).labels.get(code, code)


@cache
def target(module: str, language: str) -> Target:
    """Return where a module's input workbook keeps the names of rules.

    A table without formula cells of its own is computed inside the formulas that add up its columns, so that rows a
    client inserts count; what the client typed into a computed column goes before its rule.
    """
    edition = load_edition()
    symbols = dict(edition.symbols)
    for d in edition.datapoints.values():
        if d.table and d.formula is not None and d.role == "metric":
            symbols[TYPED + d.name] = replace(symbols[d.name], name=TYPED + d.name)

    def inline(name: str) -> Node | None:
        return _inlined(name, edition)

    return Target(
        symbols,
        lambda list_name, code: label_of(language, list_name, code),
        lambda name: reference(name, edition),
        None,
        inline,
        lambda name: column_factor(name, edition),
        trim=True,
    )


def _inlined(name: str, edition: Edition) -> Node | None:
    d = edition.datapoints.get(name)
    if d is None or d.formula is None or d.table in (None, "fuels"):
        return None
    if d.role != "metric":
        return d.formula
    return Node("coalesce", (Node("name", value=TYPED + name), d.formula))


def reference(name: str, edition: Edition) -> str:
    """Return the defined name that holds the value rules use: the input cell, or the effective value on Calc."""
    d = edition.datapoints.get(name)
    if d is None or d.table is not None:
        return name.removeprefix(TYPED)
    return CALC + name if needs_calc(d) or d.role == "result" else name


def unit_column(datapoint: Datapoint) -> str:
    """Return the reference column that converts the units of a datapoint's dimension."""
    return "Unit_" + UNIT_DIMENSION[datapoint.kind].capitalize()


def own_factor(datapoint: Datapoint) -> float:
    """Return what one of the datapoint's own unit is in the base unit of its dimension."""
    return units.to_base(datapoint.unit, UNIT_DIMENSION[datapoint.kind]) or 1.0


def column_factor(name: str, edition: Edition) -> str:
    """Return the factor from a column's unit cells to its own unit; a blank unit is the own one."""
    d = edition.datapoints.get(name.removeprefix(TYPED))
    if d is None or d.table is None or not d.unit_cell:
        return ""
    own = own_factor(d)
    twins = {c.twin for c in edition.columns(d.table) if c.twin}
    default = "" if d.name in twins else f'+({d.unit_cell}="")*{own!r}'
    found = f'(SUMIF(Unit_Code,"="&{d.unit_cell},{unit_column(d)}){default})'
    return found if own == 1 else f"({found}/{own!r})"


def scalar_factor(datapoint: Datapoint) -> str:
    """Return the formula of the factor from the unit cell of a single datapoint to its own unit."""
    cell = datapoint.unit_cell or f"{datapoint.name}_unit"
    found = f"INDEX({unit_column(datapoint)},MATCH(TRIM({cell}),Unit_Code,0))"
    own = own_factor(datapoint)
    return f'=IF(LEN(TRIM({cell}))=0,1,IFERROR(IF({found}>0,{found}/{own!r},""),""))'


def guarded(text: str, otherwise: str = '""') -> str:
    """Return a formula that shows no error value."""
    return f"=IFERROR({text.removeprefix('=')},{otherwise})"


def rule_formula(datapoint: Datapoint, module: str, language: str) -> str:
    """Return the formula of a single datapoint's rule."""
    assert datapoint.formula is not None
    place = target(module, language)
    if datapoint.symbol_kind == "text" and datapoint.codelist:
        return guarded(text_formula(datapoint.formula, place, None, datapoint.codelist))
    return guarded(formula(datapoint.formula, place))


def row_formula(datapoint: Datapoint, module: str, language: str) -> Callable[[int], str]:
    """Return the formula of a column's rule for any row of its table, which has formula cells of its own."""
    assert datapoint.formula is not None and datapoint.table is not None
    columns = placement(module).tables[datapoint.table].columns

    def cell(name: str) -> str:
        return f"${xl_col_to_name(columns[name])}{ROW}"

    text = guarded(formula(datapoint.formula, replace(target(module, language), cell=cell), datapoint.table))
    return lambda row: text.replace(ROW, str(row + 1))


def effective_formula(datapoint: Datapoint, rule: str, factor: str) -> str:
    """Return the formula of the value that rules use: what was typed, in the own unit, else what the rule gives."""
    name = datapoint.name
    other = rule or '""'
    if datapoint.symbol_kind != "number":
        return f"=IF(LEN(TRIM({name}))>0,TRIM({name}),{other})"
    if factor:
        return f'=IF(ISNUMBER({name}),IF(ISNUMBER({factor}),{name}*{factor},""),{other})'
    return f"=IF(ISNUMBER({name}),{name},{other})"


def _fails(node: Node, module: str, language: str) -> str:
    return boolean(node, target(module, language)).false


def section_fails(section: SectionPlace, module: str, language: str, gate: bool) -> str:
    """Return the condition under which a section does not apply; for its gates only the module counts."""
    edition = load_edition()
    nodes = [COMPREHENSIVE] if section.module == "comprehensive" else []
    rule = edition.sections[section.name].applies_when
    if rule is not None and not gate:
        nodes.append(rule)
    if not nodes:
        return ""
    return _fails(nodes[0] if len(nodes) == 1 else Node("and", tuple(nodes)), module, language)


def datapoint_fails(datapoint: Datapoint, section: SectionPlace, module: str, language: str) -> str:
    """Return the condition under which a datapoint of a section that applies does not."""
    nodes = []
    if datapoint.module == "comprehensive" and section.module != "comprehensive":
        nodes.append(COMPREHENSIVE)
    if datapoint.applies_when is not None:
        nodes.append(datapoint.applies_when)
    if not nodes:
        return ""
    return _fails(nodes[0] if len(nodes) == 1 else Node("and", tuple(nodes)), module, language)


def divisor_zero(division: Node, module: str, language: str) -> str:
    """Return the condition that a division has nothing to divide by."""
    zero = Node("==", (division.args[1], Node("number", value=0.0)))
    return boolean(zero, target(module, language)).true


def row_fails(datapoint: Datapoint, place: Placement, language: str) -> str:
    """Return the condition, for the first row of a table, under which a cell of a column does not apply."""
    assert datapoint.applies_when is not None and datapoint.table is not None
    table = place.tables[datapoint.table]

    def cell(name: str) -> str:
        return f"${xl_col_to_name(table.columns[name])}{table.first + 1}"

    return boolean(datapoint.applies_when, replace(target(place.module, language), cell=cell), datapoint.table).false


def listed(list_column: str, members: tuple[str, ...], language: str) -> str:
    """Return the condition that one of the members stands in a column of disclosures."""
    tests = "+".join(
        f"({list_column}={quoted(label_of(language, 'disclosure', member))})" for member in members
    )
    return f"SUMPRODUCT(--(({tests})>0))>0"
