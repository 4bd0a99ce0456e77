"""Parse a rule, a small closed subset of Python syntax, into frozen nodes and check its names and types."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "text", "bool"]


class RuleError(ValueError):
    """A rule that cannot be understood; the message says what is wrong, the loader adds file and line."""


@dataclass(frozen=True)
class Symbol:
    """What a rule may know of a name: its kind, its code list, and the table whose column it is."""

    name: str
    kind: Kind
    codelist: str | None = None
    table: str | None = None
    parameter: bool = False


@dataclass(frozen=True)
class Node:
    """One operation of a rule: `op`, its operands, and for leaves a constant or a name."""

    op: str
    args: tuple[Node, ...] = ()
    value: float | str | None = None


@dataclass(frozen=True)
class Signature:
    """How a function may be called: the least and most arguments and the kind of its result."""

    least: int
    most: int
    result: Kind | Literal["like"]


FUNCTIONS: Mapping[str, Signature] = {
    "sum": Signature(1, 20, "number"),
    "sumif": Signature(2, 2, "number"),
    "sumby": Signature(3, 4, "number"),
    "count": Signature(1, 1, "number"),
    "countif": Signature(1, 1, "number"),
    "distinct": Signature(1, 1, "number"),
    "share": Signature(2, 2, "number"),
    "ratio": Signature(2, 2, "number"),
    "coalesce": Signature(2, 6, "like"),
    "if_": Signature(2, 3, "like"),
    "given": Signature(1, 1, "bool"),
    "is_": Signature(2, 12, "bool"),
    "lookup": Signature(3, 3, "like"),
    "starts": Signature(2, 12, "bool"),
    "hazardous": Signature(1, 1, "bool"),
    "year": Signature(1, 1, "number"),
    "date": Signature(3, 3, "number"),
    "joined": Signature(2, 3, "text"),
}
AGGREGATES = frozenset({"sum", "sumif", "sumby", "count", "countif", "distinct", "joined"})
_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


def parse(text: str) -> Node:
    """Return the tree of the rule `text`; raise RuleError where it leaves the language."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise RuleError(f"not an expression: {error.msg}") from None
    return _node(tree.body)


def _node(tree: ast.expr) -> Node:
    match tree:
        case ast.Constant(value=bool()):
            return Node("bool", value=float(tree.value is True))
        case ast.Constant(value=int() | float() as number):
            return Node("number", value=float(number))
        case ast.Constant(value=str() as text):
            return Node("text", value=text)
        case ast.Name(id=name):
            return Node("name", value=name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return Node(_BINARY[type(op)], (_node(left), _node(right)))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Node("neg", (_node(operand),))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Node("not", (_node(operand),))
        case ast.BoolOp(op=op, values=values):
            return Node("and" if isinstance(op, ast.And) else "or", tuple(_node(v) for v in values))
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            return _comparison([left, *comparators], ops)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _call(name, arguments)
    raise RuleError(f"{ast.unparse(tree)!r} is not part of the rule language")


def _comparison(operands: list[ast.expr], ops: list[ast.cmpop]) -> Node:
    parts = []
    for left, op, right in zip(operands, ops, operands[1:], strict=False):
        if type(op) not in _COMPARE:
            raise RuleError(f"the comparison {ast.unparse(left)} … {ast.unparse(right)} is not allowed")
        parts.append(Node(_COMPARE[type(op)], (_node(left), _node(right))))
    return parts[0] if len(parts) == 1 else Node("and", tuple(parts))


def _call(name: str, arguments: list[ast.expr]) -> Node:
    if name not in FUNCTIONS:
        raise RuleError(f"unknown function {name!r}; known are {', '.join(sorted(FUNCTIONS))}")
    signature = FUNCTIONS[name]
    if not signature.least <= len(arguments) <= signature.most:
        raise RuleError(f"{name} takes {signature.least} to {signature.most} arguments, not {len(arguments)}")
    return Node(name, tuple(_node(a) for a in arguments))


def codelist_of(node: Node, symbols: Mapping[str, Symbol]) -> str | None:
    """Return the code list whose codes a text rule yields, None for free text."""
    if node.op == "name":
        return symbols[str(node.value)].codelist
    if node.op == "lookup":
        return codelist_of(node.args[2], symbols)
    if node.op in ("coalesce", "if_"):
        found = (codelist_of(a, symbols) for a in node.args[(node.op == "if_") :])
        return next((c for c in found if c), None)
    return None


def names(node: Node) -> tuple[str, ...]:
    """Return the names a rule reads, each once, in the order of their first appearance."""
    found: dict[str, None] = {}
    ahead = [node]
    while ahead:
        item = ahead.pop()
        if item.op == "name":
            found[str(item.value)] = None
        ahead += reversed(item.args)
    return tuple(found)


def tables(node: Node, symbols: Mapping[str, Symbol]) -> frozenset[str]:
    """Return the tables whose rows a rule runs over outside any aggregate within it."""
    if node.op == "name":
        table = symbols[str(node.value)].table
        return frozenset() if table is None else frozenset({table})
    if node.op == "lookup":
        return tables(node.args[0], symbols)
    if node.op == "sumby":
        return tables(node.args[2], symbols)
    if node.op in AGGREGATES:
        inner = [tables(a, symbols) for a in node.args]
        if node.op == "sum" and len(node.args) > 1:
            return frozenset().union(*inner)
        return frozenset()
    return frozenset().union(*(tables(a, symbols) for a in node.args))


def kind_of(node: Node, symbols: Mapping[str, Symbol]) -> Kind:
    """Return whether a rule yields a number, a text or a yes/no; raise RuleError where operands do not fit."""
    if node.op in ("number", "text", "bool"):
        return node.op  # type: ignore[return-value]
    if node.op == "name":
        if node.value not in symbols:
            raise RuleError(f"unknown name {node.value!r}")
        return symbols[str(node.value)].kind
    kinds = [kind_of(a, symbols) for a in node.args]
    if node.op in ("+", "-", "*", "/", "neg"):
        return _expect(node.op, kinds, "number")
    if node.op in ("and", "or", "not"):
        return _expect(node.op, kinds, "bool")
    if node.op in ("<", "<=", ">", ">="):
        _expect(node.op, kinds, "number")
        return "bool"
    if node.op in ("==", "!="):
        if kinds[0] != kinds[1]:
            raise RuleError(f"cannot compare a {kinds[0]} with a {kinds[1]}")
        return "bool"
    return _function_kind(node, kinds)


def _function_kind(node: Node, kinds: list[Kind]) -> Kind:
    if node.op == "if_":
        _expect("if_", kinds[:1], "bool")
        if len(set(kinds[1:])) > 1:
            raise RuleError("both branches of if_ must be of one kind")
        return kinds[1]
    if node.op == "coalesce":
        if len(set(kinds)) > 1:
            raise RuleError("all arguments of coalesce must be of one kind")
        return kinds[0]
    if node.op == "lookup":
        return kinds[2]
    if node.op in ("sumif", "countif"):
        _expect(node.op, kinds[-1:], "bool")
    if node.op in ("sum", "share", "ratio", "year", "date"):
        _expect(node.op, kinds, "number")
    result = FUNCTIONS[node.op].result
    assert result != "like"
    return result


def _expect(op: str, kinds: list[Kind], wanted: Kind) -> Kind:
    if any(kind != wanted for kind in kinds):
        raise RuleError(f"{op} needs {wanted} operands, not {', '.join(kinds)}")
    return wanted


def check(node: Node, symbols: Mapping[str, Symbol], table: str | None) -> Kind:
    """Check names, kinds and that a rule runs over no other rows than those of `table`; return its kind."""
    kind = kind_of(node, symbols)
    strange = tables(node, symbols) - ({table} if table else set())
    if strange:
        raise RuleError(f"columns of {', '.join(sorted(strange))} need sum, count or lookup here")
    return kind
