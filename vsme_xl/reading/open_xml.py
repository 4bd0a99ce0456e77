"""What an Office Open XML workbook (.xlsx, .xlsm, .xltx) says about itself: sheets, names, properties."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn
from xml.etree.ElementTree import Element

from vsme_xl.reading.defined_names import Area, NameEntry, area_of, resolve_names
from vsme_xl.reading.looks import looks_like_parts
from vsme_xl.reading.shared_strings import SharedStrings, checked_strings
from vsme_xl.reading.sheet_scan import SheetScan, cell_tags
from vsme_xl.reading.workbook_parts import Package, linked, local_name, read_tree, read_xml, tree_of, workbooks_in
from vsme_xl.reading.xml_checks import is_well_formed, tags

WORKBOOK = "xl/workbook.xml"
CUSTOM_PROPERTIES = "docProps/custom.xml"
# calamine opens these by their usual names, whatever the relationships say.
STYLES = "xl/styles.xml"
SHARED_STRINGS = "xl/sharedStrings.xml"
MACRO_NAMES = frozenset({"function", "vbProcedure", "xlm"})
# The first cell of the sheet that a review copy has in front, and the part it stands in until a program saves it anew.
REVIEW_MARK = "vsme-xl review"
REVIEW_PART = "xl/worksheets/vsme-xl-review.xml"


@dataclass(frozen=True)
class Directory:
    """What a workbook says about itself; `sheets` maps each sheet to its part, `scans` has those scanned.

    `maybe_reviewed` says whether the sheet of a review copy may be among them.
    `usual` are the sheets whose parts, and all they need, lie where calamine looks for them.
    """

    sheets: Mapping[str, str]
    hidden: frozenset[str]
    names: Mapping[str, Area]
    broken_names: tuple[str, ...]
    properties: Mapping[str, str]
    date_1904: bool = False
    styles: bytes = field(default=b"", repr=False)
    strings: SharedStrings = field(default_factory=SharedStrings)
    usual: frozenset[str] = frozenset()
    scans: Mapping[str, SheetScan] = field(default_factory=dict)
    maybe_reviewed: bool = True


@dataclass(frozen=True)
class Relationship:
    """A link from one part to another: its id, the last word of its type, and the target part."""

    id: str
    kind: str
    target: str
    written: str = ""

    def is_plain(self) -> bool:
        """Whether the target is written without detours, from the folder xl or from the root."""
        return self.written.removeprefix("/xl/").removeprefix("xl/") == self.target.removeprefix("xl/")


def read_open_xml(package: Package) -> Directory:
    """Read and check every part that serves the whole workbook; the sheets' own parts are left for later."""
    links = relationships(package, "")
    workbook_part = target_of(links, "officeDocument", WORKBOOK)
    if workbook_part.endswith(".bin"):
        package.refuse("binary_xlsb")
    content = read_xml(package, workbook_part)
    if content is None:
        refuse_other_zip(package)
    package.limits.check("defined_names", content.count(b"definedName "), package.file, part=workbook_part)
    workbook = tree_of(package, workbook_part, content)
    if local_name(workbook) != "workbook":
        refuse_other_zip(package)
    inner_links = relationships(package, workbook_part)
    styles, strings = checked_styles(package, inner_links), shared_strings(package, inner_links)
    worksheets = {link.id: link for link in inner_links if link.kind == "worksheet"}
    listed = [sheet for sheet in children(workbook, "sheets") if linked(sheet) in worksheets]
    links_of = {sheet.get("name", ""): worksheets[linked(sheet)] for sheet in listed}
    if not listed and any(True for _ in children(workbook, "sheets")):
        package.refuse("not_a_workbook", looks="charts")
    if not links_of or len(links_of) < len(listed):
        package.refuse("damaged", part=workbook_part)
    sheets = {name: link.target for name, link in links_of.items()}
    names, broken_names = resolved(tuple(written_names(workbook)), tuple(sheets))
    rooted = any(entry.filename.startswith(("/", "\\")) for entry in package.entries.values())
    at_home = is_at_home(workbook_part, inner_links) and not strings.rewritten and not rooted
    return Directory(
        sheets=sheets,
        hidden=frozenset(s.get("name", "") for s in listed if s.get("state", "visible") != "visible"),
        names=names,
        broken_names=broken_names,
        properties=custom_properties(package, target_of(links, "custom-properties", CUSTOM_PROPERTIES)),
        date_1904=any(
            local_name(element) == "workbookPr" and element.get("date1904") in ("1", "true")
            for element in workbook
        ),
        styles=styles,
        maybe_reviewed=REVIEW_PART in package.entries
        or any(REVIEW_MARK.encode() in part for part in (styles, strings.content)),
        strings=strings,
        usual=frozenset(name for name, link in links_of.items() if at_home and link.is_plain()),
    )


def refuse_other_zip(package: Package) -> NoReturn:
    """Refuse a zip that is no workbook, and say what it is where that can be told."""
    packed = workbooks_in(package)
    kind = looks_like_parts(package.entries, len(packed))
    package.refuse("not_a_workbook", looks=kind, inner=packed[0] if packed else "")


def is_at_home(workbook_part: str, links: tuple[Relationship, ...]) -> bool:
    """Whether calamine, which looks for three parts by their usual names, finds them."""
    found = (workbook_part, target_of(links, "styles", STYLES), target_of(links, "sharedStrings", SHARED_STRINGS))
    return [part.lower() for part in found] == [part.lower() for part in (WORKBOOK, STYLES, SHARED_STRINGS)]


def checked_styles(package: Package, links: tuple[Relationship, ...]) -> bytes:
    """The XML of cell formats, empty where there are none; refused where it is not as it should be.

    The same holds of what calamine takes for it.
    """
    styles = target_of(links, "styles", STYLES)
    found = {part: without_character_data(package, part) for part in {STYLES, styles}}
    for part, content in found.items():
        package.limits.check("xml_elements", tags(content), package.file, part=part)
    return found[styles]


def shared_strings(package: Package, links: tuple[Relationship, ...]) -> SharedStrings:
    """The texts that cells share; refused where they, or what calamine takes for them, are not as they should be."""
    strings = target_of(links, "sharedStrings", SHARED_STRINGS)
    found = {
        part: checked_strings(package, part, without_character_data(package, part))
        for part in sorted({SHARED_STRINGS, strings})
    }
    return found[strings]


def relationships(package: Package, part: str) -> tuple[Relationship, ...]:
    """The internal links of a part (`""`: of the file itself) with their targets as full part names."""
    folder, name = posixpath.split(part)
    tree = read_tree(package, posixpath.join(folder, "_rels", f"{name}.rels"))
    links = tuple(
        Relationship(
            id=link.get("Id", ""),
            kind=link.get("Type", "").rpartition("/")[2],
            target=posixpath.normpath(posixpath.join("/", folder, link.get("Target", ""))).lstrip("/"),
            written=link.get("Target", ""),
        )
        for link in (tree if tree is not None else ())
        if link.get("TargetMode") != "External"
    )
    if len({link.id for link in links}) < len(links):
        package.refuse("damaged", part=part)
    return links


def target_of(links: tuple[Relationship, ...], kind: str, default: str) -> str:
    """The part that the first link of a kind leads to."""
    # Strict files write customProperties where transitional ones write custom-properties.
    kinds = (kind, kind.replace("-p", "P"))
    return next((link.target for link in links if link.kind in kinds), default)


def children(parent: Element, name: str) -> Iterator[Element]:
    """The entries of the list element of this local name, such as every `sheet` in `sheets`."""
    for element in parent:
        if local_name(element) == name:
            yield from element


def written_names(workbook: Element) -> Iterator[tuple[str, bool, str]]:
    """The defined names as written (name, of the whole workbook, reference), without those of macros and functions."""
    for element in children(workbook, "definedNames"):
        written = element.attrib
        if not MACRO_NAMES.isdisjoint(written) and any(written.get(kind) in ("1", "true") for kind in MACRO_NAMES):
            continue
        yield written.get("name", ""), "localSheetId" not in written, element.text or ""


@lru_cache(maxsize=8)
def resolved(
    written: tuple[tuple[str, bool, str], ...], sheets: tuple[str, ...]
) -> tuple[dict[str, Area], tuple[str, ...]]:
    """The areas of names, and the names that have none; workbooks of one kind mostly have the same hundreds."""
    folded = {name.casefold(): name for name in sheets}
    return resolve_names(NameEntry(name, whole, area_of(text, folded)) for name, whole, text in written)


def custom_properties(package: Package, part: str) -> dict[str, str]:
    """Custom document properties as texts; a property without text is the empty text."""
    tree = read_tree(package, part)
    if tree is None:
        return {}
    return {element.get("name", ""): "".join(element.itertext()).strip() for element in tree}


def without_character_data(package: Package, part: str) -> bytes:
    """An XML part's bytes, empty when absent; refused when it holds CDATA, whose text calamine drops."""
    content = read_xml(package, part, character_data=False) or b""
    if content and not is_well_formed(content):
        package.refuse("damaged", part=part)
    return content


def read_sheet_xml(package: Package, part: str, name: str) -> tuple[bytes, int]:
    """The checked XML of a sheet and how many odd cells it has; refused where it is not there or has too many cells."""
    content = without_character_data(package, part)
    if not content:
        package.refuse("damaged", part=part)
    usual, odd = cell_tags(content)
    package.limits.check("cells", usual + odd, package.file, sheet=name, cell="A1")
    return content, odd

