"""The texts that the cells of an .xlsx share: how many they are, and how long they grow where they stand in cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from xml.parsers import expat

from vsme_xl.reading.plain_sheet import plain_strings
from vsme_xl.reading.refusal import UnreadableWorkbook
from vsme_xl.reading.workbook_parts import Package
from vsme_xl.reading.xml_checks import followers, gap_beyond, is_plain, longest_between

COUNT = re.compile(rb"""\b(?:uniqueC|c)ount\s*=\s*["']\s*\+?0*([0-9]+)""")
HEAD = 5_000
UNUSUAL = re.compile(rb"<si[\s/]|:si[\s/>]")
INDEX = re.compile(r'<c r="[A-Z]+[0-9]+"[^<>]* t="s"[^<>]*>\s*<v>\s*([0-9]{1,9})\s*</v>')


@dataclass(frozen=True)
class SharedStrings:
    """The part of shared strings as checked bytes; `rewritten` where it held comments or processing instructions.

    Lengths are those of the XML, never less than those of the texts.
    """

    content: bytes = field(default=b"", repr=False)
    rewritten: bool = False

    @cached_property
    def lengths(self) -> Sequence[int]:
        """The length of each shared text in turn."""
        items = self.content.split(b"</si>")[:-1]
        usual = not UNUSUAL.search(self.content) and self.content.count(b"<si>") == len(items)
        if usual and all(b"<si>" in item for item in items):
            return [len(item) for item in items]
        return _parsed_lengths(self.content)

    @cached_property
    def longest_piece(self) -> int:
        """What no shared text is longer than, found fast."""
        return longest_between(self.content, b"</si>")

    @cached_property
    def longest(self) -> int:
        """The length of the longest shared text."""
        return max(self.lengths, default=0)

    def may_exceed(self, length: int) -> bool:
        """Return whether one of the texts may be longer than this, in pieces each of which is not."""
        return gap_beyond(self.content, b"</si>", length) > 0

    def at_most(self, cells: int) -> int:
        """Return what `filled_in` does not exceed for a sheet with so many cells of shared texts, found fast."""
        return cells * self.longest_piece

    def filled_in(self, sheet: str) -> int:
        """Return how long the shared texts are together where they stand in the cells of a scanned sheet."""
        cells, lengths = sheet.count(' t="s"'), self.lengths
        known = list(map(int, INDEX.findall(sheet)))
        if max(known, default=0) >= len(lengths):
            return cells * self.longest
        return sum(map(lengths.__getitem__, known)) + (cells - len(known)) * self.longest


def checked_strings(package: Package, part: str, content: bytes) -> SharedStrings:
    """Refuse shared strings that are too many or too large, or whose stated number is beyond the limit."""
    limits = package.limits
    limits.check("shared_string_bytes", len(content), package.file, part=part)
    stated = [int(digits[:15]) for digits in COUNT.findall(content[:HEAD])]
    written = followers(content, b"<s")[ord("i")] + followers(content, b":s")[ord("i")] // 2
    for count in (*stated, int(written)):
        limits.check("shared_strings", count, package.file, part=part)
    if b"</t><t" in content:  # a text is one, or in runs: readers differ in what they make of two
        package.refuse("damaged", part=part)
    if is_plain(content):
        return SharedStrings(content)
    try:
        return SharedStrings(plain_strings(content), rewritten=True)
    except expat.ExpatError as error:
        raise UnreadableWorkbook("damaged", {"file": package.file, "part": part}) from error


def _parsed_lengths(content: bytes) -> list[int]:
    """Return the lengths as calamine ends texts: at each end of an item, be it within another."""
    lengths: list[int] = []
    length = 0

    def text(value: str) -> None:
        nonlocal length
        length += len(value)

    def end(name: str) -> None:
        nonlocal length
        if name.rpartition(":")[2] == "si":
            lengths.append(length)
            length = 0

    parser = expat.ParserCreate()
    parser.CharacterDataHandler, parser.EndElementHandler = text, end
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        return [len(content)] * (content.count(b"<") + 1)
    return lengths
