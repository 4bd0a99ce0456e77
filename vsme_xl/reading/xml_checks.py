"""What an XML part is looked at for before a parser gets it: size of texts, number and nesting of elements."""

from __future__ import annotations

import re
from typing import AnyStr
from xml.etree.ElementTree import Element
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

MOST_BYTES_OF_A_CHARACTER = 6
"""What one character of a text may take in XML: `&quot;`."""
DECLARATION, MARK = b"<?xml ", b"\xef\xbb\xbf"
WINDOW = 1 << 17
ENCODING = re.compile(rb"""<\?xml\s[^<>?]{0,99}?\bencoding\s*=\s*["']([\w.-]*)""")
UTF_8 = frozenset((b"utf-8", b"utf8", b"us-ascii", b"ascii"))
UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")


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


def followers(content: bytes, text: bytes) -> NDArray[np.int64]:
    """Return how often each byte follows a text of one or two bytes; a search for one so short takes longer."""
    found = np.zeros(256, dtype=np.int64)
    whole = np.frombuffer(content, dtype=np.uint8)
    for begin in range(0, len(whole), WINDOW):
        data = whole[begin : begin + WINDOW + len(text)]
        here = data[: -len(text)] == text[0]
        if len(text) > 1:
            here &= data[1:-1] == text[1]
        places = np.flatnonzero(here)
        if len(places):
            found += np.bincount(data[places + len(text)], minlength=256)
    return found


def longest_between(content: bytes, mark: bytes) -> int:
    """Return how long the longest stretch is from one mark to the next, beginning and end being marks too."""
    longest, last = 0, 0
    whole = np.frombuffer(content, dtype=np.uint8)
    for begin in range(0, len(whole), WINDOW):
        data = whole[begin : begin + WINDOW + len(mark) - 1]
        here = data[: max(0, len(data) - len(mark) + 1)] == mark[0]
        for number, byte in enumerate(mark[1:], start=1):
            here &= data[number : number + len(here)] == byte
        places = np.flatnonzero(here) + begin
        if len(places):
            inner = np.diff(places).max(initial=0) - len(mark)
            longest, last = max(longest, int(places[0]) - last, int(inner)), int(places[-1]) + len(mark)
    return max(longest, len(content) - last)


def has_declarations(content: bytes) -> bool:
    """Return whether there are comments, character data, document types or entities: what begins with `<!`."""
    return bool(followers(content, b"<!").any())


def is_in_utf_8(content: bytes) -> bool:
    """Return whether XML says that it is UTF-8, or is the same in what it says that it is.

    In another encoding a document type would not look like one, and calamine takes everything for UTF-8.
    """
    if content.startswith(UTF_16):
        return False
    said = ENCODING.match(content.removeprefix(MARK)[:200].lstrip())
    return said is None or said[1].lower() in UTF_8 or content.isascii()


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
