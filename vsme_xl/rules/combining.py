"""Put compiled numbers and conditions together: totals, the first of several, one or the other; pure."""

from __future__ import annotations

from collections.abc import Sequence

from vsme_xl.rules.target import Condition, Number


def total_of(numbers: Sequence[Number]) -> Number:
    """Return the sum of those numbers that are not blank; blank only if all are."""
    plain: list[str] = []
    others: list[str] = []
    tests: list[str] = []
    for number in numbers:
        defined = number.defined()
        if number.cells == (number.value,) and not number.conditions:
            plain.append(number.value)
        elif number.zero_where_blank or not defined:
            others.append(number.value)
            tests.append(defined or "TRUE")
        else:
            others.append(f"IF({defined},{number.value},0)")
            tests.append(defined)
    if plain:
        others.insert(0, f"SUM({','.join(plain)})")
        tests.insert(0, f"COUNT({','.join(plain)})>0")
    test = tests[0] if len(tests) == 1 else f"OR({','.join(tests)})"
    value = "+".join(others)
    return Number(f"({value})" if len(others) > 1 else value, (), (test,), zero_where_blank=True)


def first_number(numbers: Sequence[Number]) -> Number:
    """Return the first of several numbers that is not blank."""
    text, test = numbers[-1].value, numbers[-1].defined()
    for number in reversed(numbers[:-1]):
        defined = number.defined()
        text = f"IF({defined},{number.value},{text})"
        test = f"IF({defined},TRUE,{test})" if test else ""
    return Number(text, (), (test,) if test else ())


def either_number(condition: Condition, yes: Number, no: Number | None) -> Number:
    """Return one of two numbers by a condition; blank where the condition is open, or where there is none for `no`."""
    other = no or Number("0", (), ("FALSE",))
    yes_test, no_test = yes.defined() or "TRUE", other.defined() or "TRUE"
    value = f"IF({condition.true},{yes.value},{other.value})"
    if not condition.total:
        test = f"IF({condition.true},{yes_test},IF({condition.false},{no_test},FALSE))"
        return Number(value, (), (test,))
    if no_test == "FALSE":
        test = condition.true if yes_test == "TRUE" else f"IF({condition.true},{yes_test},FALSE)"
        return Number(yes.value, (), (test,))
    test = f"IF({condition.true},{yes_test},{no_test})"
    return Number(value, (), () if (yes_test, no_test) == ("TRUE", "TRUE") else (test,))


def first_condition(parts: Sequence[Condition]) -> Condition:
    """Return the first of several yes/no that is not blank."""
    true, false = parts[-1].true, parts[-1].false
    for part in reversed(parts[:-1]):
        true = f"IF({part.true},TRUE,IF({part.false},FALSE,{true}))"
        false = f"IF({part.true},FALSE,IF({part.false},TRUE,{false}))"
    return Condition(true, false)


def either_condition(condition: Condition, yes: Condition, no: Condition | None) -> Condition:
    """Return one of two yes/no by a condition; blank where the condition is open, or where there is none for `no`."""
    other = no or Condition("FALSE", "FALSE")
    return Condition(
        f"IF({condition.true},{yes.true},IF({condition.false},{other.true},FALSE))",
        f"IF({condition.true},{yes.false},IF({condition.false},{other.false},FALSE))",
    )


def all_of(parts: Sequence[Condition]) -> Condition:
    """Return the condition that all of several hold, where no answer counts as neither."""
    return _several("AND", "OR", parts)


def any_of(parts: Sequence[Condition]) -> Condition:
    """Return the condition that one of several holds, where no answer counts as neither."""
    return _several("OR", "AND", parts)


def _several(holds: str, fails: str, parts: Sequence[Condition]) -> Condition:
    true, false = ",".join(p.true for p in parts), ",".join(p.false for p in parts)
    return Condition(f"{holds}({true})", f"{fails}({false})", all(p.total for p in parts))
