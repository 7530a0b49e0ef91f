"""One profile of an ~/.aws folder, judged as a container that sees only this folder would find it. Pure; no value of a
key is ever repeated.
"""

import configparser
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mlflow_stack.findings import Finding

FileState = Literal["present", "missing", "unreadable", "broken"]
Sections = Mapping[str, Mapping[str, str]]

LOCAL_MODE = "./stack start --disable-s3"
IN_NO_CONTAINER = {
    "credential_process": "a program of this host",
    "credential_source": "the metadata service of a cloud machine",
    "mfa_serial": "a person with a token",
    "web_identity_token_file": "a file that is not mounted",
}
"""What botocore would need and a container does not have."""
SSO_KEYS = ("sso_account_id", "sso_role_name")


@dataclass(frozen=True)
class AwsFile:
    """`sections` stays out of repr: it holds keys. `line` is where a broken file stops to parse."""

    path: Path
    state: FileState
    sections: Sections = field(default_factory=dict, repr=False)
    line: int = 0
    container_can_read: bool = True


@dataclass(frozen=True)
class AwsFolder:
    """What the host sees of AWS_DIR. The container reads it as the folder's owner."""

    path: Path
    state: FileState
    config: AwsFile
    credentials: AwsFile


def parse(path: Path, text: str, container_can_read: bool = True) -> AwsFile:
    """As botocore reads it: no interpolation, nested blocks below a key, names of options in lower case."""
    parser = configparser.RawConfigParser(default_section="\0none", strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        return AwsFile(path, "broken", {}, _line_of(error), container_can_read)
    sections = {name: dict(parser.items(name)) for name in parser.sections()}
    return AwsFile(path, "present", sections, 0, container_can_read)


def _line_of(error: configparser.Error) -> int:
    """configparser's message repeats the line itself, which may be a key: only its number is taken."""
    first = next(iter(getattr(error, "errors", ())), (getattr(error, "lineno", 0),))
    return int(first[0])


def judge_profile(folder: AwsFolder, profile: str, region: str) -> list[Finding]:
    """At least one finding; several when both files are at fault."""
    if folder.state == "missing":
        text = f"The AWS folder (AWS_DIR) with profile {profile} does not exist; it is not made for you"
        return [Finding("aws.folder-missing", "error", text, str(folder.path), _block(folder, profile, region))]
    if folder.state == "unreadable":
        return [
            Finding(
                "aws.folder-unreadable",
                "unknown",
                "Only its owner can look into the AWS folder; the server will",
                str(folder.path),
            )
        ]
    files = [found for each in (folder.config, folder.credentials) for found in _judge_file(each)]
    if any(finding.level in ("error", "unknown") for finding in files):
        return files
    if _merged(folder, profile) is None:
        text = f"There is no AWS profile {profile} in {folder.config.path} or {folder.credentials.path}"
        return [Finding("aws.profile-missing", "error", text, profile, _block(folder, profile, region))]
    return _judge_keys(folder, profile, region, ())


def _judge_file(file: AwsFile) -> list[Finding]:
    where = str(file.path)
    if file.state == "broken":
        text = f"The file does not parse (line {file.line})"
        return [
            Finding(
                "aws.credentials-broken", "error", text, where, (f"${{EDITOR:-vi}} +{file.line} {where}", LOCAL_MODE)
            )
        ]
    if file.state != "missing" and not file.container_can_read:
        text = "The owner of the AWS folder, as whom the server runs, may not read this file"
        return [
            Finding(
                "aws.credentials-unreadable",
                "error",
                text,
                where,
                (f"sudo chown --reference={file.path.parent} {where}", f"chmod 600 {where}"),
            )
        ]
    if file.state == "unreadable":
        return [
            Finding(
                "aws.credentials-unreadable", "unknown", "Only its owner can read this file; the server will", where
            )
        ]
    return []


def _merged(folder: AwsFolder, profile: str) -> dict[str, str] | None:
    """The profile of both files, credentials last; None where neither has it."""
    in_config = folder.config.sections.get("default" if profile == "default" else f"profile {profile}")
    if in_config is None and profile == "default":
        in_config = folder.config.sections.get("profile default")
    in_credentials = folder.credentials.sections.get(profile)
    if in_config is None and in_credentials is None:
        return None
    return {**(in_config or {}), **(in_credentials or {})}


def _judge_keys(folder: AwsFolder, profile: str, region: str, seen: tuple[str, ...]) -> list[Finding]:
    keys = _merged(folder, profile)
    if keys is None:
        return [
            _broken(folder, f"Profile {seen[-1]} names the source_profile {profile}, which does not exist", seen[-1])
        ]
    if profile in seen and not keys.get("aws_access_key_id"):
        return [_broken(folder, f"The source_profile of {' → '.join([*seen, profile])} goes in a circle", profile)]
    for key, needed in IN_NO_CONTAINER.items():
        if key in keys:
            text = f"Profile {profile} uses {key}: it needs {needed}, and the server's container has none"
            return [Finding("aws.profile-unsupported", "error", text, profile, _block(folder, profile, region))]
    if "role_arn" in keys and profile not in seen:
        if not keys.get("source_profile"):
            return [_broken(folder, f"Profile {profile} has a role_arn and no source_profile to take it with", profile)]
        return _judge_keys(folder, keys["source_profile"], region, (*seen, profile))
    if keys.get("aws_access_key_id") or keys.get("aws_secret_access_key"):
        return _judge_static(folder, profile, keys, seen)
    if "sso_session" in keys or "sso_start_url" in keys:
        return _judge_sso(folder, profile, keys, seen)
    if "login_session" in keys:
        return [
            Finding(
                "aws.credentials-kind",
                "unknown",
                f"Profile {profile} uses login_session, which only the server can judge",
                profile,
            )
        ]
    text = f"Profile {profile} holds no credentials"
    return [
        Finding("aws.credentials-missing", "error", text, str(folder.credentials.path), _block(folder, profile, region))
    ]


def _judge_static(folder: AwsFolder, profile: str, keys: Mapping[str, str], seen: tuple[str, ...]) -> list[Finding]:
    for key in ("aws_access_key_id", "aws_secret_access_key"):
        value = keys.get(key, "")
        if not value:
            return [_broken(folder, f"Profile {profile} has no {key}, or an empty one", profile)]
        if any(character.isspace() for character in value) or set(value) <= {"…", "."}:
            return [
                _broken(folder, f"The {key} of profile {profile} is not a key (blanks, line breaks or dots)", profile)
            ]
    return [_fine(profile, seen, "a session token" if keys.get("aws_session_token") else "an access key")]


def _judge_sso(folder: AwsFolder, profile: str, keys: Mapping[str, str], seen: tuple[str, ...]) -> list[Finding]:
    session = keys.get("sso_session")
    where = folder.config.sections.get(f"sso-session {session}") if session else keys
    if where is None:
        return [
            _broken(
                folder,
                f"Profile {profile} names the sso_session {session}, which {folder.config.path} does not have",
                profile,
            )
        ]
    absent = [key for key in SSO_KEYS if not keys.get(key)] + [
        key for key in ("sso_start_url", "sso_region") if not where.get(key)
    ]
    if absent:
        return [_broken(folder, f"The SSO login of profile {profile} lacks {', '.join(absent)}", profile)]
    return [_fine(profile, seen, "an SSO session")]


def _fine(profile: str, seen: tuple[str, ...], kind: str) -> Finding:
    through = f" (a role, through {' → '.join([*seen, profile][1:])})" if seen else ""
    return Finding(
        "aws.profile", "ok", f"Profile {seen[0] if seen else profile} has {kind}{through}", seen[0] if seen else profile
    )


def _broken(folder: AwsFolder, text: str, profile: str) -> Finding:
    return Finding("aws.credentials-broken", "error", text, profile, (f"aws configure --profile {profile}", LOCAL_MODE))


def _block(folder: AwsFolder, profile: str, region: str) -> tuple[str, ...]:
    """What to write where, and the way without AWS."""
    section = "default" if profile == "default" else f"profile {profile}"
    return (
        f"# {folder.credentials.path}\n[{profile}]\naws_access_key_id = …\naws_secret_access_key = …",
        f"# {folder.config.path}\n[{section}]\nregion = {region}",
        f"# or without AWS:\n{LOCAL_MODE}",
    )
