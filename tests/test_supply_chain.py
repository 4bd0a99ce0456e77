"""What the program depends on has a licence that allows it, and nothing goes over the network."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

SAMPLES = Path(__file__).parents[1] / "sample_inputs"
ALLOWED = re.compile(r"\b(MIT|BSD|Apache|PSF|Python Software Foundation|CC0|ISC|LGPL|MPL|Unlicense|0BSD|HPND)\b", re.I)
BLOCK = """
import sys
def no_network(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        address = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
        if event == "socket.getaddrinfo" or isinstance(address, tuple):
            open("network", "a").write(f"{event} {address}\\n")
            raise OSError("no network")
sys.addaudithook(no_network)
"""


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


def test_nothing_goes_over_the_network(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(BLOCK, encoding="utf-8")
    clients = tmp_path / "clients"
    clients.mkdir()
    sample = SAMPLES / "consultancy.xlsx"
    (clients / sample.name).write_bytes(sample.read_bytes())
    commands = (
        ["demo", "demo"], ["run", str(sample), "-o", "r.xlsx"], ["check", str(sample)], ["facts", str(sample)],
        ["batch", "clients", "out", "--workers", "1"],
    )  # fmt: skip
    for command in commands:
        result = subprocess.run(
            [sys.executable, "-m", "vsme_xl", *command], cwd=tmp_path, capture_output=True, text=True, check=False,
            env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        )  # fmt: skip
        assert result.returncode in (0, 1), (command, result.stderr)
        assert "Traceback" not in result.stderr
    assert not (tmp_path / "network").exists()
