"""MLflow's pages in a real browser, in both modes, with the runs of the real trainer; and the README's pictures of them.

The first run was made in local mode, the second in S3 mode against the first one's policy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support.browser import Visit, browser, picture
from support.rest import Rest
from support.stack import Stack
from support.training import Training
from support.working_copy import ROOT

EXPERIMENT, MODEL, PLOT = "basketworld", "basketworld-policy", "learning_curve.png"
CURVE = "eval/win_rate_first"
NAMES = {"local": "first-evening", "s3": "against-the-first"}
PICTURES = ROOT / "docs" / "pictures"


@pytest.fixture(scope="module")
def runs(stack: Stack) -> dict[str, str]:
    """Two trainings: mode of the server in which each was made → its run's ID."""
    made = {}
    for seed, (mode, name) in enumerate(NAMES.items()):
        stack.up(mode)
        training = Training(stack, "--quick", "--seed", str(seed), "--run-name", name, experiment=EXPERIMENT)
        training.end()
        made[mode] = training.run
    return made


@pytest.fixture(scope="module", params=["s3", "local"])
def mode(request: pytest.FixtureRequest, stack: Stack, runs: dict[str, str]) -> str:
    """The mode in which the server shows them."""
    mode: str = request.param
    if stack.mode != mode:
        stack.up(mode)
    return mode


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all pages."""
    with browser() as started:
        yield started


@pytest.fixture
def visit(chromium: Browser, stack: Stack, mode: str, tmp_path: Path) -> Iterator[Visit]:
    """A page; the test fails for what it did wrong."""
    page = Visit(chromium, stack.url, tmp_path)
    try:
        yield page
        assert page.wrong == []
    finally:
        page.close()


@pytest.fixture
def photograph(request: pytest.FixtureRequest, visit: Visit, mode: str) -> Callable[[str], None]:
    """Take a picture for the README, where --pictures asks for it; of S3 mode, where both runs show all they have."""

    def take(name: str) -> None:
        if request.config.getoption("--pictures") and mode == "s3":
            picture(visit, PICTURES / f"{name}.png")

    return take


@pytest.fixture
def experiment(stack: Stack, mode: str) -> str:
    """The ID of the trainings' experiment."""
    answer = Rest(stack).call("GET", "/api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": EXPERIMENT})
    return str(answer.json()["experiment"]["experiment_id"])


def test_the_list_of_experiments_leads_to_runs_and_their_curves(
    visit: Visit, photograph: Callable[[str], None], runs: dict[str, str]
) -> None:
    page = visit.page
    visit.open("/#/experiments")
    page.get_by_role("link", name=EXPERIMENT, exact=True).click()
    for name in NAMES.values():
        visit.sees(page.get_by_role("link", name=name))
    page.get_by_test_id("experiment-view-chart-tab").click()
    photograph("experiment")


def test_a_run_shows_its_settings_and_its_curve(
    visit: Visit, photograph: Callable[[str], None], experiment: str, runs: dict[str, str], mode: str, stack: Stack
) -> None:
    page = visit.page
    visit.open(f"/#/experiments/{experiment}/runs/{runs[mode]}")
    visit.sees(page.get_by_role("heading", name=NAMES[mode]), page.get_by_text("Finished"))
    page.get_by_role("tab", name="Model metrics").click()
    photograph("run")


def test_a_plot_is_shown_and_downloaded_as_it_was_logged(
    visit: Visit, photograph: Callable[[str], None], experiment: str, runs: dict[str, str], mode: str, stack: Stack
) -> None:
    page = visit.page
    visit.open(f"/#/experiments/{experiment}/runs/{runs[mode]}")
    page.get_by_role("tab", name="Artifacts").click()
    page.get_by_text(PLOT).click()
    image = page.locator("img[src^=blob]")
    visit.sees(image)
    photograph("plot")


def test_the_model_page_names_versions_and_the_best(
    visit: Visit, photograph: Callable[[str], None], runs: dict[str, str]
) -> None:
    page = visit.page
    visit.open("/#/models")
    page.get_by_role("link", name=MODEL).click()
    visit.sees(page.get_by_text("Version 1"), page.get_by_text("Version 2"), page.get_by_text("best", exact=True))
    photograph("model")


def test_two_runs_side_by_side(visit: Visit, photograph: Callable[[str], None], experiment: str) -> None:
    page = visit.page
    visit.open(f"/#/experiments/{experiment}/runs")
    for name in NAMES.values():
        page.get_by_role("row").filter(has_text=name).get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare").click()
    photograph("comparison")
