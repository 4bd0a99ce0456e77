"""The records of an encrypted .xls (RC4, RC4 of the CryptoAPI, XOR), decrypted with the ciphers of msoffcrypto-tool.

That library writes a whole file anew, byte by byte and to the disk; here the records stay in memory.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from io import BytesIO
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vsme_xl.reading.compound_file import file_around
from vsme_xl.reading.limits import ReadingLimits

FILE_PASS, SHEET = 0x2F, 0x85
# Records that are never encrypted: MS-XLS 2.2.10. Of a sheet's record the place where the sheet begins is not.
PLAIN = (0x0809, FILE_PASS, 0x0194, 0x0195, 0x00E1, 0x0196, 0x0138)
HEAD = PLACE_OF_SHEET = 4
BLOCK = 1024
XOR, CRYPTO_API = "xor", "rc4_cryptoapi"
Byte = TypeVar("Byte", np.bool_, np.uint8)


@dataclass(frozen=True)
class Parts:
    """The records of a stream: their kinds, where their contents begin, and how long these are."""

    kinds: NDArray[np.int64]
    begins: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def of_each_byte(self, values: NDArray[Byte]) -> NDArray[Byte]:
        """Return the value of the record that each byte of the stream, heads of records included, belongs to."""
        return np.repeat(values, self.lengths + HEAD)


def decrypted_records(stream: bytes, library: Any, password: str, limits: ReadingLimits, file: str) -> bytes:
    """Return the records decrypted; raise what the library raises where the password is wrong or the way unknown.

    UnreadableWorkbook where there are more of them than the limits allow.
    """
    parts = _parts(stream, limits, file)
    number = int(np.flatnonzero(parts.kinds == FILE_PASS)[0])
    begin, length = int(parts.begins[number]), int(parts.lengths[number])
    office = library.OfficeFile(BytesIO(file_around(stream[: begin + length])))
    office.load_key(password=password)
    data = np.frombuffer(stream, dtype=np.uint8)[: int(parts.begins[-1] + parts.lengths[-1])]
    content = _xored(data, parts, password) if office.type == XOR else _deciphered(data, office, password)
    np.copyto(content, data, where=_plain(parts))
    content[begin - HEAD : begin - HEAD + 2] = 0  # a kind of record that no reader knows, so that all stay in place
    return content.tobytes()


def _parts(stream: bytes, limits: ReadingLimits, file: str) -> Parts:
    """Return the whole records of a stream, through all of its sheets."""
    kinds, lengths = array("H"), array("H")
    position = 0
    while position + HEAD <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        position += HEAD + length
        if position > len(stream):
            break
        kinds.append(kind)
        lengths.append(length)
        if len(kinds) > limits.cells:
            limits.refuse("cells", len(kinds), file, sheet="", cell="")
    sizes = np.array(lengths, dtype=np.int64)
    return Parts(np.array(kinds, dtype=np.int64), np.cumsum(sizes + HEAD) - sizes, sizes)


def _plain(parts: Parts) -> NDArray[np.bool_]:
    """Return which bytes of the stream are never encrypted."""
    plain = parts.of_each_byte(np.isin(parts.kinds, PLAIN))
    sheets = parts.begins[(parts.kinds == SHEET) & (parts.lengths >= PLACE_OF_SHEET)]
    for byte in range(HEAD):
        plain[parts.begins - HEAD + byte] = True
        plain[sheets + byte] = True
    return plain


def _deciphered(data: NDArray[np.uint8], office: Any, password: str) -> NDArray[np.uint8]:
    """Return all bytes deciphered, also those that were never encrypted."""
    from msoffcrypto.method.rc4 import DocumentRC4
    from msoffcrypto.method.rc4_cryptoapi import DocumentRC4CryptoAPI

    content = data.tobytes()
    if office.type == CRYPTO_API:
        found = DocumentRC4CryptoAPI.decrypt(password, office.salt, office.keySize, BytesIO(content), blocksize=BLOCK)
    else:
        found = DocumentRC4.decrypt(password, office.salt, BytesIO(content), blocksize=BLOCK)
    return np.frombuffer(found.getbuffer(), dtype=np.uint8)


def _xored(data: NDArray[np.uint8], parts: Parts, password: str) -> NDArray[np.uint8]:
    """Return the content of all records, each byte turned and combined with one of sixteen of the password's.

    Which of them depends on where the byte stands and how long its record is.
    """
    from msoffcrypto.method.xor_obfuscation import DocumentXOR

    keys = np.array(DocumentXOR.create_xor_array_method1(password), dtype=np.uint8)
    turn = parts.of_each_byte((parts.lengths % len(keys)).astype(np.uint8))
    turn += np.resize(np.arange(len(keys), dtype=np.uint8), len(turn))
    mixed = data ^ keys[turn % len(keys)]
    return (mixed >> 5 | mixed << 3).astype(np.uint8, copy=False)
