"""An .ods protected by a password: the parts that hold its cells and properties, decrypted into a plain one.

OpenDocument 1.3, part 2, 4.8: a key derived from the password (PBKDF2) for each part, AES-256-CBC over the packed part.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from vsme_xl.reading.refusal import UnreadableWorkbook
from vsme_xl.reading.workbook_parts import Package, local_name, read_part, read_tree

MANIFEST, MARK = "META-INF/manifest.xml", b"encryption-data"
NEEDED = ("content.xml", "meta.xml")
PLAIN_MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
CIPHER, DERIVATION = "aes256-cbc", "PBKDF2"
HASHES = {"sha256": "sha256", "sha256-1k": "sha256", "sha1": "sha1", "sha1-1k": "sha1", "sha1/1k": "sha1"}
BLOCK, CHECKED = 16, 1024


@dataclass(frozen=True)
class Encryption:
    """How one part is encrypted, as the manifest says; `size` is that of the part unpacked."""

    size: int
    vector: bytes
    salt: bytes
    rounds: int
    key_size: int
    password_hash: str
    checksum_hash: str
    checksum: bytes


def is_encrypted(package: Package) -> bool:
    """Return whether a password protects an OpenDocument file."""
    return MARK in (read_part(package, MANIFEST) or b"")


def plain_document(package: Package, password: str) -> bytes:
    """Return an .ods of the parts we read; UnreadableWorkbook where the password is wrong or the way is not known."""
    tree = read_tree(package, MANIFEST)
    entries = {_attributes(entry).get("full-path", ""): entry for entry in (tree if tree is not None else ())}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("mimetype", read_part(package, "mimetype") or b"", zipfile.ZIP_STORED)
        out.writestr(MANIFEST, PLAIN_MANIFEST)
        for part in NEEDED:
            content = read_part(package, part)
            if content is not None and part in entries:
                how = _encryption(package, entries[part])
                out.writestr(part, content if how is None else _decrypted(package, part, content, how, password))
            elif part == NEEDED[0]:  # the whole document packed and encrypted once more, as newer programs can
                package.refuse("encrypted_otherwise")
    return buffer.getvalue()


def _encryption(package: Package, entry: Element) -> Encryption | None:
    """Return how a part is encrypted; None where it is not."""
    data = next((child for child in entry if local_name(child) == MARK.decode()), None)
    if data is None:
        return None
    said = {local_name(child): _attributes(child) for child in data}
    cipher, derivation = said.get("algorithm", {}), said.get("key-derivation", {})
    start, check = said.get("start-key-generation", {}), _attributes(data)
    known = _last(cipher.get("algorithm-name", "")) == CIPHER and _last(derivation.get("key-derivation-name", ""))
    if known != DERIVATION:
        package.refuse("encrypted_otherwise")
    try:
        return Encryption(
            size=int(_attributes(entry)["size"]), vector=base64.b64decode(cipher["initialisation-vector"]),
            salt=base64.b64decode(derivation["salt"]), rounds=int(derivation["iteration-count"]),
            key_size=int(derivation.get("key-size", "16")),
            password_hash=HASHES[_last(start.get("start-key-generation-name", "sha1")).lower()],
            checksum_hash=HASHES[_last(check["checksum-type"]).lower()], checksum=base64.b64decode(check["checksum"]),
        )  # fmt: skip
    except (KeyError, ValueError) as error:
        raise UnreadableWorkbook("damaged", {"file": package.file, "part": MANIFEST}) from error


def _decrypted(package: Package, part: str, content: bytes, how: Encryption, password: str) -> bytes:
    """Return a part in plain."""
    limits = package.limits
    limits.check("password_rounds", how.rounds, package.file)
    limits.check("part_bytes", how.size, package.file, part=part)
    right = how.rounds > 0 and how.key_size == 32 and len(how.vector) == BLOCK
    if not (right and content) or len(content) % BLOCK:
        package.refuse("damaged", part=part)
    packed = _deciphered(package, content, how, password)
    packed = packed[: -packed[-1]] if 0 < packed[-1] <= BLOCK else packed
    if hashlib.new(how.checksum_hash, packed[:CHECKED]).digest() != how.checksum:
        package.refuse("wrong_password")
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = stream.decompress(packed, how.size + 1)
    except zlib.error:
        plain = b""
    if not stream.eof or len(plain) != how.size:
        package.refuse("damaged", part=part)
    return plain


def _deciphered(package: Package, content: bytes, how: Encryption, password: str) -> bytes:
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError as error:
        raise UnreadableWorkbook("encrypted_extra", {"file": package.file}) from error
    start = hashlib.new(how.password_hash, password.encode()).digest()
    key = hashlib.pbkdf2_hmac("sha1", start, how.salt, how.rounds, how.key_size)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(how.vector)).decryptor()
    return decryptor.update(content) + decryptor.finalize()


def _attributes(element: Element) -> Mapping[str, str]:
    return {name.rpartition("}")[2]: value for name, value in element.attrib.items()}


def _last(name: str) -> str:
    """Return the name of a way to encrypt without the address in front of it."""
    return name.rpartition("#")[2]
