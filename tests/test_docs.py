"""The documentation is complete: every command, finding code and rule function is in it, and it is up to date."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from vsme_xl.findings import SEVERITIES, severities
from vsme_xl.language import languages, load_language
from vsme_xl.rules.parse import FUNCTIONS

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_of_findings_and_commands_are_up_to_date(build: ModuleType) -> None:
    assert (ROOT / "docs" / "findings.md").read_text(encoding="utf-8") == build.findings_page()
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == build.commands_page()


@pytest.mark.parametrize("language", languages())
def test_every_finding_code_has_a_severity_and_a_message_in_every_language(language: str) -> None:
    texts = load_language(language).texts["findings"]
    assert set(texts) == set(severities())
    assert set(severities().values()) <= set(SEVERITIES)
    assert all(set(t) == {"message", "fix"} for t in texts.values())


def test_every_function_of_the_rule_language_is_documented() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert [name for name in FUNCTIONS if f"`{name}(" not in page and f"{name}(" not in page] == []


def test_the_architecture_page_names_every_module() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = [p.stem for p in (ROOT / "vsme_xl").glob("*.py") if not p.stem.startswith("__")]
    assert [m for m in modules if m not in page] == []
