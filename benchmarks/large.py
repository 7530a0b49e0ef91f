"""A client with no way to S3 moves a large file up and down: `python benchmarks/large.py [--gib 5] [--json FILE]`.

The client is a container of its own, with MLflow and nothing of AWS, on a network where only the server is. Needs the
packages of requirements-dev.lock. Everything that was started is removed by name, also after Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CLIENT = Path(__file__).with_name("large_client.py")
VERSION = "3.17.2"
MIB = 2**20


def main() -> int:
    """Move it and print; 0 when the bytes are equal, the disk did not grow and memory was within the formula."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src"), str(ROOT / "mlflow")]
    from table import machine

    parser = argparse.ArgumentParser(description="A large file, by a client that cannot reach S3.")
    parser.add_argument("--gib", type=int, default=5, metavar="N", help="its size (5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file")
    options = parser.parse_args()
    found = move(options.gib)
    about = "".join(f"- {name}: {value}\n" for name, value in machine().items())
    sys.stdout.write(f"{about}\n{markdown(found)}\n")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if met(found) else 1


def move(gib: int) -> dict[str, Any]:
    """The client's seconds and digests, and the most memory and disk (bytes) that the server took beyond before."""
    from containers import Stock, command
    from stage import say, stack_with
    from transfers import watch
    from watched import usage

    from stackd.artifacts.parts import peak_bytes
    from support import docker
    from support.rest import Rest
    from support.stack import new_project

    stock = Stock(VERSION, None)
    stock.build()
    client = new_project("mlflow-benchmark-large")
    with stack_with([]) as stack:
        root, server = Rest(stack).new_root("large"), stack.container()
        # After the server's first network, by which the engine publishes its port.
        network = f"{stack.project}_large"
        store = _addresses(stack.s3.project)
        facts = docker.inspect(server)
        try:
            command("docker", "network", "create", network)
            command("docker", "network", "connect", "--alias", "mlflow", network, server)
            before = usage(int(facts["State"]["Pid"]))
            mounted = ("--volume", f"{CLIENT}:/client.py:ro", "--volume", "/work")
            place = ("--network", network, "--name", client, *mounted, "--entrypoint", "python")
            say(f"{gib} GiB up and down")
            with watch(facts) as seen:
                said = command(
                    "docker", "run", *place, stock.image, "/client.py", "http://mlflow:5000", root, str(gib), *store
                )
        finally:
            docker.docker("rm", "--force", "--volumes", client, check=False)
            docker.docker("network", "disconnect", "--force", network, server, check=False)
            docker.docker("network", "rm", network, check=False)
        found: dict[str, Any] = json.loads(said.splitlines()[-1])
    grown = seen["memory"] - before
    return {**found, "gib": gib, "grown": grown, "disk": seen["disk"], "formula": peak_bytes(1, 1)}


def _addresses(project: str) -> list[str]:
    """Where the store listens, on any network: what the client must not reach."""
    from support import docker

    found = []
    for container in docker.containers(project):
        networks = docker.inspect(container)["NetworkSettings"]["Networks"].values()
        found += [f"{each['IPAddress']}:{port}" for each in networks for port in (8333, 8334)]
    return found


def met(found: dict[str, Any]) -> bool:
    """Whether it was as promised."""
    equal = found["up_digest"] == found["down_digest"]
    alone = not found["reached"] and not found["aws"]
    return bool(equal and alone and found["disk"] == 0 and found["grown"] <= found["formula"])


def markdown(found: dict[str, Any]) -> str:
    """The table for people."""
    grown, formula = (f"{found[name] / MIB:.0f}" for name in ("grown", "formula"))
    rate = {way: found["gib"] * 1024 / found[f"{way}_seconds"] for way in ("up", "down")}
    equal = "equal" if found["up_digest"] == found["down_digest"] else "DIFFERENT"
    reached = ", ".join(found["reached"]) or f"none of {found['tried']}"
    return "\n".join(
        [
            f"{found['gib']} GiB by MLflow's client, in a container on a network of its own:",
            "",
            "| | |",
            "|---|---|",
            f"| up, down | {found['up_seconds']:.1f} s, {found['down_seconds']:.1f} s |",
            f"| MiB/s | {rate['up']:.0f}, {rate['down']:.0f} |",
            f"| bytes | {equal} |",
            f"| addresses of S3 that it reached | {reached} |",
            f"| variables of AWS that it had | {', '.join(found['aws']) or 'none'} |",
            f"| files on the server's disk meanwhile | {found['disk']:.0f} bytes |",
            f"| server's memory beyond idle | {grown} MiB, by the formula {formula} |",
            "",
            "met" if met(found) else "missed",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
