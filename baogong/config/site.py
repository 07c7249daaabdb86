"""The site's process: granian serves pages by WSGI and static files by itself."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces, SSLProtocols
from granian.log import LogLevels

from baogong.config.lifeline import follow_parent
from baogong.config.static import KEPT_FOR_S

THREADS = 8  # each may hold one database connection


def main() -> None:
    follow_parent()
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    given = parser.parse_args()
    Granian(
        "baogong.config.wsgi:application",
        address=given.host,
        port=given.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.warning,
        log_access=False,  # addresses hold private links
        ssl_cert=given.certificate,
        ssl_key=given.key,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        static_path_route=["/static"],
        static_path_mount=[Path(os.environ["BAOGONG_STATIC"])],
        static_path_expires=KEPT_FOR_S,
    ).serve()


if __name__ == "__main__":
    main()
