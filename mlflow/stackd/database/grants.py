"""Grants of users go with what they are on. Ids of experiments are small integers that SQLite uses again, and so may a
name be: nobody inherits what was granted on another experiment or model.
"""

import json
from collections.abc import Sequence

from stackd.database import Database

# What grants are on, and how to tell it from another one with its id or name.
THINGS = {
    "experiment": "SELECT CAST(experiment_id AS TEXT), creation_time FROM experiments",
    "model": "SELECT name, creation_time FROM registered_models",
}
GRANTS = (
    ("experiment", "resource_type = 'experiment'", "resource_pattern"),
    ("experiment", "resource_type = 'scorer'", "substr(resource_pattern, 1, instr(resource_pattern, '/') - 1)"),
    ("model", "resource_type IN ('registered_model', 'prompt')", "resource_pattern"),
)
Identities = dict[str, dict[str, int]]


def identities(base: Database) -> Identities:
    """Every experiment and registered model: when it was made, by kind and id."""
    with base.read() as rows:
        return {kind: {str(name): made for name, made in rows(query)} for kind, query in THINGS.items()}


def remove_stale(base: Database, users: Database, before: Identities | None = None, going: Sequence[int] = ()) -> int:
    """Remove the grants on what is not there, or is ``going`` (experiments), or is not what it was ``before`` another
    database was put in place; returns how many. A grant on everything (``*``) stays.
    """
    if not users.exists() or "role_permissions" not in users.tables():
        return 0
    gone = 0
    # A server writes a grant in a turn of the metadata's, once the experiment that it is on is there.
    with base.write(), users.write() as rows:
        now = identities(base)
        for kind, which, name in GRANTS:
            stay = [each for each, made in now[kind].items() if before is None or before[kind].get(each) == made]
            left = set(stay) - ({str(each) for each in going} if kind == "experiment" else set())
            gone += rows.change(
                f"DELETE FROM role_permissions WHERE {which} AND resource_pattern <> '*'"
                f" AND {name} NOT IN (SELECT value FROM json_each(:left))",
                left=json.dumps(sorted(left)),
            )
    return gone
