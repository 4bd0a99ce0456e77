"""What the program depends on has a licence that allows it, and a lower bound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement

ALLOWED = re.compile(
    r"\b(MIT|MIT-0|BSD|Apache|PSF|Python Software Foundation|CC0|ISC|LGPL|MPL|Unlicense|0BSD|HPND|Zlib)\b", re.I
)
REFUSED = re.compile(r"(?<!L)GPL|\bGNU (General|Affero)|SSPL|EUPL|proprietary|commercial|non-?commercial", re.I)
EXTRAS = ("dask", "encrypted", "parquet", "s3")


def needed(name: str, seen: set[str], extras: tuple[str, ...] = ("",)) -> Iterator[metadata.Distribution]:
    """Yield a distribution and all it needs to run, with the extras of its own that are installed here."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return  # of an extra that is not installed here
    seen.add(key)
    yield distribution
    for text in distribution.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            yield from needed(requirement.name, seen, ("", *requirement.extras))


def licence(distribution: metadata.Distribution) -> str:
    about = distribution.metadata
    classified = [c for c in about.get_all("Classifier") or () if c.startswith("License")]
    return " ".join([about.get("License-Expression") or "", (about.get("License") or "")[:300], *classified])


def test_every_dependency_has_an_allowed_licence() -> None:
    found = {d.metadata["Name"]: licence(d) for d in needed("vsme-xl", set(), ("", *EXTRAS))}
    assert len(found) > 25
    assert {name: text for name, text in found.items() if not ALLOWED.search(text)} == {}
    assert {name: text for name, text in found.items() if REFUSED.search(text)} == {}


def test_every_dependency_is_installed_that_is_needed_without_extras() -> None:
    found = {re.sub(r"[-_.]+", "-", d.metadata["Name"]).lower() for d in needed("vsme-xl", set())}
    own = [r for r in map(Requirement, metadata.requires("vsme-xl") or ()) if r.marker is None]
    assert {re.sub(r"[-_.]+", "-", r.name).lower() for r in own} <= found


def test_every_dependency_has_a_lower_bound() -> None:
    requires = [Requirement(text) for text in metadata.requires("vsme-xl") or ()]
    users = [r for r in requires if r.marker is None or any(r.marker.evaluate({"extra": e}) for e in EXTRAS)]
    assert len(users) > 18
    assert [r.name for r in users if not any(s.operator == ">=" for s in r.specifier)] == []
