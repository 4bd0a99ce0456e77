"""Take out of the computed values what the portfolio shows of one workbook: figures, profile, quality, findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from vsme_xl.codelists import codelist
from vsme_xl.computing import Computed
from vsme_xl.portfolio.specification import specification
from vsme_xl.rules.evaluate import given

PROFILE = (
    "EntityIdentifier", "EntityIdentifierScheme", "BasisForPreparation",
    "CountryOfPrimaryOperationsAndLocationOfSignificantAssets", "Currency", "TypeOfNumberOfEmployees",
)  # fmt: skip
ANSWERED = ("complete", "not_defined")
OPEN = ("missing",)


def details_of(computed: Computed, workbook: str, edition: str = "vsme-2025") -> tuple[dict[str, Any], dict[str, int]]:
    """Return what the portfolio shows of a workbook (`computed` of it alone), and its counts.

    These are: answered, missing, error, warning, info.
    """
    number = computed.workbooks.index(workbook)
    figures = {name: _figure(computed, name, number) for name in specification(edition)["figures"]}
    profile = {name: _text(computed.values.array(name)[number]) for name in PROFILE}
    sections = _nace_sections(computed, number)
    columns = ("severity", "code", "name", "cell", "message", "fix")
    findings = [list(row) for row in zip(*(computed.findings[c].tolist() for c in columns), strict=True)]
    status = computed.applicability
    pairs = zip(status["name"].tolist(), status["status"].tolist(), strict=True)
    mine = Counter(found for name, found in pairs if name)
    counts = {
        "answered": sum(mine[s] for s in ANSWERED),
        "missing": sum(mine[s] for s in OPEN),
        **{s: sum(f[0] == s for f in findings) for s in ("error", "warning", "info")},
    }
    kept = {name: value for name, value in figures.items() if value is not None}
    return {
        "figures": kept, "profile": profile, "nace": sections, "size": size_class(kept, edition), "findings": findings,
    }, counts  # fmt: skip


def _figure(computed: Computed, name: str, number: int) -> float | None:
    """Return a figure of a workbook in base units; None where it is blank, or computed though it does not apply."""
    reported = computed.values.reported.get(name)
    if computed.applies[name][number] == 0 and (reported is None or not given(reported[number : number + 1])[0]):
        return None
    return _float(computed.values.array(name)[number])


def _nace_sections(computed: Computed, number: int) -> list[str]:
    """Return the NACE codes' sections and labels, the company's first code first."""
    values = computed.values
    codes = values.array("NaceSectorClassificationCodes")[values.groups["nace"] == number]
    labels = codelist("nace").labels
    return [labels.get(str(code), str(code)) for code in codes if code is not None]


def size_class(figures: Mapping[str, float], edition: str = "vsme-2025") -> str:
    """Return the size class: the first whose limits at most one of three figures exceeds; empty where it is open."""
    classes: Mapping[str, Mapping[str, float]] = specification(edition)["size_classes"]
    for name, limits in classes.items():
        known = [figures[figure] > limit for figure, limit in limits.items() if figure in figures]
        if len(known) < 2:
            return ""
        if sum(known) < 2 and len(known) - sum(known) >= 2:
            return name
        if sum(known) < 2:
            return ""
    return "large"


def _float(value: object) -> float | None:
    number = float(str(value)) if value is not None else np.nan
    return number if np.isfinite(number) else None


def _text(value: object) -> str:
    return "" if value is None else str(value)
