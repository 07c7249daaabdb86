"""What of the people who were typed in can be read by whoever holds a backup, a log or an answer, but no key."""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import new as digest_of
from pathlib import Path
from urllib.parse import quote

import numpy as np

from baogong.config.embedded import wheel_programs

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
DIGESTS = ("md5", "sha1", "sha256", "sha512")
HEAD_BYTES = 8  # of a needle: shorter ones would be met by chance


class Needles:
    """Everything that was typed, in every spelling in which a table, a file or an answer could tell it."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        """typed  what it is of (“telephone: phone”) → the text as it was typed"""
        self._of = {needle: of for of, text in typed.items() for needle in _needles(text) if len(needle) >= HEAD_BYTES}
        self._heads = np.unique(np.array([_head(needle) for needle in self._of], dtype="<u8"))
        self._with_head: dict[int, list[bytes]] = {}
        for needle in self._of:
            self._with_head.setdefault(_head(needle), []).append(needle)

    def found_in(self, content: bytes) -> set[str]:
        """Of what was typed, all that this content tells; packed parts are opened."""
        # Escaped once more by each hand it went through: a JSON text in a JSON column of a dump has four where there was one.
        parts = [re.sub(rb"\\+", rb"\\", content), *_unpacked(content)]
        return {of for part in parts for of in self._met(part)}

    def _met(self, content: bytes) -> Iterator[str]:
        """Thousands of needles at once: first where eight bytes begin one of them, then whether the rest follows."""
        for shift in range(HEAD_BYTES):
            whole = (len(content) - shift) // HEAD_BYTES
            if whole < 1:
                return
            words = np.frombuffer(content, "<u8", count=whole, offset=shift)
            for at in np.flatnonzero(np.isin(words, self._heads)):
                place = shift + int(at) * HEAD_BYTES
                for needle in self._with_head[int(words[at])]:
                    if content.startswith(needle, place):
                        yield self._of[needle]

    def found_in_dump(self, backup: Path) -> set[tuple[str, str]]:
        """(table, what it tells) of a file that `baogong backup` wrote, unpacked as `restore` does; the raw file as well."""
        found = {("the file itself", of) for of in self.found_in(backup.read_bytes())}
        for table, rows in tables_of(backup).items():
            found |= {(table, of) for of in self.found_in(rows)}
        return found


def tables_of(backup: Path) -> dict[str, bytes]:
    """Table → its rows as text."""
    script = subprocess.run(
        [str(wheel_programs() / "pg_restore"), "--file=-", str(backup)], capture_output=True, check=True
    ).stdout
    return {
        match[1].decode(): match[2]
        for match in re.finditer(rb"^COPY public\.(\S+) [^\n]*;\n(.*?)^\\\.$", script, re.DOTALL | re.MULTILINE)
    }


def _head(needle: bytes) -> int:
    return int.from_bytes(needle[:HEAD_BYTES], "little")


def _needles(text: str) -> Iterator[bytes]:
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
    escaped = json.dumps(text)[1:-1]
    parted = {"-".join(text), " ".join(text)} if text.isascii() else set()
    for spelled in {text, text.lower(), wide, escaped, quote(text)} | parted:
        for encoding in ENCODINGS:
            raw = spelled.encode(encoding)
            yield raw
            yield from _as_letters(raw)
    # A number has so few possible values that a digest without a key is as good as the number.
    for name in DIGESTS:
        mark = digest_of(name, text.encode()).digest()
        yield mark
        yield from _as_letters(mark)


def _as_letters(raw: bytes) -> Iterator[bytes]:
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for shift, skipped in ((0, 0), (1, 2), (2, 3)):  # wherever it stands in what was encoded
        letters = b64encode(bytes(shift) + raw).rstrip(b"=")
        yield letters[skipped : (shift + len(raw)) * 8 // 6]


def _unpacked(content: bytes) -> list[bytes]:
    """What stands as bytes in a row, as itself, and opened where it is packed."""
    opened = []
    for match in re.finditer(rb"\\x([0-9a-f]{16,})", content):
        if len(match[1]) % 2:
            continue
        raw = bytes.fromhex(match[1].decode())
        if raw[:4] == b"PK\x03\x04":
            with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(raw)) as archive:
                opened += [archive.read(name) for name in archive.namelist()]
        elif raw[:2] == b"\x1f\x8b":
            with suppress(OSError, EOFError):
                opened.append(gzip.decompress(raw))
        elif raw[:1] == b"\x78":
            with suppress(zlib.error):
                opened.append(zlib.decompress(raw))
    return opened
