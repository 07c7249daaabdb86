"""`baogong up` as it is used: real processes, real signals, and nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509

from baogong.config.home import Home
from baogong.config.supervisor import free_port, is_running
from baogong.kernel.errors import UnusableInput
from tests.config.conftest import eventually, processes_of
from tests.config.house import BAOGONG, House, get, nothing_left


@pytest.fixture(scope="module")
def base() -> Path:
    """One home for the whole file: its book is made once."""
    folder = Path(os.environ["BAOGONG_TEST_FOLDER"]) / f"保供 up {secrets.token_hex(3)}"
    folder.mkdir(mode=0o711)
    return folder


@pytest.fixture
def up(base: Path) -> Iterator[Callable[..., House]]:
    houses: list[House] = []

    def start(*words: str) -> House:
        houses.append(House(base, *words))
        return houses[-1]

    yield start
    for house in houses:
        with contextlib.suppress(ProcessLookupError):
            house.process.terminate()
        house.process.wait(timeout=60)
        assert house.process.stderr is not None
        house.process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])  # SIGTERM is how `down` asks, below
def test_each_way_to_stop_stops_everything_in_order(up: Callable[..., House], number: signal.Signals) -> None:
    house = up()
    address = house.until_open()
    assert get(address)[0] < 500
    eventually(lambda: house.children("baogong.config.worker"))
    everything = house.all_processes()
    assert len(everything) > 5
    house.process.send_signal(number)
    assert house.wait() == 0
    assert "Closed." in house.said
    assert "was killed" not in house.said
    assert eventually(lambda: nothing_left(everything), until=lambda left: not left) == []
    log = (house.home / "log" / "postgres.log").read_text()
    assert log.rstrip().endswith("database system is shut down")


def test_the_first_start_offers_one_link_and_binds_this_machine_only(up: Callable[..., House]) -> None:
    house = up("--json")
    address = house.until_open()
    assert address.startswith("http://127.0.0.1:")
    link = house.hear(r"(http://\S+/first/\S+/)")
    assert link.startswith(address)
    told = eventually(lambda: house.stdout.read_text(), until=bool)
    assert json.loads(told) == {"addresses": [address], "first_administrator": link}
    port = int(address.rpartition(":")[2])
    listening = subprocess.run(["ss", "-Htln", f"sport = :{port}"], capture_output=True, text=True, check=False).stdout
    assert f"127.0.0.1:{port}" in listening
    assert f"0.0.0.0:{port}" not in listening
    assert get(f"{address}/first/not-a-token/")[0] in (403, 404, 410)


def test_static_files_come_under_lasting_names_from_this_machine(up: Callable[..., House]) -> None:
    house = up()
    address = house.until_open()
    names = json.loads((house.home / "run" / "static" / "staticfiles.json").read_text())["paths"]
    status, headers, body = get(f"{address}/static/{names['leaflet/leaflet.js']}")
    assert (status, headers["cache-control"]) == (200, "max-age=31536000")
    assert len(body) > 100_000
    status, _, style = get(f"{address}/static/{names['leaflet/leaflet.css']}")
    inner = re.search(rb"url\(\"?(images/[^\")]+)", style)
    assert inner is not None
    assert get(f"{address}/static/leaflet/{inner[1].decode()}")[0] == 200


def test_a_busy_port_is_passed_over_and_said(up: Callable[..., House]) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # then somebody else has taken it, which is as good
            taken.bind(("127.0.0.1", 8000))
            taken.listen()
        house = up()
        address = house.until_open()
        assert int(address.rpartition(":")[2]) > 8000
        assert "Port 8000 is taken" in house.said


def test_a_busy_port_that_was_asked_for_is_an_error(up: Callable[..., House]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        house = up("--port", str(port))
        assert house.wait() == 2
        assert f"Port {port} cannot be used" in house.said
        assert "--port" in house.said
        assert eventually(lambda: processes_of(house.home), until=lambda left: not left) == []
        with pytest.raises(UnusableInput):
            free_port("127.0.0.1", port)


def test_a_command_works_in_the_open_book_and_leaves_it_running(
    base: Path, up: Callable[..., House], tmp_path: Path
) -> None:
    house = up()
    address = house.until_open()
    pid_file = house.home / "pg" / "postmaster.pid"
    postmaster = pid_file.read_text().split()[0]
    register = tmp_path / "parties.csv"
    register.write_text("名称,类型\n武汉大学校友会,机构\n", encoding="utf-8")
    ran = [
        subprocess.run([BAOGONG, *words, "--json"], env=os.environ | {"BAOGONG_HOME": str(base)}, capture_output=True)
        for words in (["import", "parties", str(register)], ["party", "show", "武汉大学校友会"])
    ]
    assert [one.returncode for one in ran] == [0, 0], ran[0].stderr + ran[1].stderr
    assert json.loads(ran[0].stdout)["added"] == 1
    assert json.loads(ran[1].stdout)["name"] == "武汉大学校友会"
    assert pid_file.read_text().split()[0] == postmaster
    assert house.process.poll() is None
    assert get(f"{address}/log-in/")[0] == 200


def test_a_second_house_on_the_same_book_is_sent_to_the_first(up: Callable[..., House]) -> None:
    first = up()
    address = first.until_open()
    second = up()
    assert second.wait() == 2
    assert address in second.said
    assert get(address)[0] < 500


def test_fallen_children_and_a_fallen_database_are_started_again(up: Callable[..., House]) -> None:
    house = up()
    address = house.until_open()
    for module in ("baogong.config.site", "baogong.config.worker"):
        (before,) = eventually(partial(house.children, module))
        os.kill(before, signal.SIGKILL)
        eventually(partial(house.children, module), until=partial(is_another, before))
    eventually(lambda: answers(address), within_s=60)
    server = int((house.home / "pg" / "postmaster.pid").read_text().split()[0])
    os.kill(server, signal.SIGKILL)
    house.hear(r"(The database had stopped; it runs again)")
    eventually(lambda: answers(address), within_s=60)


def test_the_claim_path_starts_behind_the_site_and_again_when_it_falls(up: Callable[..., House]) -> None:
    house = up()
    house.until_open()
    (before,) = eventually(partial(house.children, "baogong.config.claims"))
    os.kill(before, signal.SIGKILL)
    eventually(partial(house.children, "baogong.config.claims"), until=partial(is_another, before))


def test_a_killed_house_takes_everything_with_it(up: Callable[..., House]) -> None:
    house = up()
    house.until_open()
    eventually(lambda: house.children("baogong.config.worker"))
    everything = house.all_processes()
    house.process.kill()
    house.process.wait()
    assert eventually(lambda: nothing_left(everything), until=lambda left: not left, within_s=60) == []
    again = up()
    assert get(again.until_open())[0] < 500


def test_down_closes_an_open_house(up: Callable[..., House], base: Path) -> None:
    house = up()
    house.until_open()
    assert is_running(Home(house.home))
    closed = subprocess.run(
        [BAOGONG, "down", "--json"], env=os.environ | {"BAOGONG_HOME": str(base)}, capture_output=True, check=True
    )
    assert json.loads(closed.stdout) == {"closed": ["book"], "in_use": []}
    assert house.wait() == 0
    assert "was killed" not in house.said
    assert not is_running(Home(house.home))
    assert eventually(lambda: processes_of(house.home), until=lambda left: not left) == []


def test_on_the_network_the_house_speaks_https_under_its_own_authority(up: Callable[..., House]) -> None:
    house = up("--lan")
    address = house.until_open()
    assert address.startswith("https://")
    assert "/trust/" in house.hear(r"(https://\S+/trust/)")
    port = int(address.rpartition(":")[2])
    trusting = ssl.create_default_context(cafile=str(house.home / "keys" / "authority.crt"))
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        trusting.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        shown = x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"")
    assert shown.issuer == x509.load_pem_x509_certificate((house.home / "keys" / "authority.crt").read_bytes()).subject
    with socket.create_connection(("127.0.0.1", port)) as plain, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(plain, server_hostname="127.0.0.1")


def is_another(before: int, found: list[int]) -> bool:
    return len(found) == 1 and found != [before]


def answers(address: str) -> bool:
    try:
        return get(address)[0] < 500
    except OSError:
        return False
