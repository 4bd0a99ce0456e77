"""Put a sheet in front of a workbook: in its list of sheets, for names of single sheets, the tab in use, the titles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from vsme_xl.review.splice import (
    Edit,
    Node,
    NotEditable,
    appended,
    elements,
    markup,
    quoted,
    removed,
    said,
    set_attributes,
    spliced,
)

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LONGEST_TITLE = 31
LISTS = ("HeadingPairs", "TitlesOfParts")
BEFORE_NAMES = ("externalReferences", "functionGroups", "sheets")


@dataclass(frozen=True)
class SheetEntry:
    """One sheet as the workbook lists it; `number` is its place in that list."""

    number: int
    title: str
    link: str
    shown: bool


@dataclass(frozen=True)
class Front:
    """The sheet to put in front: its title, the id of its part's link, and its own names with what they stand for."""

    title: str
    link: str
    names: tuple[tuple[str, str], ...]


def sheet_entries(xml: bytes) -> list[SheetEntry]:
    """Return the sheets of a workbook part; NotEditable for what is not written in the usual namespace."""
    root, *nodes = elements(xml, 0, frozenset({"sheet"}))
    if not _in_main_namespace(root):
        raise NotEditable("strict")
    sheets = [node for node in nodes if node.depth == 2]
    return [
        SheetEntry(i, s.attributes.get("name", ""), _link_of(s), s.attributes.get("state", "visible") == "visible")
        for i, s in enumerate(sheets)
    ]


def _in_main_namespace(root: Node) -> bool:
    key = f"xmlns:{root.prefix}" if root.prefix else "xmlns"
    return root.attributes.get(key) == MAIN


def _link_of(sheet: Node) -> str:
    found = (value for key, value in sheet.attributes.items() if key.rpartition(":")[2] == "id" and ":" in key)
    return next(found, "")


def free_title(wanted: str, taken: Iterable[str]) -> str:
    """Return the wanted title of a sheet, or the first with a number that no other sheet has."""
    others = {title.casefold() for title in taken}
    for number in range(1, 9999):
        tail = f" ({number})" if number > 1 else ""
        title = wanted[: LONGEST_TITLE - len(tail)] + tail
        if title.casefold() not in others:
            return title
    raise NotEditable("not_plain_xml")


def active_sheet(xml: bytes) -> int:
    """Return the number of the sheet whose tab was in use."""
    views = elements(xml, 0, frozenset({"workbookView"}))[1:]
    return int(next((view.attributes.get("activeTab", "0") for view in views), "0"))


def with_front(xml: bytes, front: Front, gone: frozenset[int]) -> bytes:
    """Return the workbook part with the sheet in front and without the sheets whose numbers are `gone`.

    Names of single sheets and the tab in use go on standing for the same sheets; the row of tabs starts at the new one.
    """
    root, *nodes = elements(xml, 2)
    sheets = [node for node in nodes if node.name == "sheet"]
    kept = [i for i in range(len(sheets)) if i not in gone]
    now = {old: new for new, old in enumerate(kept, start=1)}
    edits = [removed(sheets[i]) for i in gone]
    edits.append(_new_sheet(front, sheets, kept, root))
    edits += _views(xml, nodes, now)
    edits += _names(xml, nodes, now, front, root)
    return spliced(xml, edits)


def _new_sheet(front: Front, sheets: list[Node], kept: list[int], root: Node) -> Edit:
    number = max((int(sheets[i].attributes.get("sheetId", "0")) for i in kept), default=0) + 1
    declared, prefix = link_prefix(root)
    text = f'<sheet{declared} name={quoteattr(front.title)} sheetId="{number}" {prefix}:id="{front.link}"/>'
    return Edit(sheets[0].begin, sheets[0].begin, markup(text, root.prefix))


def link_prefix(root: Node) -> tuple[str, str]:
    """Return the prefix of attributes that name a link, and its declaration where the root does not hold it."""
    for key, value in root.attributes.items():
        if value == LINKS and key.startswith("xmlns:"):
            return "", key.partition(":")[2]
    return f' xmlns:r="{LINKS}"', "r"


def _views(xml: bytes, nodes: list[Node], now: dict[int, int]) -> list[Edit]:
    views = [node for node in nodes if node.name == "workbookView"]
    if not views:
        sheets = next(node for node in nodes if node.name == "sheets")
        text = '<bookViews><workbookView activeTab="1"/></bookViews>'
        return [Edit(sheets.begin, sheets.begin, markup(text, sheets.prefix))]
    edits = []
    for view in views:
        active = now.get(int(view.attributes.get("activeTab", "0")), 0)
        first = {"firstSheet": None} if view.attributes.get("firstSheet", "0") != "0" else {}
        edits.append(set_attributes(xml, view, activeTab=str(active), **first))
    return edits


def _names(xml: bytes, nodes: list[Node], now: dict[int, int], front: Front, root: Node) -> list[Edit]:
    edits = []
    for node in nodes:
        if node.name == "definedName" and "localSheetId" in node.attributes:
            number = now.get(int(node.attributes["localSheetId"]))
            edits.append(removed(node) if number is None else set_attributes(xml, node, localSheetId=str(number)))
    new = "".join(
        f'<definedName name="{name}" localSheetId="0"{_hidden(name)}>{quoted(area)}</definedName>'
        for name, area in front.names
    )
    for node in nodes:
        if node.name == "definedNames":
            return [*edits, appended(xml, node, markup(new, root.prefix))]
    there = {node.name: node for node in nodes if node.depth == 1}
    before = next(there[name] for name in BEFORE_NAMES if name in there)
    return [*edits, Edit(before.end, before.end, markup(f"<definedNames>{new}</definedNames>", root.prefix))]


def _hidden(name: str) -> str:
    return ' hidden="1"' if name.endswith("_FilterDatabase") else ""


def with_titles(xml: bytes, title: str, gone: Iterable[str]) -> bytes:
    """Return the file's properties with the title of the sheet in front, as far as they list the sheets.

    The list of titles begins with the sheets; the first of the counts before it is theirs.
    """
    nodes = elements(xml, 5)
    there = {node.name: node for node in nodes if node.name in LISTS}
    if len(there) < len(LISTS):
        return xml
    pairs, titles = ([n for n in nodes if there[name].inner <= n.begin < there[name].close] for name in LISTS)
    counts = [n for n in pairs if n.name == "i4"]
    listed = [n for n in titles if n.name == "lpstr"]
    if not counts or not listed or not xml[counts[0].inner : counts[0].close].isdigit():
        return xml
    dropped = set(gone)
    old = [n for n in listed if said(xml, n) in dropped][: len(dropped)]
    change = 1 - len(old)
    edits = [removed(n) for n in old]
    edits.append(Edit(listed[0].begin, listed[0].begin, markup(f"<lpstr>{quoted(title)}</lpstr>", listed[0].prefix)))
    number = int(xml[counts[0].inner : counts[0].close]) + change
    edits.append(Edit(counts[0].inner, counts[0].close, str(number).encode()))
    edits.append(set_attributes(xml, titles[0], size=str(len(listed) + change)))
    return spliced(xml, edits)
