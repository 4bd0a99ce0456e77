"""The parts of a workbook file as checked bytes: what kind it is, and that it is safe to parse."""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Literal, NoReturn
from xml.etree import ElementTree

Kind = Literal["xlsx", "ods", "xls"]

MOST_BYTES = 200_000_000
MOST_CELLS = 2_000_000
MOST_ROWS = 200_000
MOST_COLUMNS = 2_000

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_FLAG = 0x1
# Office writes only these two; the Rust reader behind calamine knows more, but we could not check those.
STORED, DEFLATED = 0, 8


class UnreadableWorkbook(Exception):
    """The file cannot be read as a workbook; `code` says why, `params` fill the message of that code.

    `params` always holds `file`; the codes about one sheet add `sheet` and `cell`, those about a part `part`.
    """

    def __init__(self, code: str, params: Mapping[str, str] | None = None) -> None:
        super().__init__(code, dict(params or {}))
        self.code = code
        self.params: dict[str, str] = dict(params or {})


@dataclass(frozen=True)
class Package:
    """A zip file in memory with its directory by lower-case part name (calamine ignores case as well)."""

    file: str
    data: bytes
    entries: Mapping[str, zipfile.ZipInfo]

    def refuse(self, code: str, **params: str) -> NoReturn:
        """Raise `UnreadableWorkbook` for this file."""
        raise UnreadableWorkbook(code, {"file": self.file, **params})


def kind_of(data: bytes, file: str) -> Kind:
    """The kind of workbook by content, never by file name; any other content is refused with its reason.

    A zip is looked into by `open_package`; here it is "xlsx" until its directory says otherwise.
    """
    if not data:
        raise UnreadableWorkbook("empty", {"file": file})
    if data.startswith(ZIP_MAGIC):
        return "ods" if open_document_type(data) else "xlsx"
    if not data.startswith(OLE_MAGIC):
        raise UnreadableWorkbook("not_a_workbook", {"file": file})
    if has_stream(data, "EncryptedPackage"):
        raise UnreadableWorkbook("encrypted", {"file": file})
    if has_stream(data, "Workbook"):
        return "xls"
    raise UnreadableWorkbook("old_xls" if has_stream(data, "Book") else "not_a_workbook", {"file": file})


def open_document_type(data: bytes) -> bool:
    """Whether a zip begins with the `mimetype` part that OpenDocument asks for."""
    length = struct.unpack_from("<H", data, 26)[0] if len(data) >= 30 else 0
    return data[30 : 30 + length] == b"mimetype"


def has_stream(data: bytes, name: str) -> bool:
    """Whether a compound file's directory has an entry of this name (64 bytes of UTF-16, then its length)."""
    text = name.encode("utf-16-le")
    return text.ljust(64, b"\0") + struct.pack("<H", len(text) + 2) in data


def open_package(data: bytes, file: str) -> Package:
    """Read the directory of a zip; refuse what is broken, encrypted, ambiguous or too large to unpack."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise UnreadableWorkbook("damaged", {"file": file, "part": ""}) from error
    entries = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in infos}
    package = Package(file, data, entries)
    if len(entries) != len(infos):
        package.refuse("damaged", part="")
    if any(info.flag_bits & ENCRYPTED_FLAG for info in infos):
        package.refuse("encrypted")
    if sum(info.file_size for info in infos) > MOST_BYTES:
        package.refuse("too_large")
    return package


def read_part(package: Package, name: str) -> bytes | None:
    """Unpack one part and check its length and checksum; None when the file has no such part.

    The declared size bounds the unpacking, and the compressed stream must end exactly there: a part that
    unpacks to more than it declares never gets as far as a parser.
    """
    info = package.entries.get(name.lower())
    if info is None:
        return None
    content = unpack(packed_bytes(package, info), info)
    if content is None or len(content) != info.file_size or zlib.crc32(content) != info.CRC:
        package.refuse("damaged", part=name)
    return content


def packed_bytes(package: Package, info: zipfile.ZipInfo) -> bytes:
    """The bytes of one part as the zip file holds them, packed."""
    head = package.data[info.header_offset : info.header_offset + 30]
    if len(head) < 30 or not head.startswith(ZIP_MAGIC):
        package.refuse("damaged", part=info.filename)
    begin = info.header_offset + 30 + sum(struct.unpack_from("<HH", head, 26))
    return package.data[begin : begin + info.compress_size]


def unpack(packed: bytes, info: zipfile.ZipInfo) -> bytes | None:
    """The content of one zip entry; None when its stream is broken or packed in a way Office never uses."""
    if info.compress_type == STORED:
        return packed
    if info.compress_type != DEFLATED:
        return None
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = stream.decompress(packed, info.file_size + 1)
    except zlib.error:
        return None
    return content if stream.eof or len(content) > info.file_size else None


def read_xml(package: Package, name: str) -> bytes | None:
    """`read_part` for XML: refuses document types, entities, and encodings that do not extend ASCII."""
    content = read_part(package, name)
    if content is None:
        return None
    if b"\0" in content:
        package.refuse("damaged", part=name)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        package.refuse("unsafe_xml", part=name)
    return content


def read_tree(package: Package, name: str) -> ElementTree.Element | None:
    """The root element of an XML part, or None when the file has no such part."""
    content = read_xml(package, name)
    if content is None:
        return None
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise UnreadableWorkbook("damaged", {"file": package.file, "part": name}) from error


def local_name(element: ElementTree.Element) -> str:
    """An element's name without its namespace: transitional and strict files differ only there."""
    return element.tag.rpartition("}")[2]


def attribute(element: ElementTree.Element, name: str) -> str:
    """An attribute by local name, whatever its namespace; empty when absent."""
    value = element.get(name)
    if value is not None:
        return value
    return next((text for key, text in element.items() if key.endswith("}" + name)), "")
