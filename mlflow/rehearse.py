"""A step of the build: the empty database, one start of the server with it, and the code of all that this imported.

Their own byte code is removed: every Python of the image gets it from that one file (sitecustomize.py).

The start runs up to the fork, at the real paths, in a build stage that is not kept. What S3 mode imports besides is
named below; a module that was not imported here is found the usual way.
"""

import gc
import importlib.util
import subprocess
import sys
from pathlib import Path

from stackd import mlflow_internals, modules
from stackd.database import patched

patched.use_patched_sqlite()
gc.disable()

from stackd import database  # noqa: E402
from stackd.serve import start  # noqa: E402
from stackd.serve.deferred import defer  # noqa: E402
from stackd.settings import Places, from_environment  # noqa: E402

# pandas stays out, as in a start.
defer("pandas")
mlflow_internals.create_schema(database.at(Places().empty_database).uri)
# In another process: a start without logins imports nothing of them.
users = (
    f"from stackd import mlflow_internals as i; i.upgrade_schema('users', '{database.at(Places().empty_users).uri}')"
)
subprocess.run([sys.executable, "-c", users], check=True)
start.server(from_environment())
for name in ("boto3.session", "botocore.credentials", "s3transfer.manager"):
    importlib.import_module(name)


def remove_byte_code(sources: list[Path]) -> None:
    """Of what the base image brought it stays: that is another stage's."""
    for source in sources:
        if source.is_relative_to("/opt"):
            Path(importlib.util.cache_from_source(str(source))).unlink(missing_ok=True)


written = modules.write(modules.FILE, list(sys.modules), remove_byte_code)
sys.stdout.write(f"{modules.FILE}: {len(written)} modules\n")
