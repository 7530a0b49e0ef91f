"""What verbs say to people of their plans and results: sentences, and tables. Pure.

The wrapper prints them as they are; bare `docker compose run --rm mlflow VERB plan` shows the same.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackd.report import counted

Fields = Mapping[str, Any]
Given = argparse.Namespace
KIB = 1024
BAR_WIDTH = 24
# Of each list of an audit or a comparison that people see; the result itself has more.
PATHS = 10
# How long MLflow's client repeats a request before a training fails: seven times, up to two minutes apart.
PATIENCE_SECONDS = 240
OF_A_STOP = "stop"
CURRENT = "the current database: as a snapshot, in backups/"
DIFFERENCES = {
    "same": "the same in both",
    "unverified": "unknown if the same",
    "only_folder": "only in ./mlartifacts",
    "only_s3": "only in S3",
    "newer_folder": "newer in ./mlartifacts",
    "newer_s3": "newer in S3",
    "unowned": "no run owns",
}
KINDS = ("experiments", "runs", "models", "traces")
AUDITED = {"orphan_paths": "no run owns", "missing_paths": "missing", "other_size_paths": "another size"}


@dataclass(frozen=True)
class Question:
    """What a plan says: ``facts`` of what would happen, ``stays`` of what is not touched. ``nothing``: why there is
    nothing to do, else "".
    """

    title: str
    facts: Sequence[str]
    stays: Sequence[str] = ()
    nothing: str = ""


def size(count: int | None) -> str:
    """Bytes for people: ``size unknown``, ``512 B``, ``1.5 MiB``."""
    if count is None:
        return "size unknown"
    amount, unit, larger = float(count), "B", ["KiB", "MiB", "GiB", "TiB"]
    while round(amount, 1) >= KIB and larger:
        amount, unit = amount / KIB, larger.pop(0)
    return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"


def files(found: Fields, noun: str = "artifact") -> str:
    """``3 artifacts (1.5 MiB)``."""
    return f"{counted(found['objects'], noun)} ({size(found['bytes'])})"


def held(found: Fields) -> str:
    """``2 runs in 1 experiment``."""
    return f"{counted(found['runs'], 'run')} in {counted(found['experiments'], 'experiment')}"


def age(seconds: int) -> str:
    """``30 d``, ``12 h``, ``90 min``, ``0 s``: the largest unit that says it whole."""
    units = (("d", 86400), ("h", 3600), ("min", 60))
    return next(
        (f"{seconds // each} {unit}" for unit, each in units if seconds and seconds % each == 0), f"{seconds} s"
    )


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest entry."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _adopt(plan: Fields, _: Given) -> Question:
    facts = [f"{held(plan)} ({size(plan['bytes'])})"]
    if plan["users"]:
        present = ", in place of the administrator of this volume" if plan["own_users"] else ""
        facts.append(f"{counted(plan['users'], 'user')}, with what each may do{present}")
    if plan["users_left"]:
        facts.append(f"no user: this volume has its own ({plan['own_users']:,})")
    if plan["artifact_files"]:
        facts.append(f"{counted(plan['artifact_files'], 'artifact')} ({size(plan['artifact_bytes'])}), to mlartifacts/")
    if plan["migrate"]:
        facts.append(f"the copy's schema is upgraded from revision {plan['revision']} to {plan['expected_revision']}")
    facts += [
        f"{counted(count, 'experiment')} at addresses that begin with {kind}:" for kind, count in plan["uris"].items()
    ]
    if plan["rewritten"]:
        facts.append(f"below these folders, to be used through the server: {plan['rewritten']:,} of them")
    # What it is copied from, only the host can name.
    return Question("This copies:", facts)


def _claim(plan: Fields, _: Given) -> Question:
    facts = [f"owner now: {plan['owner'] or 'nobody'}; this database: {plan['ours']}"]
    facts.append(f"objects there: {plan['objects']:,}{' or more' if plan['more'] else ''}")
    facts += [f"  {key}" for key in plan["sample"]]
    title = f"This writes the owner marker of this database at {plan['destination']}:"
    return Question(
        title, facts, ["every object there"], "It is this database's already" if plan["owner"] == plan["ours"] else ""
    )


def _upgrade(plan: Fields, _: Given) -> Question:
    patience = f"a training that logs meanwhile repeats its requests for {PATIENCE_SECONDS // 60} minutes"
    away = f"about {plan['seconds']} s without a server; {patience}"
    if plan["seconds"] > PATIENCE_SECONDS:
        minutes = -(-plan["seconds"] // 60)
        away = f"about {minutes} minutes without a server; {patience} and then FAILS: end trainings first"
    revision = f"schema revision {plan['revision']}"
    becomes = f"becomes {plan['expected_revision']}, on a copy that is compared"
    facts = [
        f"{revision} {becomes if plan['migrate'] else 'stays'}",
        f"{held(plan)} ({size(plan['bytes'])})",
        away,
        "the new server is tried on a copy first; if anything is wrong until then, the previous server runs again",
        "once it is published nothing goes back by itself, for clients have written",
    ]
    title = "This stops the server, upgrades it to the version of this checkout and starts it again:"
    return Question(title, facts, ["every artifact", CURRENT])


def _restore(plan: Fields, given: Given) -> Question:
    present = {"runs": plan["present_runs"], "experiments": plan["present_experiments"]}
    facts = [f"{held(plan)}, as of {plan['created']}"]
    if plan["present_experiments"]:
        facts.append(f"in place of {held(present)}")
    if plan["users"] is not None:
        instead = f", in place of {plan['present_users']:,}" if plan["present_users"] else ""
        facts.append(f"{counted(plan['users'], 'user')}, with passwords and permissions{instead}")
    if plan["migrate"]:
        facts.append(f"its schema is upgraded from revision {plan['revision']}")
    if plan["elsewhere"]:
        facts.append(f"its artifacts were in {plan['destination']}, which is not this server's destination")
    if plan["whole"] and (given.take_over or not plan["foreign"]):
        facts.append(f"those of its artifacts that are missing ({plan['objects']:,} are in the snapshot)")
    if given.take_over:
        facts.append("the owner marker: the artifacts belong to this database from then on")
    elif plan["foreign"]:
        facts.append("its artifacts belong to another volume: none is put back or can be deleted without --take-over")
    current = [CURRENT] if plan["present_experiments"] else []
    if plan["users"] is None and plan["present_users"]:
        current.append(f"the {counted(plan['present_users'], 'user')} of this volume: the snapshot holds none")
    return Question("This restores:", facts, [*current, "every artifact that is there"])


VERSIONS = {
    "unknown": "versions that the bucket may keep: whether it does is unknown",
    "yes": "what is removed, as previous versions: the bucket keeps versions, so nothing is freed",
}


def _cleanup(plan: Fields, given: Given) -> Question:
    kinds = [name for name in KINDS if plan[name]]
    where = f" of experiment {plan['experiment']}" if plan["experiment"] else ""
    counts = ", ".join(counted(plan[name], name.removesuffix("s")) for name in kinds)
    facts = [f"{counts}{where}, marked deleted for {age(given.older_than)} or longer"]
    facts += [f"  experiment {name}" for name in plan["names"]]
    facts.append(f"{files(plan)}, in {plan['destination']}")
    stays = ["everything that is not marked deleted"]
    stays += [f"what registered model versions use: {', '.join(plan['kept'])}"] if plan["kept"] else []
    stays += [VERSIONS[plan["versions"]]] if plan["versions"] in VERSIONS else []
    kept = f"; registered model versions use {', '.join(plan['kept'])}, which --registered removes too"
    old = age(given.older_than)
    nothing = f"Nothing marked deleted for {old} or longer can be removed{kept if plan['kept'] else ''}"
    return Question("This removes for good:", facts, stays, "" if kinds else nothing)


def _orphans(plan: Fields, given: Given) -> Question:
    where = f"{age(given.older_than)} old or older, in {plan['destination']}"
    facts = [f"{files(plan)} that no run owns, {where}", *(f"  {path}" for path in plan["paths"])]
    if plan["uploads"]:
        facts.append(f"{counted(plan['uploads'], 'upload')} that never ended ({size(plan['upload_bytes'])}), {where}")
        facts += [f"  {path}" for path in plan["upload_paths"]]
    stays = ["every artifact of a run, model or trace", "a list of what is removed, in backups/"]
    nothing = f"Every artifact that is {age(given.older_than)} old or older belongs to a run, model or trace"
    return Question("This removes for good:", facts, stays, "" if plan["objects"] or plan["uploads"] else nothing)


def _compact(plan: Fields, _: Given) -> Question:
    tables = ", ".join(f"{name} {rows:,}" for name, rows in plan["tables"].items())
    facts = [f"{size(plan['bytes'])}, of which {size(plan['free'])} are free", f"rows of the largest tables: {tables}"]
    return Question("This rewrites the database:", facts, ["every row", "the current database: whole, in backups/"])


def _artifacts(plan: Fields, given: Given) -> Question:
    ends = ["./mlartifacts", plan["destination"]]
    source, target = ends if given.direction == "push" else reversed(ends)
    newer = [f"{counted(plan['newer'], 'artifact')} newer in {target}"] if plan["newer"] else []
    nothing = "Nothing to copy: what differs is newer on the other side, or nothing differs"
    fact = f"{files(plan)}, from {source} to {target}"
    return Question("This copies:", [fact], [f"everything in {source}", *newer], "" if plan["objects"] else nothing)


def _migrate(plan: Fields, _: Given) -> Question:
    moves = [each for each in plan["experiments"] if each["how"] in ("rewrite", "copy")]
    copied = {"copy": ", files copied first"}
    facts = [f"{each['experiment']}: {_addresses(each['uris'])}{copied.get(each['how'], '')}" for each in moves]
    facts += [f"{files(plan)} copied within S3"] if plan["objects"] else []
    stuck = any(each["how"] == "cannot" for each in plan["experiments"])
    nothing = "Nothing can be rewritten" if stuck else "Every client goes through the server already"
    stays = ["every file where it is", CURRENT]
    return Question("This rewrites artifact addresses:", facts, stays, "" if plan["uris"] else nothing)


def _addresses(count: int) -> str:
    return f"{count:,} {'address' if count == 1 else 'addresses'}"


def _stale(plan: Fields, given: Given) -> Question:
    silent = f"{counted(plan['runs'], 'RUNNING run')} that logged nothing for {age(given.older_than)}"
    nothing = f"No RUNNING run has been silent for {age(given.older_than)}"
    more = plan["runs"] - len(plan["run_ids"])
    facts = [f"{silent}: {', '.join(plan['run_ids'])}{f' and {more:,} more' if more > 0 else ''}"]
    return Question("This ends as KILLED:", facts, ["everything they have logged"], "" if plan["runs"] else nothing)


def _reset_admin(plan: Fields, _: Given) -> Question:
    facts = [] if plan["exists"] else ["there is no user admin any more: it is created, as administrator"]
    facts.append("a server that runs takes the previous password for another minute at most")
    nothing = "It is the administrator's password already" if plan["same"] else ""
    title = "This makes what MLFLOW_ADMIN_PASSWORD_FILE holds the password of admin:"
    return Question(title, facts, ["every other user"], nothing)


QUESTIONS: dict[str, Callable[[Fields, Given], Question]] = {
    "adopt": _adopt,
    "adopt claim": _claim,
    "artifacts": _artifacts,
    "cleanup": _cleanup,
    "compact": _compact,
    "migrate": _migrate,
    "orphans": _orphans,
    "restore": _restore,
    "stale": _stale,
    "upgrade": _upgrade,
    "users reset-admin": _reset_admin,
}


def _adopted(_: Fields, done: Fields) -> list[str]:
    copied = f" and {counted(done['artifact_files'], 'artifact')}" if done["artifact_files"] else ""
    return [f"Taken over: {held(done)}{copied}"]


def _restored(plan: Fields, done: Fields) -> list[str]:
    back = f"; {counted(done['put_back'], 'artifact')} put back" if plan["whole"] else ""
    name = (done["kept"] or "").rpartition("/")[2]
    kept = f"  To restore the previous database: ./stack restore {name}"
    if name.startswith("damaged-"):
        kept = f"  The previous database, which was damaged, is backups/{name}"
    return [f"Restored: {held(plan)}{back}", *([kept] if name else [])]


def _removed(_: Fields, done: Fields) -> list[str]:
    gone = [counted(done[name], name.removesuffix("s")) for name in KINDS if done[name]]
    return [f"Removed: {', '.join([*gone, files(done)])}"]


def _orphans_removed(_: Fields, done: Fields) -> list[str]:
    ended = f" and {counted(done['uploads'], 'upload')} that never ended" if done["uploads"] else ""
    return [f"Removed: {files(done)}{ended}; the list is in {done['listed'].lstrip('/')}"]


def _compacted(_: Fields, done: Fields) -> list[str]:
    sizes = f"The database had {size(done['before'])} and has {size(done['after'])}"
    return [f"{sizes}; the previous one is the newest copy in backups/"]


DONE: dict[str, Callable[[Fields, Fields], list[str]]] = {
    "adopt": _adopted,
    "adopt claim": lambda plan, _: [f"The artifacts in {plan['destination']} belong to this database now"],
    "artifacts": lambda _, done: [
        f"Copied {files(done)}",
        *([f"S3 keeps no checksum to compare {done['unverified']:,} of them by"] if done["unverified"] else []),
    ],
    "cleanup": _removed,
    "compact": _compacted,
    "migrate": lambda plan, done: [
        f"Rewritten: {_addresses(plan['uris'])}; {counted(done['copied'], 'artifact')} copied"
    ],
    "orphans": _orphans_removed,
    "restore": _restored,
    "stale": lambda _, done: [f"Ended as KILLED: {counted(done['runs'], 'run')}"],
    # The wrapper says what was upgraded once the new server runs.
    "upgrade": lambda _, __: [],
    "users reset-admin": lambda _, __: ["The password of admin is what MLFLOW_ADMIN_PASSWORD_FILE holds"],
}


def _usage(found: Fields) -> list[str]:
    title = f"{found['destination']}; database {size(found['database_bytes'])}"
    most = max((each["bytes"] for each in found["usage"]), default=0)
    rows = [("experiment", "state", "artifacts", "size", "")]
    for each in found["usage"]:
        bar = "█" * round(BAR_WIDTH * each["bytes"] / most if most else 0)
        name = each["experiment"] or "(no run owns it)"
        rows.append((name, each["state"], f"{each['objects']:,}", size(each["bytes"]), bar))
    return [title, *(table(rows) if found["usage"] else ["There are no artifacts yet"])]


def _audit(found: Fields) -> list[str]:
    rows = [
        ("artifacts", f"{found['objects']:,}", ""),
        ("no run owns", f"{found['orphans']:,}", size(found["orphan_bytes"])),
        ("missing", f"{found['missing']:,}", "that the newest snapshot lists"),
        ("another size", f"{found['other_size']:,}", "than in the newest snapshot"),
    ]
    if found["uploads"] is None:
        rows.append(("uploads that never ended", "unknown", ""))
    elif found["uploads"]:
        oldest = time.strftime("%Y-%m-%d", time.gmtime(found["oldest_upload"]))
        size_of = f"{size(found['upload_bytes'])}, the oldest of {oldest}"
        rows.append(("uploads that never ended", f"{found['uploads']:,}", size_of))
    paths = [f"  {text}: {path}" for name, text in AUDITED.items() for path in found[name][:PATHS]]
    return [found["destination"], *table(rows), *paths]


def _compared(found: Fields) -> list[str]:
    paths = [
        f"  {text}: {path}" for name, text in DIFFERENCES.items() for path in found.get(f"{name}_paths", ())[:PATHS]
    ]
    return [*table([(text, f"{found[name]:,}") for name, text in DIFFERENCES.items()]), *paths]


def _snapshots(found: Fields) -> list[str]:
    rows = [("snapshot", "runs", "artifacts", "database", "mlflow", "made by", "artifacts are")]
    for each in found["snapshots"]:
        place = each["snapshot"] if "://" in each["snapshot"] else each["snapshot"].rpartition("/")[2]
        if not each["understood"]:
            rows.append((place, *["unknown"] * 6))
            continue
        whole = "copied" if each["whole"] else "listed only"
        held = f"{each['objects']:,} ({size(each['object_bytes'])})"
        if each["reason"] == OF_A_STOP:
            whole, held = "in no list", "unknown"
        rows.append(
            (
                place,
                "unknown" if each["runs"] is None else f"{each['runs']:,}",
                held,
                size(each["database_bytes"]),
                each["mlflow"] or "unknown",
                each["reason"],
                whole,
            )
        )
    return table(rows) if found["snapshots"] else ["There is no snapshot yet. To make one: ./stack backup"]


def _snapshots_in_s3(found: Fields) -> list[str]:
    none = ["There is no snapshot in S3 yet. To make one: ./stack backup --to-s3"]
    return _snapshots(found) if found["snapshots"] else none


def _intact(_: Fields) -> list[str]:
    return ["Snapshot is intact: every file matches its checksum."]


def _drilled(found: Fields) -> list[str]:
    return [f"Snapshot {found['snapshot']} was restored as a test: {counted(found['runs'], 'run')}"]


LOOKED: dict[str, Callable[[Fields], list[str]]] = {
    "artifacts diff": _compared,
    "audit": _audit,
    "backup drill": _drilled,
    "backup in-s3": _snapshots_in_s3,
    "backup list": _snapshots,
    "backup verify": _intact,
    "backup verify-in-s3": _intact,
    "usage": _usage,
}
"""Verbs that are not here say nothing: the wrapper knows more of what they made."""
