"""Protect workbooks by a password for opening, as Excel does with old files (.xls) and as LibreOffice does."""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from rearranging import FILTERS, run_macro

from vsme_xl.reading.compound_file import file_around, stream_of

MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Rows" script:language="StarBasic">
Sub Save(source, target, kind, opening, protecting)
  Dim how(1) As New com.sun.star.beans.PropertyValue
  how(0).Name = "Hidden" : how(0).Value = True
  If opening &lt;&gt; "" Then
    how(1).Name = "Password" : how(1).Value = opening
  End If
  book = StarDesktop.loadComponentFromURL(source, "_blank", 0, how())
  Dim stored(1) As New com.sun.star.beans.PropertyValue
  stored(0).Name = "FilterName" : stored(0).Value = kind
  If protecting &lt;&gt; "" Then
    stored(1).Name = "Password" : stored(1).Value = protecting
  End If
  book.storeToURL(target, stored())
  book.close(True)
End Sub
Sub All
  On Error Goto Done
  %s
  Done:
  StarDesktop.terminate()
End Sub
</script:module>
"""
HEAD, FILE_PASS, SHEET = 0x0809, 0x2F, 0x85
PLAIN = (HEAD, FILE_PASS, 0x0194, 0x0195, 0x00E1, 0x0196, 0x0138)
SALT, VERIFIER = bytes(range(16)), bytes(range(100, 116))
PROVIDER = "Microsoft Enhanced Cryptographic Provider v1.0\0".encode("utf-16-le")


class Step(NamedTuple):
    """A workbook that LibreOffice opens and saves as another, with passwords where they are given."""

    source: Path
    target: Path
    opening: str = ""
    protecting: str = ""


def saved(steps: Iterable[Step], profile: Path) -> None:
    """Let LibreOffice take all steps in one go."""
    lines = [
        f'Save("{s.source.as_uri()}", "{s.target.as_uri()}", "{FILTERS[s.target.suffix[1:]]}", "{s.opening}", '
        f'"{s.protecting}")'
        for s in steps
    ]
    run_macro(MODULE % escape("\n  ".join(lines)), "Rows.All", profile)


def records(stream: bytes) -> list[tuple[int, bytes]]:
    """Return kind and content of each record of an .xls."""
    found, position = [], 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        found.append((kind, stream[position + 4 : position + 4 + length]))
        position += 4 + length
    return found


def old_encrypted(data: bytes, password: str, way: str) -> bytes:
    """Return an .xls with its records encrypted by one of WAYS; the record that says so moves all others."""
    stream = stream_of(data, "Workbook", 10**9)
    said = WAYS[way](password)
    (head, first), *rest = records(stream)
    assert head == HEAD
    moved = 4 + len(said)
    pieces = [(HEAD, first), (FILE_PASS, said)]
    for kind, content in rest:
        if kind == SHEET:
            content = struct.pack("<I", struct.unpack_from("<I", content)[0] + moved) + content[4:]
        pieces.append((kind, content))
    plain = b"".join(struct.pack("<HH", kind, len(content)) + content for kind, content in pieces)
    hidden = xored(pieces, password) if way == "xor" else ciphered(plain, password, way)
    position, out = 0, bytearray(plain)
    for kind, content in pieces:
        begin, end = position + 4 + (4 if kind == SHEET else 0), position + 4 + len(content)
        if kind not in PLAIN:
            out[begin:end] = hidden[begin:end]
        position = end
    return file_around(bytes(out))


def rc4(password: str) -> bytes:
    """What a workbook encrypted with RC4 says of it."""
    return struct.pack("<HHH", 1, 1, 1) + SALT + ciphered(VERIFIER + hashlib.md5(VERIFIER).digest(), password, "rc4")


def crypto_api(password: str) -> bytes:
    """What a workbook encrypted with RC4 of the CryptoAPI says of it."""
    head = struct.pack("<IIIIIIII", 4, 0, 0x6801, 0x8004, 128, 1, 0, 0) + PROVIDER
    check = ciphered(VERIFIER + hashlib.sha1(VERIFIER).digest(), password, "cryptoapi")
    verifier = struct.pack("<I", 16) + SALT + check[:16] + struct.pack("<I", 20) + check[16:]
    return struct.pack("<HHHII", 1, 4, 2, 4, len(head)) + head + verifier


def xor(password: str) -> bytes:
    """What a workbook that is no more than obfuscated says of it."""
    from msoffcrypto.method.xor_obfuscation import DocumentXOR

    check = next(number for number in range(1 << 16) if DocumentXOR.verifypw(password, number))
    return struct.pack("<HHH", 0, DocumentXOR.create_xor_key_method1(password), check)


WAYS = {"rc4": rc4, "cryptoapi": crypto_api, "xor": xor}


def ciphered(content: bytes, password: str, way: str) -> bytes:
    """Return bytes ciphered with RC4, which is the same as deciphered."""
    from msoffcrypto.method.rc4 import DocumentRC4
    from msoffcrypto.method.rc4_cryptoapi import DocumentRC4CryptoAPI

    if way == "rc4":
        return bytes(DocumentRC4.decrypt(password, SALT, io.BytesIO(content), blocksize=1024).getvalue())
    return bytes(DocumentRC4CryptoAPI.decrypt(password, SALT, 128, io.BytesIO(content), blocksize=1024).getvalue())


def xored(pieces: list[tuple[int, bytes]], password: str) -> bytes:
    """Return all records obfuscated: MS-XLS 2.2.10 says with which of the sixteen bytes each record begins."""
    from msoffcrypto.method.xor_obfuscation import DocumentXOR

    keys = DocumentXOR.create_xor_array_method1(password)
    out = bytearray()
    for kind, content in pieces:
        out += struct.pack("<HH", kind, len(content))
        begin = len(out) + len(content)
        out += bytes((byte << 5 & 0xFF | byte >> 3) ^ keys[(begin + n) % 16] for n, byte in enumerate(content))
    return bytes(out)
