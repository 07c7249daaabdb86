"""
`baogong` in a shell without its start-up: one process has everything loaded and forks for each call.

    python -m tests.ops.forkserver SOCKET        the process
    python SOCKET-folder/baogong …               what the shell calls: hands over its files, words, folder and environment

The child is a process of its own with the caller's standard streams; only loading the modules is saved.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import traceback

CLIENT = """#!{python} -IS
import json, os, socket, sys
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
with socket.socket(socket.AF_UNIX) as house:
    house.connect({address!r})
    socket.send_fds(house, [len(asked).to_bytes(4, "big")], [0, 1, 2])
    house.sendall(asked)
    sys.exit(house.recv(1)[0])
"""


def serve(address: str) -> None:
    import django
    import rich.table  # noqa: F401  # loaded here, each child has it
    from django.db.migrations.loader import MigrationLoader

    from baogong.config import cli, database  # noqa: F401
    from baogong.ops.cli import load_commands

    load_commands()
    django.setup()
    MigrationLoader(None)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        while True:
            caller, _ = door.accept()
            with caller:
                length, streams, _flags, _from = socket.recv_fds(caller, 4, 3)
                words, folder, environment = json.loads(_read(caller, int.from_bytes(length, "big")))
                child = os.fork()
                if child == 0:
                    os._exit(_run(cli, streams, words, folder, environment))
                for stream in streams:
                    os.close(stream)
                _pid, status = os.waitpid(child, 0)
                caller.sendall(bytes([os.waitstatus_to_exitcode(status) & 0xFF]))


def _read(caller: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        found += caller.recv(length - len(found))
    return found


def _run(cli: object, streams: list[int], words: list[str], folder: str, environment: dict[str, str]) -> int:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["baogong", *words]
    try:
        cli.main()  # type: ignore[attr-defined]
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
        return 70
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    serve(sys.argv[1])
