"""README, docs and .vscode as a new user types and clicks them: word for word, but for the port.

The tests of the one copy run in their order: the first makes the environments that the others use.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

import pytest
import requests
from PIL import Image

from support import docker
from support.documented import blocks
from support.rest import Rest
from support.s3server import REGION
from support.stack import Stack, free_port
from support.vscode import commands, launch
from support.waiting import wait_until
from support.working_copy import own

QUICK = "--quick"


def ran(stack: Stack, *argv: str, **environment: str) -> docker.Completed:
    """A command in the copy; StackFailedError where it fails."""
    return stack.run(*argv, check=True, timeout=900, **environment)


def typed(stack: Stack, command: str, **environment: str) -> docker.Completed:
    """A line of a page, in a shell."""
    return ran(stack, "sh", "-c", command, **environment)


def exported(stack: Stack) -> dict[str, str]:
    """`export MLFLOW_TRACKING_URI=…`, as `start` prints it."""
    return {"MLFLOW_TRACKING_URI": f"http://localhost:{stack.port}"}


def in_python(stack: Stack, python: str, text: str) -> str:
    """A block of Python of a page; its stdout."""
    return ran(stack, python, "-c", text.replace("localhost:5000", f"localhost:{stack.port}")).stdout


def runs(stack: Stack, experiment: str) -> list[dict[str, str]]:
    """The info of an experiment's runs, newest first."""
    found = Rest(stack).call("GET", "/api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": experiment})
    asked = {"experiment_ids": [found.json()["experiment"]["experiment_id"]]}
    answer = Rest(stack).call("POST", "/api/2.0/mlflow/runs/search", json=asked).json()
    return [run["info"] for run in answer["runs"]]


def picture_of(stack: Stack, run: dict[str, str]) -> Image.Image:
    """The learning curve of a run, through the server."""
    path = f"/api/2.0/mlflow-artifacts/artifacts/{run['experiment_id']}/{run['run_id']}/artifacts/learning_curve.png"
    return Image.open(io.BytesIO(Rest(stack).call("GET", path).content))


def test_from_a_clone_to_the_picture_of_a_first_run(stack: Stack) -> None:
    """Otherwise a new user stops at the first line that does not work."""
    stack.mode = "local"
    said = typed(stack, "./start_mlflow.sh --disable-s3").stdout
    assert f"export MLFLOW_TRACKING_URI=http://localhost:{stack.port}\n" in said
    typed(stack, "./train/environment.sh")
    (snippet,) = blocks("README.md", "python")
    in_python(stack, ".venv-train/bin/python", snippet)
    assert [run["status"] for run in runs(stack, "test")] == ["FINISHED"]
    typed(stack, ".venv-train/bin/python train/train.py --quick", **exported(stack))
    (run,) = runs(stack, "basketworld")
    assert (run["status"], picture_of(stack, run).format) == ("FINISHED", "PNG")


@pytest.mark.parametrize(("task", "mode"), [("Training: against local", "local"), ("Training: against S3", "s3")])
def test_tasks_of_vs_code(stack: Stack, task: str, mode: str) -> None:
    """As a click runs them, but for --quick: a real training takes minutes."""
    for command in commands(task):
        argv = [part.replace("${workspaceFolder}", str(stack.folder)) for part in command]
        training = command[0].endswith(".venv-train/bin/python")
        ran(stack, *argv, *([QUICK] if training else []), **exported(stack))
    stack.mode = mode
    newest = runs(stack, "basketworld")[0]
    stored = stack.objects() if mode == "s3" else stack.files()
    assert [path for path in stored if f"/{newest['run_id']}/artifacts/learning_curve.png" in f"/{path}"]


@pytest.mark.parametrize("name", ["Debug a training (the server that runs)", "Debug the wrapper: status"])
def test_launches_of_vs_code_without_their_debugger(stack: Stack, name: str) -> None:
    argv, environment = launch(name)
    here = [part.replace("${workspaceFolder}", str(stack.folder)) for part in argv]
    added = {key: value.replace("${workspaceFolder}", str(stack.folder)) for key, value in environment.items()}
    done = ran(stack, *here, **{**exported(stack), **added})
    assert ("/runs/" in done.stdout) is ("training" in name)


def test_the_pages_open_or_their_address_is_said(stack: Stack) -> None:
    """The task that opens the browser; nobody sees one here."""
    ((script, *args),) = commands("MLflow: open in the browser")
    nobody = dict.fromkeys(("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"), "")
    done = ran(stack, script.replace("${workspaceFolder}", str(stack.folder)), *args, **nobody)
    assert done.stdout == f"http://localhost:{stack.port}\n"


def test_completion_is_installed_by_one_command(stack: Stack, tmp_path: Path) -> None:
    """For the shell that asks: `; true` keeps bash from making way for the command."""
    home = {"HOME": str(tmp_path)}
    done = ran(stack, "bash", "-c", "./stack --install-completion && echo well; true", **home)
    assert (done.stdout.splitlines()[-1], done.stderr) == ("well", "")
    asked = (
        "source ~/.bashrc; complete -p stack | grep -o '_[a-z_]*' | head -n 1 > ~/function; "
        "COMP_WORDS=(./stack sta) COMP_CWORD=1; $(cat ~/function) ./stack; echo ${COMPREPLY[@]}"
    )
    done = ran(stack, "bash", "--norc", "-c", asked, **home)
    assert done.stdout.split() == ["start", "status"]


def test_optuna_logs_a_study(stack: Stack) -> None:
    """The block of docs/clients.md. The one of Stable-Baselines3 is not run: it needs PyTorch."""
    (study,) = [block for block in blocks("docs/clients.md", "python") if "import optuna" in block]
    in_python(stack, sys.executable, study)
    assert [run["status"] for run in runs(stack, "optuna")] == ["FINISHED"] * 6


def test_a_container_on_the_network_finds_the_server(stack: Stack) -> None:
    """The address of docs/clients.md for a dev container."""
    asked = "import urllib.request as u; print(u.urlopen('http://mlflow:5000/health/ready', timeout=10).status)"
    image = docker.inspect(stack.container())["Config"]["Image"]
    network = f"{stack.project}_default"
    argv = ("docker", "run", "--rm", "--network", network, "--entrypoint", "python", image, "-c", asked)
    assert ran(stack, *argv).stdout == "200\n"


@pytest.mark.parametrize(
    ("mode", "command"),
    [
        ("s3", "docker compose up -d --build webapp"),
        ("local", "docker compose -f docker-compose.local.yml up -d --build webapp"),
    ],
)
def test_the_web_app_is_one_command_more(stack: Stack, mode: str, command: str) -> None:
    """Beside the server that runs, which stays as it is."""
    stack.configure(WEBAPP_PORT=str(free_port()))
    stack.up(mode)
    server = stack.container()
    typed(stack, command)
    bound = docker.inspect(docker.containers(stack.project, "webapp")[0])["NetworkSettings"]["Ports"]["8080/tcp"][0]

    def shown() -> bool:
        with contextlib.suppress(requests.RequestException):
            page = requests.get(f"http://127.0.0.1:{bound['HostPort']}/", timeout=5)
            return page.status_code == 200 and "<title>" in page.text
        return False

    wait_until(shown, stack, "the page of the web app", 60)
    assert stack.container() == server


def test_s3_as_the_readme_sets_it_up(stack: Stack, tmp_path: Path) -> None:
    """The blocks of README for ~/.aws, in a folder with one profile, and `./start_mlflow.sh`."""
    config, credentials = blocks("README.md", "ini")
    home = {"HOME": str(tmp_path), "DOCKER_CONFIG": os.environ.get("DOCKER_CONFIG", str(Path.home() / ".docker"))}
    stack.configure(AWS_DIR=None)
    typed(stack, "mkdir ~/.aws-mlflow && chmod 700 ~/.aws-mlflow", **home)
    keys = (stack.aws / "credentials").read_text(encoding="utf-8").splitlines()[1:]
    head = [line for line in credentials.splitlines() if not line.startswith("aws_")]
    store = f"endpoint_url = {stack.s3.inside}\ns3 =\n    addressing_style = path\n"
    assert f"region = {REGION}\n" in config
    made = tmp_path / ".aws-mlflow"
    (made / "config").write_text(config + store, encoding="utf-8")
    (made / "credentials").write_text("\n".join([*head, *keys, ""]), encoding="utf-8")
    own(made)
    typed(stack, "echo 'AWS_DIR=~/.aws-mlflow' >> .env", **home)
    said = typed(stack, "./start_mlflow.sh", **home).stdout
    assert "S3 mode" in said
    assert "✗" not in said
    binds = {mount["Destination"]: mount["Source"] for mount in docker.inspect(stack.container())["Mounts"]}
    assert binds["/home/mlflow/.aws"] == str(made)
    # As it was: the tests below have another HOME.
    stack.configure(AWS_DIR=str(stack.aws))


def test_the_lines_for_cron_make_a_snapshot_and_try_it(stack: Stack) -> None:
    """With the environment that cron gives: otherwise there is no backup, and nobody notices."""
    (block,) = blocks("docs/data.md", "crontab")
    cron = {"HOME": os.environ["HOME"], "LOGNAME": "ada", "SHELL": "/bin/sh", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    for line in block.replace("/home/ada/mlflow-stack", str(stack.folder)).splitlines():
        command = line.split(maxsplit=5)[5]
        stack.run("env", "-i", *(f"{key}={value}" for key, value in cron.items()), "sh", "-c", command, check=True)
    log = (stack.folder / ".stack/backup.log").read_text(encoding="utf-8")
    assert "To restore: " in log
    assert "was restored as a test" in log


def test_the_unit_for_systemd_makes_a_snapshot(stack: Stack) -> None:
    """Its folder and its command, as systemd runs them for a user."""
    unit = next(block for block in blocks("docs/data.md", "ini") if "[Service]" in block)
    said = dict(
        line.split("=", 1)
        for line in unit.replace("/home/ada/mlflow-stack", str(stack.folder)).splitlines()
        if "=" in line
    )
    before = stack.files("backups")
    home = {"HOME": os.environ["HOME"], "PATH": "/usr/local/bin:/usr/bin:/bin"}
    command = f"cd {said['WorkingDirectory']} && exec {said['ExecStart']}"
    stack.run("env", "-i", *(f"{key}={value}" for key, value in home.items()), "sh", "-c", command, check=True)
    assert len(stack.files("backups")) > len(before)


def test_a_host_that_needs_nothing_is_left_as_it_is(stack: Stack) -> None:
    before = (stack.folder / ".env").read_text(encoding="utf-8")
    assert typed(stack, "./stack bootstrap").stdout.splitlines()[0].startswith("✓ Compose and Buildx are there")
    assert (stack.folder / ".env").read_text(encoding="utf-8") == before


def test_an_image_with_more_packages(stack: Stack) -> None:
    """The page's two files, with a small package in place of the large one, and the host's own certificates."""
    (dockerfile,), (extra,) = blocks("docs/image.md", "dockerfile"), blocks("docs/image.md", "yaml")
    trusting = (
        "RUN --mount=type=secret,id=ca_bundle PIP_CERT=$(find /run/secrets/ca_bundle -size +0) && export PIP_CERT && "
    )
    folder = stack.folder / "mlflow-with-more"
    folder.mkdir()
    text = dockerfile.replace("scikit-learn", "toolz==1.0.0").replace("RUN ", trusting)
    (folder / "Dockerfile").write_text(text, encoding="utf-8")
    named = extra.replace("mlflow-with-more\n", f"{stack.project}-more\n", 1) + "      secrets: [ca_bundle]\n"
    (stack.folder / "extra.yml").write_text(named, encoding="utf-8")
    stack.mode = "s3"
    try:
        typed(stack, "./stack --file extra.yml start")
        asked = ("/opt/mlflow/bin/python", "-c", "import toolz; print(toolz.__version__)")
        assert docker.docker("exec", stack.container(), *asked).stdout == "1.0.0\n"
        assert "✗" not in typed(stack, "./stack --file extra.yml status").stdout
    finally:
        typed(stack, "./stack start")
        docker.docker("image", "rm", "--force", f"{stack.project}-more", check=False)


def test_stopped_by_the_task(stack: Stack) -> None:
    ((script,),) = commands("MLflow: stop")
    ran(stack, script.replace("${workspaceFolder}", str(stack.folder)))
    assert os.listdir(stack.folder / "backups") != [".gitkeep"]  # noqa: PTH208 - names are all that is asked
