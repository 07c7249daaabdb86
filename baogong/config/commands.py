"""`baogong up`, `down` and `demo`: the house itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from baogong.config import supervisor
from baogong.config.embedded import EmbeddedServer
from baogong.config.home import BOOK, DEMO, PLAY, find_home, open_home
from baogong.config.runtime import check_kept
from baogong.config.servers import KEPT_PLAY, Server
from baogong.config.supervisor import Site, Supervisor
from baogong.config.tls import fingerprint, given_certificate, local_certificate
from baogong.kernel.clock import SystemClock
from baogong.ops.output import JsonFlag, say, show

ANY_ADDRESS = "0.0.0.0"  # only ever with a certificate


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(down)
    app.command()(demo)


Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Without it, the first free one from 8000 on.")]


def up(
    port: Port = None,
    lan: Annotated[bool, typer.Option("--lan", help="Serve phones on the same network, over HTTPS.")] = False,
    tls: Annotated[
        tuple[Path, Path] | None, typer.Option(metavar="CERT KEY", help="Serve the network with this certificate.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Open the real book until Ctrl-C. The first time, a one-time link makes the first administrator."""
    home = open_home(BOOK)
    certificate = None
    if tls is not None:
        certificate = given_certificate(home, *tls)
    elif lan:
        certificate = local_certificate(home, SystemClock().now())
    site = Site(host=ANY_ADDRESS if certificate else "127.0.0.1", port=port, certificate=certificate)
    first_link: list[str] = []

    def before(server: Server) -> None:
        from baogong.config.database import who_could_rewrite
        from baogong.people.services import links

        if roles := who_could_rewrite(server, server.database):
            say(
                f"Note: the log-in of DATABASE_URL may become {', '.join(roles)} and change what stands in the book. "
                "docs/runbooks/server.md says how to give the site a log-in of its own."
            )
        token = links.first_administrator_link(now=SystemClock().now())
        if token is not None:
            first_link.append(f"/first/{token}/")

    def ready(port: int) -> None:
        addresses = [site.address(name, port) for name in _names_to_print(site)]
        say("Baogong 保供 is open. Ctrl-C closes it.")
        for address in addresses:
            say(f"  {address}/")
        for path in first_link:
            say(f"Make the first administrator, once, within the hour:\n  {addresses[0]}{path}")
        first = addresses[0] + first_link[0] if first_link else None
        show({"addresses": addresses, "first_administrator": first}, json, lambda console, document: None)
        if certificate is not None and certificate.authority is not None:
            _say_how_to_trust(f"{addresses[0]}/trust/", certificate.authority)

    say("Opening the book …")
    Supervisor(home, site, before=before, ready=ready).run()
    say("Closed.")


def demo(
    port: Port = None,
    book: Annotated[
        str,
        typer.Option("--book", metavar="BOOK", help="A play kept by `scenario play --keep`, instead of the demo's."),
    ] = "",
    json: JsonFlag = False,
) -> None:
    """A book with a real story played in, for looking around. Never reachable from another machine."""
    if book:
        check_kept(book)
        os.environ[KEPT_PLAY] = book  # the site's and the worker's processes open the same one
    home = open_home(PLAY if book else DEMO)
    site = Site(port=port)
    from baogong.ops.scenarios import DEMO_STORY

    mark = f"played {DEMO_STORY}"

    def before(server: Server) -> None:
        if not book and server.mark_of(server.database) != mark:
            from baogong.ops.scenarios import play_demo

            say(f"Playing {DEMO_STORY} into the demo's book; this happens once …")
            play_demo()
            server.mark_database(server.database, mark)
        say("The database is ready. Starting the site …")

    def ready(port: int) -> None:
        from baogong.ops.who import as_json, cast_of, told

        address = site.address("127.0.0.1", port)
        what = f"The kept play {book}" if book else "The demo of Baogong 保供"
        say(f"{what} is open. Ctrl-C closes it; what you do in it is kept.\n  {address}/")
        cast = cast_of(SystemClock().now())
        say("登录名、密码、谁、职责、打开的页面 · log-in, password, who, duty, the page to open:")
        for line in told(cast, address):
            say(line)
        show({"addresses": [address], "logins": as_json(cast)}, json, lambda console, document: None)

    say("Opening the demo: starting its database …")
    Supervisor(home, site, before=before, ready=ready).run()
    say("Closed.")


def down(json: JsonFlag = False) -> None:
    """Close every open book of this user, and stop a database that was left running."""
    closed, left = [], []
    for name in (BOOK, DEMO, PLAY):
        home = find_home(name)
        if supervisor.stop_running(home):
            closed.append(name)
        if not EmbeddedServer(home).stop_if_unused():
            left.append(name)
    for name in closed:
        say(f"Closed: {name}.")
    for name in left:
        say(f"The database of {name} is still used by another command; it stops with that command.")
    show({"closed": closed, "in_use": left}, json, lambda console, document: None)


def _names_to_print(site: Site) -> list[str]:
    """A phone needs an address it can reach; this machine's own comes last."""
    if site.certificate is None:
        return ["127.0.0.1"]
    own = {"localhost", "127.0.0.1"}
    names = [name for name in site.certificate.names if name not in own and not name.startswith(".")]
    return sorted(names, key=lambda name: not name.replace(".", "").isdigit()) or ["127.0.0.1"]


def _say_how_to_trust(address: str, authority: Path) -> None:
    import segno

    say(f"A phone that opens this page once learns to trust this house:\n  {address}")
    segno.make(address, error="m").terminal(sys.stderr, compact=True)
    say(
        f"Its warning is right the first time: compare the authority's SHA-256 fingerprint.\n  {fingerprint(authority)}"
    )
