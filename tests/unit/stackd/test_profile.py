"""Every kind of profile, and every way to break one; no key ever comes back in a text."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

from stackd import profile
from stackd.profile import CONFIG, CREDENTIALS, LOCAL_MODE
from stackd.report import Finding

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
STATIC = f"[basketworld]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
BASE = STATIC.replace("basketworld", "base")
BLOCK = [
    "# ~/.aws/credentials\n[basketworld]\naws_access_key_id = …\naws_secret_access_key = …",
    "# ~/.aws/config\n[profile basketworld]\nregion = us-west-1",
    "# or without AWS:\n./stack start --disable-s3",
]
SSO = "[profile basketworld]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n"
SESSION = "[sso-session s]\nsso_start_url = https://x\nsso_region = us-west-1\n"
ROLE = "[profile basketworld]\nrole_arn = arn:x\nsource_profile = base\n"
CIRCLE = "[profile basketworld]\nrole_arn=a\nsource_profile=b\n[profile b]\nrole_arn=a\nsource_profile=basketworld\n"


@pytest.fixture
def aws(tmp_path: Path) -> Path:
    return tmp_path


def judge(folder: Path, config: str = "", credentials: str = "", name: str = "basketworld") -> list[Finding]:
    for file, text in (("config", config), ("credentials", credentials)):
        if text:
            (folder / file).write_text(textwrap.dedent(text), encoding="utf-8")
    found = profile.judge(folder, name, "us-west-1")
    said = repr(found)
    assert KEY not in said
    assert SECRET not in said
    return found


@pytest.mark.parametrize(
    ("config", "credentials", "text"),
    [
        ("", STATIC, "an access key"),
        ("[profile basketworld]\nregion = x\ns3 =\n  addressing_style = path\n", STATIC, "an access key"),
        (f"[profile basketworld]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}", "", "an access key"),
        (f'[profile "basketworld"]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}', "", "an access key"),
        ("", STATIC + "aws_session_token = t\n", "a session token"),
        # Without a role it means nothing.
        ("", STATIC + "mfa_serial = m\n", "an access key"),
        (SSO + SESSION, "", "an SSO session"),
        (SSO.replace("sso_session = s", "sso_start_url = https://x\nsso_region = r"), "", "an SSO session"),
        (ROLE, BASE, "an access key (a role, through base)"),
        # Keys of a source are taken before its role.
        (ROLE, BASE + "role_arn = b\nsource_profile = basketworld\n", "an access key (a role, through base)"),
        (ROLE.replace("base\n", "basketworld\n"), STATIC, "an access key (a role, through basketworld)"),
        (
            ROLE + "[profile base]\nrole_arn = b\nsource_profile = root\n",
            STATIC.replace("basketworld", "root"),
            "an access key (a role, through base → root)",
        ),
    ],
)
def test_profiles_that_work_in_a_container(aws: Path, config: str, credentials: str, text: str) -> None:
    assert judge(aws, config, credentials) == [
        Finding("aws.profile", "ok", f"Profile basketworld has {text}", "basketworld")
    ]


@pytest.mark.parametrize(
    ("key", "needed"),
    [
        ("credential_process = /bin/x", "a program of this host"),
        ("role_arn = a\ncredential_source = Ec2InstanceMetadata", "the metadata service of a cloud machine"),
        ("role_arn = a\nsource_profile = b\nmfa_serial = m", "a person with a token"),
        ("role_arn = a\nweb_identity_token_file = /x", "a file that is not mounted"),
        ("login_session = arn:x", "the AWS Common Runtime library"),
    ],
)
def test_profiles_that_do_not(aws: Path, key: str, needed: str) -> None:
    name = key.splitlines()[-1].partition(" ")[0]
    text = f"Profile basketworld uses {name}: it needs {needed}, and the server's container has none"
    assert judge(aws, f"[profile basketworld]\n{key}\n") == [
        Finding("aws.profile-unsupported", "error", text, "basketworld", BLOCK)
    ]


@pytest.mark.parametrize(
    ("config", "credentials", "text"),
    [
        (
            "",
            f"[basketworld]\naws_access_key_id = {KEY}\n",
            "Profile basketworld has no aws_secret_access_key, or an empty one",
        ),
        (
            "",
            f"[basketworld]\naws_access_key_id =\naws_secret_access_key = {SECRET}",
            "Profile basketworld has no aws_access_key_id, or an empty one",
        ),
        (
            "",
            f"[basketworld]\naws_access_key_id = A B\naws_secret_access_key = {SECRET}",
            "The aws_access_key_id of profile basketworld is not a key (blanks, line breaks or dots)",
        ),
        (
            "",
            "[basketworld]\naws_access_key_id = …\naws_secret_access_key = …",
            "The aws_access_key_id of profile basketworld is not a key (blanks, line breaks or dots)",
        ),
        (
            "[profile basketworld]\nrole_arn = a\n",
            "",
            "Profile basketworld has a role_arn and no source_profile to take it with",
        ),
        (
            ROLE.replace("base\n", "gone\n"),
            "",
            "Profile basketworld names the source_profile gone, which does not exist",
        ),
        (CIRCLE, "", "The source_profile of basketworld → b → basketworld goes in a circle"),
        (SSO, "", "Profile basketworld names the sso_session s, which ~/.aws/config does not have"),
        (SSO + "[sso-session s]\nsso_region = r", "", "The SSO login of profile basketworld lacks sso_start_url"),
    ],
)
def test_half_written(aws: Path, config: str, credentials: str, text: str) -> None:
    fix = ["aws configure --profile basketworld", LOCAL_MODE]
    assert judge(aws, config, credentials) == [Finding("aws.credentials-broken", "error", text, "basketworld", fix)]


@pytest.mark.parametrize("config", ["", "[default]\nregion = x\n", "[basketworld]\nregion = x\n"])
def test_no_profile(aws: Path, config: str) -> None:
    text = "There is no AWS profile basketworld in ~/.aws/config or ~/.aws/credentials"
    assert judge(aws, config) == [Finding("aws.profile-missing", "error", text, "basketworld", BLOCK)]


def test_the_default_profile_has_a_section_of_its_own(aws: Path) -> None:
    [finding] = judge(aws, "[default]\nregion = x\n", STATIC.replace("basketworld", "default"), "default")
    assert finding.level == "ok"
    (aws / "credentials").unlink()
    [finding] = judge(aws, name="default")
    assert (finding.id, finding.fix[1]) == ("aws.credentials-missing", "# ~/.aws/config\n[default]\nregion = us-west-1")


def test_a_profile_without_credentials(aws: Path) -> None:
    text = "Profile basketworld holds no credentials"
    assert judge(aws, "[profile basketworld]\nregion = x\n") == [
        Finding("aws.credentials-missing", "error", text, CREDENTIALS, BLOCK)
    ]


def test_the_block_that_is_shown_has_the_form_that_passes(aws: Path) -> None:
    assert judge(aws, BLOCK[1], BLOCK[0].replace("…", "X" * 20)) == [
        Finding("aws.profile", "ok", "Profile basketworld has an access key", "basketworld")
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"[basketworld]\naws_access_key_id = {KEY}\n{SECRET}\n".encode(), 3),
        (f"aws_access_key_id = {KEY}\n".encode(), 1),
        (f"[basketworld]\naws_access_key_id\n  {SECRET}\n".encode(), 2),
        (f"{STATIC}[basketworld]\nregion = {SECRET}\n".encode(), 4),
        (b"[basketworld]\n\nregion = \xff\n", 3),
        # botocore reads a block below a key as keys of its own.
        (f"[basketworld]\naws_secret_access_key =\n  {SECRET}\n".encode(), 3),
    ],
)
def test_a_file_that_does_not_parse_names_the_line_and_not_its_content(aws: Path, content: bytes, line: int) -> None:
    (aws / "credentials").write_bytes(content)
    fix = [f"${{EDITOR:-vi}} +{line} ~/.aws/credentials", LOCAL_MODE]
    text = f"~/.aws/credentials cannot be parsed (line {line})"
    assert judge(aws) == [Finding("aws.credentials-broken", "error", text, CREDENTIALS, fix)]


def test_both_files_may_be_at_fault(aws: Path) -> None:
    found = judge(aws, "x", "y")
    assert [finding.where for finding in found] == [CONFIG, CREDENTIALS]


def test_a_file_that_the_server_cannot_read(aws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refused)
    found = profile.judge(aws, "basketworld", "us-west-1")
    assert [finding.id for finding in found] == ["aws.credentials-unreadable"] * 2
    assert found[1] == Finding(
        "aws.credentials-unreadable",
        "error",
        f"~/.aws/credentials cannot be read by uid {os.geteuid()}, the owner of ~/.aws, as whom the server runs: "
        "Permission denied",
        CREDENTIALS,
        ['sudo chown "$USER" ~/.aws/credentials', "chmod 600 ~/.aws/credentials"],
    )


def test_keys_stay_out_of_repr() -> None:
    read = profile.parse(STATIC.encode())
    assert SECRET not in repr(profile.Files(read, read, read))
