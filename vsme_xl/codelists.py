"""Code lists: which codes a drop-down offers, their labels in a language, and how a typed text finds its code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from vsme_xl.country_data import country_names, currencies_in_use, every_currency
from vsme_xl.edition import data_folder, load_edition, read_rows, read_yaml
from vsme_xl.language import languages, load_language
from vsme_xl.reading.cell_values import normalise

MEMBER = re.compile(r" \[(member|abstract|domain)\]$")
NACE_NUMBER = re.compile(r"(?:NACE )?(?:[A-Z] ?-? ?)?(\d\d(?:\.\d{1,2})?)? ?-? ?(.*)")
WASTE_NUMBER = re.compile(r"(\d\d)\s?(\d\d)\s?(\d\d)\b|(\d\d)(?:\s?(\d\d))?\s*-?\s*(?=[A-Z])")
WASTE_GROUP = re.compile(r"(\d\d)[ .]?(\d\d)?\*?")
RETIRED_WASTE = re.compile(r"(\d\d) ?(\d\d) ?(\d\d)\W+(Non-Hazardous|Hazardous)(?: Waste)?\W+(.+)", re.IGNORECASE)
NACE_LEVELS = {4: 0, 3: 1, 2: 2, 0: 3}


@dataclass(frozen=True)
class CodeList:
    """One code list: `codes` in the order a drop-down shows them, each with its label in one language."""

    name: str
    labels: Mapping[str, str]

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes in the order a drop-down shows them."""
        return tuple(self.labels)


@cache
def _members() -> Mapping[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in read_rows("members.csv"):
        found.setdefault(row["namespace"], []).append((row["member"], MEMBER.sub("", row["standard_label"])))
    return found


@cache
def _specifications() -> Mapping[str, Mapping[str, object]]:
    found: Mapping[str, Mapping[str, object]] = read_yaml(data_folder() / "codelists.yaml")
    return found


@cache
def codelist(name: str, language: str = "en") -> CodeList:
    """Return the code list `name` with its labels in a language; codes are members of the taxonomy or our own."""
    spec = _specifications()[name]
    if spec.get("labels") == "territory":
        return CodeList(name, _countries(language))
    if "labels" in spec:
        return _in_no_language(name)
    labels = load_language(language).texts["codes"].get(name, {})
    return CodeList(name, {code: str(labels.get(code, code)) for code in _codes(spec)})


@cache
def _in_no_language(name: str) -> CodeList:
    """Return a list whose labels are the same in every language: symbols, or the standard's wording behind a code."""
    match spec := _specifications()[name]:
        case {"labels": "currency"}:
            return CodeList(name, {code: code for code in _currencies()})
        case {"labels": "standard", "namespace": str(namespace)}:
            return CodeList(name, _nace(namespace))
        case {"labels": "waste"}:
            return CodeList(name, _waste())
        case {"labels": "file", "file": str(file)}:
            wanted = spec.get("dimensions")
            rows = [r for r in read_rows(file) if not isinstance(wanted, list) or r["dimension"] in wanted]
            return CodeList(name, {r["code"]: r["label"] for r in rows})
    raise ValueError(f"code list with unknown labels: {spec}")


def _codes(spec: Mapping[str, object]) -> list[str]:
    match spec:
        case {"codes": list(codes)}:
            return [str(c) for c in codes]
        case {"members": str(concept)}:
            return list(load_edition().concepts[concept].members)
        case {"axis": str(axis)}:
            return _axis_members(axis)
        case {"file": str(file), "column": str(column)}:
            return [r[column] for r in read_rows(file)]
    raise ValueError(f"code list without a source: {spec}")


def _axis_members(axis: str) -> list[str]:
    import json

    data = json.loads((data_folder() / "dimensions.json").read_text(encoding="utf-8"))
    for role, tables in data.items():
        for table in tables.values() if role != "_defaults" else ():
            members = table.get("explicitDimensions", {}).get(f"vsme:{axis}")
            if members:
                default = data["_defaults"].get(f"vsme:{axis}")
                return [m.split(":")[-1] for m in members if m != default]
    raise ValueError(f"no members for {axis}")


def _countries(language: str) -> dict[str, str]:
    today = {code for code, standard in _members()["country"] if "(before" not in standard}
    return {code: name for code, name in country_names(language).items() if code in today}


def _currencies() -> list[str]:
    first = ["EUR", "DKK", "SEK", "NOK", "CHF", "GBP", "PLN", "CZK", "HUF", "RON", "ISK", "USD"]
    return first + [code for code in currencies_in_use() if code not in first]


def _nace(namespace: str) -> dict[str, str]:
    """Return NACE classes first, then groups, divisions and sections."""
    activities = [(member, label) for member, label in _members()[namespace] if " - " in label]
    return dict(sorted(activities, key=lambda item: NACE_LEVELS[sum(c.isdigit() for c in item[0])]))


def _waste() -> dict[str, str]:
    """Return the six-digit codes of the European list of waste, hazardous ones with their asterisk."""
    found = {}
    for member, label in _members()["waste"]:
        if re.match(r"W-\d{6}-", member):
            code, hazard, text = label.split(" - ", 2)
            found[member] = f"{code}{'*' if hazard == 'Hazardous' else ''} {text}"
    return found


@cache
def codes(name: str) -> tuple[str, ...]:
    """Return the codes of a list whose order is the same in every language (not so of countries)."""
    spec = _specifications()[name]
    return codelist(name).codes if "labels" in spec else tuple(_codes(spec))


@cache
def own_labels(name: str, language: str) -> Mapping[str, str]:
    """Return the labels of a list's drop-down in one language, as they are compared, and the code of each."""
    return {normalise(label): code for code, label in codelist(name, language).labels.items()}


@cache
def other_labels(name: str, language: str) -> Mapping[str, str]:
    """Return the labels of a list's drop-downs in all other languages; none that means different codes in two."""
    if _specifications()[name].get("labels", "territory") != "territory":
        return {}
    found: dict[str, set[str]] = {}
    for other in languages():
        for label, code in own_labels(name, other).items() if other != language else ():
            found.setdefault(label, set()).add(code)
    return {label: codes.pop() for label, codes in found.items() if len(codes) == 1}


@cache
def spellings(name: str) -> Mapping[str, str]:
    """Return the spellings of a list's codes that belong to no language: official codes, standard labels, members.

    Countries have further names, such as former ones, and codes of three letters.
    """
    found: dict[str, str] = {}
    known = codes(name)
    spec = _specifications()[name]
    spaces = [str(spec["namespace"])] if "namespace" in spec else ["vsme"] if "codes" not in spec else []
    for namespace in spaces:
        for member, label in _members()[namespace]:
            if namespace != "vsme" or member in known:
                for spelling in _spellings(namespace, member, label):
                    found.setdefault(normalise(spelling), member)
    for code in (*known, *(every_currency() if spec.get("labels") == "currency" else ())):
        found.setdefault(normalise(code), code)
        if "/" in code:
            found.setdefault(normalise(code.replace("/", " per ")), code)
    for name_of_it, code in _country_names() if name == "country" else ():
        if code in known:
            found.setdefault(normalise(name_of_it), code)
    return found


def _country_names() -> list[tuple[str, str]]:
    """Return what countries are called besides their labels: former and other names, and codes of three letters."""
    named = [(row["name"], row["code"]) for row in read_rows("country_names.csv")]
    return named + [(row["alpha3"], row["alpha2"]) for row in read_rows("country_codes.csv")]


@cache
def readings(name: str, language: str = "en") -> Mapping[str, str]:
    """Return every spelling by which a code is known; the labels of `language` go before all others."""
    return {**other_labels(name, language), **spellings(name), **own_labels(name, language)}


def code_by_number(name: str, text: str) -> str | None:
    """Return the code that a text's official number means, as in `130101 Hazardous waste - …`; None where none does.

    Where an activity's number is not today's, its title is looked for.
    """
    text = text.strip()
    if name == "waste" and (match := WASTE_NUMBER.match(text)):
        return _waste_by_number().get("".join(filter(None, match.groups())))
    if name == "nace" and (match := NACE_NUMBER.match(text)):
        number, title = match.groups()
        known = spellings(name).get(number) if "." in (number or "") else None
        return known or _nace_by_title().get(normalise(title))
    return None


def waste_under(text: str, most: int = 3) -> tuple[str, ...]:
    """Return the first official numbers under a chapter or group of the list of waste; none for any other text."""
    match = WASTE_GROUP.fullmatch(text.strip())
    if match is None:
        return ()
    start = " ".join(filter(None, match.groups())) + " "
    numbers = (label.partition(" " + label.split(" ", 3)[-1])[0] for label in codelist("waste").labels.values())
    return tuple(number for number in numbers if number.startswith(start))[:most]


def retired_waste(text: str) -> str | None:
    """Return the member that an earlier taxonomy had for a waste which today's list no longer has; None for others."""
    match = RETIRED_WASTE.match(text.strip())
    if match is None:
        return None
    *digits, hazard, title = match.groups()
    words = (word.split("-") for word in re.split(r"[^A-Za-z0-9-]+", title) if word)
    camel = "".join("-".join(part[:1].upper() + part[1:] for part in word) for word in words)
    return f"W-{''.join(digits)}{hazard.title()}Waste-{camel}Member"


@cache
def _waste_by_number() -> Mapping[str, str]:
    """Return the members of the list of waste (types, groups and chapters) by their digits."""
    return {member.split("-")[1]: member for member, _ in _members()["waste"] if member.startswith("W-")}


@cache
def _nace_by_title() -> Mapping[str, str]:
    """Return the economic activities by those of their titles that only one of them has."""
    found: dict[str, set[str]] = {}
    for member, label in _members()["nace"]:
        match = NACE_NUMBER.match(label)
        if match:
            found.setdefault(normalise(match[2]), set()).add(member)
    return {title: members.pop() for title, members in found.items() if len(members) == 1}


def _spellings(namespace: str, member: str, label: str) -> list[str]:
    spellings = [member, label, f"NACE {label}"] if namespace == "nace" else [member, label]
    if namespace == "nace" and (match := re.match(r"([A-Z]) ?- ?([\d.]+)", label)):
        section, number = match.groups()
        spellings += [number, f"{section} {number}", f"{section}{number}", f"{section} - {number}"]
    elif namespace == "waste" and (match := re.match(r"W-(\d\d)(\d\d)(\d\d)-", member)):
        plain, spaced = "".join(match.groups()), " ".join(match.groups())
        star = "*" if "-Hazardous-" in member and "-Non-Hazardous-" not in member else ""
        spellings += [plain, spaced, f"{plain}*", f"{spaced}*", f"{spaced} *"] if star else [plain, spaced]
        text = label.split(" - ", 2)[-1]
        spellings += [f"{spaced}{star} {text}", f"{spaced}{star} - {text}", f"{spaced} - {text}"]
    return spellings
