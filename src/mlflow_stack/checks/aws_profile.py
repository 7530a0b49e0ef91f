"""Whether the AWS folder and the profile are there. What is in the profile the image judges, which has the folder."""

from dataclasses import dataclass
from pathlib import Path

from mlflow_stack.errors import Finding, error, ok, unknown

LOCAL_MODE = "./stack start --disable-s3"


@dataclass(frozen=True)
class AwsFolder:
    """`profiles`: names only, of both files; None where this user may not read them or they do not parse."""

    path: Path
    exists: bool
    profiles: frozenset[str] | None = frozenset()


def judge_aws(folder: AwsFolder, profile: str) -> Finding:
    """Folder there, profile there."""
    block = (
        f"# {folder.path}/credentials\n[{profile}]\naws_access_key_id = …\naws_secret_access_key = …",
        f"# or without AWS:\n{LOCAL_MODE}",
    )
    if not folder.exists:
        text = f"The AWS folder (AWS_DIR) for profile {profile} does not exist, and is not created for you"
        return error("aws.folder-missing", text, str(folder.path), *block)
    if folder.profiles is None:
        return unknown(
            "aws.profile", "The AWS folder cannot be read by this user; the server judges it", str(folder.path)
        )
    if profile not in folder.profiles:
        text = f"There is no AWS profile {profile} in {folder.path}/config or {folder.path}/credentials"
        return error("aws.profile-missing", text, profile, *block)
    return ok("aws.profile", f"Profile {profile} is there", profile)
