"""One profile of the mounted ``~/.aws``, judged as boto3 finds it inside a container. No value of a key is repeated."""

import configparser
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stackd.report import Finding

CONFIG, CREDENTIALS = "~/.aws/config", "~/.aws/credentials"
LOCAL_MODE = "./stack start --disable-s3"
# Keys that name something a container does not have, and what that is.
IN_NO_CONTAINER = {
    "credential_process": "a program of this host",
    "credential_source": "the metadata service of a cloud machine",
    "mfa_serial": "a person with a token",
    "web_identity_token_file": "a file that is not mounted",
    "login_session": "the AWS Common Runtime library",
}
# Without a role these two mean nothing to boto3.
OF_A_ROLE = ("credential_source", "mfa_serial")
SSO_KEYS = ("sso_account_id", "sso_role_name")
Sections = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Files:
    """Both files as they were read, by the name of a profile or of an SSO session. Not in ``repr``: they hold keys."""

    config: Sections = field(default_factory=dict, repr=False)
    credentials: Sections = field(default_factory=dict, repr=False)
    sessions: Sections = field(default_factory=dict, repr=False)

    def profile(self, name: str) -> dict[str, str] | None:
        """The keys of both files, those of ``credentials`` last; None where neither has the profile."""
        in_config, in_credentials = self.config.get(name), self.credentials.get(name)
        if in_config is None and in_credentials is None:
            return None
        return {**(in_config or {}), **(in_credentials or {})}


class BrokenError(Exception):
    """A file does not parse; ``line`` is where. Its text is never part of it."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"line {line}")


def judge(folder: Path, name: str, region: str) -> list[Finding]:
    """One finding about the profile, or one for each of its files that cannot be used. ``region`` is only shown."""
    read: dict[str, Sections] = {}
    found = []
    for file in (CONFIG, CREDENTIALS):
        try:
            read[file] = parse((folder / Path(file).name).read_bytes())
        except FileNotFoundError:
            read[file] = {}
        except OSError as error:
            found.append(_unreadable(file, error))
        except BrokenError as error:
            text = f"{file} cannot be parsed (line {error.line})"
            fix = [f"${{EDITOR:-vi}} +{error.line} {file}", LOCAL_MODE]
            found.append(Finding("aws.credentials-broken", "error", text, file, fix))
    if found:
        return found
    return [_judge(_files(read[CONFIG], read[CREDENTIALS]), name, region, ())]


def parse(content: bytes) -> dict[str, dict[str, str]]:
    """A file's sections, as botocore reads them.

    Raises:
        BrokenError: it does not parse.
    """
    parser = configparser.RawConfigParser()
    try:
        text = content.decode()
        parser.read_string(text)
    except UnicodeDecodeError as error:
        raise BrokenError(content.count(b"\n", 0, error.start) + 1) from None
    except configparser.Error as error:
        # Its message repeats the line itself, which may be a key: only its number is taken.
        first = next(iter(getattr(error, "errors", ())), (getattr(error, "lineno", 0),))
        raise BrokenError(int(first[0])) from None
    sections = {name: dict(parser.items(name)) for name in parser.sections()}
    for value in (value for keys in sections.values() for value in keys.values() if value.startswith("\n")):
        # A block below a key, such as `s3 =`: each line of it is a key of its own.
        for line in value.splitlines():
            if line.strip() and "=" not in line:
                raise BrokenError([each.strip() for each in text.splitlines()].index(line.strip()) + 1)
    return sections


def _files(config: Sections, credentials: Sections) -> Files:
    profiles: dict[str, Mapping[str, str]] = {}
    sessions: dict[str, Mapping[str, str]] = {}
    for section, keys in config.items():
        try:
            words = shlex.split(section)
        except ValueError:
            continue
        if words == ["default"]:
            profiles.setdefault("default", keys)
        elif len(words) == 2 and words[0] in ("profile", "sso-session"):
            (profiles if words[0] == "profile" else sessions)[words[1]] = keys
    return Files(profiles, credentials, sessions)


def _unreadable(file: str, error: OSError) -> Finding:
    text = (
        f"{file} cannot be read by uid {os.geteuid()}, the owner of ~/.aws, as whom the server runs: {error.strerror}"
    )
    fix = [f'sudo chown "$USER" {file}', f"chmod 600 {file}"]
    return Finding("aws.credentials-unreadable", "error", text, file, fix)


def _judge(files: Files, name: str, region: str, seen: tuple[str, ...]) -> Finding:
    """``seen``: the profiles whose role is taken with this one, the first of them the server's."""
    keys = files.profile(name)
    if keys is None:
        if seen:
            return _broken(f"Profile {seen[-1]} names the source_profile {name}, which does not exist", seen[-1])
        text = f"There is no AWS profile {name} in {CONFIG} or {CREDENTIALS}"
        return Finding("aws.profile-missing", "error", text, name, _block(name, region))
    has_keys = bool(keys.get("aws_access_key_id") or keys.get("aws_secret_access_key"))
    if name in seen and not has_keys:
        return _broken(f"The source_profile of {' → '.join([*seen, name])} goes in a circle", name)
    takes_role = "role_arn" in keys and not (seen and has_keys)
    for key, needed in IN_NO_CONTAINER.items():
        if key in keys and (takes_role or key not in OF_A_ROLE):
            text = f"Profile {name} uses {key}: it needs {needed}, and the server's container has none"
            return Finding("aws.profile-unsupported", "error", text, name, _block(name, region))
    if takes_role:
        if not keys.get("source_profile"):
            return _broken(f"Profile {name} has a role_arn and no source_profile to take it with", name)
        return _judge(files, keys["source_profile"], region, (*seen, name))
    if has_keys:
        return _judge_keys(name, keys, seen)
    if "sso_session" in keys or "sso_start_url" in keys:
        return _judge_sso(files, name, keys, seen)
    text = f"Profile {name} holds no credentials"
    return Finding("aws.credentials-missing", "error", text, CREDENTIALS, _block(name, region))


def _judge_keys(name: str, keys: Mapping[str, str], seen: tuple[str, ...]) -> Finding:
    for key in ("aws_access_key_id", "aws_secret_access_key"):
        value = keys.get(key, "")
        if not value:
            return _broken(f"Profile {name} has no {key}, or an empty one", name)
        if any(character.isspace() for character in value) or set(value) <= {"…", "."}:
            return _broken(f"The {key} of profile {name} is not a key (blanks, line breaks or dots)", name)
    return _fine(name, seen, "a session token" if keys.get("aws_session_token") else "an access key")


def _judge_sso(files: Files, name: str, keys: Mapping[str, str], seen: tuple[str, ...]) -> Finding:
    session = keys.get("sso_session")
    where = files.sessions.get(session) if session else keys
    if where is None:
        return _broken(f"Profile {name} names the sso_session {session}, which {CONFIG} does not have", name)
    absent = [key for key in SSO_KEYS if not keys.get(key)]
    absent += [key for key in ("sso_start_url", "sso_region") if not where.get(key)]
    if absent:
        return _broken(f"The SSO login of profile {name} lacks {', '.join(absent)}", name)
    return _fine(name, seen, "an SSO session")


def _fine(name: str, seen: tuple[str, ...], kind: str) -> Finding:
    through = f" (a role, through {' → '.join([*seen, name][1:])})" if seen else ""
    first = seen[0] if seen else name
    return Finding("aws.profile", "ok", f"Profile {first} has {kind}{through}", first)


def _broken(text: str, name: str) -> Finding:
    return Finding("aws.credentials-broken", "error", text, name, [f"aws configure --profile {name}", LOCAL_MODE])


def _block(name: str, region: str) -> list[str]:
    """What to write into which file, and the way without AWS."""
    section = "default" if name == "default" else f"profile {name}"
    return [
        f"# {CREDENTIALS}\n[{name}]\naws_access_key_id = …\naws_secret_access_key = …",
        f"# {CONFIG}\n[{section}]\nregion = {region}",
        f"# or without AWS:\n{LOCAL_MODE}",
    ]
