"""One client of one transfer, in a process of its own: prints the seconds that it took, its own start left out.

transfer_client.py SIDE URL BUCKET ROOT WORK…, where SIDE is boto3 (straight to S3), stock or ours; WORK is `up FILE`,
`down 1`, `small COUNT BYTES THREADS` or `first`.
"""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests")]
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


def main(side: str, url: str, bucket: str, root: str, work: str, *rest: str) -> float:
    """Do it; seconds."""
    if work == "first":
        return first_byte(f"{url}{ARTIFACTS}/{root}/model.bin")
    if work == "small":
        return small(side, url, bucket, root, *map(int, rest))
    move = direct(url, bucket, root) if side == "boto3" else through(url, root)
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        move[work](rest[0] if work == "up" else folder)
        return time.monotonic() - began


def direct(url: str, bucket: str, root: str) -> dict[str, Callable[[str], Any]]:
    """boto3 with its defaults."""
    client = s3(url)
    return {
        "up": lambda file: client.upload_file(file, bucket, f"{root}/model.bin"),
        "down": lambda folder: client.download_file(bucket, f"{root}/model.bin", f"{folder}/model.bin"),
    }


def s3(url: str) -> Any:
    """A client with the writer's keys, and everything else as boto3 has it."""
    import boto3
    from botocore.config import Config

    from support.s3server import REGION, WRITER

    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=WRITER.access_key,
        aws_secret_access_key=WRITER.secret_key,
        config=Config(s3={"addressing_style": "path"}, max_pool_connections=32),
    )


def through(url: str, root: str) -> dict[str, Callable[[str], Any]]:
    """MLflow's client, by the repository that it uses for `mlflow-artifacts:` addresses."""
    from mlflow.store.artifact.mlflow_artifacts_repo import MlflowArtifactsRepository

    repository = MlflowArtifactsRepository(f"{url.replace('http', 'mlflow-artifacts', 1)}/{root}", url)
    return {
        "up": repository.log_artifact,
        "down": lambda folder: repository.download_artifacts("model.bin", folder),
    }


def first_byte(url: str) -> float:
    """Seconds from the request to the first byte of the body."""
    with requests.Session() as session:
        session.trust_env = False
        session.get(url.replace(ARTIFACTS, "/health").split("/health")[0] + "/health", timeout=60)
        began = time.monotonic()
        with session.get(url, stream=True, timeout=120) as answer:
            answer.raise_for_status()
            next(answer.iter_content(1))
            return time.monotonic() - began


def small(side: str, url: str, bucket: str, root: str, count: int, size: int, threads: int) -> float:
    """Many small files at once."""
    body = secrets.token_bytes(size)
    client = s3(url) if side == "boto3" else None

    def work(first: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            for number in range(first, count, threads):
                if client is not None:
                    client.put_object(Bucket=bucket, Key=f"{root}/small/{number}", Body=body)
                else:
                    path = f"{url}{ARTIFACTS}/{root}/small/{number}"
                    session.put(path, data=body, timeout=60).raise_for_status()

    running = [threading.Thread(target=work, args=(first,)) for first in range(threads)]
    began = time.monotonic()
    for each in running:
        each.start()
    for each in running:
        each.join()
    return time.monotonic() - began


if __name__ == "__main__":
    print(json.dumps({"seconds": main(*sys.argv[1:])}))  # noqa: T201 - the answer to who started it.
