"""Argument lists, compared whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlflow_stack.engine.argv import Bind, Compose

BARE = Compose()
NAMED = Compose((Path("/x/tools.yml"), Path("/x/more.yml")), "side")
OLD = Bind(Path("/old"), "/adopt")
BUILD = "--progress plain build --build-arg SOURCE_HASH=ab --build-arg STACK_VERSION=1.0 mlflow"


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (BARE.config("s3"), "-f docker-compose.yml config --format json"),
        (
            NAMED.config("local"),
            "--project-name side -f docker-compose.local.yml -f /x/tools.yml -f /x/more.yml config --format json",
        ),
        (BARE.config_hash("s3"), "-f docker-compose.yml config --hash mlflow"),
        (BARE.build("s3", "ab", "1.0"), f"-f docker-compose.yml {BUILD}"),
        (BARE.up("s3"), "-f docker-compose.yml --progress plain up --detach"),
        (
            BARE.recreate("local"),
            "-f docker-compose.local.yml --progress plain up --detach --force-recreate --no-deps mlflow",
        ),
        (BARE.start("s3"), "-f docker-compose.yml --progress plain start mlflow"),
        (BARE.stop("local"), "-f docker-compose.local.yml --progress plain stop mlflow"),
        (BARE.down_volumes("s3"), "-f docker-compose.yml --profile * --progress plain down --volumes"),
        (BARE.image_verb("s3", ["check"]), "-f docker-compose.yml run --rm --no-deps -T mlflow check"),
        (
            BARE.image_verb("local", ["adopt", "plan"], [OLD, Bind(Path("/new"), "/out", writable=True)]),
            "-f docker-compose.local.yml run --rm --no-deps -T -v /old:/adopt:ro -v /new:/out mlflow adopt plan",
        ),
        (
            Compose((Path("/x/tools.yml"),)).image_verb("s3", ["usage"], bare=True),
            "-f docker-compose.yml -f /x/tools.yml -f docker-compose.look.yml run --rm --no-deps -T mlflow usage",
        ),
    ],
)
def test_argv(argv: tuple[str, ...], expected: str) -> None:
    assert list(argv) == ["docker", "compose", *expected.split(" ")]


def test_a_path_stays_one_argument() -> None:
    assert "/a b/c.yml" in Compose((Path("/a b/c.yml"),)).up("s3")


def test_stop_never_removes() -> None:
    """An older engine's `docker volume prune` takes a volume that no container holds."""
    assert not {"down", "rm", "--volumes"} & {*BARE.stop("s3"), *BARE.stop("local")}
