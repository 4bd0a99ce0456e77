"""A zip in which a part that was unpacked and checked is stored as it is: whoever reads on need not unpack it again."""

import struct
import zipfile

from vsme_xl.reading.workbook_parts import END_MAGIC, STORED, UTF8_FLAG, ZIP_MAGIC, Package

MOST_BYTES = 4_000_000
"""What is larger is unpacked twice, so that it need not be held twice."""
OLDEST_VERSION, FIRST_DAY = 20, 0x21
OF_RECORD, OF_NAMES, OF_FLAGS, OF_SIZE, OF_BEGIN = 46, 28, 8, 20, 42


def with_stored(package: Package, part: str, content: bytes) -> bytes:
    """Return the file with the content of a part stored; the file itself where it need not or cannot be."""
    info, data = package.entries.get(part.lower()), package.data
    end, seen = data.rfind(END_MAGIC), memoryview(data)
    size, begin = struct.unpack_from("<II", data, end + 12)
    if info is None or info.compress_type == STORED or len(content) > MOST_BYTES or begin + size != end:
        return data
    directory = bytearray(data[begin:end])
    record = _record_of(info, directory)
    flags = info.flag_bits & UTF8_FLAG
    struct.pack_into("<HH", directory, record + OF_FLAGS, flags, STORED)
    struct.pack_into("<I", directory, record + OF_SIZE, len(content))
    struct.pack_into("<I", directory, record + OF_BEGIN, begin)
    names = struct.unpack_from("<H", directory, record + OF_NAMES)[0]
    name = directory[record + OF_RECORD : record + OF_RECORD + names]
    numbers = (OLDEST_VERSION, flags, STORED, 0, FIRST_DAY, info.CRC, len(content), len(content), names, 0)
    head = ZIP_MAGIC + struct.pack("<5H3I2H", *numbers) + name
    begins = struct.pack("<I", begin + len(head) + len(content))
    return b"".join((seen[:begin], head, content, directory, seen[end : end + 16], begins, seen[end + 20 :]))


def _record_of(info: zipfile.ZipInfo, directory: bytearray) -> int:
    """Return where the record of an entry begins in the directory."""
    record = 0
    while struct.unpack_from("<I", directory, record + OF_BEGIN)[0] != info.header_offset:
        record += OF_RECORD + sum(struct.unpack_from("<3H", directory, record + OF_NAMES))
    return record
