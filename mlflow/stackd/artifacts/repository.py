"""What MLflow uses for ``s3`` and for folders: fenced in, and refusals for every other scheme.

The server alone talks to S3, and only below its own destination. Without the fence, anybody who reaches the port
registers a model with ``source=s3://any-bucket/…`` and downloads it with the server's keys. S3 mode shows what
./mlartifacts has besides, so that runs made offline show their files.
"""

import posixpath
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlflow.entities import FileInfo
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INVALID_PARAMETER_VALUE,
    PERMISSION_DENIED,
    RESOURCE_DOES_NOT_EXIST,
    ErrorCode,
)
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.utils.file_utils import local_file_uri_to_path

from stackd import files
from stackd.artifacts import faults, store
from stackd.artifacts.bucket import Bucket
from stackd.artifacts.destination import MARKER, NOT_ARTIFACTS, Destination, Unusable
from stackd.artifacts.owner import Claim
from stackd.artifacts.parts import MIB
from stackd.database import roots
from stackd.settings import Settings


def refused(text: str) -> MlflowException:
    """The error for what this server never does."""
    return MlflowException(text, error_code=PERMISSION_DENIED)


@contextmanager
def told(config: Settings, place: Destination, path: str) -> Iterator[None]:
    """Turn an error of S3, or of a path, raised inside into one that a client can read.

    Raises:
        MlflowException: 400 for what cannot be the path of an artifact, else with the status of `faults.explain`.
    """
    try:
        yield
    except Unusable as error:
        raise MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE) from error
    except faults.RAISED as error:
        finding, status = faults.explain(error, config.profile, place, path)
        fix = f" Fix: {'; '.join(finding.fix)}" if finding.fix else ""
        raise MlflowException(f"{finding.text} ({finding.where}).{fix}", error_code=ErrorCode.Value(status)) from error


def inside(folder: Path, relative: str) -> Path | None:
    """The path below ``folder`` that a relative artifact path names, or None when it leaves it or does not exist."""
    path = (folder / relative).resolve()
    root = folder.resolve()
    return path if path.exists() and (path == root or root in path.parents) else None


def of_folder(folder: Path, relative: str, start: str) -> list[FileInfo]:
    """The entries directly below ``folder/relative``, with paths relative to ``folder/start``."""
    place = inside(folder, relative)
    if place is None or not place.is_dir():
        return []
    found = []
    for entry in sorted(place.iterdir()):
        path = posixpath.relpath(posixpath.join(relative, entry.name), start or ".")
        directory = entry.is_dir()
        found.append(FileInfo(path, directory, None if directory else entry.stat().st_size))
    return found


def union(first: list[FileInfo], second: list[FileInfo], top: bool = False) -> list[FileInfo]:
    """Both listings by name; of a name in both, the entry of ``first``.

    At the ``top`` of a destination what is no artifact is left out; a ``.gitignore`` that a run logged is one.
    """
    merged = {entry.path: entry for entry in second} | {entry.path: entry for entry in first}
    return [merged[path] for path in sorted(merged) if not (top and path in NOT_ARTIFACTS)]


class S3Repository(ArtifactRepository):  # type: ignore[misc]
    """S3 below the destination, or, to be read only, below one of MLFLOW_S3_READABLE.

    MLflow's own class, inherited, would announce presigned and multipart transfers to clients.
    """

    settings: Settings
    claim: Claim

    def __init__(self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        super().__init__(artifact_uri, tracking_uri, registry_uri)
        own, *others = map(Destination, (self.settings.destination, *self.settings.readable))
        place = next((each for each in (own, *others) if each.below(artifact_uri) is not None), None)
        if place is None:
            raise refused(
                f"{artifact_uri} is outside this server's destination {own.uri}, so it is neither "
                "read nor written. If an older experiment lives there, add its prefix to MLFLOW_S3_READABLE in .env "
                "and run ./stack start"
            )
        self.store = Bucket(self.settings, place)
        self.root = place.below(artifact_uri) or ""
        self.writable = place == own
        # The same place in the folder of local mode, or None for a prefix that has none there.
        self.offline = self.root if self.writable else None

    def path(self, path: str | None) -> str:
        """Of an artifact, below the destination."""
        return "/".join(filter(None, (self.root, path)))

    @contextmanager
    def told(self, path: str) -> Iterator[None]:
        """As the function of that name, for a path below the destination. Raises MlflowException."""
        with told(self.settings, self.store.destination, path):
            yield

    def writing(self, path: str | None) -> str:
        """The path below the destination at which something may be written.

        Raises:
            MlflowException: nothing may be written there, or nothing may be called so.
        """
        if not self.writable:
            raise refused(
                f"{self.artifact_uri} may be read only (MLFLOW_S3_READABLE); nothing is written outside of "
                f"{self.settings.destination}"
            )
        found = self.path(path)
        if found == MARKER:
            raise refused(f"{MARKER} says whose {self.settings.destination} is: no upload replaces it")
        with self.told(found):
            self.store.destination.key(found)
        return found

    def _send(self, file: Path, path: str) -> None:
        found = self.writing(path)
        self.claim()
        with self.told(found):
            self.store.send(file, found)

    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        file = Path(local_file)
        self._send(file, posixpath.join(artifact_path or "", file.name))

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        for file in sorted(Path(local_dir).rglob("*")):
            if file.is_file():
                self._send(file, posixpath.join(artifact_path or "", file.relative_to(local_dir).as_posix()))

    def upload_archived_trace_data_bytes(self, data: bytes) -> None:
        from mlflow.tracing.otel.otel_archival import TRACE_ARCHIVAL_FILENAME

        path = self.writing(TRACE_ARCHIVAL_FILENAME)
        self.claim()
        with self.told(path):
            self.store.write(path, data)

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        below = self.path(path).rstrip("/")
        with self.told(below):
            folders, objects = self.store.level(below)

        def shown(name: str) -> str:
            return posixpath.relpath(name, self.root or ".")

        found = [FileInfo(shown(name), True, None) for name in folders]
        found += [FileInfo(shown(entry.path), False, entry.bytes) for entry in objects]
        offline = [] if self.offline is None else of_folder(self.settings.places.mlartifacts, below, self.offline)
        return union(found, offline, top=below == "")

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        offline = self.offline_file(remote_file_path)
        if offline is not None and self.offline_is_newer(remote_file_path, offline):
            shutil.copyfile(offline, local_path)
            return
        path = self.path(remote_file_path)
        with self.told(path), self.store.get(path)["Body"] as body, Path(local_path).open("wb") as file:
            shutil.copyfileobj(body, file, MIB)

    def offline_file(self, path: str) -> Path | None:
        """Its file in ./mlartifacts, if it has one."""
        if self.offline is None:
            return None
        found = inside(self.settings.places.mlartifacts, posixpath.join(self.offline, path))
        return found if found is not None and found.is_file() else None

    def offline_is_newer(self, path: str, offline: Path) -> bool:
        """Whether the folder's file is to be served: S3 has none, or an older one. Only a missing object falls back."""
        with self.told(self.path(path)):
            try:
                head = self.store.head(self.path(path))
            except faults.RAISED as error:
                if faults.absent(error):
                    return True
                raise
        return bool(offline.stat().st_mtime > head["LastModified"].timestamp())

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Delete what is at or below a path, and nothing that only starts with the same letters.

        Raises:
            MlflowException: also for the first of the keys that S3 reports as errors.
        """
        path = self.writing((artifact_path or "").rstrip("/"))
        self.claim()
        with self.told(path):
            found = (each for each in self.store.starting(path) if f"{each.path}/".startswith(f"{path}/"))
            failed = store.remove(self.store, found).failed
        for name, code in failed.items():
            with self.told(name):
                raise faults.of_a_key(code)


class FolderRepository(LocalArtifactRepository):  # type: ignore[misc]
    """A folder below the destination of local mode."""

    settings: Settings
    claim: Claim

    def __init__(self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        folder = local_file_uri_to_path(artifact_uri)
        if self.settings.mode != "local" or Destination(self.settings.destination).below(folder) is None:
            raise refused(
                f"{artifact_uri} is not below this server's destination {self.settings.destination}: "
                "it is neither read nor written"
            )
        super().__init__(artifact_uri, tracking_uri, registry_uri)

    def get_local_path(self, artifact_path: str) -> str:
        try:
            return str(super().get_local_path(artifact_path))
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            raise MlflowException(
                f"{artifact_path} is not in ./mlartifacts. A file logged in S3 mode is only in S3: "
                "switch with ./stack start",
                error_code=RESOURCE_DOES_NOT_EXIST,
            ) from error

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        top = not path and self.artifact_dir.rstrip("/") == self.settings.destination
        return union(super().list_artifacts(path), [], top=top)

    def _publish_staged_artifact(
        self,
        temp_file_path: str,
        destination_file_path: str,
        finalize_temp_path: Callable[[str], None] | None = None,
    ) -> None:
        # An answered upload is on the disk: without this, a power cut leaves a whole name and an empty file.
        files.sync(Path(temp_file_path))
        super()._publish_staged_artifact(temp_file_path, destination_file_path, finalize_temp_path)
        files.sync(Path(destination_file_path).parent)

    def _get_destination_artifact_path(
        self, artifact_file_name: str, artifact_path: str | None = None
    ) -> tuple[str, str]:
        folder, file = super()._get_destination_artifact_path(artifact_file_name, artifact_path)
        place = Destination(self.settings.destination)
        path = place.path(posixpath.normpath(file))
        if path == MARKER:
            raise refused(f"{MARKER} says whose {place.uri} is: no upload replaces it")
        with told(self.settings, place, path):
            place.key(path)
        return folder, file

    def _get_or_create_artifact_dir(self, artifact_path: str | None = None) -> str:
        # On the way of every upload, streamed or not.
        self.claim()
        return str(super()._get_or_create_artifact_dir(artifact_path))


def register(settings: Settings, registry: dict[str, Any]) -> None:
    """Replace MLflow's repositories by the fenced ones, for every scheme that the server reads or writes."""
    claim = Claim(settings)
    for repository in (S3Repository, FolderRepository):
        repository.settings, repository.claim = settings, claim

    def refuse(artifact_uri: str, *_: Any, **__: Any) -> ArtifactRepository:
        raise refused(f"{artifact_uri}: this server serves artifacts of {settings.destination} only")

    def here(artifact_uri: str, *_: Any, **__: Any) -> ArtifactRepository:
        path = roots.relative(artifact_uri, settings.destination)
        return served(f"{settings.destination}/{path}") if path else refuse(artifact_uri)

    # These resolve to a URI of another scheme, which is fenced in turn.
    for scheme in set(registry) - {"runs", "models"}:
        registry[scheme] = refuse
    # MLflow would ask a server for these, as a client does: its store itself reads and deletes the spans of an archived
    # trace, whatever their address.
    served = S3Repository if settings.mode == "s3" else FolderRepository
    registry["mlflow-artifacts"] = here
    registry[""] = registry["file"] = FolderRepository
    registry["s3"] = S3Repository if settings.mode == "s3" else refuse
