"""Compile a rule over a table's columns to array expressions, for use inside SUMPRODUCT (where IF may not stand)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vsme_xl.rules.parse import Node, RuleError, codelist_of, kind_of
from vsme_xl.rules.target import Target, escaped, literal, quoted


@dataclass(frozen=True)
class Numbers:
    """Numbers of rows: an array expression, and one that is 1 where the number is not blank."""

    value: str
    defined: str
    zero_where_blank: bool = True


@dataclass(frozen=True)
class Tests:
    """Yes/no of rows: array expressions that are 1 where surely true and 1 where surely false."""

    true: str
    false: str


def array_number(node: Node, target: Target) -> Numbers:
    """Return a rule as array expressions over the columns of one table."""
    if node.op == "number":
        return Numbers(literal(float(node.value or 0)), "1", False)
    if node.op == "name":
        return _named(str(node.value), target)
    if node.op in ("+", "-", "*"):
        a, b = (array_number(x, target) for x in node.args)
        zero = node.op == "*" and a.zero_where_blank and b.zero_where_blank
        return Numbers(f"({a.value}){node.op}({b.value})", _all(a, b), zero)
    if node.op in ("/", "share", "ratio"):
        a, b = (array_number(x, target) for x in node.args)
        if node.args[1].op == "number":
            return Numbers(f"({a.value})/{b.value}", a.defined, a.zero_where_blank)
        return Numbers(
            f"({a.value})/(({b.value})+(({b.value})=0))", f"{_all(a, b)}*(({b.value})<>0)", False
        )
    if node.op == "neg":
        inner = array_number(node.args[0], target)
        return Numbers(f"-({inner.value})", inner.defined, inner.zero_where_blank)
    if node.op == "sum":
        return _sum([array_number(a, target) for a in node.args])
    if node.op == "coalesce":
        return _coalesce([array_number(a, target) for a in node.args])
    if node.op == "if_":
        return _if(node, target)
    if node.op == "lookup":
        return _lookup(node, target)
    raise RuleError(f"{node.op} cannot run over rows in an Excel formula")


def _named(name: str, target: Target) -> Numbers:
    rule = target.inline(name)
    if rule is not None:
        return array_number(rule, target)
    place = target.reference(name)
    symbol = target.symbols[name]
    if symbol.parameter:
        return Numbers(place, "1", False)
    if symbol.table is None:
        return Numbers(f"N({place})", f"ISNUMBER({place})")
    factor = target.factor(name)
    if factor:
        return Numbers(f"{place}*{factor}", f"ISNUMBER({place})*({factor}>0)")
    return Numbers(place, f"ISNUMBER({place})")


def _all(*numbers: Numbers) -> str:
    tests = dict.fromkeys(n.defined for n in numbers if n.defined != "1")
    return "*".join(f"({t})" for t in tests) or "1"


def _sum(numbers: list[Numbers]) -> Numbers:
    parts = [n.value if n.zero_where_blank else f"({n.value})*({n.defined})" for n in numbers]
    return Numbers("+".join(f"({p})" for p in parts), f"(({')+('.join(n.defined for n in numbers)})>0)")


def _coalesce(numbers: list[Numbers]) -> Numbers:
    value, defined, zero = numbers[-1].value, numbers[-1].defined, numbers[-1].zero_where_blank
    for number in reversed(numbers[:-1]):
        value = f"({number.defined})*({number.value})+(1-({number.defined}))*({value})"
        defined = "1" if defined == "1" else f"((({number.defined})+({defined}))>0)"
    return Numbers(value, defined, zero)


def _if(node: Node, target: Target) -> Numbers:
    test = array_condition(node.args[0], target)
    yes = array_number(node.args[1], target)
    if len(node.args) == 2:
        defined = f"({test.true})" if yes.defined == "1" else f"({test.true})*({yes.defined})"
        return Numbers(f"({test.true})*({yes.value})", defined, yes.zero_where_blank)
    no = array_number(node.args[2], target)
    defined = f"({test.true})*({yes.defined})+({test.false})*({no.defined})"
    if (yes.defined, no.defined) == ("1", "1") and test.false == f"1-({test.true})":
        defined = "1"
    value = f"({test.true})*({yes.value})+({test.false})*({no.value})"
    return Numbers(value, defined, yes.zero_where_blank and no.zero_where_blank)


def _lookup(node: Node, target: Target) -> Numbers:
    key, keys, values = (target.reference(str(a.value)) for a in node.args)
    symbol = target.symbols[str(node.args[0].value)]
    wanted = f'"="&{key}'
    if symbol.codelist is None:
        wanted = f'"="&{escaped(key)}'
    return Numbers(f"SUMIF({keys},{wanted},{values})", f'(COUNTIFS({keys},{wanted},{values},">=0")>0)')


def array_condition(node: Node, target: Target) -> Tests:
    """Return a condition over a table's rows as array expressions of 0 and 1."""
    if node.op == "name":
        place = target.reference(str(node.value))
        yes, no = (quoted(target.label("yes_no", code)) for code in ("true", "false"))
        return Tests(f"({place}={yes})", f"({place}={no})")
    if node.op == "not":
        inner = array_condition(node.args[0], target)
        return Tests(inner.false, inner.true)
    if node.op in ("and", "or"):
        parts = [array_condition(a, target) for a in node.args]
        product = "*".join(f"({p.true if node.op == 'and' else p.false})" for p in parts)
        total = "+".join(f"({p.false if node.op == 'and' else p.true})" for p in parts)
        return Tests(product, f"(({total})>0)") if node.op == "and" else Tests(f"(({total})>0)", product)
    if node.op in ("<", "<=", ">", ">="):
        a, b = (array_number(x, target) for x in node.args)
        known = "*".join(f"({n.defined})" for n in (a, b) if n.defined != "1") or "1"
        test = f"(ROUND(({a.value})-({b.value}),9){node.op}0)"
        return Tests(f"{test}*{known}", f"(1-{test})*{known}")
    if node.op == "is_" and kind_of(node.args[0], target.symbols) == "bool":
        inner = array_condition(node.args[0], target)
        true = inner.true if node.args[1].value else inner.false
        return Tests(true, f"1-({true})")
    if node.op == "is_":
        pairs = [equals(Node("==", (node.args[0], c)), target, lambda n, c: _text(n, target, c)) for c in node.args[1:]]
        true = "+".join(f"({a}={b})" for a, b in pairs)
        return Tests(f"({true})", f"1-({true})")
    if node.op == "given":
        true = _given(node.args[0], target)
        return Tests(true, f"1-({true})")
    if node.op == "starts":
        place = target.reference(str(node.args[0].value))
        true = "+".join(f'(LEFT({place},{len(str(p.value))})="{p.value}")' for p in node.args[1:])
        return Tests(f"(({true})>0)", f"(LEN({place})>0)*(({true})=0)")
    if node.op == "hazardous":
        place = target.reference(str(node.args[0].value))
        return Tests(f'(MID({place},9,1)="*")', f'(LEN({place})>0)*(MID({place},9,1)<>"*")')
    raise RuleError(f"{node.op} cannot test rows in an Excel formula")


def _given(node: Node, target: Target) -> str:
    if kind_of(node, target.symbols) == "number":
        return array_number(node, target).defined
    place = target.reference(str(node.value))
    return f"(LEN({place})>0)"


def _text(node: Node, target: Target, codelist: str | None) -> str:
    if node.op == "text":
        return quoted(target.label(codelist, str(node.value)) if codelist else str(node.value))
    return target.reference(str(node.value))


def equals(node: Node, target: Target, text: Callable[[Node, str | None], str]) -> tuple[str, str]:
    """Return both sides of a comparison of texts, codes by the labels of their list."""
    return text(node.args[0], None), text(node.args[1], codelist_of(node.args[0], target.symbols))


def hazard_test(place: str) -> tuple[str, str]:
    """Return when a waste label has its asterisk, and when it has none."""
    return f'MID({place},9,1)="*"', f'AND(LEN({place})>0,MID({place},9,1)<>"*")'


def count_rows(node: Node, target: Target) -> str:
    """Return how many rows are filled (count), hold different entries (distinct) or fulfil a condition (countif)."""
    if node.op == "distinct":
        place = target.reference(str(node.args[0].value))
        return f'SUMPRODUCT((LEN({place})>0)/COUNTIF({place},{place}&""))'
    if node.op == "countif":
        return f"SUMPRODUCT(--({array_condition(node.args[0], target).true}))"
    return f"SUMPRODUCT(--({_given(node.args[0], target)}))"
