"""Compile a rule to an Excel formula for one cell, so that a blank operand gives an empty text and never an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vsme_xl.rules.arrays import array_condition, array_number, count_rows, equals, hazard_test
from vsme_xl.rules.combining import (
    all_of,
    any_of,
    either_condition,
    either_number,
    first_condition,
    first_number,
    total_of,
)
from vsme_xl.rules.parse import Node, RuleError, kind_of, tables
from vsme_xl.rules.target import Condition, Number, Target, escaped, literal, quoted

CLOSED = frozenset({"name", "number", "sum", "sumif", "count", "countif", "distinct", "lookup"})


def formula(node: Node, target: Target, table: str | None = None) -> str:
    """Return the formula of a rule, with its equals sign; `table` is given for a formula that stands in its rows."""
    kind = kind_of(node, target.symbols)
    if kind == "number":
        return "=" + _number(node, target, table).formula()
    if kind == "text":
        return "=" + _text(node, target, table)
    condition = boolean(node, target, table)
    yes, no = quoted(target.label("yes_no", "true")), quoted(target.label("yes_no", "false"))
    if condition.total:
        return f"=IF({condition.true},{yes},{no})"
    return f'=IF({condition.true},{yes},IF({condition.false},{no},""))'


def _place(name: str, target: Target, table: str | None) -> str:
    symbol = target.symbols[name]
    if table is not None and symbol.table == table:
        assert target.cell is not None
        return target.cell(name)
    return target.reference(name)


def _number(node: Node, target: Target, table: str | None) -> Number:
    if node.op == "number":
        return Number(literal(float(node.value or 0)))
    if node.op == "name":
        place = _place(str(node.value), target, table)
        if target.symbols[str(node.value)].parameter:
            return Number(place)
        return Number(place, (place,))
    if node.op in _NUMBERS:
        return _NUMBERS[node.op](node, target, table)
    raise RuleError(f"{node.op} is no number")


def _arithmetic(node: Node, target: Target, table: str | None) -> Number:
    a, b = (_number(x, target, table) for x in node.args)
    left, right = f"{_bracket(node.args[0], a.value)}", f"{_bracket(node.args[1], b.value)}"
    op = "/" if node.op in ("share", "ratio") else node.op
    conditions = a.conditions + b.conditions
    if op == "/" and node.args[1].op != "number":
        conditions += (f"{right}<>0",)
    return Number(f"{left}{op}{right}", a.cells + b.cells, tuple(dict.fromkeys(conditions)))


def _bracket(node: Node, text: str) -> str:
    return text if node.op in CLOSED else f"({text})"


def _negative(node: Node, target: Target, table: str | None) -> Number:
    inner = _number(node.args[0], target, table)
    return Number(f"-{_bracket(node.args[0], inner.value)}", inner.cells, inner.conditions)


def _own_table(node: Node, target: Target, table: str | None) -> str | None:
    return next(iter(tables(node, target.symbols) - {table}), None)


def _sum(node: Node, target: Target, table: str | None) -> Number:
    return total_of([
        _aggregate(a, None, target) if _own_table(a, target, table) else _number(a, target, table) for a in node.args
    ])  # fmt: skip


def _aggregate(value: Node, condition: Node | None, target: Target) -> Number:
    """Return the sum of a column over the rows that fulfil a condition."""
    if value.op == "name" and target.inline(str(value.value)) is None and not target.factor(str(value.value)):
        place = target.reference(str(value.value))
        if condition is None:
            return Number(f"SUM({place})", (), (f"COUNT({place})>0",), zero_where_blank=True)
        test = array_condition(condition, target).true
        return Number(
            f"SUMPRODUCT(--({test}),{place})", (), (f"SUMPRODUCT(--({test}),--ISNUMBER({place}))>0",), True
        )
    numbers = array_number(value, target)
    test = f"({array_condition(condition, target).true})*" if condition is not None else ""
    total = numbers.value if numbers.zero_where_blank else f"({numbers.value})*({numbers.defined})"
    return Number(
        f"SUMPRODUCT({test}({total}))", (), (f"SUMPRODUCT({test}({numbers.defined}))>0",), zero_where_blank=True
    )


def _sumif(node: Node, target: Target, table: str | None) -> Number:
    return _aggregate(node.args[0], node.args[1], target)


def _sumby(node: Node, target: Target, table: str | None) -> Number:
    place, keys = target.reference(str(node.args[0].value)), target.reference(str(node.args[1].value))
    test = f"--({keys}={_text(node.args[2], target, table)})"
    if len(node.args) == 4:
        test += f",--({array_condition(node.args[3], target).true})"
    return Number(f"SUMPRODUCT({test},{place})", (), (f"SUMPRODUCT({test},--ISNUMBER({place}))>0",), True)


def _count(node: Node, target: Target, table: str | None) -> Number:
    return Number(count_rows(node, target))


def _coalesce(node: Node, target: Target, table: str | None) -> Number:
    return first_number([_number(a, target, table) for a in node.args])


def _if(node: Node, target: Target, table: str | None) -> Number:
    yes, *no = (_number(a, target, table) for a in node.args[1:])
    return either_number(boolean(node.args[0], target, table), yes, no[0] if no else None)


def match_formula(key: Node, keys: str, target: Target, table: str | None) -> str:
    """Return the formula of the place where a key stands among the keys of another table; empty where it does not."""
    text = _text(key, target, table)
    return f'=IF(LEN({text})>0,IFERROR({_match(key, keys, target, table)},""),"")'


def _match(node: Node, keys: str, target: Target, table: str | None) -> str:
    key = _text(node, target, table)
    source = target.symbols.get(str(node.value))
    if source is None or source.codelist in (None, "fuel"):
        key = escaped(key)
    return f"MATCH({key},{target.reference(keys)},0)"


def _found(node: Node, target: Target, table: str | None) -> str:
    keys, values = str(node.args[1].value), target.reference(str(node.args[2].value))
    place = target.match(node.args[0], keys) if table is not None else ""
    return f"INDEX({values},{place or _match(node.args[0], keys, target, table)})"


def _lookup(node: Node, target: Target, table: str | None) -> Number:
    found = _found(node, target, table)
    place = target.match(node.args[0], str(node.args[1].value)) if table is not None else ""
    if place:
        return Number(found, (place,), (f"ISNUMBER({found})",))
    return Number(found, (), (f"IFERROR(ISNUMBER({found}),FALSE)",))


def _year(node: Node, target: Target, table: str | None) -> Number:
    inner = _number(node.args[0], target, table)
    return Number(f"YEAR({inner.value})", inner.cells, inner.conditions)


def _date(node: Node, target: Target, table: str | None) -> Number:
    return Number(f"DATE({','.join(literal(float(a.value or 0)) for a in node.args)})")


_NUMBERS: Mapping[str, Callable[[Node, Target, str | None], Number]] = {
    "+": _arithmetic, "-": _arithmetic, "*": _arithmetic, "/": _arithmetic, "share": _arithmetic,
    "ratio": _arithmetic, "neg": _negative, "sum": _sum, "sumif": _sumif, "sumby": _sumby, "count": _count,
    "countif": _count, "distinct": _count, "coalesce": _coalesce, "if_": _if, "lookup": _lookup, "year": _year,
    "date": _date,
}  # fmt: skip


def _side(node: Node, target: Target, table: str | None, codelist: str | None) -> str:
    """Return a text for a comparison, where an empty cell needs no care."""
    if node.op == "name" and not target.trim:
        return _place(str(node.value), target, table)
    return _text(node, target, table, codelist)


def _text(node: Node, target: Target, table: str | None, codelist: str | None = None) -> str:
    """Return a text expression that is the empty text where the rule is blank."""
    if node.op == "text":
        return quoted(target.label(codelist, str(node.value)) if codelist else str(node.value))
    if node.op == "name":
        place = _place(str(node.value), target, table)
        return f"TRIM({place})" if target.trim else f'{place}&""'
    if node.op == "if_":
        condition = boolean(node.args[0], target, table)
        yes = _text(node.args[1], target, table, codelist)
        no = _text(node.args[2], target, table, codelist) if len(node.args) == 3 else '""'
        other = no if condition.total or no == '""' else f'IF({condition.false},{no},"")'
        return f"IF({condition.true},{yes},{other})"
    if node.op == "coalesce":
        text = _text(node.args[-1], target, table, codelist)
        for argument in reversed(node.args[:-1]):
            first = _text(argument, target, table, codelist)
            text = f"IF(LEN({first})>0,{first},{text})"
        return text
    if node.op == "lookup":
        found = _found(node, target, table)
        place = target.match(node.args[0], str(node.args[1].value)) if table is not None else ""
        return f'IF(ISNUMBER({place}),{found}&"","")' if place else f'IFERROR({found}&"","")'
    if node.op == "joined":
        return _joined(node, target)
    raise RuleError(f"{node.op} is no text")


def text_formula(node: Node, target: Target, table: str | None, codelist: str) -> str:
    """Return the formula of a rule that yields a code of a list, shown by its label."""
    return "=" + _text(node, target, table, codelist)


def _joined(node: Node, target: Target) -> str:
    """Join the keys (and texts) of a table's fixed rows; 10 rows, as TEXTJOIN is younger than Excel 2010."""
    keys = target.reference(str(node.args[0].value))
    condition = node.args[1].args[0] if node.args[1].op == "is_" else node.args[1]
    tests = target.reference(str(condition.value))
    yes = quoted(target.label("yes_no", "true"))
    parts = []
    for row in range(1, 11):
        test = f"INDEX({tests},{row})={yes}"
        text = f"INDEX({keys},{row})"
        if len(node.args) == 3:
            shown = f"INDEX({target.reference(str(node.args[2].value))},{row})"
            parts.append(f'IF({test},IF(LEN({shown})>0,CHAR(10)&{text}&": "&{shown},""),"")')
        else:
            parts.append(f'IF({test},"; "&{text},"")')
    start = 2 if len(node.args) == 3 else 3
    return f"MID({'&'.join(parts)},{start},32767)"


def boolean(node: Node, target: Target, table: str | None = None) -> Condition:
    """Return the conditions under which a rule is surely true and surely false."""
    if node.op == "bool":
        return Condition("TRUE", "FALSE", True) if node.value else Condition("FALSE", "TRUE", True)
    if node.op == "name":
        place = _text(node, target, table) if target.trim else _place(str(node.value), target, table)
        yes, no = quoted(target.label("yes_no", "true")), quoted(target.label("yes_no", "false"))
        return Condition(f"{place}={yes}", f"{place}={no}")
    if node.op in ("and", "or"):
        parts = [boolean(a, target, table) for a in node.args]
        return all_of(parts) if node.op == "and" else any_of(parts)
    if node.op == "not":
        inner = boolean(node.args[0], target, table)
        return Condition(inner.false, inner.true, inner.total)
    if node.op in ("<", "<=", ">", ">=", "==", "!="):
        return _comparison(node, target, table)
    return _test(node, target, table)


def _comparison(node: Node, target: Target, table: str | None) -> Condition:
    if kind_of(node.args[0], target.symbols) == "text":
        a, b = equals(node, target, lambda n, c: _side(n, target, table, c))
        same, other = f"{a}={b}", f"AND(LEN({a})>0,LEN({b})>0,{a}<>{b})"
        if node.args[1].op == "text":
            other = f"AND(LEN({a})>0,{a}<>{b})"
        return Condition(same, other) if node.op == "==" else Condition(other, same)
    x, y = (_number(n, target, table) for n in node.args)
    both = Number("", x.cells + y.cells, x.conditions + y.conditions).defined()
    right = _bracket(node.args[1], y.value)
    op = {"==": "=", "!=": "<>"}.get(node.op, node.op)
    test = f"ROUND({_bracket(node.args[0], x.value)}-{right},9){op}0" if right != "0" else f"ROUND({x.value},9){op}0"
    if not both:
        return Condition(test, f"NOT({test})", True)
    return Condition(f"IF({both},{test},FALSE)", f"IF({both},NOT({test}),FALSE)")


def _test(node: Node, target: Target, table: str | None) -> Condition:
    if node.op == "given":
        return _given(node.args[0], target, table)
    if node.op == "is_":
        if kind_of(node.args[0], target.symbols) == "bool":
            inner = boolean(node.args[0], target, table)
            true = inner.true if node.args[1].value else inner.false
            return Condition(true, f"NOT({true})", True)
        tests = [
            "{}={}".format(*equals(Node("==", (node.args[0], code)), target, lambda n, c: _side(n, target, table, c)))
            for code in node.args[1:]
        ]
        true = tests[0] if len(tests) == 1 else f"OR({','.join(tests)})"
        return Condition(true, f"NOT({true})", True)
    if node.op == "hazardous":
        return Condition(*hazard_test(_place(str(node.args[0].value), target, table)))
    if node.op == "if_":
        yes, *no = (boolean(a, target, table) for a in node.args[1:])
        return either_condition(boolean(node.args[0], target, table), yes, no[0] if no else None)
    if node.op == "coalesce":
        return first_condition([boolean(a, target, table) for a in node.args])
    raise RuleError(f"{node.op} is no yes/no")


def _given(node: Node, target: Target, table: str | None) -> Condition:
    kind = kind_of(node, target.symbols)
    if kind == "number":
        true = _number(node, target, table).defined() or "TRUE"
    elif kind == "text":
        true = f"LEN({_side(node, target, table, None)})>0"
    else:
        inner = boolean(node, target, table)
        true = "TRUE" if inner.total else f"OR({inner.true},{inner.false})"
    return Condition(true, f"NOT({true})", True)
