"""The documentation is complete: every command, finding code and rule function is in it, and it is up to date."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from vsme_xl.cli import main
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


def test_the_generated_pages_are_up_to_date(build: ModuleType) -> None:
    assert (ROOT / "docs" / "findings.md").read_text(encoding="utf-8") == build.findings_page()
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == build.commands_page()
    assert (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8") == build.outputs_page()


@pytest.mark.parametrize("language", languages())
def test_every_finding_code_has_a_severity_and_a_message_in_every_language(language: str) -> None:
    texts = load_language(language).texts["findings"]
    assert set(texts) == set(severities())
    assert set(severities().values()) <= set(SEVERITIES)
    assert all(set(t) == {"message", "fix"} for t in texts.values())


def test_every_function_of_the_rule_language_is_documented() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert [name for name in FUNCTIONS if f"`{name}(" not in page and f"{name}(" not in page] == []


def test_the_architecture_page_names_every_module_and_none_that_is_not_there() -> None:
    """A module of `cli` or `portfolio` that is a command or a sheet needs no name of its own."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = {part for quoted in re.findall(r"`([\w/.]+)`", page) for part in quoted.removesuffix(".py").split("/")}
    files = [p.relative_to(ROOT / "vsme_xl") for p in (ROOT / "vsme_xl").rglob("*.py") if not p.stem.startswith("__")]
    apart = {f for f in files if f.parts[0] == "portfolio" and "sheet" in f.stem}
    apart |= {f for f in files if f.parts[0] == "cli" and f.stem in main.commands}
    apart |= {f for f in files if f.as_posix() in ("cli/computed.py", "batch/read_folder.py")}
    assert [str(f) for f in files if f.stem not in named and f not in apart] == []
    paths = re.findall(r"`((?:reading|batch|input|results|review|carrying|cli|rules|portfolio)/\w+)`", page)
    assert [path for path in paths if not (ROOT / "vsme_xl" / f"{path}.py").exists()] == []


PAGES = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_and_page_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    tests = {p.stem: p.read_text(encoding="utf-8") for p in (ROOT / "tests").glob("test_*.py")}
    named = re.findall(r"\btests/(test_\w+)\.py(?:::(\w+))?", text)
    assert [file for file, _ in named if file not in tests] == []
    assert [name for file, name in named if name and f"def {name}(" not in tests[file]] == []
    shortened = re.findall(r"…::(\w+)", text)
    assert [name for name in shortened if not any(f"def {name}(" in text for text in tests.values())] == []
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([\w./-]+(?:#[\w-]+)?)\)", text)]
    assert [link for link in links if link and not (page.parent / link).exists()] == []
