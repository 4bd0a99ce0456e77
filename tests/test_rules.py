"""Checks the meaning of every operation of the rule language: blanks, zero divisors, three-valued logic, equality."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsme_xl.answers import facts_of
from vsme_xl.computing import compute
from vsme_xl.language import load_language
from vsme_xl.rules.evaluate import Values, evaluate, excel_serial
from vsme_xl.rules.parse import Node, RuleError, Symbol, check, names, parse
from vsme_xl.rules.words import Vocabulary, words
from vsme_xl.store import starts_with

NAN = float("nan")
SYMBOLS = {
    "a": Symbol("a", "number"), "b": Symbol("b", "number"), "c": Symbol("c", "number"),
    "yes": Symbol("yes", "bool"), "no": Symbol("no", "bool"), "open": Symbol("open", "bool"),
    "text": Symbol("text", "text"), "other": Symbol("other", "text"), "day": Symbol("day", "number"),
    "blank": Symbol("blank", "number"), "zero": Symbol("zero", "number"),
    "limit": Symbol("limit", "number", parameter=True),
    "amount": Symbol("amount", "number", table="rows"), "factor": Symbol("factor", "number", table="rows"),
    "kind": Symbol("kind", "text", table="rows"), "used": Symbol("used", "bool", table="rows"),
    "key": Symbol("key", "text", table="prices"), "price": Symbol("price", "number", table="prices"),
    "code": Symbol("code", "text", table="prices"), "nace": Symbol("nace", "text", codelist="nace"),
    "waste": Symbol("waste", "text", codelist="waste"), "issue": Symbol("issue", "text", "issues", "rows"),
}  # fmt: skip


def one(**values: Any) -> Values:
    """Return values of one workbook; columns are lists."""
    symbols = SYMBOLS
    groups = {"rows": np.zeros(0, dtype=np.int64), "prices": np.zeros(0, dtype=np.int64)}
    for name, value in values.items():
        if symbols[name].table:
            groups[symbols[name].table] = np.zeros(len(value), dtype=np.int64)
    found = Values(1, symbols, groups, starts_with=starts_with, label=lambda _, __, code: f"<{code}>")
    for name, value in values.items():
        items = value if symbols[name].table else [value]
        text = symbols[name].kind == "text"
        found.arrays[name] = np.array(items, dtype=object if text else float)
    return found


BASE: dict[str, Any] = {
    "a": 6.0, "b": 4.0, "c": NAN, "yes": 1.0, "no": 0.0, "open": NAN, "text": " Diesel ", "other": "DIESEL",
    "blank": NAN, "zero": 0.0, "limit": 5.0, "day": excel_serial(2031, 6, 7), "nace": "NACE_C2511",
}  # fmt: skip


def value_of(rule: str, **values: Any) -> Any:
    """Return what a rule gives for one workbook; None is a blank."""
    node = parse(rule)
    check(node, SYMBOLS, None)
    return _plain(evaluate(node, one(**{**BASE, **values}))[0])


def rows_of(rule: str, **values: Any) -> list[Any]:
    """Return what a rule gives for the rows of the table `rows`."""
    node = parse(rule)
    check(node, SYMBOLS, "rows")
    return [_plain(v) for v in evaluate(node, one(**{**BASE, **values}), "rows")]


def _plain(value: Any) -> Any:
    return None if value is None or (isinstance(value, float) and np.isnan(value)) else value


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("a + b", 10), ("a - b", 2), ("a * b", 24), ("a / b", 1.5), ("-a", -6), ("-a - -b", -2), ("-(a + b) * 2", -20),
        ("a + blank", None), ("blank - a", None), ("a * blank", None), ("blank / a", None), ("-blank", None),
        ("blank * 0", None), ("0 * blank", None),
        ("a / zero", None), ("zero / zero", None), ("zero / a", 0), ("a / blank", None),
        ("share(a, b)", 1.5), ("share(a, zero)", None), ("share(zero, b)", 0), ("share(blank, b)", None),
        ("ratio(a, b)", 1.5), ("ratio(a, zero)", None), ("ratio(a, blank)", None), ("ratio(zero, zero)", None),
        ("a + b * 2", 14), ("(a + b) * 2", 20), ("a - b - 1", 1), ("a / b / 2", 0.75), ("1 - a", -5),
    ],
)  # fmt: skip
def test_arithmetic_is_blank_with_a_blank_and_with_a_zero_divisor(rule: str, expected: float | None) -> None:
    assert value_of(rule) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("a > b", 1), ("a < b", 0), ("a >= 6", 1), ("a <= 6", 1), ("a == 6", 1), ("a != 6", 0), ("a > 6", 0),
        ("blank > b", None), ("a < blank", None), ("blank == blank", None), ("a != blank", None),
        ("1 < b < a", 1), ("1 < a < b", 0), ("b < a < blank", None), ("a < b < blank", 0), ("0 <= zero < 1", 1),
        ("b < limit < a", 1), ("b < limit <= a != b", 1),
    ],
)  # fmt: skip
def test_comparisons_are_blank_with_a_blank_and_chains_mean_and(rule: str, expected: float | None) -> None:
    assert value_of(rule) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("0.1 + 0.2 == 0.3", 1), ("0.1 + 0.2 > 0.3", 0), ("0.1 + 0.2 <= 0.3", 1), ("0.3 >= 0.1 + 0.2", 1),
        ("0.1 + 0.2 != 0.3", 0), ("1 == 1.0001", 0), ("1 < 1.0001", 1), ("1 == 1.0000000004", 1),
        ("1 == 1.0000000006", 0), ("1 < 1.0000000006", 1), ("1 < 1.0000000004", 0),
        ("21 / 35 >= 0.6", 1), ("0.6 < 21 / 35", 0),
    ],
)  # fmt: skip
def test_equality_has_a_tolerance_and_the_order_respects_it(rule: str, expected: float) -> None:
    assert value_of(rule) == expected


TRUTH = {"yes": 1, "no": 0, "open": None}


@pytest.mark.parametrize("left", TRUTH)
@pytest.mark.parametrize("right", TRUTH)
def test_and_and_or_are_three_valued(left: str, right: str) -> None:
    states = {TRUTH[left], TRUTH[right]}
    assert value_of(f"{left} and {right}") == (0 if 0 in states else None if None in states else 1)
    assert value_of(f"{left} or {right}") == (1 if 1 in states else None if None in states else 0)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("not yes", 0), ("not no", 1), ("not open", None), ("yes and yes and open", None), ("no or open or yes", 1),
        ("yes and no and open", 0), ("not (yes and open)", None), ("not (no and open)", 1), ("yes == True", 1),
        ("yes != no", 1), ("open == True", None), ("no == False", 1),
    ],
)  # fmt: skip
def test_not_and_longer_chains_are_three_valued(rule: str, expected: float | None) -> None:
    assert value_of(rule) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("if_(yes, a, b)", 6), ("if_(no, a, b)", 4), ("if_(open, a, b)", None), ("if_(yes, a)", 6),
        ("if_(no, a)", None), ("if_(yes, blank, b)", None), ("if_(no, blank, b)", 4), ("if_(yes, 'one', 'two')", "one"),
        ("if_(a > b, if_(no, 1, 2), 3)", 2),
        ("coalesce(blank, b)", 4), ("coalesce(a, b)", 6), ("coalesce(blank, c, 0)", 0), ("coalesce(blank, c)", None),
        ("coalesce(zero, a)", 0), ("coalesce(text, 'none')", " Diesel "), ("coalesce(open, yes)", 1),
        ("coalesce(no, yes)", 0),
        ("given(a)", 1), ("given(blank)", 0), ("given(zero)", 1), ("given(no)", 1), ("given(open)", 0),
        ("given(text)", 1),
    ],
)  # fmt: skip
def test_choices_take_what_is_known(rule: str, expected: object) -> None:
    assert value_of(rule) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("text == other", 1), ("text == 'diesel'", 1), ("text != 'DIESEL'", 0), ("text == 'petrol'", 0),
        ("is_(text, 'petrol', 'diesel')", 1), ("is_(text, 'petrol')", 0), ("is_(open, True)", 0), ("is_(no, True)", 0),
        ("is_(yes, True)", 1), ("is_(no, False)", 1), ("not is_(open, True)", 1),
    ],
)  # fmt: skip
def test_texts_compare_without_case_and_outer_spaces(rule: str, expected: float) -> None:
    assert value_of(rule) == expected


def test_a_blank_text_equals_nothing_and_is_none_of_the_codes() -> None:
    assert value_of("text == 'a'", text=None) is None
    assert value_of("text == other", text=None, other=None) is None
    assert value_of("is_(text, 'a', 'b')", text=None) == 0
    assert value_of("given(text)", text=None) == 0


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("sum(amount)", 7), ("sum(a, b)", 10), ("sum(a, blank)", 6), ("sum(blank, c)", None), ("sum(a, -b)", 2),
        ("sum(a, -blank)", 6), ("sum(sum(amount), a)", 13), ("sum(amount * factor)", 10), ("sum(blank, 0)", 0),
        ("sumif(amount, used)", 2), ("sumif(amount, not used)", 5), ("sumif(amount, amount > 100)", None),
        ("sumif(amount * factor, is_(kind, 'oil', 'gas'))", 10), ("sumif(amount, is_(kind, 'coal'))", None),
        ("count(amount)", 2), ("count(kind)", 3), ("countif(used)", 1), ("countif(not used)", 1),
        ("countif(is_(kind, 'gas'))", 1), ("countif(amount > 100)", 0),
    ],
)  # fmt: skip
def test_sums_skip_blanks_and_counts_of_nothing_are_zero(rule: str, expected: float | None) -> None:
    columns = {"amount": [2.0, 5.0, NAN], "factor": [5.0, NAN, 3.0], "used": [1, 0, NAN]}
    assert value_of(rule, kind=["oil", "gas", "coal"], **columns) == expected


def test_over_an_empty_table_sums_are_blank_and_counts_zero() -> None:
    assert [value_of(rule) for rule in ("sum(amount)", "sumif(amount, used)")] == [None, None]
    assert [value_of(rule) for rule in ("count(kind)", "countif(used)")] == [0, 0]


def test_rows_combine_columns_scalars_and_totals() -> None:
    columns = {"amount": [2.0, 6.0, NAN], "factor": [5.0, 0.0, 1.0]}
    assert rows_of("amount * a", **columns) == [12, 36, None]
    assert rows_of("amount / factor", **columns) == [0.4, None, None]
    assert rows_of("sum(amount, factor)", **columns) == [7, 6, 1]
    assert rows_of("coalesce(amount, limit)", **columns) == [2, 6, 5]


def test_lookups_fold_case_take_the_first_and_are_blank_where_nothing_is_found() -> None:
    prices = {"key": ["Oil", "gas", None, "gas"], "price": [10.0, NAN, 7.0, 3.0], "code": ["o", "g", "n", "x"]}
    found = rows_of("lookup(kind, key, price)", kind=[" oil", "GAS", "coal", None], amount=[1, 1, 1, 1], **prices)
    assert found == [10, None, None, None]
    assert rows_of("lookup(kind, key, code)", kind=["gas", "coal"], amount=[1, 1], **prices) == ["g", None]


def test_a_lookup_takes_wildcards_as_plain_characters() -> None:
    prices = {"key": ["13 02 05", "13 02 05*"], "price": [1.0, 2.0]}
    assert rows_of("lookup(kind, key, price)", kind=["13 02 05*", "13 02 05", "13*"], **prices) == [2, 1, None]


def test_sums_by_key_add_the_rows_of_another_table() -> None:
    prices = {"key": ["oil", "Oil ", "gas", None], "price": [10.0, 5.0, NAN, 7.0]}
    rule = "sumby(price, key, kind)"
    assert rows_of(rule, kind=["OIL", "gas", "coal"], **prices) == [15, None, None]
    assert rows_of("sumby(price, key, kind, price > 6)", kind=["oil", "gas"], **prices) == [10, None]


def test_joined_lists_the_keys_of_the_rows_with_their_texts() -> None:
    columns = {"issue": ["A", "B", "C", None], "used": [1, 0, 1, 1], "kind": ["x", "y", None, "z"]}
    assert value_of("joined(issue, used)", **columns) == "A; C"
    assert value_of("joined(issue, used, kind)", **columns) == "<A>: x"
    assert value_of("joined(issue, is_(used, False))", **columns) == "B"
    assert value_of("joined(issue, used and not used)", **columns) is None


def test_codes_tell_their_sector_and_their_hazard() -> None:
    assert value_of("starts(nace, 'C -')") == 1
    assert value_of("starts(nace, 'A -', 'B -')") == 0
    assert value_of("starts(nace, 'A -')", nace=None) is None
    assert value_of("starts(nace, 'T - 95.3')", nace="NACE_T9531") == 1
    oil = "W-130205-Hazardous-Mineral-BasedNon-ChlorinatedEngineGearAndLubricatingOilsMember"
    assert value_of("hazardous(waste)", waste=oil) == 1
    assert value_of("hazardous(waste)", waste="W-160103-Non-Hazardous-End-Of-LifeTyresMember") == 0
    assert value_of("hazardous(waste)", waste=None) is None


def test_dates_compare_as_days_and_give_their_year() -> None:
    assert value_of("day >= date(2031, 6, 7)") == 1
    assert value_of("day >= date(2031, 6, 8)") == 0
    assert value_of("year(day)") == 2031
    assert value_of("year(blank)") is None


@pytest.mark.parametrize(
    "rule",
    ["a ** 2", "a // 2", "a % 2", "a if yes else b", "[a]", "a.real", "f(a)", "sum(*a)", "sum(a, start=1)", "a @ b",
     "lambda: a", "a in b", "a is b", "a & b", "~a", "+a", "f'{a}'", "None", "1j", "...", "a; b", "a = b", "(a, b)", "",
     "{a: b}", "eval('a')", "__import__('os')", "sum", "a[0]", "await a", "a := 1"],
)  # fmt: skip
def test_whatever_is_no_part_of_the_language_is_refused(rule: str) -> None:
    with pytest.raises(RuleError):
        check(parse(rule), SYMBOLS, None)


@pytest.mark.parametrize(
    "rule",
    ["a + text", "a and yes", "not a", "a == text", "yes + yes", "if_(a, a, b)", "if_(yes, a, text)", "sum(text)",
     "coalesce(a, text)", "sumif(amount, kind)", "amount + 1", "unknown + 1", "share(a)", "share(a, yes)", "a < text"],
)  # fmt: skip
def test_operands_that_do_not_fit_are_refused(rule: str) -> None:
    with pytest.raises(RuleError):
        check(parse(rule), SYMBOLS, None)


def test_the_names_of_a_rule_come_each_once_in_order() -> None:
    assert names(parse("if_(yes, a + b, a * limit)")) == ("yes", "a", "b", "limit")


def test_workbooks_of_one_batch_do_not_touch_each_other() -> None:
    values = Values(3, SYMBOLS, {"rows": np.array([0, 0, 2]), "prices": np.zeros(0, dtype=np.int64)})
    values.arrays["amount"] = np.array([1.0, 2.0, 5.0])
    values.arrays["a"] = np.array([10.0, NAN, 0.0])
    assert evaluate(parse("sum(amount)"), values).tolist()[::2] == [3, 5]
    assert np.isnan(evaluate(parse("sum(amount)"), values)[1])
    assert evaluate(parse("count(amount)"), values).tolist() == [2, 0, 1]
    assert evaluate(parse("amount + a"), values, "rows").tolist() == [11, 12, 5]


CARRIERS = ["electricity", "self_generated_electricity", "heat", "fuel"]
AMOUNTS = st.floats(min_value=0.5, max_value=1e6, allow_nan=False).map(lambda x: round(x, 3))
ROW = st.fixed_dictionaries(
    {
        "Ledger_Carrier": st.sampled_from(CARRIERS),
        "Ledger_Amount": AMOUNTS,
        "Ledger_Unit": st.sampled_from(["kWh", "MWh", "GJ"]),
        "Ledger_Country": st.sampled_from(["DE", "FR", "SE"]),
        "Ledger_RenewableShare": st.sampled_from([None, 0, 0.25, 1]),
        "Ledger_EmissionFactorLocation": st.sampled_from([None, 55, 320.5]),
        "Ledger_HeatingValueBasis": st.sampled_from([None, "net", "gross"]),
        "Ledger_Use": st.sampled_from([None, "industry", "commercial", "mobile", "feedstock"]),
        "Ledger_Sold": st.just(None),
    }
)
FUELS = ["Natural gas", "Gas/Diesel oil", "Wood/Wood waste", "Biodiesel"]
ROWS = st.lists(st.tuples(ROW, st.sampled_from(FUELS)).map(lambda p: _with_fuel(*p)), min_size=1, max_size=6)
TOTALS = [
    "TotalEnergyConsumption", "RenewableEnergyConsumption", "NonRenewableEnergyConsumption", "BiogenicCO2Emissions",
    "GrossScope1GreenhouseGasEmissions", "GrossLocationBasedScope2GreenhouseGasEmissions",
    "GrossMarketBasedScope2GreenhouseGasEmissions",
]  # fmt: skip
PROPERTY = settings(max_examples=20, deadline=None, derandomize=True)


def _with_fuel(row: dict[str, Any], fuel: str) -> dict[str, Any]:
    if row["Ledger_Carrier"] != "fuel":
        return {**row, "Ledger_Fuel": None, "Ledger_HeatingValueBasis": None, "Ledger_Use": None}
    return {**row, "Ledger_Fuel": fuel}


def ledgers(*variants: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Return totals and the renewable share of several ledgers, computed as one batch."""
    base = {"CanBreakDownEnergy": True, "Currency": "EUR", "Turnover": 1000000}
    frames = [facts_of({**base, "ledger": rows}, f"w{n}") for n, rows in enumerate(variants)]
    values = compute(pd.concat(frames, ignore_index=True)).values  # noqa: PD011
    keep = [*TOTALS, "RenewableEnergyShare"]
    return [{name: float(values.array(name)[n]) for name in keep} for n in range(len(variants))]


def close(first: dict[str, float], second: dict[str, float], factor: float = 1.0) -> bool:
    """Return whether totals are equal up to a factor and shares equal; blanks stay blanks."""
    scaled = {n: v * (1 if n == "RenewableEnergyShare" else factor) for n, v in first.items()}
    return scaled == pytest.approx(second, rel=1e-9, nan_ok=True)


@PROPERTY
@given(ROWS, st.integers(0, 1000))
def test_the_order_of_ledger_rows_changes_nothing(rows: list[dict[str, Any]], seed: int) -> None:
    mixed = rows.copy()
    random.Random(seed).shuffle(mixed)
    assert close(*ledgers(rows, mixed))


@PROPERTY
@given(ROWS)
def test_a_row_split_in_two_gives_what_it_gave_whole(rows: list[dict[str, Any]]) -> None:
    first = rows[0]
    parts = [{**first, "Ledger_Amount": first["Ledger_Amount"] * share} for share in (0.375, 0.625)]
    assert close(*ledgers(rows, [*parts, *rows[1:]]))


@PROPERTY
@given(ROWS)
def test_kilowatt_hours_and_megawatt_hours_of_the_same_energy_agree(rows: list[dict[str, Any]]) -> None:
    small = [{**r, "Ledger_Unit": "kWh", "Ledger_Amount": r["Ledger_Amount"] * 1000} for r in rows]
    large = [{**r, "Ledger_Unit": "MWh"} for r in rows]
    assert close(*ledgers(small, large))


@PROPERTY
@given(ROWS)
def test_twice_the_energy_gives_twice_the_totals_and_the_same_shares(rows: list[dict[str, Any]]) -> None:
    doubled = [{**r, "Ledger_Amount": r["Ledger_Amount"] * 2} for r in rows]
    single, double = ledgers(rows, doubled)
    assert close(single, double, factor=2.0)


@PROPERTY
@given(ROWS)
def test_renewable_and_non_renewable_energy_are_all_energy(rows: list[dict[str, Any]]) -> None:
    (found,) = ledgers(rows)
    if not np.isnan(found["TotalEnergyConsumption"]):
        parts = found["RenewableEnergyConsumption"] + found["NonRenewableEnergyConsumption"]
        assert parts == pytest.approx(found["TotalEnergyConsumption"], rel=1e-9)
        assert np.isnan(found["RenewableEnergyShare"]) or 0 <= found["RenewableEnergyShare"] <= 1


WASTE = st.lists(
    st.tuples(st.sampled_from(["13 02 05*", "16 01 03", "20 03 01"]), AMOUNTS, AMOUNTS), min_size=1, max_size=5
)


@PROPERTY
@given(WASTE)
def test_waste_in_kilograms_and_in_tonnes_agrees_and_adds_up(waste: list[tuple[str, float, float]]) -> None:
    from situation_reader import facts_from

    def rows(unit: str, factor: float) -> list[dict[str, Any]]:
        return [
            {"TypeOfWasteAxis": code, "WasteUnit": unit, "WasteDivertedToRecycleOrReuseMass": kept * factor,
             "WasteDirectedToDisposalMass": gone * factor}
            for code, kept, gone in waste
        ]  # fmt: skip

    frames = [facts_from({"waste": rows("t", 1.0)}, "t"), facts_from({"waste": rows("kg", 1000.0)}, "kg")]
    values = compute(pd.concat(frames, ignore_index=True)).values  # noqa: PD011
    total, rate = values.array("TotalWasteGeneratedMass"), values.array("RecyclingRate")
    assert total[0] == pytest.approx(sum(kept + gone for _, kept, gone in waste), rel=1e-9)
    assert total[0] == pytest.approx(total[1], rel=1e-9) and rate[0] == pytest.approx(rate[1], rel=1e-9)
    diverted, disposed = values.array("WasteDivertedTotalMass"), values.array("WasteDisposedTotalMass")
    assert diverted[0] + disposed[0] == pytest.approx(total[0], rel=1e-9)


def in_words(rule: str | Node) -> str:
    """Return a rule in English, its names said as they are."""
    texts = load_language("en").texts["words"]
    said = Vocabulary(SYMBOLS, str, lambda _, code: code, lambda key: str(texts[key]), lambda n: f"{n:g}", str)
    return words(parse(rule) if isinstance(rule, str) else rule, said)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("a / (b * c)", "“a” divided by (“b” times “c”)"),
        ("a / b / c", "(“a” divided by “b”) divided by “c”"),
        ("a * b / c", "“a” times “b” divided by “c”"),
        ("a - (b + c)", "“a” minus (“b” plus “c”)"),
        ("a - b - c", "“a” minus “b” minus “c”"),
        ("coalesce(a, b) * c", "(“a”, else “b”) times “c”"),
        ("coalesce(a, b * c)", "“a”, else “b” times “c”"),
        ("sum(a, b) * c", "(the sum of “a”, “b”) times “c”"),
        ("ratio(sum(amount), a)", "(the sum of “amount”) per “a”"),
        ("share(a, a + b)", "“a” as a share of (“a” plus “b”)"),
        ("not (yes and no)", "not: (“yes” is yes and “no” is yes)"),
        ("if_(yes, if_(no, a, b), c)", "(“a” if “no” is yes, otherwise “b”) if “yes” is yes, otherwise “c”"),
        ("yes and (no or open)", "“yes” is yes and (“no” is yes or “open” is yes)"),
        ("given(coalesce(a, b))", "(“a”, else “b”) is given"),
    ],
)
def test_words_bracket_what_could_be_read_together(rule: str, expected: str) -> None:
    assert in_words(rule) == expected


def terms(depth: int) -> st.SearchStrategy[str]:
    """Return rules of arithmetic over three names, written with every bracket."""
    leaf = st.sampled_from(["a", "b", "c"])
    if not depth:
        return leaf
    part = terms(depth - 1)
    binary = st.builds(lambda x, op, y: f"({x} {op} {y})", part, st.sampled_from("+-*/"), part)
    call = st.builds(lambda f, x, y: f"{f}({x}, {y})", st.sampled_from(["share", "ratio"]), part, part)
    return leaf | binary | call


@settings(max_examples=300, deadline=None)
@given(terms(3))
def test_the_words_of_arithmetic_can_be_read_back_as_the_same_rule(rule: str) -> None:
    said = in_words(rule)
    for name in "abc":
        said = said.replace(f"“{name}”", name)
    signs = {"plus": "+", "minus": "-", "times": "*", "divided by": "/", "as a share of": "/", "per": "/"}
    for word, sign in signs.items():
        said = said.replace(f" {word} ", f" {sign} ")
    assert value_of(said, a=7.0, b=3.0, c=1.7) == pytest.approx(value_of(rule, a=7.0, b=3.0, c=1.7))
