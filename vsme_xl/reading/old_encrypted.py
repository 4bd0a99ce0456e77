"""The records of an encrypted .xls (RC4, RC4 of the CryptoAPI, XOR), decrypted with the ciphers of msoffcrypto-tool.

That library writes a whole file anew, byte by byte and to the disk; here the records stay in memory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsme_xl.reading.compound_file import file_around
from vsme_xl.reading.limits import ReadingLimits

FILE_PASS, SHEET = 0x2F, 0x85
# Records that are never encrypted: MS-XLS 2.2.10. Of a sheet's record the place where the sheet begins is not.
PLAIN = frozenset({0x0809, FILE_PASS, 0x0194, 0x0195, 0x00E1, 0x0196, 0x0138})
PLACE_OF_SHEET = 4
BLOCK = 1024
RECORDS_OF_A_CELL = 4
XOR, RC4, CRYPTO_API = "xor", "rc4", "rc4_cryptoapi"


def decrypted_records(stream: bytes, library: Any, password: str, limits: ReadingLimits, file: str) -> bytes:
    """Return the records decrypted; raise what the library raises where the password is wrong or the way unknown.

    UnreadableWorkbook where there are more of them than the limits allow.
    """
    begin, end = next((begin, begin + length) for kind, begin, length in _parts(stream) if kind == FILE_PASS)
    office = library.OfficeFile(BytesIO(file_around(stream[:end])))
    office.load_key(password=password)
    data = np.frombuffer(stream, dtype=np.uint8)
    plain = np.ones(len(data), dtype=bool)
    for number, (kind, at, length) in enumerate(_parts(stream)):
        if number > RECORDS_OF_A_CELL * limits.cells:
            limits.refuse("cells", number, file, sheet="", cell="")
        if kind not in PLAIN:
            plain[at + (PLACE_OF_SHEET if kind == SHEET else 0) : at + length] = False
    content = _xored(data, _parts(stream), password) if office.type == XOR else _deciphered(stream, office, password)
    np.copyto(content, data, where=plain)
    content[begin - 4 : begin - 2] = 0  # a kind of record that no reader knows, so that all else stays in its place
    return bytes(content)


def _parts(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield kind, begin and length of each record up to the end of the stream, through all of its sheets."""
    position = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        yield kind, position + 4, min(length, len(stream) - position - 4)
        position += 4 + length


def _deciphered(stream: bytes, office: Any, password: str) -> NDArray[np.uint8]:
    """Return all bytes deciphered, also those that were never encrypted."""
    from msoffcrypto.method.rc4 import DocumentRC4
    from msoffcrypto.method.rc4_cryptoapi import DocumentRC4CryptoAPI

    if office.type == CRYPTO_API:
        found = DocumentRC4CryptoAPI.decrypt(password, office.salt, office.keySize, BytesIO(stream), blocksize=BLOCK)
    else:
        found = DocumentRC4.decrypt(password, office.salt, BytesIO(stream), blocksize=BLOCK)
    return np.frombuffer(found.getbuffer(), dtype=np.uint8)


def _xored(data: NDArray[np.uint8], parts: Iterable[tuple[int, int, int]], password: str) -> NDArray[np.uint8]:
    """Return the content of all records, each byte turned and combined with one of sixteen of the password's."""
    from msoffcrypto.method.xor_obfuscation import DocumentXOR

    keys = np.array(DocumentXOR.create_xor_array_method1(password), dtype=np.uint8)
    found = data.copy()
    for _, begin, length in parts:
        mixed = data[begin : begin + length] ^ keys[(np.arange(length) + begin + length) % len(keys)]
        found[begin : begin + length] = mixed >> 5 | mixed << 3
    return found
