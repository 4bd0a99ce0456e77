"""Check a language file against the English one: the same keys, the same placeholders, and no text that Excel refuses.

`python -m vsme_xl.language_check FILE…` prints what is wrong in language files, one line each.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Formatter

import yaml

from vsme_xl.reading.cell_values import normalise

MODEL = "en"
SHEET_NAME_LENGTH, TITLE_LENGTH, PROMPT_LENGTH, FORMULA_TEXT_LENGTH, FOOTER_LENGTH = 31, 32, 255, 255, 200
NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
FOOTER_CODE = re.compile(r"&(?:[A-Za-z]|\d+)")
STRUCTURES = ("esg", "dnk", "vsme")
# Words that formulas count by; a wildcard, an operator or a quotation mark in them would count something else.
COUNTED = ("input.status.",)
IN_FORMULAS = ("input.status.", "input.units.", "codes.")
FOOTERS = ("input.page", "results.footer", "review.footer")
Texts = Mapping[str, tuple[str, int]]
Found = list[tuple[int, str, str]]


@dataclass(frozen=True)
class LanguageProblem:
    """What is wrong with one text: the file, its line, the dotted key, and why."""

    file: str
    line: int
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.reason}"


def language_problems(path: Traversable | Path, model: Traversable | Path | None = None) -> list[LanguageProblem]:
    """Return what is wrong with a language file, line by line; nothing where it can be used.

    `model` is the file it is held against, the English one of the package by default. The name of the file is the code
    of the language. Content never raises, but a file that is no YAML does (yaml.YAMLError).
    """
    found: Found = []
    texts = dict(_texts(path, found))
    known = dict(_texts(model or files("vsme_xl") / "languages" / f"{MODEL}.yaml", []))
    _same_keys(texts, known, found)
    _same_placeholders(texts, known, found)
    _language_code(path.name.removesuffix(".yaml"), texts, found)
    _plain(texts, known, found)
    _sheet_names(texts, found)
    _drop_downs(texts, found)
    _prompts(texts, found)
    _formula_texts(texts, found)
    _footers(texts, known, found)
    return [LanguageProblem(path.name, *each) for each in sorted(found)]


def _texts(path: Traversable | Path, found: Found) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield every text of a file by its dotted key, with its line; what is no text, or stands twice, is a problem."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=loader)
    seen: set[str] = set()
    for key, node in _walk(root, "") if root is not None else ():
        line = node.start_mark.line + 1
        if key in seen:
            found.append((line, key, "stands twice in the file"))
        seen.add(key)
        if not isinstance(node, yaml.ScalarNode):
            found.append((line, key, "has no content"))
        elif node.tag != "tag:yaml.org,2002:str":
            kind = node.tag.rpartition(":")[2]
            found.append((line, key, f"is read as {kind}, not as text; put it in quotation marks"))
        else:
            yield key, (node.value, line)


def _walk(node: yaml.Node, key: str) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode) and node.value:
        for name, value in node.value:
            yield from _walk(value, f"{key}.{name.value}" if key else str(name.value))
    elif isinstance(node, yaml.SequenceNode) and node.value:
        for number, value in enumerate(node.value):
            yield from _walk(value, f"{key}.{number}")
    else:
        yield key, node


def _same_keys(texts: Texts, known: Texts, found: Found) -> None:
    last = max((line for _, line in texts.values()), default=1)
    for key in known.keys() - texts.keys():
        near = [line for other, (_, line) in texts.items() if other.rpartition(".")[0] == key.rpartition(".")[0]]
        found.append((max(near, default=last), key, "is missing"))
    for key in texts.keys() - known.keys():
        found.append((texts[key][1], key, f"is not a text of {MODEL}.yaml"))


def placeholders(text: str) -> frozenset[str]:
    """Return the placeholders of a text; those without a name by their number. Raise ValueError for a broken one."""
    names = [field for _, field, _, _ in Formatter().parse(text) if field is not None]
    unnamed = iter(range(len(names)))
    return frozenset(str(next(unnamed)) if name == "" else name for name in names)


def _same_placeholders(texts: Texts, known: Texts, found: Found) -> None:
    for key in texts.keys() & known.keys():
        text, line = texts[key]
        wanted = placeholders(known[key][0])
        try:
            given = placeholders(text)
        except ValueError as error:
            found.append((line, key, f"has a brace that opens or closes no placeholder ({error})"))
            continue
        if wanted - given:
            found.append((line, key, f"lacks the placeholder {_braced(wanted - given)}"))
        if given - wanted:
            found.append((line, key, f"has the placeholder {_braced(given - wanted)}, which nothing fills"))


def _braced(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))


def _language_code(code: str, texts: Texts, found: Found) -> None:
    from babel import Locale, UnknownLocaleError

    said, line = texts.get("language", (code, 1))
    if said != code:
        found.append((line, "language", f"says {said!r}, but the file is named {code}.yaml"))
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        found.append((line, "language", f"{code!r} is no language whose numbers, dates and countries are known"))


def _plain(texts: Texts, known: Texts, found: Found) -> None:
    """Find texts that are empty or padded where the English one is not, and characters no cell can hold."""
    for key, (text, line) in texts.items():
        other = known.get(key, ("", 0))[0]
        if bool(text.strip()) != bool(other.strip()) and key in known:
            found.append((line, key, "is empty" if other.strip() else "must be empty"))
        elif text != text.strip() and other == other.strip():
            found.append((line, key, "begins or ends with a space"))
        if CONTROL.search(text):
            found.append((line, key, "holds a control character"))


def _sheet_names(texts: Texts, found: Found) -> None:
    """Find names that Excel does not take for a sheet, and two sheets of one workbook with one name."""
    results = [["results.sheets.", f"results.topics.{structure}."] for structure in STRUCTURES]
    workbooks = [["sheets."], ["review.sheet"], *results]
    for prefixes in workbooks:
        names: dict[str, str] = {}
        for key, (text, line) in _under(texts, prefixes):
            if len(text) > SHEET_NAME_LENGTH:
                reason = f"a sheet's name has at most {SHEET_NAME_LENGTH} characters, this has {len(text)}"
                found.append((line, key, reason))
            if NO_SHEET_NAME.search(text) or text[:1] == "'" or text[-1:] == "'" or text.casefold() == "history":
                found.append((line, key, f"{text!r} is no name Excel takes for a sheet"))
            if text.casefold() in names:
                found.append((line, key, f"{text!r} is the name of another sheet too ({names[text.casefold()]})"))
            names.setdefault(text.casefold(), key)


def _drop_downs(texts: Texts, found: Found) -> None:
    """Find labels that stand for two codes of one list, or that a cell of several labels would be parted at."""
    lists: dict[str, dict[str, str]] = {}
    for key, (text, line) in _under(texts, ["codes."]):
        name = key.split(".")[1]
        labels = lists.setdefault(name, {})
        form = normalise(text)
        if form in labels:
            found.append((line, key, f"{text!r} is the label of another code of the list too ({labels[form]})"))
        labels.setdefault(form, key)
        if ";" in text:
            found.append((line, key, "a label must not hold a semicolon, which parts labels in one cell"))


def _prompts(texts: Texts, found: Found) -> None:
    """Find texts that data validation would cut; labels are shortened there, hints and errors must fit."""
    for key, (text, line) in texts.items():
        hint = key.startswith("datapoints.") and key.endswith(".hint")
        if (hint or key.startswith("input.errors.")) and len(text) > PROMPT_LENGTH:
            found.append((line, key, f"has {len(text)} characters; an input message holds {PROMPT_LENGTH}"))
        if key == "input.errors.title" and len(text) > TITLE_LENGTH:
            found.append((line, key, f"has {len(text)} characters; the title of a message holds {TITLE_LENGTH}"))


def _formula_texts(texts: Texts, found: Found) -> None:
    """Find texts that a formula cannot hold or would read as something else, and status words that mean two things."""
    for key, (text, line) in _under(texts, IN_FORMULAS):
        if len(text) > FORMULA_TEXT_LENGTH:
            found.append((line, key, f"has {len(text)} characters; a text in a formula holds {FORMULA_TEXT_LENGTH}"))
    words: dict[str, str] = {}
    for key, (text, line) in _under(texts, COUNTED):
        if re.search(r'[*?~"]|^[<>=]', text):
            found.append((line, key, "formulas count by this word: no * ? ~ \" in it, and no < > = before it"))
        if text.casefold() in words:
            found.append((line, key, f"{text!r} is the word for another status too ({words[text.casefold()]})"))
        words.setdefault(text.casefold(), key)
    for key, (text, line) in _under(texts, ["input.units."]):
        if '"' in text:
            found.append((line, key, "stands in formulas: no quotation mark in it"))


def _footers(texts: Texts, known: Texts, found: Found) -> None:
    for key in FOOTERS:
        if key in texts and key in known:
            codes = [sorted(FOOTER_CODE.findall(t[key][0])) for t in (texts, known)]
            if codes[0] != codes[1]:
                reason = f"needs the codes {' '.join(codes[1])}, which print what they stand for"
                found.append((texts[key][1], key, reason))
    text, line = texts.get("input.title", ("", 1))
    if "&" in text or len(text) > FOOTER_LENGTH:
        found.append((line, "input.title", f"stands in the footer: no & in it, and at most {FOOTER_LENGTH} characters"))


def _under(texts: Texts, prefixes: Iterable[str]) -> Iterator[tuple[str, tuple[str, int]]]:
    return (item for item in texts.items() if item[0].startswith(tuple(prefixes)))


if __name__ == "__main__":
    wrong = [problem for name in sys.argv[1:] for problem in language_problems(Path(name))]
    print("\n".join(str(problem) for problem in wrong) or "nothing to mend")
    sys.exit(1 if wrong else 0)
