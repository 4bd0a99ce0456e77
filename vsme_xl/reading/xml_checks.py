"""What an XML part is looked at for before a parser gets it: size of texts, number and nesting of elements."""

from __future__ import annotations

from typing import AnyStr
from xml.etree.ElementTree import Element
from xml.parsers import expat

MOST_BYTES_OF_A_CHARACTER = 6
"""What one character of a text may take in XML: `&quot;`."""
DECLARATION, MARK = b"<?xml ", b"\xef\xbb\xbf"


def gap_beyond(content: AnyStr, mark: AnyStr, most: int) -> int:
    """Return the length of a stretch longer than `most` between two marks, such as the beginnings of tags; 0 if none.

    Only every so many bytes are looked at: the last mark within reach of the last one is as good as all between.
    """
    position, end = 0, len(content)
    while end - position > most:
        found = content.rfind(mark, position, position + most + len(mark))
        if found < 0:
            found = content.find(mark, position)
            return (end if found < 0 else found) - position
        position = found + len(mark)
    return 0


def tags(content: bytes) -> int:
    """Return the number of tags, which is at least that of elements."""
    return content.count(b"<")


def depth_of(root: Element) -> int:
    """Return how many elements lie within each other where they are nested deepest."""
    level, depth = [root], 0
    while level:
        level = [child for element in level for child in element]
        depth += 1
    return depth


def is_plain(content: bytes) -> bool:
    """Return whether XML has neither comments nor processing instructions besides its declaration."""
    content = content.removeprefix(MARK)
    begin = len(DECLARATION) if content.startswith(DECLARATION) else 0
    return b"<!--" not in content and content.find(b"<?", begin) < 0


def is_well_formed(content: bytes) -> bool:
    """Return whether a strict parser reads the XML to its end: calamine reads on where others stop."""
    try:
        expat.ParserCreate(namespace_separator="}").Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError):
        return False
    return True
