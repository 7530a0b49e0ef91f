"""In the client's container: write a file, log it, fetch it, compare. large_client.py URL ROOT GIB ADDRESS…

Prints one JSON object: seconds and digests both ways, the AWS variables it has, and which of the store's addresses
(HOST:PORT) it could reach.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys
import time
from pathlib import Path

MIB = 2**20
FOLDER = Path("/work")


def main(url: str, root: str, gib: int, addresses: list[str]) -> dict[str, object]:
    """Move it; what is printed."""
    from mlflow.store.artifact.mlflow_artifacts_repo import MlflowArtifactsRepository

    reached = [each for each in addresses if _reaches(each)]
    file, folder = FOLDER / "large.bin", FOLDER / "down"
    folder.mkdir()
    with file.open("wb") as writing:
        for _ in range(gib * 1024):
            writing.write(os.urandom(MIB))
    sent = _digest(file)
    repository = MlflowArtifactsRepository(f"{url.replace('http', 'mlflow-artifacts', 1)}/{root}", url)
    began = time.monotonic()
    repository.log_artifact(str(file))
    up = time.monotonic() - began
    file.unlink()
    began = time.monotonic()
    repository.download_artifacts("large.bin", str(folder))
    down = time.monotonic() - began
    return {
        "up_seconds": up,
        "down_seconds": down,
        "up_digest": sent,
        "down_digest": _digest(folder / "large.bin"),
        "aws": sorted(name for name in os.environ if name.startswith("AWS")),
        "reached": reached,
        "tried": len(addresses),
    }


def _digest(file: Path) -> str:
    with file.open("rb") as reading:
        return hashlib.file_digest(reading, "blake2b").hexdigest()


def _reaches(address: str) -> bool:
    host, _, port = address.partition(":")
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    os.environ["DO_NOT_TRACK"] = "true"
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])))  # noqa: T201 - the answer.
