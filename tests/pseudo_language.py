"""An invented language for tests: English with accents and a third longer, so that what is not translated shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from vsme_xl import language

CODE = "fi"
LONGER = 1.3
SHEET_NAME, HINT, TITLE = 31, 255, 32
ACCENTS = str.maketrans("aeiouycnsAEIOUYCNS", "áéíóúýçñšÁÉÍÓÚÝÇÑŠ")
KEPT = re.compile(r"\{[^}]*\}|&[A-Z\d]+|`[^`]*`|<[^>]*>")
ENGLISH = Path(language.__file__).parent / "languages" / "en.yaml"


def write_pseudo_language(folder: Path) -> str:
    """Write the invented language's file to a folder and return its code, a real one whose numbers have a comma."""
    texts = yaml.load(ENGLISH.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    told = {key: _told(value, key) for key, value in texts.items()} | {"language": CODE}
    text = yaml.safe_dump(told, allow_unicode=True, width=10_000, sort_keys=False)
    (folder / f"{CODE}.yaml").write_text(text, encoding="utf-8")
    return CODE


def _told(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _told(part, f"{key}.{name}") for name, part in value.items()}
    if isinstance(value, list):
        return [_told(part, key) for part in value]
    return pseudo(value, _room(key))


def _room(key: str) -> int:
    if key.startswith(("sheets.", "results.sheets.", "results.topics.", "portfolio.sheets.")):
        return SHEET_NAME
    if key == "input.errors.title":
        return TITLE
    return HINT if key.startswith("input.errors.") or key.endswith(".hint") else 10_000


def pseudo(text: str, room: int = 10_000) -> str:
    """Return a text in the invented language: accents on its letters, and at its end what makes it longer."""
    if not re.search(r"[A-Za-z]", KEPT.sub("", text)):
        return text
    said, at = "", 0
    for kept in KEPT.finditer(text):
        said += text[at : kept.start()].translate(ACCENTS) + kept.group()
        at = kept.end()
    said += text[at:].translate(ACCENTS)
    core = said.rstrip(" ,.:;")
    more = min(int(len(text) * (LONGER - 1)), (room - len(said) - 1) * 9 // 10)
    longer = " " + " ".join(re.findall("ø{1,9}", "ø" * more)) if more > 0 and len(core) > 3 else ""
    return core + longer + said[len(core) :]
