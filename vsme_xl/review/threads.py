"""Answer a client's threaded comments with findings: Excel shows the thread in place of the note that stands for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import NAMESPACE_URL, uuid5

from vsme_xl.review.notes import AUTHOR, Line, without_ours
from vsme_xl.review.parts import Parts
from vsme_xl.review.splice import Edit, Node, appended, elements, markup, quoted, removed, said, spliced

SPACE = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
KIND = "http://schemas.microsoft.com/office/2017/10/relationships/person"
TYPE = "application/vnd.ms-excel.person+xml"
PEOPLE = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<personList xmlns="{SPACE}"></personList>'
PERSON = "{" + str(uuid5(NAMESPACE_URL, AUTHOR)).upper() + "}"


def take_out(parts: Parts, sheet_part: str) -> None:
    """Take our answers out of a sheet's threads."""
    name, xml = _threads(parts, sheet_part)
    if xml is None:
        return
    nodes = [node for node in elements(xml, 2) if node.name == "text"]
    around = [node for node in elements(xml, 1) if node.name == "threadedComment" and "parentId" in node.attributes]
    ours = {n.begin for n in nodes if not without_ours(said(xml, n)).strip() and said(xml, n).strip()}
    gone = [node for node in around if any(node.begin < begin < node.end for begin in ours)]
    parts.write(name, spliced(xml, map(removed, gone)))


def texts_of(parts: Parts, sheet_part: str) -> dict[str, str]:
    """Return what the client's threads of a sheet say, by cell, answer after answer."""
    xml = _threads(parts, sheet_part)[1]
    if xml is None:
        return {}
    nodes = elements(xml, 2)
    found: dict[str, list[str]] = {}
    for node in nodes:
        if node.name == "text":
            around = next(n for n in nodes if n.name == "threadedComment" and n.begin < node.begin < n.end)
            text = without_ours(said(xml, node)).strip()
            found.setdefault(around.attributes.get("ref", ""), []).extend([text] if text else [])
    return {cell: "\n".join(texts) for cell, texts in found.items()}


def put_in(parts: Parts, sheet_part: str, book_part: str, notes: Mapping[str, list[Line]]) -> None:
    """Answer the threads of cells that have notes, each at its end."""
    name, xml = _threads(parts, sheet_part)
    if xml is None:
        return
    root, *nodes = elements(xml, 1)
    edits = []
    for cell, lines in notes.items():
        thread = [node for node in nodes if node.attributes.get("ref") == cell]
        if thread:
            edits.append(Edit(thread[-1].end, thread[-1].end, markup(_answer(cell, thread, lines), root.prefix)))
    if edits:
        parts.write(name, spliced(xml, edits))
        _introduce(parts, book_part)


def _threads(parts: Parts, sheet_part: str) -> tuple[str, bytes | None]:
    name = next((link.target for link in parts.links(sheet_part) if link.kind == "threadedComment"), "")
    return name, parts.read(name) if name else None


def _answer(cell: str, thread: list[Node], lines: list[Line]) -> str:
    """Return an answer; its id and time come from the thread, so that the same input gives the same bytes."""
    first, last = thread[0].attributes, thread[-1].attributes
    parent = first.get("parentId", first.get("id", ""))
    own = "{" + str(uuid5(NAMESPACE_URL, f"{parent} {cell}")).upper() + "}"
    time = f' dT="{last["dT"]}"' if re.fullmatch(r"[0-9T:.Z+-]+", last.get("dT", "")) else ""
    text = "\n".join(quoted(line.plain.rstrip("\u200b")) + "\u200b" for line in lines)
    return (
        f'<threadedComment ref="{cell}"{time} personId="{PERSON}" id="{own}" parentId="{parent}">'
        f"<text>{text}</text></threadedComment>"
    )


def _introduce(parts: Parts, book_part: str) -> None:
    """Put us on the list of people who comment."""
    name = next((link.target for link in parts.links(book_part) if link.kind == "person"), "")
    if not name:
        name = parts.free_name("xl/persons/person{}.xml")
        parts.write(name, PEOPLE.encode())
        parts.declare(name, TYPE)
        parts.link(book_part, KIND, name, "rIdReviewPeople")
    xml = parts.read(name) or PEOPLE.encode()
    root, *nodes = elements(xml, 1)
    if not any(node.attributes.get("id") == PERSON for node in nodes):
        new = f'<person displayName="{AUTHOR}" id="{PERSON}" userId="{AUTHOR}" providerId="None"/>'
        parts.write(name, spliced(xml, [appended(xml, root, markup(new, root.prefix))]))
