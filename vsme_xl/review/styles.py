"""Add formats to a workbook's styles behind those it has: for marks, for unlocked cells, for the list of findings."""

from __future__ import annotations

from dataclasses import dataclass, field

from vsme_xl.review.splice import (
    Edit,
    Node,
    NotEditable,
    appended,
    elements,
    markup,
    set_attributes,
    spliced,
    with_attributes,
)

# In the order in which the schema wants them; a new list goes before the first one that follows it.
LISTS = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors",
    "extLst",
)  # fmt: skip
XF_PARTS = (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders"))


@dataclass
class Styles:
    """The styles of a workbook, and what is added to each list of them; nothing that is there moves or changes."""

    xml: bytes
    root: Node
    lists: dict[str, Node]
    entries: dict[str, list[bytes]]
    added: dict[str, list[bytes]] = field(default_factory=dict)
    known_unlocked: dict[int, int] = field(default_factory=dict)

    def number(self, name: str, entry: bytes) -> int:
        """Return the number of an entry in a list of styles; it is added where there is none like it."""
        there = [*self.entries.get(name, []), *self.added.get(name, [])]
        if entry in there:
            return there.index(entry)
        self.added.setdefault(name, []).append(entry)
        return len(there)

    def mark(self, fill: str, line: str) -> int:
        """Return the number of a conditional format with a fill and a thin border, given as RGB."""
        sides = "".join(
            f'<{side} style="thin"><color rgb="FF{line}"/></{side}>' for side in ("left", "right", "top", "bottom")
        )
        text = (
            f'<dxf><fill><patternFill patternType="solid"><fgColor rgb="FF{fill}"/><bgColor rgb="FF{fill}"/>'
            f"</patternFill></fill><border>{sides}</border></dxf>"
        )
        return self.number("dxfs", markup(text, self.root.prefix))

    def unlocked(self, number: int) -> int:
        """Return the number of the same cell format without protection against typing."""
        if number not in self.known_unlocked:
            self.known_unlocked[number] = self._unlocked(number)
        return self.known_unlocked[number]

    def _unlocked(self, number: int) -> int:
        formats = [*self.entries["cellXfs"], *self.added.get("cellXfs", [])]
        if not 0 <= number < len(formats):
            raise NotEditable("not_plain_xml")
        xml = formats[number]
        root, *inner = elements(xml)
        protection = next((node for node in inner if node.name == "protection"), None)
        if protection is not None and protection.attributes.get("locked") in ("0", "false"):
            return number
        if protection is not None:
            edit = set_attributes(xml, protection, locked="0")
        else:
            new = markup('<protection locked="0"/>', root.prefix)
            alignment = next((node for node in inner if node.name == "alignment"), None)
            at = alignment.end if alignment is not None else root.inner
            edit = appended(xml, root, new) if root.empty else Edit(at, at, new)
        xml = spliced(xml, [edit])
        tag = elements(xml, 0)[0]
        return self.number("cellXfs", with_attributes(xml[: tag.inner], applyProtection="1") + xml[tag.inner :])

    def taken_over(self, other: bytes) -> list[int]:
        """Add the cell formats of another workbook's styles; return their numbers here, in their order there."""
        theirs = styles_of(other)
        moved: list[int] = []
        for xml in theirs.entries["cellXfs"]:
            node = elements(xml, 0)[0]
            values: dict[str, str | None] = {"xfId": "0"}
            for attribute, name in XF_PARTS:
                entry = theirs.entries[name][int(node.attributes[attribute])]
                values[attribute] = str(self.number(name, markup(entry.decode(), self.root.prefix)))
            tag = with_attributes(xml[: node.inner], **values) + xml[node.inner :]
            moved.append(self.number("cellXfs", markup(tag.decode(), self.root.prefix)))
        return moved

    def content(self) -> bytes:
        """Return the part with what was added."""
        edits = []
        for name, new in self.added.items():
            text, count = b"".join(new), str(len(self.entries.get(name, [])) + len(new))
            node = self.lists.get(name)
            if node is None:
                later = [self.lists[n] for n in LISTS[LISTS.index(name) :] if n in self.lists]
                at = later[0].begin if later else self.root.close
                opening, closing = (markup(t, self.root.prefix) for t in (f'<{name} count="{count}">', f"</{name}>"))
                edits.append(Edit(at, at, opening + text + closing))
                continue
            edits.append(appended(self.xml, node, text, count=count))
            if not node.empty:
                edits.append(set_attributes(self.xml, node, count=count))
        return spliced(self.xml, edits)


def styles_of(xml: bytes) -> Styles:
    """Return the styles in a part; NotEditable where it lacks what cells need."""
    root, *nodes = elements(xml, 2)
    lists = {node.name: node for node in nodes if node.depth == 1}
    entries = {
        name: [xml[n.begin : n.end] for n in nodes if n.depth == 2 and of.inner <= n.begin < of.close]
        for name, of in lists.items()
    }
    if not entries.get("cellXfs"):
        raise NotEditable("no_styles")
    return Styles(xml, root, lists, entries)
