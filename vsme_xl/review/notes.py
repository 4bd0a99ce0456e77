"""Put findings into the notes of cells, beside what the client wrote there, and take those of an earlier review out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape

from vsme_xl.review import drawing
from vsme_xl.review.book import MAIN
from vsme_xl.review.parts import Parts
from vsme_xl.review.sheet import SheetPart
from vsme_xl.review.sizes import sizes_of
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
    spliced,
    with_attributes,
)

AUTHOR = "vsme-xl"
# Each line of ours begins with the first and ends with the second, which nobody sees: what a client types behind it
# or on a line of its own stays when the finding goes.
BEGIN, END = "\u25b8 ", "\u200b"
OURS = re.compile(f"\n?(?:{BEGIN}[^\n{END}]*{END}?\n?)+")
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
FONT = '<sz val="9"/><color rgb="FF000000"/><rFont val="Tahoma"/><family val="2"/>'
EMPTY = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<comments xmlns="{MAIN}"><authors><author>{AUTHOR}</author></authors><commentList></commentList></comments>'
).encode()
INSIDE = frozenset({"text", "r", "t", "rPh"})


class Line(NamedTuple):
    """One line of a note: how it begins, in bold, and how it goes on."""

    head: str
    rest: str

    @property
    def plain(self) -> str:
        """The line as it is shown, with the marks by which it is known again."""
        return f"{BEGIN}{self.head}{self.rest}{END}"


def line(head: str, rest: str) -> Line:
    """Return a line without breaks in it."""
    return Line(" ".join(head.split()) + (" " if head else ""), " ".join(rest.replace(END, "").split()))


def without_ours(text: str) -> str:
    """Return a note's text without our lines."""

    def between(found: re.Match[str]) -> str:
        return "\n" if text[: found.start()].strip() and text[found.end() :].strip() else ""

    return OURS.sub(between, text)


def take_out(parts: Parts, sheet_part: str) -> None:
    """Take our lines out of a sheet's notes, and the notes that hold nothing else; the client's stay."""
    name = next((link.target for link in parts.links(sheet_part) if link.kind == "comments"), "")
    xml = parts.read(name) if name else None
    if xml is None:
        return
    comments = comments_of(xml)
    cleaned = {cell: _cleaned(xml[node.begin : node.end]) for cell, node in comments.items()}
    changed = {cell: text for cell, text in cleaned.items() if text is not None}
    if not changed:
        return
    gone = frozenset(cell for cell, text in changed.items() if not text)
    drawing.take_out(parts, sheet_part, gone)
    if len(gone) == len(comments):
        parts.unlink(sheet_part, *(link.id for link in parts.links(sheet_part) if link.target == name))
        parts.remove(name)
    else:
        parts.write(name, spliced(xml, [Edit(comments[c].begin, comments[c].end, t) for c, t in changed.items()]))


def texts_of(parts: Parts, sheet_part: str) -> dict[str, str]:
    """Return what the client's own notes of a sheet say, by cell."""
    name = next((link.target for link in parts.links(sheet_part) if link.kind == "comments"), "")
    xml = parts.read(name) if name else None
    if xml is None:
        return {}
    found = {
        cell: without_ours("".join(text for *_, text in _texts(xml[node.begin : node.end]))).strip()
        for cell, node in comments_of(xml).items()
    }
    return {cell: text for cell, text in found.items() if text}


def put_in(parts: Parts, sheet_part: str, sheet: SheetPart, notes: Mapping[str, list[Line]]) -> list[Edit]:
    """Write the notes of a sheet's cells, by address; return the edit that the sheet itself needs."""
    name = next((link.target for link in parts.links(sheet_part) if link.kind == "comments"), "")
    if not name:
        name = parts.free_name("xl/comments{}.xml")
        parts.write(name, EMPTY)
        parts.declare(name, TYPE)
        parts.link(sheet_part, "comments", name, "rIdReviewNotes")
    xml = parts.read(name) or EMPTY
    root, *nodes = elements(xml, 2)
    listed = next((node for node in nodes if node.name == "commentList"), None)
    if listed is None:
        raise NotEditable("not_plain_xml")
    author, edits = _author(xml, root, nodes)
    comments = comments_of(xml)
    new = ""
    for cell, lines in notes.items():
        node = comments.get(cell)
        if node is None:
            new += f'<comment ref="{cell}" authorId="{author}"><text>{_runs(lines)}</text></comment>'
        else:
            edits.append(Edit(node.begin, node.end, _extended(xml[node.begin : node.end], lines)))
    edits.append(appended(xml, listed, markup(new, root.prefix)))
    parts.write(name, spliced(xml, edits))
    sizes = sizes_of(sheet)
    texts = {cell: _shown(xml, comments.get(cell), notes.get(cell, [])) for cell in (*comments, *notes)}
    anchors = {cell: sizes.beside(cell, text) for cell, text in texts.items()}
    return drawing.put_in(parts, sheet_part, sheet, anchors, frozenset(comments.keys() & notes.keys()))


def _shown(xml: bytes, comment: Node | None, lines: list[Line]) -> list[str]:
    texts = _texts(xml[comment.begin : comment.end]) if comment is not None else []
    return [*"".join(text for *_, text in texts).splitlines(), *(line.plain for line in lines)]


def comments_of(xml: bytes) -> dict[str, Node]:
    """Return the comments of a part by their cells."""
    return {n.attributes.get("ref", ""): n for n in elements(xml, 2) if n.name == "comment"}


def _author(xml: bytes, root: Node, nodes: list[Node]) -> tuple[int, list[Edit]]:
    """Return our number in the list of authors, and the edit that puts us there."""
    authors = [node for node in nodes if node.name == "author"]
    for number, node in enumerate(authors):
        if xml[node.inner : node.close] == AUTHOR.encode():
            return number, []
    new = f"<author>{AUTHOR}</author>"
    for node in nodes:
        if node.name == "authors":
            return len(authors), [appended(xml, node, markup(new, root.prefix))]
    return 0, [Edit(root.inner, root.inner, markup(f"<authors>{new}</authors>", root.prefix))]


def _texts(xml: bytes) -> list[tuple[Node, Node | None, str]]:
    """Return the texts of a comment: element, the run it is in (None where it is in none), and what it says."""
    nodes = elements(xml, 0, INSIDE)
    sounds = [node for node in nodes if node.name == "rPh"]
    runs = [node for node in nodes if node.name == "r"]
    found = []
    for node in nodes:
        if node.name != "t" or any(s.begin < node.begin < s.end for s in sounds):
            continue
        run = next((r for r in runs if r.begin < node.begin < r.end), None)
        found.append((node, run, said(xml, node)))
    return found


def _cleaned(xml: bytes) -> bytes | None:
    """Return a comment without our lines, empty where it held nothing else, None where it held none."""
    texts = _texts(xml)
    whole = "".join(text for *_, text in texts)
    if OURS.search(whole) is None:
        return None
    kept = without_ours(whole)
    if not kept.strip():
        return b""
    edits = []
    done = 0
    marks = list(whole)
    for found in OURS.finditer(whole):
        between = whole[: found.start()].strip() and whole[found.end() :].strip()
        marks[found.start() : found.end()] = ["\n" if between else "", *[""] * (found.end() - found.start() - 1)]
    for node, run, text in texts:
        new = "".join(marks[done : done + len(text)])
        done += len(text)
        if new == text:
            continue
        if not new:
            edits.append(removed(run or node))
            continue
        tag = with_attributes(xml[node.begin : node.inner], **{"xml:space": "preserve"})
        edits.append(Edit(node.begin, node.close, tag + markup(escape(new))))
    return spliced(xml, edits)


def _extended(xml: bytes, lines: list[Line]) -> bytes:
    """Return a comment with our lines behind what it says."""
    prefix = elements(xml, 0)[0].prefix
    texts = _texts(xml)
    whole = "".join(text for *_, text in texts)
    runs = markup(_runs(lines, "" if not whole or whole.endswith("\n") else "\n"), prefix)
    if not texts:
        node = next((n for n in elements(xml, 1) if n.name == "text"), None)
        if node is None:
            raise NotEditable("not_plain_xml")
        return spliced(xml, [appended(xml, node, runs)])
    edits = []
    for node, run, _ in texts:
        if run is None:  # Excel reads a text that is in no run only where there are no runs
            edits += [Edit(at, at, markup(tag, prefix)) for at, tag in ((node.begin, "<r>"), (node.end, "</r>"))]
    node, run, _ = texts[-1]
    end = (run or node).end
    return spliced(xml, [*edits, Edit(end, end, runs)])


def _runs(lines: list[Line], before: str = "") -> str:
    text = ""
    for head, rest in lines:
        text += _run(before + BEGIN + quoted(head), bool(head)) + _run(quoted(rest) + END + "\n", False)
        before = ""
    return text


def _run(content: str, bold: bool) -> str:
    return f'<r><rPr>{"<b/>" if bold else ""}{FONT}</rPr><t xml:space="preserve">{content}</t></r>'
