"""The house's secrets: made once, kept in files outside the database."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from baogong.config.home import Home
from baogong.kernel.errors import BaogongError, Kind

_KEY_BYTES = 32


class KeysUnusable(BaogongError):
    """A key file is missing beside others, or has been cut short."""

    kind, code = Kind.UNAVAILABLE, "config.keys-unusable"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """
    secret  signs sessions and links (Django's SECRET_KEY)
    tag     32 bytes: equal inputs give equal tags, so that a number can be found without being stored
    cipher  32 bytes: the rare display of personal data
    """

    secret: str
    tag: bytes
    cipher: bytes


KEY_FILES = ("secret", "tag", "cipher")


def load_keys(home: Home) -> Keys:
    """
    The keys of this home, made on the first run.

    Each file is written whole before it gets its name, and never over another (O_EXCL); mode 0600.
    Raises KeysUnusable where only some are there: a new tag key would make every stored tag meaningless.
    """
    missing = [name for name in KEY_FILES if not (home.keys / name).exists()]
    if missing and len(missing) < len(KEY_FILES) and (home.keys / "complete").exists():
        raise KeysUnusable(
            f"The key {', '.join(missing)} is missing from {home.keys}; the house does not start without it.",
            where=str(home.keys),
            found="missing: " + ", ".join(missing),
            expected=", ".join(KEY_FILES),
            cure="Put the keys back from the file that `baogong backup --keys` wrote.",
        )
    for name in missing:
        _write_once(home.keys / name, secrets.token_hex(_KEY_BYTES).encode())
    _write_once(home.keys / "complete", b"")
    keys = read_keys(home)
    assert keys is not None
    return keys


def read_keys(home: Home) -> Keys | None:
    """The keys of this home, or None before its first run. Touches nothing."""
    try:
        secret, tag, cipher = ((home.keys / name).read_text(encoding="ascii").strip() for name in KEY_FILES)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    return keys_from({"secret": secret, "tag": tag, "cipher": cipher}, where=home.keys)


def keys_from(written: Mapping[str, str], *, where: Path) -> Keys:
    """Keys as they are written down: hexadecimal digits under each name of KEY_FILES. Raises KeysUnusable."""
    try:
        found = {name: bytes.fromhex(written[name]) for name in KEY_FILES}
    except ValueError:
        found = {}
    if len(found) < len(KEY_FILES) or any(len(key) != _KEY_BYTES for key in found.values()):
        raise KeysUnusable(
            f"A key in {where} is not {_KEY_BYTES} bytes long; the house does not start with it.",
            where=str(where),
            expected=f"{_KEY_BYTES * 2} hexadecimal digits for each of {', '.join(KEY_FILES)}",
            cure="Put the keys back from the file that `baogong backup --keys` wrote.",
        )
    return Keys(secret=written["secret"], tag=found["tag"], cipher=found["cipher"])


def replace_keys(home: Home, keys: Keys) -> None:
    """Make these the home's keys; different ones that were there are kept aside in a folder `replaced-…`."""
    if read_keys(home) == keys:
        return
    aside = home.keys / f"replaced-{secrets.token_hex(4)}"
    aside.mkdir(mode=0o700)
    for name, content in (("secret", keys.secret), ("tag", keys.tag.hex()), ("cipher", keys.cipher.hex())):
        draft = home.keys / f".{name}.incoming"
        draft.unlink(missing_ok=True)
        _write_once(draft, content.encode())
        with contextlib.suppress(FileNotFoundError):
            os.link(home.keys / name, aside / name)
        draft.replace(home.keys / name)


def _write_once(path: Path, content: bytes) -> None:
    """Another process doing the same at the same moment wins or loses; nobody reads half a key."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
