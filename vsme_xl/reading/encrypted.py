"""Workbooks protected by a password for opening: decrypted in memory, with the optional extra `encrypted`."""

from __future__ import annotations

from io import BytesIO
from typing import Any, NoReturn
from xml.etree import ElementTree

from vsme_xl.reading.compound_file import BrokenFile, file_around, stated_length, stream_of
from vsme_xl.reading.limits import Opening, ReadingLimits
from vsme_xl.reading.looks import looks_like_streams
from vsme_xl.reading.old_limits import MOST_BEFORE_FILE_PASS, has_file_pass
from vsme_xl.reading.refusal import UnreadableWorkbook
from vsme_xl.reading.workbook_parts import OLE_MAGIC, ZIP_MAGIC, has_stream, open_document_type, open_package
from vsme_xl.reading.xml_checks import tags

# What Excel encrypts with where a workbook's structure is protected and no password was set for opening.
BUILT_IN = "VelvetSweatshop"
INFO, PACKAGE, RECORDS = "EncryptionInfo", "EncryptedPackage", "Workbook"
MOST_INFO, BEFORE_XML, IN_XML = 1_000_000, 8, b"\x04\0\x04\0"


def without_password(data: bytes, file: str, opening: Opening) -> bytes:
    """Return the content of a workbook, decrypted where it is protected by a password for opening.

    UnreadableWorkbook where the password is wrong or missing, or the extra `encrypted` is not installed.
    """
    if data.startswith(ZIP_MAGIC) and open_document_type(data):
        return _open_document(data, file, opening)
    if not data.startswith(OLE_MAGIC):
        return data
    if has_stream(data, PACKAGE):
        return _package(data, file, opening)
    try:
        if not has_stream(data, RECORDS) or not has_file_pass(stream_of(data, RECORDS, MOST_BEFORE_FILE_PASS)):
            return data
        stream = stream_of(data, RECORDS, opening.limits.xls_bytes)
    except BrokenFile:
        return data
    return _old(stream, file, opening)


def _open_document(data: bytes, file: str, opening: Opening) -> bytes:
    """Return an .ods, decrypted where it is encrypted."""
    from vsme_xl.reading.open_document_encrypted import is_encrypted, plain_document

    package = open_package(data, file, opening.limits)
    if not is_encrypted(package):
        return data
    _library(file)
    if not opening.password:
        package.refuse("encrypted")
    return plain_document(package, opening.password)


def _package(data: bytes, file: str, opening: Opening) -> bytes:
    """Return the workbook within the encrypted package of an .xlsx or .xlsb."""
    limits = opening.limits
    if not has_stream(data, INFO):
        raise UnreadableWorkbook("not_a_workbook", {"file": file, "looks": looks_like_streams(data)})
    try:
        limits.check("part_bytes", stated_length(data, PACKAGE), file, part=PACKAGE)
        _check_info(stream_of(data, INFO, MOST_INFO), file, limits)
    except BrokenFile as error:
        raise UnreadableWorkbook("damaged", {"file": file, "part": INFO}) from error
    content = BytesIO()
    try:
        office = _library(file).OfficeFile(BytesIO(data))
        office.load_key(password=opening.password or BUILT_IN, verify_password=True)
        office.decrypt(content)
    except (MemoryError, UnreadableWorkbook):
        raise
    except Exception as error:  # the library raises many kinds on odd files
        _refuse(error, file, opening)
    return content.getvalue()


def _old(stream: bytes, file: str, opening: Opening) -> bytes:
    """Return the .xls that the encrypted records of one stand for."""
    from vsme_xl.reading.old_encrypted import decrypted_records

    opening.limits.check("xls_bytes", len(stream), file)
    library = _library(file)
    try:
        password = opening.password or BUILT_IN
        return file_around(decrypted_records(stream, library, password, opening.limits, file))
    except (MemoryError, UnreadableWorkbook):
        raise
    except Exception as error:
        _refuse(error, file, opening)


def _library(file: str) -> Any:
    try:
        import msoffcrypto
    except ImportError as error:
        raise UnreadableWorkbook("encrypted_extra", {"file": file}) from error
    return msoffcrypto


def _refuse(error: Exception, file: str, opening: Opening) -> NoReturn:
    """Say why a file was not decrypted: no password, a wrong one, or something else that is wrong with the file."""
    wrong = isinstance(error, _library(file).exceptions.InvalidKeyError)
    code = "encrypted" if not opening.password else "wrong_password" if wrong else "encrypted_otherwise"
    raise UnreadableWorkbook(code, {"file": file, "part": ""}) from error


def _check_info(info: bytes, file: str, limits: ReadingLimits) -> None:
    """Refuse what says how to decrypt where it is no plain XML or asks for too many rounds; older ways have none."""
    xml = info[BEFORE_XML:]
    if not info.startswith(IN_XML):
        return
    if b"\0" in xml.rstrip(b"\0"):
        raise UnreadableWorkbook("damaged", {"file": file, "part": INFO})
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise UnreadableWorkbook("unsafe_xml", {"file": file, "part": INFO})
    limits.check("xml_elements", tags(xml), file, part=INFO)
    try:
        written = [element.get("spinCount", "0") for element in ElementTree.fromstring(xml.rstrip(b"\0")).iter()]
        rounds = sorted(int(number[:15]) for number in written)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise UnreadableWorkbook("damaged", {"file": file, "part": INFO}) from error
    limits.check("password_rounds", rounds[-1], file)
    if rounds[0] < 0:
        raise UnreadableWorkbook("damaged", {"file": file, "part": INFO})
