"""A step of the build: is everything of MLflow and its libraries that this stack replaces, wraps, overrides or mirrors
what it was when somebody read it? ``python3 mirrored.py [FOLDER]``, a folder of installed packages.

``mirrored.txt`` beside this file has a line for each: dotted name, SHA-256 of its source, the file of ours that depends
on it. A name is a module, or a class, function, method or constant in one. Sources are parsed and never imported: an
import would run code of a version that nobody has read.

``--write`` writes the hashes of what is there now: when every change has been read, and ours changed with it.
"""

import ast
import hashlib
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("mirrored.txt")
GONE = "gone"


@dataclass(frozen=True)
class Mirrored:
    """A name of somebody else's, what its source hashed to, and the file below ``stackd`` that depends on it."""

    name: str
    sha256: str
    ours: str


def table(path: Path = TABLE) -> list[Mirrored]:
    """Every line but comments and empty ones."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Mirrored(*line.split()) for line in lines if line and not line.startswith("#")]


def source(name: str, folder: Path) -> str | None:
    """The source of a dotted name in a folder of packages; None where there is none.

    As ``inspect.getsource``: whole lines, decorators included.
    """
    path, inside = folder, name.split(".")
    while inside and (path / inside[0]).is_dir():
        path /= inside.pop(0)
    if inside and (path / f"{inside[0]}.py").is_file():
        path /= f"{inside.pop(0)}.py"
    else:
        path /= "__init__.py"
    if not path.is_file():
        return None
    lines, body = parsed(path)
    first, last = 1, len(lines)
    for part in inside:
        found = next((each for each in flat(body) if part in names(each)), None)
        if found is None:
            return None
        first = min([found.lineno, *(each.lineno for each in getattr(found, "decorator_list", []))])
        last, body = found.end_lineno or first, getattr(found, "body", [])
    return "".join(lines[first - 1 : last])


@cache
def parsed(path: Path) -> tuple[list[str], list[ast.stmt]]:
    """Lines and statements of a file."""
    text = path.read_text(encoding="utf-8")
    return text.splitlines(keepends=True), ast.parse(text).body


def flat(body: list[ast.stmt]) -> list[ast.stmt]:
    """Statements, and those inside ``if`` and ``try`` among them."""
    found = []
    for each in body:
        found.append(each)
        if isinstance(each, ast.If | ast.Try):
            found += flat([*each.body, *each.orelse])
    return found


def names(statement: ast.stmt) -> list[str]:
    """What a statement defines."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.ImportFrom(names=aliases):
            return [alias.asname or alias.name for alias in aliases]
        case _:
            return []


def digest(name: str, folder: Path) -> str:
    """SHA-256 of a name's source, ``GONE`` where there is none."""
    found = source(name, folder)
    return GONE if found is None else hashlib.sha256(found.encode()).hexdigest()


def changed(rows: list[Mirrored], folder: Path) -> list[Mirrored]:
    """Those whose source in a folder of packages is not what it was."""
    return [row for row in rows if digest(row.name, folder) != row.sha256]


def sentences(rows: list[Mirrored], folder: Path) -> list[str]:
    """What to say of those that have changed."""
    how = {True: "is gone: find what took its place", False: "has changed: read it"}
    return [f"{row.name} {how[digest(row.name, folder) == GONE]}, then look at stackd/{row.ours}" for row in rows]


def main(arguments: list[str]) -> int:
    """Compare, or write; 1 where something has changed."""
    named = [each for each in arguments if each != "--write"]
    folder = Path(named[0] if named else sysconfig.get_paths()["purelib"])
    rows = table()
    found = changed(rows, folder)
    if "--write" in arguments:
        text = TABLE.read_text(encoding="utf-8")
        for row in found:
            text = text.replace(f"{row.name} {row.sha256} ", f"{row.name} {digest(row.name, folder)} ")
        TABLE.write_text(text, encoding="utf-8")
        found = [row for row in found if digest(row.name, folder) == GONE]
    for sentence in sentences(found, folder):
        sys.stderr.write(sentence + "\n")
    sys.stdout.write(f"{len(rows) - len(found)} of {len(rows)} names are what they were\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
