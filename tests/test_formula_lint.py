"""Every formula of our workbooks is one that Excel 2010 and LibreOffice 7.4 understand alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from formula_lint import formulas, lint, lint_formula

from vsme_xl.input.layout import MODULES
from vsme_xl.input.workbook import new_workbook
from vsme_xl.language import languages


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("module", MODULES)
def test_every_formula_of_the_input_workbook_is_known_to_excel_2010(
    module: str, language: str, tmp_path: Path
) -> None:
    path = new_workbook(tmp_path / "report.xlsx", module=module, language=language)
    assert len(list(formulas(path))) > 1500
    assert lint(path) == []


@pytest.mark.parametrize(
    ("formula", "problem"),
    [
        ('TEXT(A1,"0.0")', "TEXT is not allowed"),
        ("NOW()", "NOW is not allowed"),
        ("SUM(OFFSET(A1,1,1))", "OFFSET is not allowed"),
        ("_xlfn.XLOOKUP(A1,B:B,C:C)", "_xlfn.XLOOKUP is not allowed"),
        ("SUMPRODUCT((A1:A9>0)*IF(B1:B9>0,1,0))", "IF inside SUMPRODUCT"),
        (f'A1="{"x" * 256}"', "literal of 256 characters"),
        ("+".join(["A1"] * 3000), "8999 characters"),
        ("ABS(" * 65 + "1" + ")" * 65, "nested too deeply"),
    ],
)
def test_the_lint_finds_what_would_break_a_workbook(formula: str, problem: str) -> None:
    assert lint_formula(formula) == [problem]


@pytest.mark.parametrize("formula", ['IF(SUMPRODUCT(--(A1:A9="NOW()"))>0,1,"")', "'TEXT(1)'!A1+1"])
def test_the_lint_leaves_texts_and_sheet_names_alone(formula: str) -> None:
    assert lint_formula(formula) == []
