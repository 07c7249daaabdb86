from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from baogong.config import home as home_module
from baogong.config.home import Home, HomeUnusable, find_home, open_home
from baogong.config.keys import KeysUnusable, load_keys, read_keys, replace_keys
from tests.config.conftest import IS_ROOT


@pytest.fixture
def last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for /var/tmp."""
    folder = tmp_path / "var-tmp"
    folder.mkdir()
    monkeypatch.setattr(home_module, "OF_LAST_RESORT", folder)
    return folder / f"baogong-{os.geteuid()}"


def test_the_base_is_named_by_the_environment_else_the_systems_or_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOGONG_HOME", "/somewhere")
    assert find_home("book").path in (Path("/somewhere/book"), home_module.last_resort() / "book")
    monkeypatch.delenv("BAOGONG_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", "/users/own")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert home_module.default_base() == Path("/users/own/baogong")
    monkeypatch.delenv("XDG_DATA_HOME")
    assert home_module.default_base() == Path("~/.local/share/baogong").expanduser()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert home_module.default_base() == Path("/var/lib/baogong")


def test_looking_for_a_home_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOGONG_HOME", str(tmp_path / "new"))
    assert find_home("book").path == tmp_path / "new" / "book"
    assert list(tmp_path.iterdir()) == []


def test_a_home_is_private_and_folders_that_were_there_keep_their_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    shared.chmod(0o755)
    monkeypatch.setenv("BAOGONG_HOME", str(shared / "mine"))
    before = os.umask(0o000)
    try:
        home = open_home("book")
    finally:
        os.umask(before)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755
    assert stat.S_IMODE(home.path.stat().st_mode) == (0o711 if IS_ROOT else 0o700)
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (home.keys, home.log, home.run)} == {0o700}


@pytest.mark.parametrize("base", ["/proc/nowhere", "/sys"])
def test_a_read_only_home_falls_back_and_says_so(
    base: str, last_resort: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BAOGONG_HOME", base)
    home = open_home("book")
    assert home.path == last_resort / "book"
    assert stat.S_IMODE(last_resort.stat().st_mode) & 0o066 == 0
    said = capsys.readouterr().err
    assert f"{base}/book" in said
    assert str(home.path) in said
    assert find_home("book") == home


@pytest.mark.skipif(IS_ROOT, reason="root may write into any folder of a writable disk")
def test_a_home_without_the_right_to_write_falls_back(
    tmp_path: Path, last_resort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "locked" / "book").mkdir(parents=True)
    (tmp_path / "locked" / "book").chmod(0o500)
    monkeypatch.setenv("BAOGONG_HOME", str(tmp_path / "locked"))
    assert open_home("book").path == last_resort / "book"


@pytest.mark.skipif(not IS_ROOT, reason="only root can make a folder of somebody else, or mount one read-only")
def test_a_home_on_a_read_only_disk_falls_back(
    tmp_path: Path, last_resort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    (disk / "book").mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", disk], capture_output=True, check=False)
    if mounted.returncode != 0:
        monkeypatch.setattr(os, "access", lambda path, how: not str(path).startswith(str(disk)))
    try:
        monkeypatch.setenv("BAOGONG_HOME", str(disk))
        assert open_home("book").path == last_resort / "book"
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("trap", ["a link", "readable by all"])
def test_a_prepared_folder_in_var_tmp_is_not_trusted(
    trap: str, tmp_path: Path, last_resort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trap == "a link":
        (tmp_path / "elsewhere").mkdir()
        last_resort.symlink_to(tmp_path / "elsewhere")
    else:
        last_resort.mkdir()
        last_resort.chmod(0o777)
    monkeypatch.setenv("BAOGONG_HOME", "/proc/nowhere")
    with pytest.raises(HomeUnusable):
        open_home("book")
    assert not (last_resort / "book").exists()


def test_keys_are_made_once_private_and_all_different(tmp_path: Path) -> None:
    home = Home(tmp_path / "book").make()
    assert read_keys(home) is None
    keys = load_keys(home)
    assert load_keys(home) == keys == read_keys(home)
    assert len({keys.secret, keys.tag.hex(), keys.cipher.hex()}) == 3
    assert {len(keys.tag), len(keys.cipher)} == {32}
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.keys.iterdir()} == {0o600}
    assert load_keys(Home(tmp_path / "other").make()) != keys


def test_a_secret_never_shows_itself(tmp_path: Path) -> None:
    keys = load_keys(Home(tmp_path / "book").make())
    assert keys.secret not in repr(keys)


@pytest.mark.parametrize("name", ["secret", "tag", "cipher"])
def test_a_lost_key_is_never_replaced_by_a_new_one(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path / "book").make()
    load_keys(home)
    (home.keys / name).unlink()
    with pytest.raises(KeysUnusable, match=name):
        load_keys(home)
    assert not (home.keys / name).exists()


def test_a_first_run_killed_between_two_keys_is_finished_by_the_next(tmp_path: Path) -> None:
    home = Home(tmp_path / "book").make()
    first = load_keys(home)
    (home.keys / "complete").unlink()
    (home.keys / "cipher").unlink()
    second = load_keys(home)
    assert (second.secret, second.tag) == (first.secret, first.tag)
    assert len(second.cipher) == 32


@pytest.mark.parametrize("content", ["", "00", "not hexadecimal" * 4, "0" * 63])
def test_a_key_cut_short_is_refused(tmp_path: Path, content: str) -> None:
    home = Home(tmp_path / "book").make()
    load_keys(home)
    (home.keys / "tag").write_text(content)
    with pytest.raises(KeysUnusable):
        load_keys(home)


def test_replaced_keys_are_kept_aside(tmp_path: Path) -> None:
    home, other = Home(tmp_path / "book").make(), Home(tmp_path / "other").make()
    before, incoming = load_keys(home), load_keys(other)
    replace_keys(home, incoming)
    assert load_keys(home) == incoming
    (aside,) = home.keys.glob("replaced-*")
    assert (aside / "tag").read_text() == before.tag.hex()
