"""MLflow's pages in a real browser, both modes, with runs of the real trainer; and the README's pictures of them.

The first run was made in local mode, the second in S3 mode against the first one's policy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from support.browser import Visit, browser, picture
from support.rest import API, Rest
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
def runs_page(stack: Stack, runs: dict[str, str]) -> str:
    """The path of the page with the trainings' runs."""
    answer = Rest(stack).call("GET", f"{API}/experiments/get-by-name", params={"experiment_name": EXPERIMENT})
    return f"/#/experiments/{answer.json()['experiment']['experiment_id']}/runs"


def drawn(visit: Visit, metric: str) -> dict[str, list[tuple[float, float]]]:
    """Wait for the chart of a metric, and for its line; name of a run → the (step, value) pairs that are drawn."""
    chart = visit.page.get_by_test_id("experiment-view-compare-runs-card").filter(has_text=metric)
    visit.sees(chart.locator(".js-plotly-plot .scatterlayer .js-line"))
    lines: list[tuple[str, list[float], list[float]]] = chart.locator(".js-plotly-plot").evaluate(
        "plot => plot.data.map(line => [line.name, [...line.x], [...line.y]])"
    )
    return {name: list(zip(x, y, strict=True)) for name, x, y in lines}


def logged(stack: Stack, run: str) -> list[tuple[float, float]]:
    """The (step, value) pairs of the learning curve."""
    answer = Rest(stack).call("GET", f"{API}/metrics/get-history", params={"run_id": run, "metric_key": CURVE})
    return [(each.get("step", 0), each["value"]) for each in answer.json()["metrics"]]


def stored_plot(stack: Stack, made: str) -> bytes:
    """The plot of the one run that the store of a mode holds, as it lies there."""
    if made == "local":
        (file,) = (stack.folder / "mlartifacts").rglob(PLOT)
        return file.read_bytes()
    (key,) = (key for key in stack.objects() if key.endswith(f"/{PLOT}"))
    body: bytes = stack.s3.client().get_object(Bucket=stack.bucket, Key=f"{stack.prefix}/{key}")["Body"].read()
    return body


def test_an_experiment_shows_its_runs_and_their_curves_over_each_other(
    visit: Visit, photograph: Callable[[str], None], runs: dict[str, str], stack: Stack
) -> None:
    page = visit.page
    visit.open("/#/experiments")
    page.get_by_role("link", name=EXPERIMENT, exact=True).click()
    visit.sees(*(page.get_by_role("link", name=name) for name in NAMES.values()))
    # List, chart, artifacts: the three have a picture and no name.
    page.get_by_role("radiogroup").locator("label").nth(1).click()
    page.get_by_placeholder("Search metric charts").fill("win_rate")
    assert drawn(visit, CURVE) == {NAMES[mode]: logged(stack, run) for mode, run in runs.items()}
    photograph("experiment")


def test_a_run_shows_its_settings_and_its_curve(
    visit: Visit, photograph: Callable[[str], None], runs_page: str, runs: dict[str, str], mode: str, stack: Stack
) -> None:
    page = visit.page
    visit.open(f"{runs_page}/{runs[mode]}")
    visit.sees(
        page.get_by_role("heading", name=NAMES[mode]),
        page.get_by_text("Finished", exact=True),
        page.get_by_role("row", name="updates 160"),
        page.get_by_role("link", name=MODEL),
    )
    page.get_by_role("tab", name="Model metrics").click()
    assert drawn(visit, CURVE) == {NAMES[mode]: logged(stack, runs[mode])}
    photograph("run")


def test_a_plot_is_shown_and_downloaded_as_it_was_logged(
    visit: Visit, photograph: Callable[[str], None], runs_page: str, runs: dict[str, str], mode: str, stack: Stack
) -> None:
    """Of the run made in local mode: in S3 mode the server reads its files from ./mlartifacts."""
    page = visit.page
    for made in NAMES if mode == "s3" else ["local"]:
        visit.open(f"{runs_page}/{runs[made]}/artifacts")
        page.get_by_text("checkpoints").click()
        visit.sees(page.get_by_text("000160"))
        page.get_by_text(PLOT).click()
        image = page.locator("img[src^='blob:']").first
        visit.sees(image)
        assert image.evaluate("image => image.naturalWidth") > 500
        with page.expect_download() as download:
            page.locator("[data-component-id*='artifactview.tsx_337']").click()
        got = download.value
        assert got.suggested_filename == PLOT
        assert got.path().read_bytes() == stored_plot(stack, made)
    photograph("plot")


def test_the_model_page_names_versions_and_the_best(
    visit: Visit, photograph: Callable[[str], None], runs: dict[str, str]
) -> None:
    page = visit.page
    visit.open("/#/models")
    page.get_by_role("link", name=MODEL, exact=True).click()
    visit.sees(
        page.get_by_role("link", name="Version 1"),
        page.get_by_role("link", name="Version 2"),
        page.get_by_role("row").filter(has_text="best").filter(has_text="win_rate_first"),
    )
    photograph("model")
    page.get_by_role("link", name="Version 1").click()
    page.get_by_role("link", name=NAMES["local"]).click()
    visit.sees(page.get_by_role("heading", name=NAMES["local"]))


def test_two_runs_are_compared(
    visit: Visit, photograph: Callable[[str], None], runs_page: str, runs: dict[str, str]
) -> None:
    page = visit.page
    visit.open(runs_page)
    for name in NAMES.values():
        page.get_by_role("row").filter(has_text=name).get_by_role("checkbox", name="row selection").check()
    page.get_by_role("button", name="Compare").click()
    visit.sees(
        page.get_by_role("heading", name="Comparing 2 Runs from 1 Experiment"),
        page.locator(".parcoords canvas, .parcoords"),
        *(page.get_by_role("link", name=run) for run in runs.values()),
        page.get_by_role("row", name=re.compile("^seed (0 1|1 0)$")),
        page.get_by_role("row", name=re.compile("^opponents (0 1|1 0)$")),
    )
    photograph("comparison")
