"""The one way to S3: a dozen operations by paths below a destination, for server and verbs alike.

Every setting is in one place: time limits and what goes with each request in `client`, keys in `destination`, what an
error means in `faults`. Nothing else talks to boto3.
"""

import base64
import contextlib
import hashlib
import mimetypes
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from stackd.artifacts import client, faults
from stackd.artifacts.client import Made
from stackd.artifacts.destination import NOT_ARTIFACTS, Destination
from stackd.artifacts.faults import RAISED, code_of
from stackd.artifacts.parts import PART, Body
from stackd.settings import Settings

PAGE = 1000
# As one `bytes`, which spares S3's "100 Continue"; small enough for one time limit on a slow line.
IN_ONE = 256 * 1024
# What stores say that do not know the checksum's header.
CRC_REFUSED = frozenset({"NotImplemented", "InvalidArgument", "InvalidRequest", "501"})
# And those that want the MD5 that S3 once asked of a DeleteObjects.
MD5_WANTED = CRC_REFUSED | {"MissingContentMD5", "InvalidDigest"}
MD5 = re.compile("[0-9a-f]{32}")
# HEAD's errors have no body.
BARE = frozenset({"400", "403", "404"})


@dataclass(frozen=True, slots=True)
class Stored:
    """An object: ``path`` below the destination, ``bytes``, ``modified`` in seconds of the epoch.

    ``etag`` is S3's, without quotes; empty for a file.
    """

    path: str
    bytes: int
    etag: str
    modified: float


class Bucket:
    """A destination in S3, by paths below it. Every method may raise one of `RAISED`, and Unusable.

    ``settle``: seconds between writing the owner's marker and reading it back. Some stores ignore the condition of
    that write: of two writers, both see the later one after a moment.
    """

    settle: ClassVar[float] = 1.0

    def __init__(self, settings: Settings, destination: Destination) -> None:
        self.destination = destination
        self._client = client.client_of(settings)

    def head(self, path: str, **wanted: Any) -> dict[str, Any]:
        """What is known of an object; ``wanted`` as in boto3."""
        client, named = self._client().quick, self._named(path, listed=True)
        try:
            return dict(client.head_object(**named, **wanted))
        except RAISED as error:
            if code_of(error) in BARE:
                # HEAD cannot say whether it is the object or the bucket that is missing, or what is denied.
                client.get_object(**named)["Body"].close()
            raise

    def get(self, path: str, **wanted: Any) -> dict[str, Any]:
        """An object, or a ``Range`` of it: boto3's answer, with a ``Body`` to be closed.

        Raises:
            faults.NoRanges: all of it came where a range was wanted.
        """
        answer: dict[str, Any] = self._client().quick.get_object(**self._named(path), **wanted)
        if "Range" in wanted and "ContentRange" not in answer:
            answer["Body"].close()
            raise faults.NoRanges
        return answer

    def chunks(self, path: str, size: int) -> Iterator[bytes] | None:
        """An object in pieces; None where there is none."""
        try:
            return _read(self.get(path)["Body"], size)
        except RAISED as error:
            if faults.absent(error):
                return None
            raise

    def put(self, path: str, body: Body, if_absent: bool = False) -> bool:
        """Store an object in one request; False where there is one already and ``if_absent`` forbids to replace it."""
        content = body.whole() if len(body) <= IN_ONE else body
        condition = {"IfNoneMatch": "*"} if if_absent else {}
        named = self._named(path) | _described(path) | condition

        def request(client: Any, checksum: dict[str, str]) -> dict[str, Any]:
            return dict(client.put_object(Body=content, **named, **checksum))

        try:
            self._checked(body, request)
        except RAISED as error:
            if if_absent and code_of(error) in faults.CONDITION_FAILED:
                return False
            if not if_absent or code_of(error) not in faults.LACKING:
                raise
            # A store without conditions: as one that ignores them.
            return self.put(path, body)
        return True

    def write(self, path: str, content: bytes, if_absent: bool = False) -> bool:
        """As ``put``, of a few bytes."""
        return self.put(path, Body([content]), if_absent)

    def send(self, source: Path, path: str) -> bool:
        """Store a file, in parts where it is large; False where only boto3 has seen that all of it arrived.

        Raises:
            ValueError: the object is not what was sent.
            OSError: the file cannot be read.
        """
        named = self._named(path)
        self._client().quick.upload_file(str(source), named["Bucket"], named["Key"], ExtraArgs=_described(path))
        same = self.holds(path, source)
        if same is False:
            raise ValueError(f"{path} in S3 is not what was sent")
        return same is not None

    def holds(self, path: str, file: Path, etag: str = "") -> bool | None:
        """Whether an object has a file's bytes; None where the store keeps no checksum of it that can be compared.

        An ``etag`` that a listing gave may say so already. One of parts proves equality, and no difference: they may
        be of another size; that of what is encrypted by a key is no checksum at all.
        """
        sums = _sums(file)
        if etag in sums:
            return True
        found = self.head(path, ChecksumMode="ENABLED")
        etag, crc = str(found["ETag"]).strip('"'), str(found.get("ChecksumCRC32", "-"))
        if int(found["ContentLength"]) != file.stat().st_size:
            return False
        if etag in sums or crc in sums:
            return True
        by_key = "SSECustomerAlgorithm" in found or str(found.get("ServerSideEncryption", "")).startswith("aws:")
        return None if "-" in crc and (by_key or not MD5.fullmatch(etag)) else False

    def copy(self, source: "Bucket", entry: Stored) -> None:
        """Copy an object that another place lists: within S3, in parts where it is large.

        Raises ValueError where what is there then has another size.
        """
        there, here = (each._named(entry.path, listed=True) for each in (source, self))  # noqa: SLF001 - its own kind
        made = self._client()
        made.patient.copy(there, here["Bucket"], here["Key"])
        if int(made.quick.head_object(**here)["ContentLength"]) != entry.bytes:
            raise ValueError(f"{entry.path} in S3 is not what was copied from {source.destination.uri}")

    def starting(self, prefix: str) -> Iterator[Stored]:
        """Every object whose path begins so, as S3 orders them; what git keeps and the marker left out."""
        pages = self._client().patient.get_paginator("list_objects_v2")
        root, bucket = self.destination.root, self.destination.bucket
        for page in pages.paginate(Bucket=bucket, Prefix=root + prefix, PaginationConfig={"PageSize": PAGE}):
            yield from self._objects(page)

    def entries(self, below: str = "") -> Iterator[Stored]:
        """Every object below a path. Memory does not grow with their number."""
        # With a slash: `1/ab` is not above `1/abc`.
        return self.starting(f"{below}/" if below else "")

    def level(self, below: str) -> tuple[list[str], list[Stored]]:
        """Paths of the folders, and the objects, directly below a path: somebody waits for them."""
        pages = self._client().quick.get_paginator("list_objects_v2")
        prefix = self.destination.root + (f"{below}/" if below else "")
        folders: list[str] = []
        objects: list[Stored] = []
        for page in pages.paginate(Bucket=self.destination.bucket, Prefix=prefix, Delimiter="/"):
            folders += [
                self.destination.path(str(each["Prefix"])).rstrip("/") for each in page.get("CommonPrefixes", [])
            ]
            objects += self._objects(page)
        return folders, objects

    def delete(self, paths: Iterable[str]) -> dict[str, str]:
        """Delete a thousand objects at most that a listing gave; why each of those is left that could not be.

        A request that fails as a whole is not the end: each key is then tried once by itself, until an error is about
        no key at all.
        """
        keys = {self.destination.key(path, listed=True): path for path in paths}
        failed: dict[str, str] = {}
        why, hopeless = "", False
        try:
            return {keys.get(key, key): why for key, why in self._delete(list(keys)).items()}
        except RAISED as error:
            why, hopeless = faults.named(error), not faults.about_the_key(error)
        for key, path in keys.items():
            try:
                if not hopeless:
                    self._client().quick.delete_object(Bucket=self.destination.bucket, Key=key)
            except RAISED as error:
                why, hopeless = faults.named(error), not faults.about_the_key(error)
                failed[path] = why
            if hopeless:
                failed[path] = why
        return failed

    def _delete(self, keys: list[str]) -> dict[str, str]:
        """One DeleteObjects: it answers 200 with an error for each key that stays."""
        made = self._client()
        wanted = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
        try:
            answer = made.patient.delete_objects(Bucket=self.destination.bucket, Delete=wanted)
        except RAISED as error:
            if made.deletes_with_md5 or code_of(error) not in MD5_WANTED:
                raise
            made.patient.meta.events.register("before-call.s3.DeleteObjects", _with_md5)
            made.deletes_with_md5 = True
            answer = made.patient.delete_objects(Bucket=self.destination.bucket, Delete=wanted)
        return {str(each["Key"]): str(each.get("Code", "unknown")) for each in answer.get("Errors", [])}

    def begin(self, path: str) -> str:
        """Begin an upload in parts; its id."""
        made, wanted = self._client(), self._named(path) | _described(path)
        # A part may carry a checksum only where the upload was made for it.
        algorithm = {"ChecksumAlgorithm": "CRC32"} if made.sends_crc else {}
        try:
            answer = made.quick.create_multipart_upload(**wanted, **algorithm)
        except RAISED as error:
            _unless_refused(made, error)
            answer = made.quick.create_multipart_upload(**wanted)
        return str(answer["UploadId"])

    def part(self, path: str, upload: str, number: int, body: Body) -> dict[str, Any]:
        """Send a part; what ``complete`` has to know of it."""
        named = self._named(path) | {"UploadId": upload, "PartNumber": number, "Body": body}

        def request(client: Any, checksum: dict[str, str]) -> dict[str, Any]:
            return dict(client.upload_part(**named, **checksum))

        answer = self._checked(body, request)
        crc = {"ChecksumCRC32": answer["ChecksumCRC32"]} if answer.get("ChecksumCRC32") else {}
        return {"PartNumber": number, "ETag": answer["ETag"], **crc}

    def complete(self, path: str, upload: str, parts: list[dict[str, Any]], size: int) -> None:
        """End an upload of ``size`` bytes: the object is there, whole.

        Without an answer in time it may be there all the same, and a second try is told that there is no such upload:
        then the object says what it was made of.
        """
        ending = {"UploadId": upload, "MultipartUpload": {"Parts": parts}}
        try:
            self._client().patient.complete_multipart_upload(**self._named(path), **ending)
        except RAISED:
            if not self._is_made_of(path, parts, size):
                raise

    def _is_made_of(self, path: str, parts: list[dict[str, Any]], size: int) -> bool:
        with contextlib.suppress(*RAISED):
            found = self.head(path, ChecksumMode="ENABLED")
            names = {str(found["ETag"]).strip('"'), str(found.get("ChecksumCRC32", ""))}
            return int(found["ContentLength"]) == size and not names.isdisjoint(_names_of_parts(parts))
        return False

    def abort(self, path: str, upload: str) -> None:
        """End an upload without an object; one that S3 does not know (any more) is no error."""
        try:
            self._client().quick.abort_multipart_upload(**self._named(path, listed=True), UploadId=upload)
        except RAISED as error:
            if code_of(error) != "NoSuchUpload":
                raise

    def uploads(self) -> Iterator[tuple[str, str, float]]:
        """Uploads that were begun and have not ended: path, id, when it began in seconds of the epoch."""
        pages = self._client().patient.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=self.destination.bucket, Prefix=self.destination.root):
            for each in page.get("Uploads", []):
                yield self.destination.path(str(each["Key"])), str(each["UploadId"]), each["Initiated"].timestamp()

    def sent(self, path: str, upload: str) -> int | None:
        """Bytes of the parts that such an upload has; None where they are not known."""
        pages = self._client().quick.get_paginator("list_parts")
        try:
            found = pages.paginate(**self._named(path, listed=True), UploadId=upload)
            return sum(int(part["Size"]) for page in found for part in page.get("Parts", []))
        except RAISED as error:
            if faults.unanswered(error) or code_of(error) == "NoSuchUpload":
                return None
            raise

    def keeps_versions(self) -> str:
        """``yes``, ``no``, or ``unknown`` where the profile may not ask."""
        try:
            found = self._client().quick.get_bucket_versioning(Bucket=self.destination.bucket)
        except RAISED as error:
            if faults.unanswered(error):
                return "unknown"
            raise
        return "yes" if found.get("Status") else "no"

    def _named(self, path: str, listed: bool = False) -> dict[str, Any]:
        return {"Bucket": self.destination.bucket, "Key": self.destination.key(path, listed)}

    def _objects(self, page: dict[str, Any]) -> Iterator[Stored]:
        for entry in page.get("Contents", []):
            path = self.destination.path(str(entry["Key"]))
            if path not in NOT_ARTIFACTS and path and not path.endswith("/"):
                yield Stored(path, int(entry["Size"]), str(entry["ETag"]).strip('"'), entry["LastModified"].timestamp())

    def _checked(self, body: Body, request: Callable[[Any, dict[str, str]], dict[str, Any]]) -> dict[str, Any]:
        """A request with the body's checksum in a header; without, for good, where a store other than S3 refuses it.

        What it gets then is the MD5 that every store knows. With `request_checksum_calculation = when_required` in the
        profile neither is sent, and the signature covers the payload.
        """
        made = self._client()
        if made.sends_crc:
            try:
                answer = request(made.quick, {"ChecksumCRC32": base64.b64encode(body.crc32()).decode()})
            except RAISED as error:
                _unless_refused(made, error)
            else:
                made.crc = True
                return answer
        body.seek(0)
        if made.checksums == "when_required":
            return request(made.quick, {})
        return request(made.quick, {"ContentMD5": base64.b64encode(body.md5()).decode()})


def _unless_refused(made: Made, error: BaseException) -> None:
    """Raise it again, unless it may be a store that does not know checksums: then they are left out from now on."""
    if made.crc or made.checksums != "unknown" or code_of(error) not in CRC_REFUSED:
        raise error
    made.crc = False


def _described(path: str) -> dict[str, str]:
    """The content type by the name. No encoding: a store that decompresses what it hands out would change its bytes."""
    kind, encoding = mimetypes.guess_type(path)
    kind = f"application/x-{encoding}" if encoding else kind
    return {"ContentType": kind} if kind else {}


def _with_md5(params: dict[str, Any], **_: Any) -> None:
    """In place of botocore's CRC-32."""
    params["context"].pop("checksum", None)
    digest = hashlib.md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()


def _names_of_parts(parts: list[dict[str, Any]]) -> set[str]:
    """What S3 calls an object that is made of some parts: the MD5 of their MD5s, and the CRC-32 of their CRCs."""
    found = set()
    with contextlib.suppress(ValueError):
        md5s = b"".join(bytes.fromhex(str(part["ETag"]).strip('"')) for part in parts)
        found.add(f"{hashlib.md5(md5s, usedforsecurity=False).hexdigest()}-{len(parts)}")
    if all("ChecksumCRC32" in part for part in parts):
        crc = Body([base64.b64decode(part["ChecksumCRC32"]) for part in parts]).crc32()
        found.add(f"{base64.b64encode(crc).decode()}-{len(parts)}")
    return found


def _sums(file: Path) -> set[str]:
    """What S3 may call a file: its MD5 and its CRC-32, or those of its parts, as boto3 and this server cut them."""
    parts = []
    whole, crc = hashlib.md5(usedforsecurity=False), 0
    with file.open("rb") as source:
        while chunk := source.read(PART):
            whole.update(chunk)
            crc = zlib.crc32(chunk, crc)
            digest, own = hashlib.md5(chunk, usedforsecurity=False).hexdigest(), Body([chunk]).crc32()
            parts.append({"ETag": digest, "ChecksumCRC32": base64.b64encode(own).decode()})
    return {whole.hexdigest(), base64.b64encode(crc.to_bytes(4, "big")).decode(), *_names_of_parts(parts)}


def _read(source: Any, size: int) -> Iterator[bytes]:
    with source:
        while chunk := source.read(size):
            yield chunk
