"""What the program depends on has a licence that allows it, and a lower bound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement

ALLOWED = re.compile(r"\b(MIT|BSD|Apache|PSF|Python Software Foundation|CC0|ISC|LGPL|MPL|Unlicense|0BSD|HPND)\b", re.I)


def needed(name: str, seen: set[str]) -> Iterator[metadata.Distribution]:
    """Yield a distribution and all it needs to run."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return
    seen.add(key)
    distribution = metadata.distribution(name)
    yield distribution
    for text in distribution.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield from needed(requirement.name, seen)


def licence(distribution: metadata.Distribution) -> str:
    about = distribution.metadata
    classified = [c for c in about.get_all("Classifier") or () if c.startswith("License")]
    return " ".join([about.get("License-Expression") or "", (about.get("License") or "")[:300], *classified])


def test_every_dependency_has_an_allowed_licence() -> None:
    found = {d.metadata["Name"]: licence(d) for d in needed("vsme-xl", set())}
    assert len(found) > 10
    assert {name: text for name, text in found.items() if not ALLOWED.search(text)} == {}


def test_every_dependency_has_a_lower_bound() -> None:
    requires = [Requirement(text) for text in metadata.requires("vsme-xl") or ()]
    own = [r for r in requires if r.marker is None]
    assert [r.name for r in own if not any(s.operator == ">=" for s in r.specifier)] == []
