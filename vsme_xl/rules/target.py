"""What compiled rules are made of: where names live, and numbers and conditions with what must hold for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vsme_xl.rules.parse import Node, RuleError, Symbol


@dataclass(frozen=True)
class Target:
    """Where a workbook keeps the names of a rule.

    `reference` gives a scalar's cell or a column's range, `cell` the cell of a column in the formula's own row,
    `label` the text of a code in the workbook's language, `inline` the rule of a column that has no cells of its own,
    `factor` the factor that turns a column's typed amounts into base units ("" where they are in base units), `match`
    the cell of the formula's own row that holds where a key stands among keys ("" where there is no such cell).
    """

    symbols: Mapping[str, Symbol]
    label: Callable[[str, str], str]
    reference: Callable[[str], str]
    cell: Callable[[str], str] | None = None
    inline: Callable[[str], Node | None] = lambda name: None
    factor: Callable[[str], str] = lambda name: ""
    match: Callable[[Node, str], str] = lambda key, keys: ""
    trim: bool = False


@dataclass(frozen=True)
class Number:
    """A number: its formula, the cells that must hold numbers, and further conditions in the order to test them."""

    value: str
    cells: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    zero_where_blank: bool = False

    def defined(self) -> str:
        """Return a condition that is true where the number is not blank; empty where it never is."""
        tests = ([_all_numbers(self.cells)] if self.cells else []) + list(self.conditions)
        if not tests:
            return ""
        text = tests[-1]
        for test in reversed(tests[:-1]):
            text = f"IF({test},{text},FALSE)"
        return text

    def formula(self) -> str:
        """Return the formula that is an empty text where the number is blank."""
        text = self.value
        for test in reversed(([_all_numbers(self.cells)] if self.cells else []) + list(self.conditions)):
            text = f'IF({test},{text},"")'
        return text


@dataclass(frozen=True)
class Condition:
    """A yes/no: when it is surely true and when surely false; `total` where it is always one of the two."""

    true: str
    false: str
    total: bool = False


def _all_numbers(cells: tuple[str, ...]) -> str:
    unique = tuple(dict.fromkeys(cells))
    return f"ISNUMBER({unique[0]})" if len(unique) == 1 else f"COUNT({','.join(unique)})={len(unique)}"


def quoted(text: str) -> str:
    """Return a text literal for a formula; raise RuleError where Excel would not take it."""
    if len(text) > 255:
        raise RuleError(f"text literals hold at most 255 characters: {text[:40]}…")
    return '"' + text.replace('"', '""') + '"'


def literal(value: float) -> str:
    """Return a number as a formula writes it."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def escaped(key: str) -> str:
    """Return a text expression with its wildcards made plain characters."""
    return f'SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({key},"~","~~"),"*","~*"),"?","~?")'
