"""Edit XML at exact bytes: where its elements stand, and changes that leave every other byte as it is."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

TAG = re.compile(rb"<[^>\"']*(?:\"[^\"]*\"[^>\"']*|'[^']*'[^>\"']*)*>")
# What no XML file may hold, and the mark that ends our own lines in a note.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufffe\uffff\ud800-\udfff]")
LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


class NotEditable(Exception):
    """The parts of this file cannot be edited safely; `code` says why (a text of the language files)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Node:
    """One element: its name without prefix, its attributes as written, and where its bytes are.

    From `begin` to `inner` stands the start tag, from `close` to `end` the end tag; an empty element has none.
    """

    name: str
    prefix: str
    attributes: Mapping[str, str]
    depth: int
    begin: int
    inner: int
    close: int
    end: int

    @property
    def empty(self) -> bool:
        """Whether the element is one tag, such as `<a/>`."""
        return self.inner == self.end


class Edit(NamedTuple):
    """Bytes to put in place of those from `begin` to `end`."""

    begin: int
    end: int
    text: bytes


def elements(xml: bytes, depth: int = 1, names: frozenset[str] = frozenset()) -> list[Node]:
    """Return the root (depth 0) and the elements down to a depth, and those of some names at any depth.

    They come in the order of their start tags. NotEditable where this is no XML.
    """
    found: list[Node | None] = []
    opened: list[tuple[int, str, dict[str, str], int, int, int] | None] = []
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        level = len(opened)
        local = name.rpartition(":")[2]
        if level > depth and local not in names:
            opened.append(None)
            return
        begin = parser.CurrentByteIndex
        tag = TAG.match(xml, begin)
        if tag is None:
            raise NotEditable("not_plain_xml")
        opened.append((len(found), name, attributes, level, begin, tag.end()))
        found.append(None)

    def stop(_: str) -> None:
        known = opened.pop()
        if known is None:
            return
        place, name, attributes, level, begin, inner = known
        prefix, _, local = name.rpartition(":")
        close = end = inner
        if not xml.endswith(b"/>", begin, inner):
            close = parser.CurrentByteIndex
            end = xml.index(b">", close) + 1
        found[place] = Node(local, prefix, attributes, level, begin, inner, close, end)

    parser.StartElementHandler, parser.EndElementHandler = start, stop
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as error:
        raise NotEditable("not_plain_xml") from error
    return [node for node in found if node is not None]


def spliced(xml: bytes, edits: Iterable[Edit]) -> bytes:
    """Return XML with the edits made; they may touch but not overlap."""
    pieces: list[bytes] = []
    done = 0
    for edit in sorted(edits, key=lambda e: (e.begin, e.end)):
        if edit.begin < done:
            raise ValueError("edits overlap")
        pieces += [xml[done : edit.begin], edit.text]
        done = edit.end
    return b"".join([*pieces, xml[done:]])


def with_attributes(tag: bytes, **values: str | None) -> bytes:
    """Return a start tag with attributes set to new values, or taken out where the value is None."""
    for name, value in values.items():
        there = re.search(rb"\s" + name.encode() + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", tag)
        new = b"" if value is None else f" {name}={quoteattr(value)}".encode("ascii", "xmlcharrefreplace")
        if there is not None:
            tag = tag[: there.start()] + new + tag[there.end() :]
        elif new:
            at = tag.rindex(b"/>") if tag.endswith(b"/>") else tag.rindex(b">")
            tag = tag[:at].rstrip() + new + tag[at:]
    return tag


def set_attributes(xml: bytes, node: Node, **values: str | None) -> Edit:
    """Return the edit that sets attributes of an element."""
    return Edit(node.begin, node.inner, with_attributes(xml[node.begin : node.inner], **values))


def removed(node: Node) -> Edit:
    """Return the edit that takes an element out."""
    return Edit(node.begin, node.end, b"")


def appended(xml: bytes, parent: Node, text: bytes, **values: str | None) -> Edit:
    """Return the edit that puts XML before the end of an element, and sets attributes of an element without content."""
    if not parent.empty:
        return Edit(parent.close, parent.close, text)
    tag = with_attributes(xml[parent.begin : parent.inner], **values)
    name = (f"{parent.prefix}:" if parent.prefix else "") + parent.name
    return Edit(parent.begin, parent.end, tag[: tag.rindex(b"/>")] + b">" + text + f"</{name}>".encode())


def markup(text: str, prefix: str = "") -> bytes:
    """Return XML written without prefixes as bytes for a part whose own elements carry one; ASCII in any encoding."""
    if prefix:
        text = re.sub(r"<(/?)([A-Za-z])", rf"<\1{prefix}:\2", text)
    return text.encode("ascii", "xmlcharrefreplace")


def said(xml: bytes, node: Node) -> str:
    """Return the text that an element without children holds."""
    return html.unescape(xml[node.inner : node.close].decode("utf-8", "replace"))


def plain(text: object) -> str:
    """Return a text as one that any XML part may hold."""
    return FORBIDDEN.sub("", str(text))


def quoted(text: object) -> str:
    """Return a text as the content of an element, also where it looks like an escape of Excel's own."""
    return escape(LOOKS_ESCAPED.sub("_x005F_", plain(text)))
