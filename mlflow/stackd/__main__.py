"""The image's one entry point: ``python -m stackd VERB``. Becomes the owner of the mounts, then runs the verb.

Exit codes: 0 ok, 1 findings of level error or a refusal, 2 usage.
"""

import signal
import sys
from types import FrameType

from stackd import identity
from stackd.database import patched
from stackd.report import failed, say, say_findings

VERBS = (
    *("serve", "check", "adopt", "backup", "restore", "cleanup", "orphans", "compact", "artifacts", "migrate", "stale"),
    *("audit", "usage", "upgrade", "users", "upgrade-schema"),
)


def main(arguments: list[str]) -> int:
    """Run one verb; returns its exit code."""
    if not arguments or arguments[0] not in VERBS:
        sys.stderr.write(f"usage: {' | '.join(VERBS[:-1])}\n")
        return 2
    # As process 1 of a container a signal without a handler is ignored.
    signal.signal(signal.SIGTERM, _end)
    identity.become_owner(arguments)
    patched.use_patched_sqlite()
    verb, rest = arguments[0], arguments[1:]
    # Each verb imports what it needs: `check` without MLflow takes a fifth of a second.
    if verb == "upgrade-schema":
        from stackd import mlflow_internals

        mlflow_internals.upgrade_schema(*rest)
        return 0
    if verb == "serve":
        from stackd.serve import start

        return start.serve()
    if verb == "check":
        return check(rest)
    from stackd import verbs

    return verbs.main(arguments)


def _end(number: int, _: FrameType | None) -> None:
    """End in order, so that what is half done is undone."""
    sys.exit(128 + number)


def check(arguments: list[str]) -> int:
    """Say every finding, then the facts."""
    from stackd import check as checks
    from stackd import failures
    from stackd.settings import SettingsError, from_environment

    try:
        config = from_environment()
    except SettingsError as error:
        say_findings(error.findings)
        say("result", ok=False, facts=None)
        return 1
    try:
        found = checks.preflight(config) if "--preflight" in arguments else checks.full(config)
    except failures.RAISED as error:
        found = [failures.explain(error, config.places)]
    say_findings(found)
    say("result", ok=not failed(found), facts=checks.facts(config))
    return 1 if failed(found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
