"""
Run in a process of its own, as root or not: hold the embedded server of a home and answer questions about it.

Reads one word a line from stdin and prints one JSON document a line. Ends, letting the server go, when stdin does.
BAOGONG_RETRY_S in the environment: how long it tries again after a lock-file error.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from baogong.config import embedded
from baogong.config.embedded import EmbeddedServer
from baogong.config.home import Home
from baogong.config.servers import EmbeddedBook
from baogong.kernel.errors import BaogongError


def main() -> None:
    home, system_folder = Path(sys.argv[1]), Path(sys.argv[2])
    vars(embedded)["FOR_THE_SYSTEM"] = system_folder  # a scratch folder in the place of /var/lib/baogong
    if "BAOGONG_RETRY_S" in os.environ:
        vars(embedded)["LOCK_FILE_RETRY_S"] = float(os.environ["BAOGONG_RETRY_S"])
    server = EmbeddedServer(Home(home).make(), durable=False)
    try:
        with EmbeddedBook(server):
            say({"running": True, "pid": os.getpid(), "data": str(server.data), "socket": str(server.socket_folder)})
            for line in sys.stdin:
                say({"answer": act(server, line.strip())})
    except BaogongError as refusal:
        say({"error": refusal.as_dict()})
    else:
        say({"released": True})


def act(server: EmbeddedServer, words: str) -> Any:
    if words == "restart if dead":
        return server.restart_if_dead()
    with server.connect() as connection:
        found = connection.execute(words.encode())
        return [list(row) for row in found] if found.description else None


def say(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)  # noqa: T201


main()
