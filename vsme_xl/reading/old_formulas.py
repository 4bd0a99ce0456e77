"""What kind of value a formula of an .xls file gives: LibreOffice stores 0 for a number as for a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from vsme_xl.reading import old_tokens as t
from vsme_xl.reading.old_tokens import Token, UnknownToken, tokens_of

TEXT, NUMBER, LOGICAL, ERROR, BLANK = "text", "number", "logical", "error", "blank"
IF_ERROR = "IFERROR"
NEVER_AN_ERROR = frozenset({"COUNT", "COUNTA", "COUNTIF", "COUNTIFS", "COLUMNS", "ROWS"})
NUMBERS = NEVER_AN_ERROR | frozenset((
    "SUM", "SUMIF", "SUMIFS", "SUMPRODUCT", "PRODUCT", "AVERAGE", "MIN", "MAX", "ROUND", "ROUNDUP", "ROUNDDOWN", "ABS",
    "INT", "LEN", "MATCH", "SEARCH", "FIND", "VALUE", "DATE", "YEAR", "MONTH", "DAY",
))  # fmt: skip
LOGICALS = frozenset({"AND", "OR", "NOT", "ISBLANK", "ISNUMBER", "ISTEXT", "ISERROR", "ISERR", "ISNA", "TRUE", "FALSE"})
TEXTS = frozenset({"CONCATENATE", "TEXT", "LEFT", "RIGHT", "MID", "TRIM", "UPPER", "LOWER", "SUBSTITUTE", "REPT"})
COMPARISONS = {0x09: "<", 0x0A: "<=", 0x0B: "=", 0x0C: ">=", 0x0D: ">", 0x0E: "<>"}
ARITHMETIC, JOINED, SIGNS, BRACKET, LEFT_OUT = (0x03, 0x04, 0x05, 0x06, 0x07), 0x08, (0x12, 0x13, 0x14), 0x15, 0x16
# The number of functions that Excel got after this format: their first argument says their name.
LATER = 255
MOST_CELLS, DEEPEST = 20_000, 60


@dataclass(frozen=True)
class Outcome:
    """The kinds of value that something may have, and the value where it is known (a blank has none)."""

    kinds: frozenset[str]
    value: str | float | bool | None = None

    @property
    def known(self) -> bool:
        """Whether there is no doubt about the value."""
        return self.value is not None or self.kinds == {BLANK}

    def is_number(self) -> bool:
        """Whether a stored 0 can only be the number, or a no, that the formula gives: an error is stored as one."""
        kinds = self.kinds - {ERROR}
        return bool(kinds) and kinds <= {NUMBER, LOGICAL, BLANK} and not self.value


ANYTHING = Outcome(frozenset({TEXT, NUMBER, LOGICAL, ERROR, BLANK}))


@dataclass(frozen=True)
class Rectangle:
    """Cells of a sheet (by its number), rows and columns counted from zero, the last ones included."""

    sheet: int
    top: int
    left: int
    bottom: int
    right: int


Cells = Callable[[int, int, int], Outcome]
Operand = Outcome | Rectangle | str


@dataclass(frozen=True)
class Surroundings:
    """What a workbook's formulas refer to: its `cells`, the names and the sheets by their numbers in formulas."""

    cells: Cells
    names: Sequence[Rectangle | str]
    sheets: Sequence[int | None]
    functions: Mapping[int, tuple[str, int]]
    depth: list[int] = field(default_factory=lambda: [0])


def outcome_of(formula: bytes, sheet: int, row: int, column: int, around: Surroundings) -> Outcome:
    """Return what a formula in a cell gives; anything, where it says something that is not known here."""
    stack: list[Operand] = []
    if around.depth[0] >= DEEPEST:
        return ANYTHING
    around.depth[0] += 1
    try:
        for token in tokens_of(formula):
            _step(stack, token, sheet, row, column, around)
        return _value(stack.pop(), around) if len(stack) == 1 else ANYTHING
    except (UnknownToken, IndexError):
        return ANYTHING
    finally:
        around.depth[0] -= 1


def _step(stack: list[Operand], token: Token, sheet: int, row: int, column: int, around: Surroundings) -> None:
    """Work off one token."""
    kind = token.kind
    if kind == BRACKET or (kind == t.ATTRIBUTE and not token.says & t.SUM_OF_ONE):
        return
    constant = _constant(token)
    if constant is not None:
        stack.append(constant)
    elif kind in COMPARISONS or kind in ARITHMETIC or kind == JOINED:
        right, left = _value(stack.pop(), around), _value(stack.pop(), around)
        stack.append(_compared(left, right, COMPARISONS[kind]) if kind in COMPARISONS else _combined(left, right, kind))
    elif kind in SIGNS:
        stack.append(_combined(_value(stack.pop(), around), Outcome(frozenset({NUMBER})), 0x03))
    elif kind == t.ATTRIBUTE:
        stack.append(_called("SUM", [stack.pop()], around))
    elif kind in (t.FUNCTION, t.FUNCTION_OF_MANY):
        number = token.says[-1] & 0x7FFF
        name, usual = around.functions.get(number, ("", 0))
        taken = [stack.pop() for _ in range(usual if kind == t.FUNCTION else token.says[0] & 0x7F)][::-1]
        if number == LATER and taken and isinstance(later := taken[0], str):
            name, taken = later.removeprefix("_xlfn."), taken[1:]
        stack.append(_called(name, taken, around))
    else:
        stack.append(_reference(token, sheet, row, column, around))


def _constant(token: Token) -> Outcome | None:
    if token.kind == t.STRING:
        return Outcome(frozenset({TEXT}), token.says)
    if token.kind in (t.INTEGER, t.NUMBER):
        return Outcome(frozenset({NUMBER}), float(token.says[0]))
    if token.kind == t.BOOLEAN:
        return Outcome(frozenset({LOGICAL}), bool(token.says))
    if token.kind == t.ERROR:
        return Outcome(frozenset({ERROR}))
    return Outcome(frozenset({NUMBER}), 0.0) if token.kind == LEFT_OUT else None


def _reference(token: Token, sheet: int, row: int, column: int, around: Surroundings) -> Operand:
    """Return the cells that a token means, or the name of a function."""
    kind, says = token.kind, token.says
    if kind == t.NAME:
        return around.names[says[0] - 1] if 0 < says[0] <= len(around.names) else ANYTHING
    if kind in (t.CELL_ELSEWHERE, t.AREA_ELSEWHERE):
        target = around.sheets[says[0]] if says[0] < len(around.sheets) else None
        if target is None:
            return ANYTHING
        sheet, says = target, says[1:]
    elif kind not in (t.CELL, t.AREA, t.CELL_BY_OFFSET, t.AREA_BY_OFFSET):
        return ANYTHING
    half = len(says) // 2
    rows, columns = [*says[:half]], [*says[half:]]
    if kind in (t.CELL_BY_OFFSET, t.AREA_BY_OFFSET):
        rows = [(row + r) & 0xFFFF if c & 0x8000 else r for r, c in zip(rows, columns, strict=True)]
        columns = [(column + c) & 0xFF if c & 0x4000 else c & 0xFF for c in columns]
    columns = [c & 0xFF for c in columns]
    return Rectangle(sheet, rows[0], columns[0], rows[-1], columns[-1])


def _value(operand: Operand, around: Surroundings) -> Outcome:
    if isinstance(operand, Outcome):
        return operand
    if isinstance(operand, str) or (operand.top, operand.left) != (operand.bottom, operand.right):
        return ANYTHING
    return around.cells(operand.sheet, operand.top, operand.left)


def _combined(left: Outcome, right: Outcome, operator: int) -> Outcome:
    """Return what two values joined, added, subtracted, multiplied, divided or raised to a power give."""
    kinds = left.kinds | right.kinds
    if operator == JOINED:
        return Outcome(frozenset({TEXT} | (kinds & {ERROR})))
    if left.known and right.known and not kinds & {TEXT, ERROR} and operator in (0x03, 0x04, 0x05, 0x06):
        first, second = float(left.value or 0), float(right.value or 0)
        if operator == 0x06 and second == 0:
            return Outcome(frozenset({ERROR}))
        found = (
            first + second if operator == 0x03 else first - second if operator == 0x04
            else first * second if operator == 0x05 else first / second
        )  # fmt: skip
        return Outcome(frozenset({NUMBER}), found)
    wrong = kinds & {TEXT, ERROR} or operator in (0x06, 0x07)
    return Outcome(frozenset({NUMBER, ERROR}) if wrong else frozenset({NUMBER}))


def _compared(left: Outcome, right: Outcome, operator: str) -> Outcome:
    if ERROR in left.kinds | right.kinds:
        return Outcome(frozenset({LOGICAL, ERROR}))
    same: bool | None = None
    if left.known and right.known:
        same = _form(left, right) == _form(right, left)
    elif not (left.kinds & right.kinds) and BLANK not in left.kinds | right.kinds:
        same = False  # a number is never a text
    if operator in ("=", "<>") and same is not None:
        return Outcome(frozenset({LOGICAL}), same == (operator == "="))
    if left.known and right.known and left.kinds | right.kinds <= {NUMBER, BLANK}:
        first, second = float(left.value or 0), float(right.value or 0)
        answer = first < second if "<" in operator else first > second
        return Outcome(frozenset({LOGICAL}), answer or (first == second and "=" in operator))
    return Outcome(frozenset({LOGICAL}))


def _form(one: Outcome, other: Outcome) -> tuple[str, object]:
    """Return a known value as it is compared: without case, and a blank as the empty value of the other's kind."""
    (kind,) = one.kinds
    if kind == BLANK:
        (kind,) = other.kinds
        return kind, {TEXT: "", NUMBER: 0.0, LOGICAL: False}.get(kind)
    return kind, one.value.casefold() if isinstance(one.value, str) else one.value


def _called(name: str, taken: list[Operand], around: Surroundings) -> Outcome:
    """Return what a function gives."""
    if name == "IF" and len(taken) in (2, 3):
        last = taken[2] if len(taken) == 3 else Outcome(frozenset({LOGICAL}), False)
        return _chosen(_value(taken[0], around), _value(taken[1], around), _value(last, around))
    if name == IF_ERROR and len(taken) == 2:
        value, other = _value(taken[0], around), _value(taken[1], around)
        if ERROR not in value.kinds:
            return value
        rest = value.kinds - {ERROR}
        return Outcome(rest | other.kinds) if rest else other
    if name in ("AND", "OR") and all(isinstance(one, Outcome) or _is_cell(one) for one in taken):
        return _joined([_value(one, around) for one in taken], name == "OR")
    if name == "ISBLANK" and len(taken) == 1:
        kinds = _value(taken[0], around).kinds
        return Outcome(frozenset({LOGICAL}), kinds == {BLANK} if len(kinds) == 1 or BLANK not in kinds else None)
    if name in ("COUNTA", "COLUMNS", "ROWS"):
        return Outcome(frozenset({NUMBER}), _counted(name, taken, around))
    if name in ("TRUE", "FALSE"):
        return Outcome(frozenset({LOGICAL}), name == "TRUE")
    for names, kind in ((NUMBERS, NUMBER), (LOGICALS, LOGICAL), (TEXTS, TEXT)):
        if name in names:
            return Outcome(frozenset({kind} if name in NEVER_AN_ERROR else {kind, ERROR}))
    return ANYTHING


def _is_cell(operand: Operand) -> bool:
    return isinstance(operand, Rectangle) and (operand.top, operand.left) == (operand.bottom, operand.right)


def _chosen(condition: Outcome, yes: Outcome, no: Outcome) -> Outcome:
    if condition.known and condition.kinds <= {LOGICAL, NUMBER, BLANK}:
        return yes if condition.value else no
    kinds = yes.kinds | no.kinds | (condition.kinds & {ERROR})
    return Outcome(kinds | {ERROR} if TEXT in condition.kinds else kinds)


def _joined(parts: list[Outcome], any_is_enough: bool) -> Outcome:
    """Return whether all, or any, of some values hold."""
    kinds = frozenset({LOGICAL}) | frozenset({ERROR} & frozenset().union(*(part.kinds for part in parts)))
    plain = all(part.known and part.kinds <= {LOGICAL, NUMBER} for part in parts)
    decided = any(part.value is not None and bool(part.value) == any_is_enough for part in parts if part.known)
    if ERROR in kinds or any(part.kinds & {TEXT, BLANK} for part in parts) or not (plain or decided):
        return Outcome(kinds)
    return Outcome(kinds, any_is_enough if decided else not any_is_enough)


def _counted(name: str, taken: list[Operand], around: Surroundings) -> float | None:
    """Return how many columns or rows there are, or cells that are not blank; None where that is not known."""
    total = 0
    for one in taken:
        if not isinstance(one, Rectangle):
            return None
        rows, columns = one.bottom - one.top + 1, one.right - one.left + 1
        if name != "COUNTA":
            return float(columns if name == "COLUMNS" else rows)
        if rows * columns > MOST_CELLS:
            return None
        for row in range(one.top, one.bottom + 1):
            for column in range(one.left, one.right + 1):
                kinds = around.cells(one.sheet, row, column).kinds
                if BLANK in kinds and len(kinds) > 1:
                    return None
                total += kinds != {BLANK}
    return float(total)
