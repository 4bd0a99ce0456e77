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
        condition, *branches = node.args
        said = [words(condition, vocabulary), *(words(b, vocabulary, codelist) for b in branches)]
        return vocabulary.template(key).format(*said)
    if node.op in ("sum", "coalesce", "and", "or"):
        parts = [_grouped(node, a, vocabulary) for a in node.args]
        if len(parts) == 1:
            return vocabulary.template("sum_of").format(parts[0])
        return vocabulary.template(f"{node.op}_of").format(vocabulary.template(f"{node.op}_join").join(parts))
    if node.op == "starts":
        codes = ", ".join(str(a.value).rstrip(" -") for a in node.args[1:])
        return vocabulary.template("starts").format(words(node.args[0], vocabulary), codes)
    if node.op == "date":
        return vocabulary.date("-".join(f"{int(float(a.value or 0)):02d}" for a in node.args))
    key = {"sumby": f"sumby_{len(node.args)}", "joined": f"joined_{len(node.args)}"}.get(node.op, node.op)
    return vocabulary.template(key).format(*(_grouped(node, a, vocabulary) for a in node.args))


def _is_answer(node: Node, vocabulary: Vocabulary) -> bool:
    """Return whether a node is the plain answer to a yes/no question."""
    return node.op == "name" and vocabulary.symbols[str(node.value)].kind == "bool"


def _grouped(parent: Node, node: Node, vocabulary: Vocabulary) -> str:
    said = words(node, vocabulary)
    loose = node.op in ("+", "-", "and", "or", "if_") and parent.op in ("*", "/", "-", "and", "or", "share", "ratio")
    return f"({said})" if loose and node.op != parent.op else said


def _equality(node: Node, vocabulary: Vocabulary) -> str:
    left = node.args[0]
    if _is_answer(left, vocabulary) and node.args[1].op == "bool":
        key = "is_yes" if bool(node.args[1].value) == (node.op != "!=") else "is_no"
        return vocabulary.template(key).format(vocabulary.label(str(left.value)))
    codes = codelist_of(left, vocabulary.symbols) or ""

    def side(item: Node) -> str:
        return words(item, vocabulary, codes)

    join = vocabulary.template("or_join")
    return vocabulary.template(node.op).format(words(left, vocabulary), join.join(side(a) for a in node.args[1:]))
