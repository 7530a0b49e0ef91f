"""A credential is in ~/.aws and nowhere else, also after everything that can go wrong with it has gone wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support import docker
from support.processes import processes
from support.rest import Rest
from support.s3server import READER, WRITER, Keys
from support.stack import NewStack, Stack
from support.working_copy import own

PASSWORD = "admin-password-of-the-test-0001"
WRONG = Keys(WRITER.access_key, "wrong-secret-0000000000000000000000000003")
UNKNOWN = Keys("TESTUNKNOWNKEY000003", "unknown-secret-00000000000000000000000003")
NEEDLES = sorted({part for keys in (WRITER, READER, WRONG, UNKNOWN) for part in vars(keys).values()} | {PASSWORD})
LOGIN = {"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": PASSWORD}
SERVING = 3


def holding(texts: dict[str, str] | dict[str, bytes]) -> dict[str, list[str]]:
    """Where a key or the password is → which."""
    raw = {name: text.encode() if isinstance(text, str) else text for name, text in texts.items()}
    found = {name: [needle for needle in NEEDLES if needle.encode() in text] for name, text in raw.items()}
    return {name: needles for name, needles in found.items() if needles}


@pytest.fixture(scope="module")
def stack(new_module_stack: NewStack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A stack with logins."""
    file = tmp_path_factory.mktemp("secret") / "password"
    file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    file.chmod(0o600)
    own(file)
    return new_module_stack(MLFLOW_AUTH="basic-auth", MLFLOW_ADMIN_PASSWORD_FILE=str(file))


@pytest.fixture(scope="module")
def said(stack: Stack) -> dict[str, str]:
    """What the wrapper and the server say, by what was asked: with good keys, and with each kind that S3 refuses.

    Ends with a stack that runs, with good keys.
    """
    texts: dict[str, str] = {}

    def wrapper(situation: str, *args: str) -> None:
        done = stack.wrapper(*args, check=False, timeout=600, **LOGIN)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        texts[f"{situation}: {args[0]}"] = done.stdout + done.stderr

    wrapper("good", "start")
    rest = Rest(stack, ("admin", PASSWORD))
    root = rest.new_root("secrets")
    rest.stored(f"{root}/a.bin", b"a" * 100_000)
    for situation, keys in {"good": WRITER, "wrong": WRONG, "unknown": UNKNOWN, "reader": READER}.items():
        stack.write_profile(keys)
        if situation != "good":
            wrapper(situation, "doctor", "--json")
            wrapper(situation, "smoke")
            wrapper(situation, "start")
        answers = (rest.put(f"{root}/b.bin", b"b"), rest.get(f"{root}/a.bin"), rest.list(root), rest.delete(root))
        for number, answer in enumerate(answers):
            texts[f"{situation}: answer {number}"] = f"{answer.status_code} {answer.headers} {answer.text}"
    stack.write_profile()
    # Half-written: what cannot be parsed is not repeated either.
    (stack.aws / "credentials").write_text(f"[basketworld\n{WRITER.secret_key}\n", encoding="utf-8")
    broken = stack.wrapper("start")
    # A server that runs keeps serving metadata, as with keys that S3 refuses.
    assert broken.returncode == 0, broken.stdout
    texts["broken: start"] = broken.stdout + broken.stderr
    texts["broken: check"] = json.dumps(stack.inside("check").events)
    stack.write_profile()
    wrapper("good", "stop")
    wrapper("good", "start", "--json")
    wrapper("good", "status", "--json")
    wrapper("good", "logs")
    return texts


def test_the_errors_were_really_provoked(said: dict[str, str]) -> None:
    """Otherwise the tests below look through sentences in which no key could be."""
    assert "SignatureDoesNotMatch" in said["wrong: doctor"]
    assert "InvalidAccessKeyId" in said["unknown: smoke"]
    assert "s3:PutObject is denied" in said["reader: answer 0"]
    assert "aws.credentials-broken" in said["broken: check"]
    assert said["wrong: answer 0"].startswith("401 ")
    assert said["good: answer 0"].startswith("200 ")


def test_nothing_that_people_read_holds_a_key(said: dict[str, str]) -> None:
    """Outputs of the wrapper and answers of the server go into bug reports and training logs."""
    assert holding(said) == {}


def test_no_container_image_layer_or_log_holds_a_key(stack: Stack, said: dict[str, str]) -> None:
    """Whoever may talk to Docker, or is given the image, would have it."""
    container = docker.inspect(stack.container())
    image = container["Image"]
    texts = {
        "container": json.dumps(container),
        "image": docker.docker("image", "inspect", image).stdout,
        "history": docker.docker("history", "--no-trunc", image).stdout,
        "logs": stack.logs(),
        "configuration": stack.compose("config", mode="s3").stdout,
        "processes": docker.docker("top", stack.container(), "-eo", "pid,args").stdout,
        "changes": docker.docker("diff", stack.container()).stdout,
    }
    assert "STACK_MODE=s3" in texts["container"]
    assert "stackd" in texts["processes"]
    assert "serving s3://" in texts["logs"]
    assert holding(texts) == {}


def test_no_process_has_a_key_in_its_environment(stack: Stack, said: dict[str, str]) -> None:
    """A variable is inherited by every child, and is in every crash report."""
    container, texts = stack.container(), {}
    for process in processes(container):
        read = docker.docker("exec", "--user", process.user, container, "cat", f"/proc/{process.pid}/environ")
        texts[str(process.pid)] = read.stdout
    assert len(texts) >= SERVING
    assert all("AWS_PROFILE=basketworld" in text for text in texts.values()), "these are not the environments"
    assert holding(texts) == {}


def files(folder: Path) -> dict[str, bytes]:
    """The bytes of every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_backup_saved_log_or_volume_holds_a_key(stack: Stack, said: dict[str, str]) -> None:
    """They are copied to other machines, and read there by others."""
    copies = files(stack.folder / "backups")
    assert [name for name in copies if name.startswith("mlflow-")]
    # Not the tests, whose keys these are.
    assert holding({name: text for name, text in files(stack.folder).items() if not name.startswith("tests/")}) == {}
    stack.wrapper("stop", check=True)
    read = ("-c", "cat /data/* /spool/* 2>/dev/null | tr -cd '[:print:]'")
    run = ("run", "--rm", "--no-deps", "--no-TTY", "--entrypoint", "sh", "--user", f"{stack.aws.stat().st_uid}")
    volumes = stack.run("docker", "compose", "-f", "docker-compose.yml", *run, "mlflow", *read, check=True)
    assert "mlflow-artifacts:" in volumes.stdout
    assert holding({"volumes": volumes.stdout}) == {}
    stack.wrapper("start", check=True)


def test_the_aws_folder_is_mounted_read_only(stack: Stack, said: dict[str, str]) -> None:
    """A hole in the server would otherwise write the next login of its user."""
    (mount,) = [
        each
        for each in docker.inspect(stack.container())["Mounts"]
        if each["Source"] == str(stack.aws) or each["Destination"].endswith("/.aws")
    ]
    assert mount["RW"] is False
    owner = f"{stack.aws.stat().st_uid}:{stack.aws.stat().st_gid}"
    written = docker.docker(
        "exec", "--user", owner, stack.container(), "touch", f"{mount['Destination']}/new", check=False
    )
    assert "Read-only file system" in written.stderr
    read = docker.docker("exec", "--user", owner, stack.container(), "cat", f"{mount['Destination']}/credentials")
    # And here the search does find them.
    assert holding({"credentials": read.stdout}) == {"credentials": sorted(vars(WRITER).values())}
