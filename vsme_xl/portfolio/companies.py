"""One line per workbook of a portfolio, and which of them count where a company sent more than one; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from vsme_xl.batch.manifest import Record

LEAST_IDENTIFIER = 4


@dataclass(frozen=True)
class Company:
    """What the portfolio says of one workbook; `figures` in base units, `country` and `section` (NACE) as codes.

    `counts` is yes, earlier (a later period of the company is there), or same (`same_as` reports the same company and
    period and is more complete): only workbooks with yes are in totals and medians.
    """

    file: str
    result: str
    entity: str
    identifier: str
    country: str
    section: str
    activity: str
    size: str
    module: str
    period_start: str
    period_end: str
    template: str
    answered: int
    missing: int
    errors: int
    warnings: int
    figures: Mapping[str, float]
    counts: str = "yes"
    same_as: str = ""
    owner: str = ""

    @property
    def share_answered(self) -> float | None:
        """Return the share of applicable datapoints that have a value; None where nothing applies."""
        asked = self.answered + self.missing
        return self.answered / asked if asked else None


def company_of(record: Record) -> Company:
    """Return the line of one record."""
    outcome, details = record.outcome, record.details
    profile, nace = details["profile"], details["nace"]
    about, counts = outcome.about, outcome.counts
    scheme = profile["EntityIdentifierScheme"]
    return Company(
        file=outcome.name, result=outcome.outputs["results"], entity=about["entity"],
        identifier=f"{scheme} {profile['EntityIdentifier']}".strip(),
        country=profile["CountryOfPrimaryOperationsAndLocationOfSignificantAssets"],
        section=nace[0][:1] if nace else "", activity=nace[0] if nace else "", size=details["size"],
        module=profile["BasisForPreparation"], period_start=about["period_start"], period_end=about["period_end"],
        template=f"{about['template']} {about['version']}", answered=counts["answered"], missing=counts["missing"],
        errors=counts["error"], warnings=counts["warning"], figures=details["figures"],
    )  # fmt: skip


def with_counting(companies: Iterable[Company]) -> list[Company]:
    """Return the companies in the order of their names, with `owner` and `counts` decided.

    Workbooks have one owner that state the same identifier, or the same name and country where an identifier is
    missing. Of several for one period the most complete counts (the first by name among equals), and of those the one
    with the latest period.
    """
    listed = sorted(companies, key=lambda c: (c.entity.casefold(), c.period_end, c.file))
    owners = _owners(listed)
    groups: dict[str, list[int]] = defaultdict(list)
    for place, company in enumerate(listed):
        groups[owners[company.file]].append(place)
    for owner, places in groups.items():
        periods: dict[str, list[int]] = defaultdict(list)
        for place in places:
            periods[listed[place].period_end].append(place)
        latest = max(periods)
        for period, same in periods.items():
            best = min(same, key=lambda p: (-listed[p].answered, listed[p].errors, listed[p].file))
            for place in same:
                counts = "same" if place != best else "yes" if period == latest else "earlier"
                said = listed[best].file if place != best else ""
                listed[place] = replace(listed[place], owner=owner, counts=counts, same_as=said)
    return listed


def _owners(companies: Sequence[Company]) -> dict[str, str]:
    """Return for each file what stands for its company: its identifier, else one known under the same name."""
    identifiers: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for company in companies:
        if key := _identifier(company):
            identifiers[_named(company)][key] += 1
    found = {}
    for company in companies:
        known = identifiers.get(_named(company), Counter())
        alone = next(iter(known)) if len(known) == 1 else ""
        name = " ".join(_named(company)) if company.entity else f"\0{company.file}"
        found[company.file] = _identifier(company) or (alone if company.entity else "") or name
    return found


def _identifier(company: Company) -> str:
    plain = "".join(c for c in company.identifier.casefold() if c.isalnum())
    return plain if sum(c.isdigit() for c in plain) >= LEAST_IDENTIFIER else ""


def _named(company: Company) -> tuple[str, str]:
    return " ".join(company.entity.casefold().split()), company.country
