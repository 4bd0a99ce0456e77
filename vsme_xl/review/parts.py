"""The parts of an Office Open XML file: read, replaced, added, linked; those not touched are copied as they are."""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from typing import NamedTuple

from vsme_xl.reading.limits import DEFAULT_LIMITS, ReadingLimits
from vsme_xl.reading.workbook_parts import Package, open_package, packed_bytes, read_part
from vsme_xl.review.splice import Edit, Node, appended, elements, markup, removed, spliced

TYPES = "[Content_Types].xml"
EARLIEST = (1980, 1, 1, 0, 0, 0)
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
NEW_LINKS = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{RELATIONSHIPS}"/>'


class Link(NamedTuple):
    """A relationship of a part: its id, the last word of its type, its target part (empty if outside the file)."""

    id: str
    kind: str
    target: str
    node: Node


@dataclass
class Parts:
    """A file in memory: `new` holds the content of the parts that were changed or added, None for those taken out."""

    package: Package
    new: dict[str, bytes | None] = field(default_factory=dict)

    def actual(self, name: str) -> str:
        """Return the name of a part as the file writes it."""
        info = self.package.entries.get(name.lower())
        return info.filename if info is not None else name

    def read(self, name: str) -> bytes | None:
        """Return the content of a part as it is now, None where there is none."""
        name = self.actual(name)
        return self.new[name] if name in self.new else read_part(self.package, name)

    def write(self, name: str, content: bytes) -> None:
        """Set the content of a part; one that stays the same counts as not touched."""
        name = self.actual(name)
        if self.read(name) != content:
            self.new[name] = content

    def names(self) -> list[str]:
        """Return the names of all parts there are now."""
        old = [info.filename for info in self.package.entries.values()]
        every = dict.fromkeys([*old, *self.new])
        return [name for name in every if self.new.get(name, b"") is not None]

    def remove(self, name: str) -> None:
        """Take a part out, with its own links and its content type."""
        for gone in (name, links_part(name)):
            if self.read(gone) is not None:
                self.new[self.actual(gone)] = None
        types = self.read(TYPES) or b""
        of_part = f"/{name}".lower()
        edits = [removed(n) for n in elements(types) if n.attributes.get("PartName", "").lower() == of_part]
        self.write(TYPES, spliced(types, edits))

    def links(self, part: str) -> list[Link]:
        """Return the relationships of a part (`""`: of the file itself)."""
        xml = self.read(links_part(part))
        if xml is None:
            return []
        return [_link(node, posixpath.dirname(part)) for node in elements(xml) if node.name == "Relationship"]

    def link(self, part: str, kind: str, target: str, wanted: str) -> str:
        """Link a part to another and return the id: the wanted one, or with a number behind it where that is taken."""
        name = links_part(part)
        xml = self.read(name) or NEW_LINKS.encode()
        root, *nodes = elements(xml)
        taken = {node.attributes.get("Id", "").lower() for node in nodes}
        numbered = (f"{wanted}{n}" for n in range(2, 99999))
        chosen = wanted if wanted.lower() not in taken else next(i for i in numbered if i.lower() not in taken)
        path = posixpath.relpath(target, posixpath.dirname(part) or ".")
        full = kind if "://" in kind else KINDS + kind
        text = f'<Relationship Id="{chosen}" Type="{full}" Target="{path}"/>'
        self.write(name, spliced(xml, [appended(xml, root, markup(text, root.prefix))]))
        return chosen

    def unlink(self, part: str, *ids: str) -> None:
        """Take relationships of a part out; their part too, where none is left."""
        name = links_part(part)
        xml = self.read(name)
        if xml is None or not ids:
            return
        nodes = elements(xml)[1:]
        gone = [node for node in nodes if node.attributes.get("Id") in ids]
        if len(gone) == len(nodes):
            self.new[self.actual(name)] = None
        else:
            self.write(name, spliced(xml, map(removed, gone)))

    def declare(self, name: str, content_type: str) -> None:
        """State the content type of a part that is added."""
        self._add_type(f'<Override PartName="/{name}" ContentType="{content_type}"/>', "PartName", f"/{name}")

    def declare_extension(self, extension: str, content_type: str) -> None:
        """State the content type of all parts of an extension."""
        self._add_type(f'<Default Extension="{extension}" ContentType="{content_type}"/>', "Extension", extension)

    def _add_type(self, text: str, key: str, value: str) -> None:
        xml = self.read(TYPES) or b""
        root, *nodes = elements(xml)
        if any(node.attributes.get(key, "").lower() == value.lower() for node in nodes):
            return
        new = markup(text, root.prefix)
        defaults = [node for node in nodes if node.name == "Default"]
        edit = Edit(root.inner, root.inner, new) if key == "Extension" and defaults else appended(xml, root, new)
        self.write(TYPES, spliced(xml, [edit]))

    def free_name(self, pattern: str) -> str:
        """Return the first name of a pattern with `{}` for a number that no part has."""
        taken = {name.lower() for name in self.names()}
        return next(name for name in (pattern.format(n) for n in range(1, 99999)) if name.lower() not in taken)

    def packed(self) -> bytes:
        """Return the file: parts in their old order, those not touched as they were packed, the added ones behind."""
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for info in self.package.entries.values():
                content = self.new.get(info.filename)
                if info.filename not in self.new:
                    _copy(self.package, info, archive)
                elif content is not None:
                    archive.writestr(_entry(info.filename, info.date_time), content)
            for name, content in self.new.items():
                if content is not None and name.lower() not in self.package.entries:
                    archive.writestr(_entry(name, EARLIEST), content)
        return out.getvalue()


def parts_of(data: bytes, file: str, limits: ReadingLimits = DEFAULT_LIMITS) -> Parts:
    """Return the parts of a file; UnreadableWorkbook where it is broken or encrypted."""
    return Parts(open_package(data, file, limits))


def links_part(part: str) -> str:
    """Return the name of the part that holds the relationships of a part."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _link(node: Node, folder: str) -> Link:
    attributes = node.attributes
    target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
    outside = attributes.get("TargetMode") == "External"
    return Link(
        attributes.get("Id", ""), attributes.get("Type", "").rpartition("/")[2], "" if outside else target, node
    )


def _copy(package: Package, info: zipfile.ZipInfo, archive: zipfile.ZipFile) -> None:
    """Copy a part without unpacking it: it stays as it is to the byte, and costs no time."""
    assert archive.fp is not None
    entry = _entry(info.filename, info.date_time)
    entry.compress_type, entry.CRC = info.compress_type, info.CRC
    entry.compress_size, entry.file_size = info.compress_size, info.file_size
    entry.header_offset = archive.fp.tell()
    archive.fp.write(entry.FileHeader(False))
    archive.fp.write(packed_bytes(package, info))
    archive.filelist.append(entry)
    archive.NameToInfo[entry.filename] = entry
    archive.start_dir = archive.fp.tell()


def _entry(name: str, date: tuple[int, int, int, int, int, int]) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info
