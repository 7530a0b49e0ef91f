"""python -m courtside: serve on port 8080 of all addresses; inside a container, which publishes it on loopback."""

from __future__ import annotations

import os
import sys

import uvicorn

from courtside.app import create
from courtside.failures import SettingsError
from courtside.settings import Settings
from courtside.tracking import Tracking

PORT = 8080


def main() -> int:
    """Serve until SIGTERM; exit code 2 and a sentence if a setting is not allowed."""
    try:
        settings = Settings.of(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    # No access log: an open page asks every few seconds whether the server is there.
    uvicorn.run(
        create(settings, Tracking(settings.tracking_uri)), host="0.0.0.0", port=PORT, access_log=False,
        server_header=False, timeout_graceful_shutdown=3,
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
