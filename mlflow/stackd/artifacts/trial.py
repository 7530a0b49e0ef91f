"""Put, read, list and delete small objects below the destination, as uploads and verbs do, and say whose that is."""

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path

from stackd import failures
from stackd.artifacts import faults, owner, store
from stackd.artifacts.destination import MARKER
from stackd.artifacts.store import Store
from stackd.report import Finding
from stackd.settings import Settings

FOLDER = "./mlartifacts"


def trial(config: Settings, ours: str) -> list[Finding]:
    """Findings about the store itself, then about its owner. Leaves nothing."""
    place = store.of(config)
    with _explained(config, place, "") as failed:
        found = _round_trip(config, place)
    if failed or found[0].level == "error":
        unread = Finding("owner.unclaimed", "unknown", "The owner marker was not read", config.destination)
        return [*(failed or found), unread]
    with _explained(config, place, MARKER) as failed:
        found.append(whose(config, owner.look(place, ours)))
    return found + failed


@contextlib.contextmanager
def _explained(config: Settings, place: Store, path: str) -> Iterator[list[Finding]]:
    failed: list[Finding] = []
    try:
        yield failed
    except faults.RAISED as error:
        failed.append(faults.explain(error, config.profile, place.destination, path)[0])
    except OSError as error:
        text = f"{FOLDER} cannot be written: {error.strerror}"
        fix = failures.give(Path(place.destination.uri), config.places)
        failed.append(Finding("artifacts.roundtrip", "error", text, FOLDER, [fix]))


def _round_trip(config: Settings, place: Store) -> list[Finding]:
    """Two objects of 16 random bytes, so that they are deleted as many are."""
    body = uuid.uuid4().bytes
    names: list[str] = []
    try:
        for _ in range(2):
            name = f".trial-{uuid.uuid4().hex}"
            place.write(name, body)
            names.append(name)
        # Must be refused, since the object exists.
        locks = not place.write(names[0], body, if_absent=True)
        same = store.content(place, names[0]) == body
        next(place.entries(names[0]), None)
    finally:
        kept = place.delete(names) if names else {}
    for code in kept.values():
        raise faults.of_a_key(code)
    in_s3 = config.mode == "s3"
    where = f"below {config.destination}" if in_s3 else f"in {FOLDER}"
    identifier = "s3.roundtrip" if in_s3 else "artifacts.roundtrip"
    if not same:
        fix = "add request_checksum_calculation = when_required to the profile, if this store is not AWS"
        text = f"Other bytes came back than were written {where}"
        return [Finding(identifier, "error", text, config.destination, [fix if in_s3 else "sudo dmesg | tail"])]
    found = [Finding(identifier, "ok", f"Put, get, list and delete {where} work")]
    if not locks:
        text = "This store ignores If-None-Match: the owner marker is a warning here, not a lock"
        found.append(Finding("owner.unlocked", "warning", text, config.destination))
    return found


def whose(config: Settings, found: owner.Owner) -> Finding:
    """What the owner marker says."""
    destination = config.destination
    if found.state == "ours":
        return Finding("owner.ours", "ok", f"{destination} belongs to this database")
    if found.state == "unclaimed":
        return Finding("owner.unclaimed", "info", f"{destination} is empty and not claimed yet", destination)
    claim = [*owner.CLAIM, *(["MLFLOW_S3_URI=s3://BUCKET/ANOTHER-PREFIX"] if config.mode == "s3" else [])]
    if found.state == "foreign":
        text = f"{destination} belongs to another database ({found.marker}); nothing is deleted there"
        return Finding("owner.foreign", "warning", text, destination, claim)
    text = f"{destination} has objects and no owner marker; nothing is deleted there"
    return Finding("owner.missing", "warning", text, destination, claim)
