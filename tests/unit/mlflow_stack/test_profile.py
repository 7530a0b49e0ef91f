"""Every kind of profile, and every way to spoil one; keys never come back in a text."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from mlflow_stack.findings import Finding
from mlflow_stack.profile import LOCAL_MODE, AwsFile, AwsFolder, judge_profile, parse

HOME = Path("/home/ada/.aws")
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
STATIC = f"[basketworld]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
BLOCK = (
    "# /home/ada/.aws/credentials\n[basketworld]\naws_access_key_id = …\naws_secret_access_key = …",
    "# /home/ada/.aws/config\n[profile basketworld]\nregion = us-west-1",
    "# or without AWS:\n./stack start --disable-s3",
)


def folder(config: str = "", credentials: str = "") -> AwsFolder:
    files = [
        parse(HOME / name, textwrap.dedent(text)) if text else AwsFile(HOME / name, "missing")
        for name, text in (("config", config), ("credentials", credentials))
    ]
    return AwsFolder(HOME, "present", *files)


def judge(config: str = "", credentials: str = "") -> list[Finding]:
    found = judge_profile(folder(config, credentials), "basketworld", "us-west-1")
    said = repr(found)
    assert KEY not in said
    assert SECRET not in said
    return found


SSO = "[profile basketworld]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n"
CIRCLE = "[profile basketworld]\nrole_arn=a\nsource_profile=b\n[profile b]\nrole_arn=a\nsource_profile=basketworld\n"
SESSION = "[sso-session s]\nsso_start_url = https://x\nsso_region = us-west-1\n"


@pytest.mark.parametrize(
    ("config", "credentials", "text"),
    [
        ("", STATIC, "Profile basketworld has an access key"),
        (
            "[profile basketworld]\nregion = x\ns3 =\n  addressing_style = path\n",
            STATIC,
            "Profile basketworld has an access key",
        ),
        (
            f"[profile basketworld]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}",
            "",
            "Profile basketworld has an access key",
        ),
        ("", STATIC + "aws_session_token = t\n", "Profile basketworld has a session token"),
        (SSO + SESSION, "", "Profile basketworld has an SSO session"),
        (
            "[profile basketworld]\nrole_arn = arn:x\nsource_profile = base\n",
            STATIC.replace("basketworld", "base"),
            "Profile basketworld has an access key (a role, through base)",
        ),
        (
            "[profile basketworld]\nrole_arn = a\nsource_profile = basketworld\n",
            STATIC,
            "Profile basketworld has an access key (a role, through basketworld)",
        ),
    ],
)
def test_profiles_that_work_in_a_container(config: str, credentials: str, text: str) -> None:
    assert judge(config, credentials) == [Finding("aws.profile", "ok", text, "basketworld")]


@pytest.mark.parametrize(
    ("key", "needed"),
    [
        ("credential_process = /bin/x", "a program of this host"),
        ("role_arn = a\ncredential_source = Ec2InstanceMetadata", "the metadata service of a cloud machine"),
        ("role_arn = a\nsource_profile = b\nmfa_serial = m", "a person with a token"),
    ],
)
def test_profiles_that_do_not(key: str, needed: str) -> None:
    name = key.splitlines()[-1].partition(" ")[0]
    text = f"Profile basketworld uses {name}: it needs {needed}, and the server's container has none"
    assert judge(f"[profile basketworld]\n{key}\n") == [
        Finding("aws.profile-unsupported", "error", text, "basketworld", BLOCK)
    ]


def broken(text: str, profile: str = "basketworld") -> list[Finding]:
    return [
        Finding("aws.credentials-broken", "error", text, profile, (f"aws configure --profile {profile}", LOCAL_MODE))
    ]


@pytest.mark.parametrize(
    ("config", "credentials", "text", "profile"),
    [
        (
            "",
            f"[basketworld]\naws_access_key_id = {KEY}\n",
            "Profile basketworld has no aws_secret_access_key, or an empty one",
            "basketworld",
        ),
        (
            "",
            f"[basketworld]\naws_access_key_id =\naws_secret_access_key = {SECRET}",
            "Profile basketworld has no aws_access_key_id, or an empty one",
            "basketworld",
        ),
        (
            "",
            "[basketworld]\naws_access_key_id = …\naws_secret_access_key = …",
            "The aws_access_key_id of profile basketworld is not a key (blanks, line breaks or dots)",
            "basketworld",
        ),
        (
            "[profile basketworld]\nrole_arn = a\n",
            "",
            "Profile basketworld has a role_arn and no source_profile to take it with",
            "basketworld",
        ),
        (
            "[profile basketworld]\nrole_arn = a\nsource_profile = gone\n",
            "",
            "Profile basketworld names the source_profile gone, which does not exist",
            "basketworld",
        ),
        (
            CIRCLE,
            "",
            "The source_profile of basketworld → b → basketworld goes in a circle",
            "basketworld",
        ),
        (
            SSO,
            "",
            "Profile basketworld names the sso_session s, which /home/ada/.aws/config does not have",
            "basketworld",
        ),
        (
            SSO + "[sso-session s]\nsso_region = r",
            "",
            "The SSO login of profile basketworld lacks sso_start_url",
            "basketworld",
        ),
    ],
)
def test_half_written(config: str, credentials: str, text: str, profile: str) -> None:
    assert judge(config, credentials) == broken(text, profile)


def test_no_folder() -> None:
    missing = AwsFolder(HOME, "missing", AwsFile(HOME / "config", "missing"), AwsFile(HOME / "credentials", "missing"))
    text = "The AWS folder (AWS_DIR) with profile basketworld does not exist; it is not made for you"
    assert judge_profile(missing, "basketworld", "us-west-1") == [
        Finding("aws.folder-missing", "error", text, str(HOME), BLOCK)
    ]


def test_no_profile() -> None:
    text = "There is no AWS profile basketworld in /home/ada/.aws/config or /home/ada/.aws/credentials"
    assert judge("[default]\nregion = x\n") == [Finding("aws.profile-missing", "error", text, "basketworld", BLOCK)]


def test_a_profile_without_credentials() -> None:
    text = "Profile basketworld holds no credentials"
    found = judge("[profile basketworld]\nregion = x\n")
    assert found == [Finding("aws.credentials-missing", "error", text, "/home/ada/.aws/credentials", BLOCK)]


def test_the_block_that_is_shown_has_the_form_that_passes() -> None:
    block = BLOCK[0].replace("…", "X" * 20), BLOCK[1]
    assert judge(block[1], block[0]) == [
        Finding("aws.profile", "ok", "Profile basketworld has an access key", "basketworld")
    ]


def test_a_file_that_does_not_parse_names_the_line_and_not_its_content() -> None:
    fix = ("${EDITOR:-vi} +3 /home/ada/.aws/credentials", LOCAL_MODE)
    found = judge("", f"[basketworld]\naws_access_key_id = {KEY}\n{SECRET}\n")
    assert found == [
        Finding(
            "aws.credentials-broken", "error", "The file does not parse (line 3)", "/home/ada/.aws/credentials", fix
        )
    ]


def test_a_key_before_any_section() -> None:
    [finding] = judge("", f"aws_access_key_id = {KEY}\n")
    assert (finding.id, finding.text) == ("aws.credentials-broken", "The file does not parse (line 1)")


def test_a_file_that_the_server_could_not_read() -> None:
    file = parse(HOME / "credentials", STATIC, container_can_read=False)
    found = judge_profile(AwsFolder(HOME, "present", AwsFile(HOME / "config", "missing"), file), "basketworld", "r")
    fix = ("sudo chown --reference=/home/ada/.aws /home/ada/.aws/credentials", "chmod 600 /home/ada/.aws/credentials")
    text = "The owner of the AWS folder, as whom the server runs, may not read this file"
    assert found == [Finding("aws.credentials-unreadable", "error", text, "/home/ada/.aws/credentials", fix)]


def test_a_file_that_only_we_cannot_read_is_unknown() -> None:
    files = AwsFile(HOME / "config", "missing"), AwsFile(HOME / "credentials", "unreadable")
    found = judge_profile(AwsFolder(HOME, "present", *files), "basketworld", "r")
    text = "Only its owner can read this file; the server will"
    assert found == [Finding("aws.credentials-unreadable", "unknown", text, "/home/ada/.aws/credentials")]


def test_keys_stay_out_of_repr() -> None:
    assert SECRET not in repr(folder("", STATIC))
