"""What an XML part is looked at for before a parser gets it: size of texts, number and nesting of elements."""

from __future__ import annotations

from typing import AnyStr
from xml.etree.ElementTree import Element
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

MOST_BYTES_OF_A_CHARACTER = 6
"""What one character of a text may take in XML: `&quot;`."""
DECLARATION, MARK = b"<?xml ", b"\xef\xbb\xbf"
WINDOW = 4_000_000


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


def followers(content: bytes, pair: bytes) -> NDArray[np.int64]:
    """Return how often each byte follows a pair of bytes; 0 does where nothing follows.

    A search for so short a text takes ten times as long.
    """
    found = np.zeros(256, dtype=np.int64)
    for begin in range(0, len(content), WINDOW):
        data = np.frombuffer(content[begin : begin + WINDOW + 2] + b"\0", dtype=np.uint8)
        places = np.flatnonzero((data[:-2] == pair[0]) & (data[1:-1] == pair[1]))
        found += np.bincount(data[places[places < WINDOW] + 2], minlength=256)
    return found


def has_declarations(content: bytes) -> bool:
    """Return whether there are comments, character data, document types or entities: what begins with `<!`."""
    return bool(followers(content, b"<!").any())


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
    declared = content.startswith((DECLARATION, MARK + DECLARATION))
    return followers(content, b"<?").sum() == declared and not (has_declarations(content) and b"<!--" in content)


def is_well_formed(content: bytes) -> bool:
    """Return whether a strict parser reads the XML to its end: calamine reads on where others stop."""
    try:
        expat.ParserCreate(namespace_separator="}").Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError):
        return False
    return True
