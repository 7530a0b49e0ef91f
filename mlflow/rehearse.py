"""A step of the build: the empty database, one start of the server with it, and the code of all that this imported.

The start goes up to the fork, at the real paths, in a stage that is thrown away. What one in S3 mode imports beyond it
is named; a module that was not met is found the usual way.
"""

import gc
import importlib
import sys

from stackd import mlflow_internals, modules, settings
from stackd.database import patched

patched.use_patched_sqlite()
gc.disable()

from stackd.database import sqlite  # noqa: E402
from stackd.serve import start  # noqa: E402
from stackd.serve.deferred import defer  # noqa: E402
from stackd.settings import from_environment  # noqa: E402

# pandas stays out, as in a start.
defer("pandas")
mlflow_internals.create_schema(sqlite.uri(settings.EMPTY_DATABASE))
start.server(from_environment())
for name in ("boto3.session", "botocore.credentials", "s3transfer.manager"):
    importlib.import_module(name)
written = modules.write(modules.FILE, list(sys.modules))
sys.stdout.write(f"{modules.FILE}: {written} modules\n")
