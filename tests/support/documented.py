"""What README and docs say to type, and which test types it: word for word but for the port."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "train/README.md",
    "webapp/README.md",
    "benchmarks/README.md",
    "docs/clients.md",
    "docs/data.md",
    "docs/image.md",
    "docs/logins.md",
    "docs/no-registry.md",
    "docs/s3.md",
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
COMMENT = re.compile(r"(?:^|\s+)#.*$")


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    found = BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    return [text for fenced, text in found if fenced == language]


def commands(page: str) -> Iterator[str]:
    """Each line of its shell blocks, without comments."""
    for block in blocks(page, "sh"):
        for line in block.splitlines():
            if command := COMMENT.sub("", line).strip():
                yield command


DAY = "tests/integration/test_documented.py::"
WALK = "tests/integration/test_data_walk.py::test_the_page_shows_what_people_see"
OWN = "not run: these are the tests"
LOGINS = "not run: curl asks for a password; tests/integration/test_logins.py makes a user by the same request"
MINUTES = "not run: it measures for minutes, on a machine that does nothing else"
RUN_BY = {
    # Every line of the page, in its order.
    **dict.fromkeys(commands("docs/data.md"), WALK),
    "./start_mlflow.sh --disable-s3": DAY + "test_from_a_clone_to_the_picture_of_a_first_run",
    "export MLFLOW_TRACKING_URI=http://localhost:5000": DAY + "test_from_a_clone_to_the_picture_of_a_first_run",
    "./train/environment.sh": DAY + "test_from_a_clone_to_the_picture_of_a_first_run",
    ".venv-train/bin/python train/train.py --quick": DAY + "test_from_a_clone_to_the_picture_of_a_first_run",
    ".venv-train/bin/python train/train.py": DAY + "test_from_a_clone_to_the_picture_of_a_first_run",
    "./stack start": DAY + "test_from_a_clone_to_the_picture_of_a_first_run",
    "./start_mlflow.sh": DAY + "test_s3_as_the_readme_sets_it_up",
    "mkdir ~/.aws-mlflow && chmod 700 ~/.aws-mlflow": DAY + "test_s3_as_the_readme_sets_it_up",
    "echo 'AWS_DIR=~/.aws-mlflow' >> .env": DAY + "test_s3_as_the_readme_sets_it_up",
    "docker compose up -d --build webapp": DAY + "test_the_web_app_is_one_command_more",
    "docker compose -f docker-compose.local.yml up -d --build webapp": DAY + "test_the_web_app_is_one_command_more",
    "./stack --file extra.yml start": DAY + "test_an_image_with_more_packages",
    **dict.fromkeys(commands("docs/logins.md"), LOGINS),
    "./stack bootstrap": DAY + "test_a_host_that_needs_nothing_is_left_as_it_is",
    "./stack --install-completion": DAY + "test_completion_is_installed_by_one_command",
    "./test.sh": OWN,
    "./test.sh --unit": OWN,
    "ssh -N -L 5000:localhost:5000 WORKSTATION": "not run: it needs a second machine",
    "docker run --rm --network mlflow-stack_default -e MLFLOW_TRACKING_URI=http://mlflow:5000 IMAGE python train.py": (
        DAY + "test_a_container_on_the_network_finds_the_server"
    ),
    "python benchmarks/compare.py": MINUTES,
    "python benchmarks/compare.py --quick": MINUTES,
    "python benchmarks/compare.py --part artifacts": MINUTES,
    "python benchmarks/data.py scale": MINUTES,
    "python benchmarks/large.py": MINUTES,
    "python benchmarks/trouble.py": MINUTES,
    "python benchmarks/data.py cleanup": MINUTES,
    "python benchmarks/data.py repeat": MINUTES,
    "python benchmarks/data.py windows": MINUTES,
}
"""By command: the test that runs it, or why none does."""
