"""docs/data.md typed in its order, and what it shows compared line by line with what is printed.

Names of snapshots are learned where the page first shows them; the page's folder, port, project and prefix are those of
the test's stack. A digit stands for any number; `…` for anything, and alone on a line for any lines.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from support.documented import BLOCK, COMMENT, ROOT
from support.door import open_door
from support.stack import NewStack, Stack
from support.working_copy import own

PAGE = "docs/data.md"
SNAPSHOT = re.compile(r"\d{8}T\d{6}\.\d{3}Z")
ECHOED = re.compile(r"\$ |   (Network|Container|Volume) |  [a-z]+ing [\d,]+ ")
ANY_LINES = r"(?:.*\n)*?"
OLD = "file:///home/ada/old/mlruns"
ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


class Walk:
    """A user who types a page; `snapshots` are the page's names of them → the real ones."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.snapshots: dict[str, str] = {}
        self.printed = ""
        self.wrong: list[str] = []

    def here(self, text: str) -> str:
        """The page's text with the names of this machine."""
        stack = self.stack
        named = {
            "/home/ada/mlflow-stack": str(stack.folder),
            "/home/ada/mlflow-copies": str(stack.folder.parent / "mlflow-copies"),
            "mlflow-stack_": f"{stack.project}_",
            "s3://basketworld/mlflow-artifacts": f"s3://{stack.bucket}/{stack.prefix}",
            "s3://basketworld/mlflow-backups": f"s3://{stack.bucket}/{stack.project}/mlflow-backups",
            ":5000": f":{stack.port}",
            **self.snapshots,
        }
        for written, real in named.items():
            text = text.replace(written, real)
        return text

    def type(self, block: str) -> None:
        """Each line in a shell; what it printed, without the commands it echoed, is kept for `compare`."""
        lines: list[str] = []
        for line in block.splitlines():
            command = COMMENT.sub("", line).strip()
            done = self.stack.run("sh", "-c", f"{{ {self.here(command)}; }} 2>&1")
            if done.returncode != 0:
                self.wrong.append(f"{command}: exit {done.returncode}\n{done.stdout}")
            if command.startswith("mkdir"):
                own(self.stack.folder.parent / "mlflow-copies")
            lines += [each for each in done.stdout.splitlines() if not ECHOED.match(each)]
        self.printed = "\n".join(lines)

    def compare(self, shown: str) -> None:
        """Line by line; what differs is collected, to be seen at once."""
        for name in SNAPSHOT.findall(shown):
            real = next((each for each in SNAPSHOT.findall(self.printed) if each not in self.snapshots.values()), "")
            if name not in self.snapshots and real:
                self.snapshots[name] = real
        if not same(self.here(shown), self.printed):
            self.wrong.append(f"the page:\n{self.here(shown)}\nprinted:\n{self.printed}\n")


def plain(text: str) -> str:
    """Numbers are one digit, columns one space wide."""
    kept = SNAPSHOT.sub(lambda found: found[0].translate(str.maketrans("0123456789", "abcdefghij")), text)
    return re.sub(r"(?<=\S) +", " ", re.sub(r"\d[\d.,]*", "0", kept)).rstrip()


def pattern(shown: str) -> str:
    """A regular expression for `plain` output."""
    lines = plain(shown).split("\n")
    return "".join(ANY_LINES if line == "…" else re.escape(line).replace("…", ".*?") + "\n" for line in lines)


def same(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed."""
    return bool(re.fullmatch(pattern(shown), plain(printed) + "\n"))


def leave_an_old_server(stack: Stack) -> None:
    """../old: the files of this stack, and its database with the addresses of a server without a proxy."""
    old = stack.folder.parent / "old"
    shutil.copytree(stack.folder / "mlartifacts", old / "mlruns", ignore=shutil.ignore_patterns(".*"))
    (whole,) = (stack.folder / "backups").glob("*/artifacts")
    shutil.copy(whole.parent / "mlflow.db", old)
    with closing(sqlite3.connect(old / "mlflow.db")) as database:
        for table, column in ADDRESSES:
            database.execute(f"UPDATE {table} SET {column} = replace({column}, 'mlflow-artifacts:', ?)", (OLD,))
        database.commit()
    own(old)


def put_where_no_proxy_is(stack: Stack, uri: str) -> None:
    """A file as a client with keys of its own puts it."""
    bucket, _, key = f"{uri}/model.bin".removeprefix("s3://").partition("/")
    stack.s3.client().put_object(Bucket=bucket, Key=key, Body=b"direct")


@pytest.fixture
def theirs(new_stack: NewStack) -> Stack:
    """Another team's stack, with nothing in it."""
    made = new_stack()
    open_door(made.folder)
    return made


def test_the_page_shows_what_people_see(new_stack: NewStack, theirs: Stack) -> None:
    """Otherwise a user restores for the first time on the day it matters, with a page that is wrong."""
    walk = Walk(new_stack())
    open_door(walk.stack.folder)
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    before = ""
    for found in BLOCK.finditer(text):
        language, block = found.groups()
        if "## Share" in text[: found.start()] and walk.stack is not theirs:
            shutil.copytree(walk.stack.folder.parent / "mlflow-copies", theirs.folder.parent / "mlflow-copies")
            walk.stack = theirs
        if language == "sh":
            if "../old/" in block:
                leave_an_old_server(walk.stack)
            walk.type(block)
        elif language == "text" and before == "sh":
            walk.compare(block)
        elif language == "python" and "sys.argv" not in block:
            if "scratch" in block:
                train(walk.stack)
            said = walk.stack.client(walk.here(block)).stdout
            if "direct" in block:
                put_where_no_proxy_is(walk.stack, said.split()[-1])
        before = language
    assert not walk.wrong, "\n".join(walk.wrong)
    counted = [block for language, block in BLOCK.findall(text) if "sys.argv" in block]
    assert theirs.client(*counted, theirs.url, theirs.url, "basketworld").stdout.count("(1, ") == 2
    assert len([path for path in theirs.files() if "/artifacts/" in path]) == 12


def train(stack: Stack) -> None:
    """The run that the page begins with."""
    argv = (sys.executable, "train/train.py", "--quick")
    stack.run(*argv, check=True, MLFLOW_TRACKING_URI=stack.url)


@pytest.mark.parametrize(
    ("shown", "printed", "right"),
    [
        ("a 1\n", "a 22", True),
        ("a\n", "b", False),
        ("a\n", "a\nb", False),
        ("…\nb\n", "a\na\nb", True),
        ("a …: c\n", "a b: c", True),
        ("a …: c\n", "a b: d", False),
    ],
)
def test_a_page_that_is_wrong_is_seen(shown: str, printed: str, right: bool) -> None:
    assert same(shown, printed) is right


def test_the_page_is_there() -> None:
    """The links of its table go to sections that it has."""
    text = Path(ROOT / PAGE).read_text(encoding="utf-8")
    sections = {title.lower().replace(" ", "-") for title in re.findall(r"^#+ (.*)$", text, flags=re.M)}
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= sections
