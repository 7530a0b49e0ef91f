"""Makes the databases of older MLflows again: `python tests/support/old/make.py 2.22 3.14`, by hand, with `uv` on PATH.

Each version is installed into a temporary environment and logs what `logged.py` says. Written beside this file:
`<version>.sql`, the database, and `<version>.json`, the text of every file by store and path. In both, `@here@` and
`@there@` stand for S3 prefixes, `@elsewhere@` for one that nobody has any more, `@folder@` for the folder of the user.
Ids and times are new with every call, so commit both of a version together.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).resolve().parent
STORES = ("here", "there", "mlruns")
MOST_BYTES = 200_000
# 2.22 imports a name that SQLAlchemy 2.1 no longer has, and ends no trace with a newer OpenTelemetry.
OF_ITS_TIME = ("sqlalchemy<2.1", "opentelemetry-sdk<1.34", "opentelemetry-api<1.34")
# Both names that MLflow has had for it: a trace that is still under way when the process ends would be in some dumps.
AT_ONCE = {"MLFLOW_ENABLE_ASYNC_LOGGING": "false", "MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false"}


def make(version: str, folder: Path) -> None:
    """Install a version, log with it in a folder of its own, write both files."""
    environment, home = folder / "environment", folder / "home"
    home.mkdir()
    python = environment / "bin/python"
    subprocess.run(["uv", "venv", "--quiet", str(environment)], check=True)
    wanted = (f"mlflow=={version}.*", *OF_ITS_TIME)
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", str(python), *wanted], check=True)
    # The user is in the rows; the tester's own name need not be.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "AWS_"))}
    anybody = {**kept, "LOGNAME": "ada", "HOME": str(home), "DO_NOT_TRACK": "true", **AT_ONCE}
    (home / "train.py").write_text((HERE / "logged.py").read_text(encoding="utf-8"), encoding="utf-8")
    subprocess.run([str(python), "train.py"], cwd=home, env=anybody, check=True)
    _write(HERE / f"{version}.sql", dump(home / "mlflow.db"), home)
    files = {store: _files(home / store) for store in STORES}
    _write(HERE / f"{version}.json", json.dumps(files, indent=1, sort_keys=True, ensure_ascii=False) + "\n", home)


def dump(database: Path) -> str:
    """The statements that make a database, one order for one content."""
    with closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def _files(store: Path) -> dict[str, str]:
    found = sorted(path for path in store.rglob("*") if path.is_file())
    return {str(path.relative_to(store)): path.read_text(encoding="utf-8") for path in found}


def _write(target: Path, text: str, home: Path) -> None:
    text = text.replace(str(home), "@folder@")
    for store in ("here", "there", "elsewhere"):
        text = text.replace(f"s3://{store}", f"@{store}@")
    assert len(text.encode()) < MOST_BYTES, f"{target.name}: {len(text.encode())} bytes"
    target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for each in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as scratch:
            make(each, Path(scratch))
