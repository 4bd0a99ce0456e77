"""Workbooks protected by a password for opening: decrypted in memory, with the optional msoffcrypto-tool."""

from __future__ import annotations

import re
from io import BytesIO

from vsme_xl.reading.compound_file import BrokenFile, stream_of
from vsme_xl.reading.refusal import UnreadableWorkbook

# What Excel encrypts with where a workbook's structure is protected and no password was set for opening.
BUILT_IN = "VelvetSweatshop"
MOST_INFO = 1_000_000
SPINS = re.compile(rb'spinCount="0*([0-9]+)"')
MOST_SPINS = 10_000_000


def decrypted(data: bytes, file: str, password: str) -> bytes:
    """Return the workbook within an encrypted one; UnreadableWorkbook where the password is wrong or missing.

    Needs the extra `encrypted`; without it the refusal says so.
    """
    _check_header(data, file)
    try:
        import msoffcrypto
    except ImportError as error:
        raise UnreadableWorkbook("encrypted_extra" if password else "encrypted", {"file": file}) from error
    content = BytesIO()
    try:
        office = msoffcrypto.OfficeFile(BytesIO(data))
        office.load_key(password=password or BUILT_IN, verify_password=True)
        office.decrypt(content)
    except MemoryError:
        raise
    except Exception as error:  # the library raises many kinds on odd files
        wrong = isinstance(error, msoffcrypto.exceptions.InvalidKeyError)
        code = "encrypted" if not password else "wrong_password" if wrong else "damaged"
        raise UnreadableWorkbook(code, {"file": file, "part": ""}) from error
    return content.getvalue()


def _check_header(data: bytes, file: str) -> None:
    try:
        info = stream_of(data, "EncryptionInfo", MOST_INFO)
    except BrokenFile:
        return  # an .xls holds what it needs among its records
    if b"<!DOCTYPE" in info or b"<!ENTITY" in info:
        raise UnreadableWorkbook("unsafe_xml", {"file": file, "part": "EncryptionInfo"})
    if any(int(digits[:12]) > MOST_SPINS for digits in SPINS.findall(info)):
        raise UnreadableWorkbook("damaged", {"file": file, "part": "EncryptionInfo"})
