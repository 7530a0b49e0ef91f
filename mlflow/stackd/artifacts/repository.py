"""What MLflow uses for ``s3`` and for folders: its own classes, fenced in, and refusals for every other scheme.

The server alone talks to S3, and only below its own destination. Without the fence, anybody who reaches the port
registers a model with ``source=s3://any-bucket/…`` and downloads it with the server's keys.
"""

import posixpath
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import botocore.exceptions
from mlflow.entities import FileInfo
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository
from mlflow.utils.file_utils import local_file_uri_to_path

from stackd import settings as paths
from stackd.artifacts import listing, s3
from stackd.artifacts.claiming import Claim, not_the_marker, refused
from stackd.artifacts.faults import faults
from stackd.database import roots, sqlite
from stackd.settings import Settings


def below(uri: str, root: str) -> bool:
    """Whether a URI or folder is ``root`` or below it, without ``..`` in between."""
    clean = uri.rstrip("/")
    return (clean == root or clean.startswith(root + "/")) and ".." not in clean.split("/")


class _Inner(S3ArtifactRepository):  # type: ignore[misc]
    """MLflow's class with this stack's client instead of boto3's process-wide session, which caches credentials."""

    client: s3.Client

    def _get_s3_client(self) -> Any:
        return self.client()


class S3Repository(ArtifactRepository):  # type: ignore[misc]
    """S3 below the destination. Contains MLflow's class.

    Inheriting it would announce presigned and multipart transfers to clients.
    """

    settings: Settings
    claim: Claim
    # Says whether the request in progress takes an artifact's place for its content (serve/transfers.py).
    hand_over: ClassVar[Callable[["S3Repository", str], bool]] = lambda _, __: False

    def __init__(self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        super().__init__(artifact_uri, tracking_uri, registry_uri)
        self.writable = below(artifact_uri, self.settings.destination)
        if not self.writable and not any(below(artifact_uri, prefix) for prefix in self.settings.readable):
            raise refused(
                f"{artifact_uri} is outside this server's destination {self.settings.destination}, so it is neither "
                "read nor written. If an older experiment lives there, add its prefix to MLFLOW_S3_READABLE in .env "
                "and run ./stack start"
            )
        self.inner = _Inner(artifact_uri)
        self.inner.client = s3.client_of(self.settings)
        self.bucket, self.root = self.inner.parse_s3_compliant_uri(artifact_uri)
        # The same place in the folder of local mode, or None for a prefix that has none there.
        self.offline = (
            artifact_uri.rstrip("/").removeprefix(self.settings.destination).strip("/") if self.writable else None
        )

    def key(self, path: str | None) -> str:
        """Of an artifact, in the bucket."""
        return posixpath.join(self.root, path) if path else self.root

    def _before_write(self, path: str | None) -> None:
        if not self.writable:
            raise refused(
                f"{self.artifact_uri} may be read only (MLFLOW_S3_READABLE); nothing is written outside of "
                f"{self.settings.destination}"
            )
        self.claim()

    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        key = posixpath.join(self.key(artifact_path), posixpath.basename(local_file))
        if self.bucket == self.settings.bucket:
            not_the_marker(key, self.settings.prefix, self.settings.destination)
        self._before_write(artifact_path)
        with faults(self.settings, self.bucket, self.key(artifact_path), "s3:PutObject"):
            self.inner.log_artifact(local_file, artifact_path)

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        self._before_write(artifact_path)
        with faults(self.settings, self.bucket, self.key(artifact_path), "s3:PutObject"):
            self.inner.log_artifacts(local_dir, artifact_path)

    def upload_archived_trace_data_bytes(self, data: bytes) -> None:
        self._before_write(None)
        with faults(self.settings, self.bucket, self.root, "s3:PutObject"):
            self.inner.upload_archived_trace_data_bytes(data)

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        with faults(self.settings, self.bucket, self.key(path), "s3:ListBucket"):
            found = self.inner.list_artifacts(path)
        if self.offline is None:
            return listing.union(found, [])
        relative = posixpath.join(self.offline, path) if path else self.offline
        offline = listing.of_folder(paths.MLARTIFACTS, relative, self.offline)
        return listing.union(found, offline, top=relative == "")

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        offline = self.offline_file(remote_file_path)
        if offline is not None and self.offline_is_newer(remote_file_path, offline):
            shutil.copyfile(offline, local_path)
            return
        with faults(self.settings, self.bucket, self.key(remote_file_path), "s3:GetObject"):
            try:
                # MLflow's own contract for a repository: this method is the one to override.
                self.inner._download_file(remote_file_path, local_path)  # noqa: SLF001
            except botocore.exceptions.ClientError as error:
                self._ask_why(error, self.key(remote_file_path))
                raise

    def download_trace_data_to_file(self, dst_path: Path) -> Path:
        """As MLflow's own; a request for the file itself is told its place instead, and the file stays empty."""
        if self._handed_over("traces.json", dst_path):
            return dst_path
        return Path(super().download_trace_data_to_file(dst_path))

    def download_trace_attachment_to_file(self, path: str, dst_path: Path) -> Path:
        """As ``download_trace_data_to_file``."""
        if self._handed_over(posixpath.join("attachments", path), dst_path):
            return dst_path
        return Path(super().download_trace_attachment_to_file(path, dst_path))

    def _handed_over(self, path: str, file: Path) -> bool:
        if not type(self).hand_over(self, path):
            return False
        file.touch()
        return True

    def _ask_why(self, error: botocore.exceptions.ClientError, key: str) -> None:
        """boto3 asks with HEAD first, whose errors have no body: raise what a GET says in place of a bare status."""
        if s3.code_of(error) in ("400", "403", "404"):
            self.inner.client().get_object(Bucket=self.bucket, Key=key)["Body"].close()

    def offline_file(self, path: str) -> Path | None:
        """Its file in ./mlartifacts, if it has one."""
        if self.offline is None:
            return None
        found = listing.inside(paths.MLARTIFACTS, posixpath.join(self.offline, path))
        return found if found is not None and found.is_file() else None

    def offline_is_newer(self, path: str, offline: Path) -> bool:
        """Whether the folder's file is to be served: S3 has none, or an older one. Only a missing object falls back."""
        key = self.key(path)
        with faults(self.settings, self.bucket, key, "s3:GetObject"):
            try:
                head = self.inner.client().head_object(Bucket=self.bucket, Key=key)
            except botocore.exceptions.ClientError as error:
                try:
                    # HEAD cannot say whether it is the object or the bucket that is missing.
                    self._ask_why(error, key)
                except botocore.exceptions.ClientError as reason:
                    if s3.absent(reason):
                        return True
                    raise
                raise
        return bool(offline.stat().st_mtime > head["LastModified"].timestamp())

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Delete what is at or below a path, and nothing that only starts with the same letters.

        Raises:
            MlflowException: also for keys that S3 reports as errors inside a 200, which MLflow's own method ignores.
        """
        self._before_write(artifact_path)
        key = self.key(artifact_path).rstrip("/")
        with faults(self.settings, self.bucket, key, "s3:DeleteObject"):
            client = self.inner.client()
            kept: list[dict[str, str]] = []
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=key):
                keys = [entry["Key"] for entry in page.get("Contents", [])]
                mine = [{"Key": name} for name in keys if name == key or name.startswith(key + "/")]
                if mine:
                    answer = client.delete_objects(Bucket=self.bucket, Delete={"Objects": mine, "Quiet": True})
                    kept += answer.get("Errors", [])
        for entry in kept:
            with faults(self.settings, self.bucket, entry["Key"], "s3:DeleteObject"):
                raise botocore.exceptions.ClientError({"Error": {"Code": entry["Code"]}}, "DeleteObjects")


class FolderRepository(LocalArtifactRepository):  # type: ignore[misc]
    """A folder below the destination of local mode."""

    settings: Settings
    claim: Claim

    def __init__(self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        folder = local_file_uri_to_path(artifact_uri)
        if self.settings.mode != "local" or not below(folder, self.settings.destination):
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
        return listing.union(super().list_artifacts(path), [], top=top)

    def _publish_staged_artifact(
        self,
        temp_file_path: str,
        destination_file_path: str,
        finalize_temp_path: Callable[[str], None] | None = None,
    ) -> None:
        # An answered upload is on the disk: without this, a power cut leaves a whole name and an empty file.
        sqlite.sync(Path(temp_file_path))
        super()._publish_staged_artifact(temp_file_path, destination_file_path, finalize_temp_path)
        sqlite.sync(Path(destination_file_path).parent)

    def _get_destination_artifact_path(
        self, artifact_file_name: str, artifact_path: str | None = None
    ) -> tuple[str, str]:
        folder, file = super()._get_destination_artifact_path(artifact_file_name, artifact_path)
        not_the_marker(file, self.settings.destination, self.settings.destination)
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
