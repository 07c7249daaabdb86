"""The claim path's process: granian serves one raw callable by RSGI, on a port of its own beside the site's."""

from __future__ import annotations

import argparse
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.log import LogLevels

from baogong.config.lifeline import follow_parent

BACKLOG = 8_192  # a city comes in the same second


def main() -> None:
    follow_parent()
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    given = parser.parse_args()
    Granian(
        "baogong.config.rsgi:application",
        address=given.host,
        port=given.port,
        interface=Interfaces.RSGI,
        workers=1,  # one writer
        backlog=BACKLOG,
        backpressure=BACKLOG,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
        log_access=False,
        ssl_cert=given.certificate,
        ssl_key=given.key,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
    ).serve()


if __name__ == "__main__":
    main()
