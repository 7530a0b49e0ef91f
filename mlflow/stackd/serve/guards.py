"""What is refused inside MLflow's Flask application, after its Host, CORS and login checks.

A ``before_request`` function that is registered last runs last: a request without a password never gets here.
"""

import json
import posixpath
import re

from flask import Flask, Response, request
from mlflow.exceptions import MlflowException

from stackd import database
from stackd.artifacts import owner, store
from stackd.artifacts.destination import MARKER
from stackd.artifacts.repository import inside, told
from stackd.database import roots
from stackd.mlflow_internals import NO_MULTIPART
from stackd.settings import Settings

ARTIFACTS = re.compile(r"/(?:ajax-)?api/2\.0/mlflow-artifacts/artifacts(?:/(?P<path>.*))?", re.DOTALL)
MULTIPART = re.compile(r"^/(?:ajax-)?api/2\.0/mlflow-artifacts/mpu/")
PRESIGNED = re.compile(r"^/(?:ajax-)?api/2\.0/(?:mlflow-artifacts/presigned/|mlflow/artifacts/presigned-)")


def refusal(status: int, code: str, message: str) -> Response:
    """An error in MLflow's own form."""
    return Response(json.dumps({"error_code": code, "message": message}), status, mimetype="application/json")


class Guards:
    """The refusals of one application."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.base = settings, database.of(settings)

    def install(self, app: Flask) -> None:
        """Register; call after the login layer has been."""
        app.before_request(self.before_request)

    def before_request(self) -> Response | None:
        """Refuse, or return None and let MLflow answer."""
        if MULTIPART.match(request.path):
            # MLflow's own sentence: clients that are told to use multipart fall back on it, and on nothing else.
            return refusal(501, "NOT_IMPLEMENTED", NO_MULTIPART)
        if PRESIGNED.match(request.path):
            return refusal(501, "NOT_IMPLEMENTED", "Every byte goes through this server: it hands out no presigned URL")
        found = ARTIFACTS.fullmatch(request.path)
        if found and request.method == "DELETE":
            return self.delete(found["path"] or "")
        return None

    def delete(self, path: str) -> Response | None:
        """Let a DELETE through only at or below an artifact root that this database records, on a destination that is
        ours.
        """
        try:
            return self._delete(path)
        except MlflowException as error:
            return refusal(error.get_http_status_code(), error.error_code, error.message)

    def _delete(self, path: str) -> Response | None:
        if not roots.owned(path, self.settings.destination, self.base):
            text = f"DELETE of {path!r}: not at or below the artifacts of a run, logged model or trace of this server"
            return refusal(403, "PERMISSION_DENIED", text)
        mlartifacts = self.settings.places.mlartifacts
        if self.settings.mode == "s3" and inside(mlartifacts, posixpath.normpath(path)) is not None:
            text = f"{path} is in ./mlartifacts too, which is read-only in S3 mode. Delete it there first:"
            return refusal(409, "RESOURCE_CONFLICT", f"{text} ./stack start --disable-s3")
        return self._foreign()

    def _foreign(self) -> Response | None:
        """Refuse when somebody else's marker, or none, is on the destination. Asked each time.

        Deleting is rare and final.
        """
        settings, place = self.settings, store.of(self.settings)
        with told(settings, place.destination, MARKER):
            found = owner.look(place, self.base.store_id())
        if found.state in ("ours", "unclaimed"):
            return None
        whose = f"belongs to another database ({found.marker})" if found.marker else "has objects and no owner marker"
        text = (
            f"{settings.destination} {whose}, so nothing is deleted there. "
            "If its database was lost: `./stack backups`. If it is yours: `./stack adopt --claim`"
        )
        return refusal(403, "PERMISSION_DENIED", text)
