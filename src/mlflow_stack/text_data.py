"""What the verbs about data say to people; importing this teaches `text.head` their results."""

import time

from rich.text import Text

from mlflow_stack.backup import BackedUp, Kept, Restored, Verified
from mlflow_stack.cleaning import Audited, Cleaned, Compacted, Orphaned, Used
from mlflow_stack.data import Adopted, Destroyed
from mlflow_stack.findings import errors_of
from mlflow_stack.migration import Closed, Migrated
from mlflow_stack.text import head, known, size, table
from mlflow_stack.transfer import Compared, Copied
from mlflow_stack.upgrading import Upgraded

BAR_WIDTH = 24
PATHS = 10
"""Of each list of an audit that people see; --json has a thousand."""


@head.register
def _backed_up(result: BackedUp) -> list[Text]:
    if result.snapshot is None:
        return [Text("No snapshot was made")]
    held = f"{known(result.runs)} runs in {known(result.experiments)} experiments"
    files = f"{known(result.objects)} artifacts ({size(result.object_bytes)})"
    return [
        Text(f"Snapshot {result.snapshot}", "bold green"),
        Text(f"  {held}; {files} {'copied' if result.whole else 'listed, not copied'}"),
        Text(f"  back: ./stack restore {result.restore_as}", no_wrap=True),
        *([Text(f"  in S3: {result.in_s3}", no_wrap=True)] if result.in_s3 else []),
    ]


@head.register
def _kept(result: Kept) -> list[Text]:
    if not result.snapshots:
        return [Text("There is no snapshot yet: ./stack backup")]
    rows: list[tuple[str, ...]] = [("snapshot", "runs", "artifacts", "database", "mlflow", "of", "")]
    for each in result.snapshots:
        files = f"{known(each.get('objects'))} ({size(each.get('object_bytes'))})"
        whole = "whole" if each.get("whole") else "listed only" if each.get("understood") else "not understood"
        version, reason = str(each.get("mlflow") or "unknown"), str(each.get("reason") or "unknown")
        row = (str(each["snapshot"]), known(each.get("runs")), files, size(each.get("database_bytes")), version)
        rows.append((*row, reason, whole))
    return table(rows)


@head.register
def _cleaned(result: Cleaned) -> list[Text]:
    if result.done:
        gone = result.result
        held = f"{gone.get('items')} runs, models and traces with {gone.get('objects')} artifacts"
        return [Text(f"Removed: {held} ({size(gone.get('bytes'))})")]
    if result.plan and not any(result.plan.get(name) for name in ("runs", "models", "traces", "experiments")):
        return [Text("Nothing is marked deleted for that long")]
    return [Text("Nothing was removed")]


@head.register
def _compacted(result: Compacted) -> list[Text]:
    if not result.done:
        return [Text("Nothing was compacted")]
    before, after = size(result.result.get("before")), size(result.result.get("after"))
    said = f"The database had {before} and has {after}; the one of before is the newest in backups/"
    return [Text(said), *_after(result.restarted)]


@head.register
def _orphaned(result: Orphaned) -> list[Text]:
    if result.done:
        gone = f"{result.result.get('objects')} artifacts ({size(result.result.get('bytes'))})"
        if result.result.get("uploads"):
            gone += f" and {result.result['uploads']} uploads that never ended"
        return [Text(f"Removed: {gone}; they are listed in {str(result.result.get('listed')).lstrip('/')}")]
    if result.plan and not (result.plan.get("objects") or result.plan.get("uploads")):
        return [Text("Every artifact of that age belongs to a run, model or trace")]
    return [Text("Nothing was removed")]


@head.register
def _used(result: Used) -> list[Text]:
    most = max((int(each["bytes"]) for each in result.usage), default=0)
    rows = [
        (
            str(each["experiment"]) or "(no run owns it)",
            str(each["state"]),
            str(each["objects"]),
            size(int(each["bytes"])),
            "█" * round(BAR_WIDTH * int(each["bytes"]) / most if most else 0),
        )
        for each in result.usage
    ]
    return [Text(f"{result.destination}; database {size(result.database_bytes)}", "bold"), *table(rows)]


@head.register
def _audited(result: Audited) -> list[Text]:
    found = result.found
    if "objects" not in found:
        return []
    rows = [
        ("artifacts", str(found["objects"]), ""),
        ("no run owns", str(found["orphans"]), size(found["orphan_bytes"])),
        ("missing", str(found["missing"]), "of the newest snapshot's"),
        ("of another size", str(found["other_size"]), "than in the newest snapshot"),
    ]
    if (begun := found.get("uploads", 0)) != 0:
        oldest = time.strftime("%Y-%m-%d", time.gmtime(found.get("oldest_upload")))
        held = "" if begun is None else f"{size(found.get('upload_bytes'))}, the oldest of {oldest}"
        rows.append(("uploads that never ended", known(begun), held))
    paths = [
        Text(f"  {name[:-6].replace('_', ' ')}: {path}", no_wrap=True)
        for name in ("orphan_paths", "missing_paths", "other_size_paths")
        for path in found[name][:PATHS]
    ]
    return [Text(str(found["destination"]), "bold"), *table(rows), *paths]


@head.register
def _copied(result: Copied) -> list[Text]:
    if result.done:
        return [Text(f"Copied {result.result.get('objects')} artifacts ({size(result.result.get('bytes'))})")]
    if result.plan and not result.plan.get("objects"):
        return [Text("Nothing to copy: what differs is newer there, or nothing does")]
    return [Text("Nothing was copied")]


@head.register
def _migrated(result: Migrated) -> list[Text]:
    stuck = [f"{each['experiment']} cannot be moved: {each['why']}" for each in result.experiments if each["why"]]
    if result.done:
        said = f"Rewritten: {result.plan.get('uris')} addresses, {result.result.get('copied')} artifacts copied"
    elif result.plan and not result.plan.get("uris"):
        said = "Nothing to move: no experiment sends its clients past the server" if not stuck else "Nothing was moved"
    else:
        said = "Nothing was rewritten"
    return [Text(said), *(Text(line, "yellow") for line in stuck)]


@head.register
def _closed(result: Closed) -> list[Text]:
    if result.done:
        return [Text(f"Ended as KILLED: {result.runs} runs")]
    return [Text("No run was ended" if result.runs else "No run is RUNNING and silent for that long")]


@head.register
def _compared(result: Compared) -> list[Text]:
    found = result.found
    if "same" not in found:
        return []
    names = {
        "same": "the same in both",
        "only_folder": "only in ./mlartifacts",
        "only_s3": "only in S3",
        "newer_folder": "newer in ./mlartifacts",
        "newer_s3": "newer in S3",
        "unowned": "no run owns",
    }
    rows = [(text, str(found[name])) for name, text in names.items()]
    paths = [
        Text(f"  {names[name]}: {path}", no_wrap=True)
        for name in names
        for path in (found.get(f"{name}_paths") or [])[:PATHS]
    ]
    return [*table(rows), *paths]


@head.register
def _verified(result: Verified) -> list[Text]:
    if not result.ok:
        return []
    if result.command == "backup drill":
        said = f"Snapshot {result.what.get('snapshot')} came back: {known(result.what.get('runs'))} runs"
        return [Text(said, "bold green")]
    return [Text("As it was written", "bold green")]


@head.register
def _restored(result: Restored) -> list[Text]:
    if not result.done:
        return [Text("Nothing was restored")]
    held = f"{result.plan.get('runs')} runs in {result.plan.get('experiments')} experiments"
    return [
        Text(f"Restored: {held}; {result.result.get('put_back')} artifacts put back", "bold green"),
        *_after(result.restarted),
    ]


def _after(restarted: bool) -> list[Text]:
    """A server that was not stopped for the work stays as it was, also where a killed try had stopped it."""
    return [] if restarted else [Text("  the server is stopped: ./stack start", no_wrap=True)]


@head.register
def _destroyed(result: Destroyed) -> list[Text]:
    return [Text("Removed: " + ", ".join(result.volumes) if result.done else "Nothing was removed")]


@head.register
def _adopted(result: Adopted) -> list[Text]:
    return [Text("Taken over" if result.done else "Nothing was taken over")]


@head.register
def _upgraded(result: Upgraded) -> list[Text]:
    if result.done:
        kept = f"; the database of before is snapshot {result.snapshot.name}" if result.snapshot else ""
        return [Text(f"Upgraded{kept}", "bold green")]
    current = result.plan and not result.plan.get("migrate") and result.image.get("now") == result.image.get("new")
    if current and not errors_of(result.findings):
        return [Text(f"The database is at schema revision {result.plan.get('revision')}: nothing to do")]
    return [Text("Nothing was upgraded")]
