"""Where a book lives on this machine: a home is a folder with `pg/`, `keys/`, `log/` and `run/`."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from baogong.kernel.errors import BaogongError, Kind

BOOK, DEMO, PLAY = "book", "demo", "play"

FOR_THE_SYSTEM = Path("/var/lib/baogong")
OF_LAST_RESORT = Path("/var/tmp")  # survives a restart, unlike /tmp


class HomeUnusable(BaogongError):
    """No folder could be made in which a book may live."""

    kind, code = Kind.UNAVAILABLE, "config.home-unusable"


@dataclass(frozen=True, slots=True)
class Home:
    """
    One book's folder.

    pg    the database cluster (`embedded.py`); absent where DATABASE_URL is set
    keys  secrets, 0700, never inside the database and never in a backup of it
    log   what the server, the site and the worker wrote
    run   locks, the socket and other things that mean nothing after a restart
    """

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def pg(self) -> Path:
        return self.path / "pg"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def run(self) -> Path:
        return self.path / "run"

    def make(self) -> Home:
        """Make what is missing; what is there keeps its owner and its mode."""
        for folder in (*reversed(self.path.parents), self.path):
            if not folder.exists():
                make_passage(folder)
        for folder in (self.keys, self.log, self.run):
            _make_folder(folder, 0o700)
        return self


def default_base() -> Path:
    """`$BAOGONG_HOME`, else /var/lib/baogong for root, else the user's own data folder."""
    if named := os.environ.get("BAOGONG_HOME"):
        return Path(named).expanduser().absolute()
    if os.geteuid() == 0:
        return FOR_THE_SYSTEM
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser().absolute() / "baogong"


def find_home(name: str) -> Home:
    """The home of this name: where it is, or where it would be made. Touches nothing."""
    home = Home(default_base() / name)
    if home.path.is_dir() and not os.access(home.path, os.W_OK):
        return Home(last_resort() / name)
    if not home.path.is_dir() and not _can_be_made(home.path):
        return Home(last_resort() / name)
    return home


def open_home(name: str) -> Home:
    """
    The home of this name, made if it is missing.

    A folder that cannot be written is passed over for /var/tmp/baogong-<uid>/<name>, said on stderr.
    Raises HomeUnusable where that folder belongs to someone else.
    """
    home = find_home(name)
    wanted = default_base() / name
    if home.path != wanted:
        sys.stderr.write(f"{wanted} cannot be written; the book is kept in {home.path} instead.\n")
        make_own(home.path.parent)
    try:
        return home.make()
    except OSError as error:
        raise HomeUnusable(
            f"The folder {home.path} cannot be made: {error.strerror}.",
            where=str(home.path),
            found=error.strerror or "",
            expected="a folder this user may write",
            cure="Set BAOGONG_HOME to a folder you may write.",
        ) from error


def make_passage(folder: Path) -> None:
    """A folder of ours: root's server runs as another user, who must be able to pass through, never to look."""
    _make_folder(folder, 0o711 if os.geteuid() == 0 else 0o700)


def _make_folder(folder: Path, mode: int) -> None:
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=mode)
        folder.chmod(mode)  # mkdir's mode is cut by the umask


def _can_be_made(folder: Path) -> bool:
    """Whether the nearest folder that exists may be written, found by writing: root passes every access check."""
    above = next(parent for parent in folder.parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=above):
            return True
    except OSError:
        return False


def last_resort() -> Path:
    """This user's own corner of /var/tmp."""
    return OF_LAST_RESORT / f"baogong-{os.geteuid()}"


def make_own(folder: Path) -> None:
    """/var/tmp is everyone's: the folder there must be ours, and no link that leads elsewhere."""
    make_passage(folder)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o066:
        raise HomeUnusable(
            f"{folder} is not a private folder of this user; nothing was written there.",
            where=str(folder),
            found=f"owner {found.st_uid}, mode {stat.S_IMODE(found.st_mode):o}",
            expected=f"a folder of user {os.geteuid()} that nobody else may read",
            cure="Set BAOGONG_HOME to a folder you may write.",
        )
