"""Say a rule in words, from the templates of a language file and the labels of its datapoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vsme_xl.rules.parse import Node, Symbol, codelist_of


@dataclass(frozen=True)
class Vocabulary:
    """What a rule needs to be said: labels of names and codes, a template for every operation, numbers and dates."""

    symbols: Mapping[str, Symbol]
    label: Callable[[str], str]
    code: Callable[[str, str], str]
    template: Callable[[str], str]
    number: Callable[[float], str]
    date: Callable[[str], str]


def words(node: Node, vocabulary: Vocabulary, codelist: str = "") -> str:
    """Return the rule as one sentence part without a full stop; `codelist` names the list of the codes it yields."""
    if node.op == "number":
        return vocabulary.number(float(node.value or 0))
    if node.op == "text":
        return vocabulary.code(codelist, str(node.value)) if codelist else str(node.value)
    if node.op == "bool":
        return vocabulary.code("yes_no", "true" if node.value else "false")
    if node.op == "name":
        key = "is_yes" if _is_answer(node, vocabulary) else "name"
        return vocabulary.template(key).format(vocabulary.label(str(node.value)))
    if node.op in ("==", "!=", "is_"):
        return _equality(node, vocabulary)
    if node.op == "not" and _is_answer(node.args[0], vocabulary):
        return vocabulary.template("is_no").format(vocabulary.label(str(node.args[0].value)))
    if node.op == "if_":
        key = "if_else" if len(node.args) == 3 else "if_"
        condition, *branches = (_operand(node, place, vocabulary, codelist if place else "") for place in _places(node))
        return vocabulary.template(key).format(condition, *branches)
    if node.op in ("sum", "coalesce", "and", "or"):
        parts = [_operand(node, place, vocabulary) for place in _places(node)]
        if len(parts) == 1:
            return vocabulary.template("sum_of").format(parts[0])
        return vocabulary.template(f"{node.op}_of").format(vocabulary.template(f"{node.op}_join").join(parts))
    if node.op == "starts":
        codes = ", ".join(str(a.value).rstrip(" -") for a in node.args[1:])
        return vocabulary.template("starts").format(words(node.args[0], vocabulary), codes)
    if node.op == "date":
        return vocabulary.date("-".join(f"{int(float(a.value or 0)):02d}" for a in node.args))
    key = {"sumby": f"sumby_{len(node.args)}", "joined": f"joined_{len(node.args)}"}.get(node.op, node.op)
    return vocabulary.template(key).format(*(_operand(node, place, vocabulary) for place in _places(node)))


def _is_answer(node: Node, vocabulary: Vocabulary) -> bool:
    """Return whether a node is the plain answer to a yes/no question."""
    return node.op == "name" and vocabulary.symbols[str(node.value)].kind == "bool"


def _places(node: Node) -> range:
    return range(len(node.args))


def _operand(parent: Node, place: int, vocabulary: Vocabulary, codelist: str = "") -> str:
    """Return the words of one operand, in brackets where they could be read together with what stands around them."""
    node = parent.args[place]
    said = words(node, vocabulary, codelist)
    return f"({said})" if _binding(node) < _needed(parent, place, node) else said


def _binding(node: Node) -> int:
    """Return how closely the words of an operation hold together: 0 for `a, else b`, 7 for a single thing."""
    if node.op in ("sum", "and", "or", "coalesce") and len(node.args) == 1:
        return 4
    return _BINDING.get(node.op, 7)


def _needed(parent: Node, place: int, node: Node) -> int:
    """Return how closely an operand has to hold together where it stands."""
    if parent.op == node.op and parent.op in ("and", "or", "+", "*"):
        return 0
    if parent.op == "if_":
        return 1 if place == 1 and len(parent.args) == 3 else 0
    if parent.op == "sum":
        return 0 if len(parent.args) == 1 else 5
    if parent.op == "coalesce":
        return 0 if place == len(parent.args) - 1 else 4
    if parent.op in ("/", "share", "ratio", "-"):
        return {"-": 5}.get(parent.op, 6) + (1 if place or node.op in ("/", "share", "ratio") else 0)
    return _OPERANDS.get(parent.op, 0)


_BINDING = {
    **dict.fromkeys(("if_", "coalesce"), 0),
    "or": 1,
    "and": 2,
    **dict.fromkeys(("not", "==", "!=", "is_", "<", "<=", ">", ">="), 3),
    **dict.fromkeys(("sum", "sumif", "sumby", "countif", "joined"), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/", "share", "ratio", "neg"), 6),
}
_OPERANDS = {
    **dict.fromkeys(("or", "and"), 3),
    **dict.fromkeys(("not", "given", "==", "!=", "is_", "<", "<=", ">", ">="), 4),
    "+": 5,
    **dict.fromkeys(("*", "neg"), 6),
    "lookup": 7,
}


def _equality(node: Node, vocabulary: Vocabulary) -> str:
    left = node.args[0]
    if _is_answer(left, vocabulary) and node.args[1].op == "bool":
        key = "is_yes" if bool(node.args[1].value) == (node.op != "!=") else "is_no"
        return vocabulary.template(key).format(vocabulary.label(str(left.value)))
    codes = codelist_of(left, vocabulary.symbols) or ""

    def side(item: Node) -> str:
        return words(item, vocabulary, codes)

    join = vocabulary.template("or_join")
    return vocabulary.template(node.op).format(_operand(node, 0, vocabulary), join.join(side(a) for a in node.args[1:]))
