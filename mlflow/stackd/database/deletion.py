"""Deletes rows with everything that depends on them, a limited number in each turn: a server's writers hardly wait.

What depends on a row is read from the schema itself (``PRAGMA foreign_key_list``). What MLflow relates without a
foreign key is named here, for SQLite gives an experiment's id to the next one.
"""

from collections.abc import Sequence

from stackd.database import Database, Rows

# Of one transaction: some tens of milliseconds, where a turn may last a second.
ROWS = 5_000
# Ids of one statement.
IDS = 100
# By table and id, as a foreign key would say it: table, column of the id, and which of its rows are meant.
LOOSE = {
    ("experiments", "experiment_id"): (
        ("entity_associations", "destination_id", "destination_type = 'experiment'"),
        ("sql_trace_metric_daily_rollups", "experiment_id", "1"),
        ("sql_span_cost_daily_rollups", "experiment_id", "1"),
        ("sql_assessment_daily_rollups", "experiment_id", "1"),
        ("sql_trace_rollup_rebuild_queue", "experiment_id", "1"),
    ),
    ("runs", "run_uuid"): (
        ("inputs", "destination_id", "destination_type = 'RUN'"),
        ("inputs", "source_id", "source_type IN ('RUN_INPUT', 'RUN_OUTPUT')"),
        ("entity_associations", "source_id", "source_type = 'run'"),
        ("entity_associations", "destination_id", "destination_type = 'run'"),
    ),
    ("logged_models", "model_id"): (
        ("inputs", "destination_id", "destination_type IN ('MODEL_INPUT', 'MODEL_OUTPUT')"),
    ),
    ("trace_info", "request_id"): (
        ("entity_associations", "source_id", "source_type = 'trace'"),
        ("entity_associations", "destination_id", "destination_type = 'trace'"),
        ("review_queue_items", "item_id", "item_type = 'trace'"),
    ),
    ("scorers", "scorer_id"): (("endpoint_bindings", "resource_id", "resource_type = 'scorer'"),),
    ("inputs", "input_uuid"): (("input_tags", "input_uuid", "1"),),
}
# The id of a table's rows where that is not its primary key.
KEYS = {"inputs": "input_uuid"}
# A table that depends on an id: its name, its column, and which of its rows.
Child = tuple[str, str, str]


class Deletion:
    """Deletes from one database, beside its server.

    The schema is read once: reading it costs more than deleting a run.
    """

    def __init__(self, base: Database) -> None:
        self._base = base
        with base.read() as rows:
            self._references, self._keys = _schema(rows, base.tables())

    def delete(self, table: str, column: str, identities: Sequence[str | int]) -> int:
        """Delete the rows with these ids, children first and grandchildren before them; returns how many rows went.

        Interrupted, it leaves rows with fewer children, and a second run finishes.
        """
        gone = 0
        for first in range(0, len(identities), IDS):
            some, count = list(identities[first : first + IDS]), ROWS
            while count >= ROWS:
                with self._base.write() as rows:
                    # Cascades of several columns (a trace's spans) are SQLite's.
                    count = self._some(rows, table, column, some, ROWS)
                gone += count
        return gone

    def _some(self, rows: Rows, table: str, column: str, ids: list[str | int], most: int) -> int:
        """Delete at most so many rows, or all of these ids and what depends on them."""
        gone = 0

        def few(of: str, where: str) -> int:
            chosen = f'SELECT rowid FROM "{of}" WHERE {where} LIMIT {most - gone}'
            return rows.change(f'DELETE FROM "{of}" WHERE rowid IN ({chosen})', ids=ids)

        for child, reference, which in self._references.get((table, column), []):
            where = f'"{reference}" IN :ids AND {which}'
            if key := self._keys.get(child):
                query = f'SELECT "{key}" FROM "{child}" WHERE {where} LIMIT {most - gone}'
                gone += self._some(rows, child, key, [row[0] for row in rows(query, ids=ids)], most - gone)
            gone += few(child, where)
        return gone + few(table, f'"{column}" IN :ids')


def _schema(rows: Rows, names: list[str]) -> tuple[dict[tuple[str, str], list[Child]], dict[str, str]]:
    """Of each column that others refer to, who does (references of several columns, and those that are only set to
    nothing, left out); and of each table whose rows are referred to by one id, that id.
    """
    found = {key: [child for child in children if child[0] in names] for key, children in LOOSE.items()}
    keys = dict(KEYS)
    for name in names:
        references = list(rows(f'PRAGMA foreign_key_list("{name}")'))
        wide = {row[0] for row in references if row[1] > 0}
        for row in references:
            if row[0] not in wide and row[6] != "SET NULL":
                found.setdefault((str(row[2]), str(row[4])), []).append((name, str(row[3]), "1"))
        primary = [str(row[1]) for row in rows(f'PRAGMA table_info("{name}")') if row[5]]
        if len(primary) == 1:
            keys.setdefault(name, primary[0])
    return found, {name: key for name, key in keys.items() if (name, key) in found}
