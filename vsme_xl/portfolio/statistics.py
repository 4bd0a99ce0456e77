"""Totals, medians and outliers of a portfolio's figures, over all companies and by group; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vsme_xl.portfolio.companies import Company
from vsme_xl.portfolio.specification import specification

PER = "NumberOfEmployees"


@dataclass(frozen=True)
class Figures:
    """What is known of one figure over some companies: how many state it, their sum and their median."""

    companies: int
    total: float | None
    median: float | None


def figures_of(companies: Sequence[Company], name: str) -> Figures:
    """Return number, total and median of a figure over the companies that count and state it."""
    values = [c.figures[name] for c in companies if c.counts == "yes" and name in c.figures]
    if not values:
        return Figures(0, None, None)
    return Figures(len(values), float(sum(values)), float(np.median(values)))


def groups_of(companies: Iterable[Company], key: Callable[[Company], str]) -> Mapping[str, list[Company]]:
    """Return the companies that count by what `key` says of them, in the order of those texts; unknown ("") last."""
    found: dict[str, list[Company]] = {}
    for company in companies:
        if company.counts == "yes":
            found.setdefault(key(company), []).append(company)
    return {group: found[group] for group in sorted(found, key=lambda g: (g == "", g))}


def outliers(companies: Sequence[Company], edition: str = "vsme-2025") -> frozenset[tuple[str, str]]:
    """Return file and figure of every value that lies far from the others.

    Amounts are compared per employee and by their size (logarithm), so that a unit taken wrong by a factor of 1,000
    stands out and a large company does not; ratios as they are. Far is `ranges` interquartile ranges outside the middle
    half (portfolio.yaml), where at least `companies` state the figure.
    """
    rule = specification(edition)["outliers"]
    found = set()
    for name, kind in specification(edition)["figures"].items():
        known = [(c.file, _compared(c, name, kind)) for c in companies if c.counts == "yes"]
        values = {file: value for file, value in known if value is not None}
        if len(values) < rule["companies"]:
            continue
        low, high = np.percentile(list(values.values()), [25, 75])
        reach = rule["ranges"] * (high - low)
        if reach > 0:
            found |= {(file, name) for file, v in values.items() if v < low - reach or v > high + reach}
    return frozenset(found)


def _compared(company: Company, name: str, kind: str) -> float | None:
    value = company.figures.get(name)
    if value is None or kind != "sum":
        return value
    per = company.figures.get(PER, 0.0) if name != PER else 1.0
    return float(np.log10(value / per)) if value > 0 and per > 0 else None
