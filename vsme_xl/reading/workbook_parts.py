"""The parts of a workbook file as checked bytes: what kind it is, and that it is safe to parse."""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Literal, NoReturn
from xml.etree import ElementTree

from vsme_xl.reading.limits import ReadingLimits
from vsme_xl.reading.looks import OLD, looks_like, looks_like_streams
from vsme_xl.reading.refusal import UnreadableWorkbook
from vsme_xl.reading.xml_checks import (
    MOST_BYTES_OF_A_CHARACTER,
    depth_of,
    followers,
    gap_beyond,
    has_declarations,
    is_in_utf_8,
    tags,
)

Kind = Literal["xlsx", "xlsb", "ods", "xls"]
WORKBOOKS = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".ods")
BINARY_WORKBOOK = "xl/workbook.bin"

ZIP_MAGIC, DIRECTORY_MAGIC, END_MAGIC, LOCATOR_MAGIC = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x07"
# Smaller parts may be packed as tightly as they like.
SMALL = 1_000_000
LARGE = 0xFFFFFFFF
# The attribute that names a relationship, in transitional and strict files.
LINKS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_FLAG, UTF8_FLAG = 0x1, 0x800
# Office writes only these two; the Rust reader behind calamine knows more, but we could not check those.
STORED, DEFLATED = 0, 8


@dataclass(frozen=True)
class Package:
    """A zip file in memory with its directory by lower-case part name (calamine ignores case as well)."""

    file: str
    data: bytes
    entries: Mapping[str, zipfile.ZipInfo]
    limits: ReadingLimits

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
        return "ods" if open_document_type(data) else "xlsb" if is_binary(data) else "xlsx"
    if not data.startswith(OLE_MAGIC):
        refuse_for_looks(looks_like(data, file), file)
    if has_stream(data, "EncryptedPackage"):
        raise UnreadableWorkbook("encrypted", {"file": file})
    if has_stream(data, "Workbook"):
        return "xls"
    refuse_for_looks(looks_like_streams(data), file)


def refuse_for_looks(looks: str, file: str) -> NoReturn:
    """Refuse what is no workbook that can be read, and say what it looks like."""
    if looks == OLD:
        raise UnreadableWorkbook(OLD, {"file": file})
    raise UnreadableWorkbook("not_a_workbook", {"file": file, "looks": looks})


def is_binary(data: bytes) -> bool:
    """Whether a zip holds a workbook in binary parts (.xlsb); one that cannot be read holds nothing."""
    if BINARY_WORKBOOK.encode() not in data:
        return False  # before the directory is read
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        return False
    return BINARY_WORKBOOK in names and BINARY_WORKBOOK.replace(".bin", ".xml") not in names


def workbooks_in(package: Package) -> list[str]:
    """The workbooks that lie packed in a zip which is none itself."""
    return sorted(info.filename for info in package.entries.values() if info.filename.lower().endswith(WORKBOOKS))


def open_document_type(data: bytes) -> bool:
    """Whether a zip begins with the `mimetype` part that OpenDocument asks for."""
    length = struct.unpack_from("<H", data, 26)[0] if len(data) >= 30 else 0
    return data[30 : 30 + length] == b"mimetype"


def has_stream(data: bytes, name: str) -> bool:
    """Whether a compound file's directory has an entry of this name (64 bytes of UTF-16, then its length)."""
    text = name.encode("utf-16-le")
    return text.ljust(64, b"\0") + struct.pack("<H", len(text) + 2) in data


def open_package(data: bytes, file: str, limits: ReadingLimits) -> Package:
    """Read the directory of a zip; refuse what is broken, encrypted, ambiguous or too large to unpack."""
    if followers(data, DIRECTORY_MAGIC[:2])[DIRECTORY_MAGIC[2]] > limits.zip_entries:  # found faster
        limits.check("zip_entries", data.count(DIRECTORY_MAGIC), file)  # before zipfile makes an object of each
    data = without_surroundings(data)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            infos, start = archive.infolist(), archive.start_dir
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise UnreadableWorkbook("damaged", {"file": file, "part": ""}) from error
    entries = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in infos}
    package = Package(file, data, entries, limits)
    unclear = not has_one_directory(data, start, len(infos)) or any(content_start(data, i) is None for i in infos)
    if len(entries) != len(infos) or unclear:
        package.refuse("damaged", part="")
    if any(info.flag_bits & ENCRYPTED_FLAG for info in infos):
        package.refuse("encrypted")
    limits.check("unpacked_bytes", sum(info.file_size for info in infos), file)
    return package


def without_surroundings(data: bytes) -> bytes:
    """A zip without what a mail gateway or a download may have put before and after it."""
    end = data.rfind(END_MAGIC)
    if end < 0 or len(data) < end + 22:
        return data
    size, offset, comment = struct.unpack_from("<IIH", data, end + 12)
    before = end - size - offset
    return data[max(0, before) if offset != LARGE else 0 : end + 22 + comment]


def has_one_directory(data: bytes, start: int, entries: int) -> bool:
    """Whether every reader of zips finds the same directory: one end record, at the end, that says where it is."""
    end = data.rfind(END_MAGIC)
    if end < 0 or len(data) < end + 22:
        return False
    counted, size, offset, comment = struct.unpack_from("<HIIH", data, end + 10)
    plain = (counted, size, offset) == (entries, end - start, start)
    large = (counted, size, offset) == (0xFFFF, LARGE, LARGE)
    long = data[end - 20 : end - 16] == LOCATOR_MAGIC
    return end + 22 + comment == len(data) and ((plain and not long) or (large and long))


def content_start(data: bytes, info: zipfile.ZipInfo) -> int | None:
    """Where an entry's content begins; None where its own head is not there or calls it by another name."""
    begin = info.header_offset + 30
    if data[info.header_offset : info.header_offset + 4] != ZIP_MAGIC or begin > len(data):
        return None
    name, extra = struct.unpack_from("<HH", data, begin - 4)
    called = info.orig_filename.encode("utf-8" if info.flag_bits & UTF8_FLAG else "cp437", "replace")
    return begin + name + extra if data[begin : begin + name] == called else None


def read_part(package: Package, name: str) -> bytes | None:
    """Unpack one part and check its length and checksum; None when the file has no such part.

    The declared size bounds the unpacking, and the compressed stream must end exactly there: a part that
    unpacks to more than it declares never gets as far as a parser.
    """
    info = package.entries.get(name.lower())
    if info is None:
        return None
    package.limits.check("part_bytes", info.file_size, package.file, part=name)
    if info.file_size > SMALL:
        ratio = info.file_size // max(1, info.compress_size)
        package.limits.check("compression_ratio", ratio, package.file, part=name)
    content = unpack(packed_bytes(package, info), info)
    if content is None or len(content) != info.file_size or zlib.crc32(content) != info.CRC:
        package.refuse("damaged", part=name)
    return content


def packed_bytes(package: Package, info: zipfile.ZipInfo) -> bytes:
    """The bytes of one part as the zip file holds them, packed."""
    begin = content_start(package.data, info)
    if begin is None:
        package.refuse("damaged", part=info.filename)
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


def read_xml(package: Package, name: str, character_data: bool = True) -> bytes | None:
    """`read_part` for XML: refuses document types, entities, too long texts, other encodings than UTF-8.

    CDATA is refused too where no `character_data` is allowed.
    """
    content = read_part(package, name)
    if content is None:
        return None
    if not is_in_utf_8(content):
        package.refuse("encoding", part=name)
    if b"\0" in content:
        package.refuse("damaged", part=name)
    declarations = has_declarations(content)
    if declarations and (b"<!DOCTYPE" in content or b"<!ENTITY" in content):
        package.refuse("unsafe_xml", part=name)
    if declarations and not character_data and b"<![CDATA[" in content:
        package.refuse("damaged", part=name)
    most = package.limits.text_length
    if length := gap_beyond(content, b"<", most * MOST_BYTES_OF_A_CHARACTER):
        package.limits.refuse("text_length", length, package.file, part=name)
    return content


def read_tree(package: Package, name: str) -> ElementTree.Element | None:
    """The root element of an XML part, or None when the file has no such part."""
    content = read_xml(package, name)
    return None if content is None else tree_of(package, name, content)


def tree_of(package: Package, name: str, content: bytes) -> ElementTree.Element:
    """The root element of checked XML; refused where it has too many elements or they are nested too deep."""
    limits = package.limits
    limits.check("xml_elements", tags(content), package.file, part=name)
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise UnreadableWorkbook("damaged", {"file": package.file, "part": name}) from error
    limits.check("xml_depth", depth_of(root), package.file, part=name)
    return root


def local_name(element: ElementTree.Element) -> str:
    """An element's name without its namespace: transitional and strict files differ only there."""
    return element.tag.rpartition("}")[2]


def linked(element: ElementTree.Element) -> str:
    """The id of the relationship that an element names; empty where it names none."""
    return next((element.attrib[key] for key in LINKS if key in element.attrib), "")
