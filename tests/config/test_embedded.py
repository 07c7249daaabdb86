"""The traps that an embedded PostgreSQL has met, each with a real server, as root and as an ordinary user."""

from __future__ import annotations

import importlib.util
import os
import pwd
import signal
import stat
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from baogong.config import embedded
from baogong.config.embedded import EmbeddedServer, OtherPostgresVersion, ServerUnavailable
from baogong.config.home import Home
from tests.config.conftest import IS_ROOT, Hold, Holder, Person, copy_kit, eventually, processes_of

LINGERS_S = 3
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root makes a system user and copies programs for it")


def mode(path: Path | str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def postmaster_of(holder: Holder) -> int:
    return int(Path(holder.facts["data"], "postmaster.pid").read_text().split()[0])


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_server_starts_answers_and_leaves_no_process_behind(person: Person, hold: Hold) -> None:
    root_before = mode("/root") if os.path.exists("/root") else None
    home = person.folder / "book"
    holder = hold(home)
    settings = {
        name: holder.ask(f"SHOW {name}")[0][0]
        for name in ("listen_addresses", "unix_socket_permissions", "jit", "server_encoding", "data_checksums")
    }
    assert settings == {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "jit": "off",
        "server_encoding": "UTF8",
        "data_checksums": "on",
    }
    assert holder.ask("SELECT datlocprovider, datlocale, datcollate FROM pg_database WHERE datname = 'template0'") == [
        ["b", "C.UTF-8", "C"]
    ]
    assert os.stat(f"/proc/{postmaster_of(holder)}").st_uid == person.server_uid != 0
    socket = Path(holder.facts["socket"])
    assert (mode(socket), os.stat(socket).st_uid) == (0o700, person.server_uid)
    assert len(os.fsencode(socket)) <= 90
    holder.let_go()
    assert eventually(lambda: processes_of(home), until=lambda found: not found) == []
    assert root_before is None or mode("/root") == root_before


def test_what_was_committed_is_there_after_a_stop_and_a_start(person: Person, hold: Hold) -> None:
    first = hold(person.folder / "book")
    first.ask("CREATE TABLE kept AS SELECT 7 AS seven")
    first.let_go()
    second = hold(person.folder / "book")
    assert second.ask("SELECT seven FROM kept") == [[7]]
    second.let_go()


@pytest.mark.parametrize("name", ["保供 的 book", 'it\'s "so" $HOME `x` \\ ,;', "x" * 120])
def test_spaces_chinese_quotes_and_long_names_in_the_path_do_no_harm(person: Person, hold: Hold, name: str) -> None:
    holder = hold(person.folder / name / "book")
    assert holder.ask("SELECT '保供'") == [["保供"]]
    assert len(os.fsencode(holder.facts["socket"])) <= 90
    assert mode(holder.facts["socket"]) == 0o700
    holder.let_go()
    assert not os.path.exists(holder.facts["socket"])


def test_a_locale_that_is_not_installed_does_no_harm(person: Person, hold: Hold) -> None:
    holder = hold(person.folder / "书", LC_ALL="xx_YY.UTF-8", LANG="zh_CN.GB18030", LANGUAGE="xx")
    assert holder.ask("SELECT upper('é保')") == [["É保"]]
    holder.let_go()


def test_variables_meant_for_another_server_are_not_obeyed(person: Person, hold: Hold) -> None:
    astray = {
        "PGSERVICE": "elsewhere",
        "PGHOST": "192.0.2.1",
        "PGOPTIONS": "-c no.such=1",
        "PGDATA": "/",
        "PGUSER": "x",
    }
    holder = hold(person.folder / "book", **astray)
    assert holder.ask("SELECT current_user") == [["baogong"]]
    holder.let_go()


def test_a_clone_under_a_private_folder_works_and_the_folder_stays_private(person: Person, hold: Hold) -> None:
    private = person.folder / "private"
    private.mkdir(mode=0o700)
    copy_kit(private)
    if person.account is not None:
        subprocess.run(["chown", "-R", str(person.account.pw_uid), str(private)], check=True)
    holder = hold(person.folder / "book", kit=private)
    assert holder.ask("SELECT 1") == [[1]]
    program = os.readlink(f"/proc/{postmaster_of(holder)}/exe")
    assert program.startswith(str(person.folder / ("system" if person.who == "root" else "private")))
    assert mode(private) == 0o700
    holder.let_go()


def test_a_home_under_a_private_folder_works_and_the_folder_stays_private(person: Person, hold: Hold) -> None:
    private = person.folder / "private"
    private.mkdir(mode=0o700)
    os.chown(private, *((person.account.pw_uid, -1) if person.account else (-1, -1)))
    holder = hold(private / "book")
    holder.ask("CREATE TABLE kept AS SELECT 7 AS seven")
    is_elsewhere = holder.facts["data"].startswith(str(person.folder / "system" / "clusters"))
    assert is_elsewhere == (person.who == "root")
    assert mode(private) == 0o700
    holder.let_go()
    again = hold(private / "book")
    assert again.facts["data"] == holder.facts["data"]
    assert again.ask("SELECT seven FROM kept") == [[7]]
    again.let_go()


def test_a_stale_pid_file_with_a_living_pid_is_seen_through(person: Person, hold: Hold) -> None:
    home = person.folder / "book"
    first = hold(home)
    first.ask("CREATE TABLE kept AS SELECT 7 AS seven")
    data, server = Path(first.facts["data"]), postmaster_of(first)
    stale = (data / "postmaster.pid").read_bytes()
    first.let_go()
    user = pwd.getpwuid(person.server_uid)
    bystander = subprocess.Popen(["sleep", "60"], cwd="/", **embedded.as_user(user if IS_ROOT else None))
    try:
        (data / "postmaster.pid").write_bytes(stale.replace(str(server).encode(), str(bystander.pid).encode(), 1))
        os.chown(data / "postmaster.pid", user.pw_uid, -1)
        started_s = time.monotonic()
        second = hold(home)
        assert time.monotonic() - started_s < 15
        assert second.ask("SELECT seven FROM kept") == [[7]]
        second.let_go()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_two_books_run_at_once_and_know_nothing_of_each_other(person: Person, hold: Hold) -> None:
    one, other = hold(person.folder / "one"), hold(person.folder / "other")
    one.ask("CREATE TABLE mine AS SELECT 1 AS one")
    assert other.ask("SELECT to_regclass('mine')") == [[None]]
    one.let_go()
    assert other.ask("SELECT 1") == [[1]]
    other.let_go()


def test_the_last_one_to_let_go_stops_the_server_whoever_started_it(person: Person, hold: Hold) -> None:
    home = person.folder / "book"
    starter, user = hold(home), hold(home)
    server = postmaster_of(starter)
    starter.let_go()
    assert user.ask("SELECT 1") == [[1]]
    assert postmaster_of(user) == server
    user.let_go()
    assert is_gone(server)


def test_a_killed_server_is_started_again_with_everything_committed(person: Person, hold: Hold) -> None:
    holder = hold(person.folder / "book")
    holder.ask("CREATE TABLE kept AS SELECT 7 AS seven")
    server = postmaster_of(holder)
    os.kill(server, signal.SIGKILL)
    assert holder.ask("restart if dead") is True
    assert holder.ask("SELECT seven FROM kept") == [[7]]
    assert postmaster_of(holder) != server
    assert holder.ask("restart if dead") is False
    holder.let_go()


@pytest.mark.parametrize("retry_s", [None, 1])
def test_what_a_killed_server_leaves_in_its_memory_is_waited_for(
    person: Person, hold: Hold, retry_s: float | None
) -> None:
    """A process of it that lingers keeps its shared memory; PostgreSQL refuses until that one is gone."""
    holder = hold(person.folder / "book", **({} if retry_s is None else {"BAOGONG_RETRY_S": str(retry_s)}))
    holder.ask("CREATE TABLE kept AS SELECT 7 AS seven")
    [[lingers]] = holder.ask("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
    os.kill(lingers, signal.SIGSTOP)
    os.kill(postmaster_of(holder), signal.SIGKILL)
    ends = threading.Timer(LINGERS_S, os.kill, (lingers, signal.SIGKILL))
    ends.start()
    try:
        began_s = time.monotonic()
        said = holder.say("restart if dead")
        took_s = time.monotonic() - began_s
    finally:
        ends.join()
    if retry_s is None:
        assert said == {"answer": True}
        assert LINGERS_S <= took_s < LINGERS_S + embedded.LOCK_FILE_RETRY_S
        assert holder.ask("SELECT seven FROM kept") == [[7]]
        holder.let_go()
    else:
        assert took_s < LINGERS_S
        assert "did not start" in said["error"]["message"]
        assert holder.process.wait() == 0
    assert "pre-existing shared memory block" in (person.folder / "book" / "log" / "postgres.log").read_text()


def test_the_server_of_a_killed_holder_is_stopped_in_order(person: Person, hold: Hold) -> None:
    home = person.folder / "book"
    holder = hold(home)
    holder.kill()
    assert eventually(lambda: processes_of(home), until=lambda found: not found) == []
    assert "database system is shut down" in (home / "log" / "postgres.log").read_text()


def test_a_server_left_running_is_adopted_and_stopped_by_its_next_user(person: Person, hold: Hold) -> None:
    home = person.folder / "book"
    holder = hold(home)
    server = postmaster_of(holder)
    guards = [pid for pid in processes_of(home) if b"baogong.config.embedded" in cmdline(pid)]
    assert len(guards) == 1
    os.kill(guards[0], signal.SIGKILL)
    holder.kill()
    time.sleep(0.5)
    assert not is_gone(server), "nobody was left to stop it"
    adopter = hold(home)
    assert postmaster_of(adopter) == server
    adopter.let_go()
    assert eventually(lambda: processes_of(home), until=lambda found: not found) == []


def test_being_killed_at_any_moment_of_the_first_start_spoils_nothing(person: Person, hold: Hold) -> None:
    home = person.folder / "book"
    for wait_s in (0.05, 0.2, 0.4, 0.6, 0.8, 1.0):
        process = subprocess.Popen(
            [str(person.python), str(person.kit / "drive.py"), str(home), str(person.folder / "system")],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(person.kit)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            **person.as_user,
        )
        time.sleep(wait_s)
        process.kill()
        process.wait()
        process.communicate()
    holder = hold(home)
    assert holder.ask("SELECT 1") == [[1]]
    assert list(home.glob("pg.draft-*")) == []
    holder.let_go()


def test_a_cluster_of_another_version_is_refused_with_the_way_out(tmp_path: Path) -> None:
    home = Home(tmp_path / "book").make()
    home.pg.mkdir()
    (home.pg / "PG_VERSION").write_text("16\n")
    with pytest.raises(OtherPostgresVersion) as refusal:
        EmbeddedServer(home).acquire()
    assert (refusal.value.found, refusal.value.expected) == ("16", "18")
    assert "baogong backup" in refusal.value.cure
    assert "baogong restore" in refusal.value.cure
    assert [path.name for path in home.pg.iterdir()] == ["PG_VERSION"]


def test_a_machine_without_the_wheel_is_told_of_database_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ServerUnavailable) as refusal:
        EmbeddedServer(Home(tmp_path / "book").make()).acquire()
    assert "DATABASE_URL" in refusal.value.cure


@needs_root
def test_root_without_a_way_to_make_a_user_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "SYSTEM_USER", "no-such-user-here")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ServerUnavailable) as refusal:
        embedded.system_user()
    assert "useradd" in refusal.value.message
    assert "DATABASE_URL" in refusal.value.cure


def test_a_socket_folder_that_someone_else_prepared_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = EmbeddedServer(Home(tmp_path / ("x" * 100) / "book"))
    first = server.socket_folder
    assert first.parent == Path("/tmp")
    first.mkdir(mode=0o755)
    first.chmod(0o755)
    try:
        assert server.socket_folder != first
    finally:
        first.rmdir()


def test_an_unused_lock_folder_means_nothing_to_stop() -> None:
    with tempfile.TemporaryDirectory() as name:
        assert EmbeddedServer(Home(Path(name) / "never")).stop_if_unused()
        assert not (Path(name) / "never").exists()


def cmdline(pid: int) -> bytes:
    """The words a process was started with; none when it ended meanwhile, as a server's short-lived children do."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
