"""MLflow's pages and the web app in a real browser, both modes, with runs of the real trainer; the README's pictures.

Two runs were made in local mode, the third in S3 mode, against the policies of both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support.browser import Visit, browser, picture, visiting
from support.images import compose_build
from support.rest import API, Rest
from support.stack import NewStack, Stack, free_port
from support.training import Training
from support.working_copy import ROOT

EXPERIMENT, MODEL, PLOT = "basketworld", "basketworld-policy", "learning_curve.png"
POLICY = "checkpoints/000160/policy.npz"
CURVE = "eval/win_rate_first"
MADE = {"first-evening": "local", "second-evening": "local", "against-both": "s3"}
NEWEST = {"local": "second-evening", "s3": "against-both"}
PICTURES = ROOT / "docs" / "pictures"
WEBAPP = ("--profile", "webapp", "up", "--detach", "--no-build", "--no-recreate")

Photograph = Callable[[Visit, str], None]


@pytest.fixture(scope="module")
def stack(new_module_stack: NewStack, tree: Path, images: dict[str, str]) -> Stack:
    """The module's stack, with the image of the web app."""
    compose_build(tree, "docker-compose.local.yml", images, "webapp")
    return new_module_stack(WEBAPP_PORT=str(free_port()))


@pytest.fixture(scope="module")
def runs(stack: Stack) -> dict[str, str]:
    """The trainings: name of a run → its ID."""
    made = {}
    # It takes ten seconds until Docker calls it healthy: those of the trainings.
    stack.compose(*WEBAPP, "webapp", mode="local")
    for seed, (name, mode) in enumerate(MADE.items()):
        if stack.ready() is None or stack.mode != mode:
            stack.up(mode)
        training = Training(stack, "--quick", "--seed", str(seed), "--run-name", name, experiment=EXPERIMENT)
        training.end()
        made[name] = training.run
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
    """A page of MLflow's."""
    with visiting(chromium, stack.url, tmp_path) as page:
        yield page


@pytest.fixture
def courtside(chromium: Browser, stack: Stack, mode: str, tmp_path: Path) -> Iterator[Visit]:
    """The page of the web app."""
    stack.compose(*WEBAPP, "--wait", "webapp")
    address = stack.compose("--profile", "webapp", "port", "webapp", "8080").stdout.strip()
    with visiting(chromium, f"http://{address}", tmp_path) as page:
        yield page


@pytest.fixture
def photograph(request: pytest.FixtureRequest, mode: str) -> Photograph:
    """Take a picture for the README, where --pictures asks for it; of S3 mode, where all runs show all they have."""

    def take(visit: Visit, name: str) -> None:
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


def stored(stack: Stack, runs: dict[str, str], name: str, path: str) -> bytes:
    """A file of a run as it lies in the store of the mode in which the run was made."""
    end = f"{runs[name]}/artifacts/{path}"
    if MADE[name] == "local":
        (file,) = (stack.folder / "mlartifacts").glob(f"*/{end}")
        return file.read_bytes()
    (key,) = (key for key in stack.objects() if key.endswith(f"/{end}"))
    body: bytes = stack.s3.client().get_object(Bucket=stack.bucket, Key=f"{stack.prefix}/{key}")["Body"].read()
    return body


def test_an_experiment_shows_its_runs_and_their_curves_over_each_other(
    visit: Visit, photograph: Photograph, runs: dict[str, str], stack: Stack
) -> None:
    page = visit.page
    visit.open("/#/experiments")
    page.get_by_role("link", name=EXPERIMENT, exact=True).click()
    visit.sees(*(page.get_by_role("link", name=name) for name in MADE))
    # List, chart, artifacts: the three have a picture and no name.
    page.get_by_role("radiogroup").locator("label").nth(1).click()
    page.get_by_placeholder("Search metric charts").fill("win_rate")
    assert drawn(visit, CURVE) == {name: logged(stack, run) for name, run in runs.items()}
    photograph(visit, "experiment")


def test_a_run_shows_its_settings_and_its_curve(
    visit: Visit,
    photograph: Photograph,
    runs_page: str,
    runs: dict[str, str],
    mode: str,
    stack: Stack,
) -> None:
    page = visit.page
    visit.open(f"{runs_page}/{runs[NEWEST[mode]]}")
    visit.sees(
        page.get_by_role("heading", name=NEWEST[mode]),
        page.get_by_text("Finished", exact=True),
        page.get_by_role("row", name="updates 160"),
        page.get_by_role("link", name=MODEL),
    )
    page.get_by_role("tab", name="Model metrics").click()
    assert drawn(visit, CURVE) == {NEWEST[mode]: logged(stack, runs[NEWEST[mode]])}
    photograph(visit, "run")


def test_a_plot_is_shown_and_downloaded_as_it_was_logged(
    visit: Visit,
    photograph: Photograph,
    runs_page: str,
    runs: dict[str, str],
    mode: str,
    stack: Stack,
) -> None:
    """Also of a run made in local mode: in S3 mode the server reads its files from ./mlartifacts."""
    page = visit.page
    for name in {"second-evening": 1, NEWEST[mode]: 1}:
        visit.open(f"{runs_page}/{runs[name]}/artifacts")
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
        assert got.path().read_bytes() == stored(stack, runs, name, PLOT)
    photograph(visit, "plot")


def test_the_model_page_names_versions_and_the_best(visit: Visit, photograph: Photograph, runs: dict[str, str]) -> None:
    page = visit.page
    visit.open("/#/models")
    page.get_by_role("link", name=MODEL, exact=True).click()
    visit.sees(
        *(page.get_by_role("link", name=f"Version {version}") for version in (1, 2, 3)),
        page.get_by_role("row").filter(has_text="best").filter(has_text="win_rate_first"),
    )
    photograph(visit, "model")
    page.get_by_role("link", name="Version 1").click()
    page.get_by_role("link", name="first-evening").click()
    visit.sees(page.get_by_role("heading", name="first-evening"))


def test_two_runs_are_compared(
    visit: Visit, photograph: Photograph, runs_page: str, runs: dict[str, str], mode: str
) -> None:
    page = visit.page
    visit.open(runs_page)
    # Not with a run whose files are only in the other mode's store: where one run has no files, MLflow's page may show
    # "Something went wrong with this section" for the artifacts in common (it reads `files` of an answer without).
    chosen = ("first-evening", NEWEST[mode])
    for name in chosen:
        page.get_by_role("row").filter(has_text=name).get_by_role("checkbox", name="row selection").check()
    page.get_by_role("button", name="Compare").click()
    visit.sees(
        page.get_by_role("heading", name="Comparing 2 Runs from 1 Experiment"),
        page.locator(".parcoords canvas, .parcoords"),
        *(page.get_by_role("link", name=runs[name]) for name in chosen),
        page.get_by_role("row", name=re.compile("^opponents (0 [12]|[12] 0)$")),
    )
    photograph(visit, "comparison")


def test_the_web_app_shows_runs_and_plays_a_game_between_policies_of_two(
    courtside: Visit, photograph: Photograph, runs: dict[str, str], mode: str, stack: Stack
) -> None:
    page = courtside.page
    courtside.open("/")
    page.get_by_role("button", name=NEWEST[mode], exact=True).click()
    image = page.get_by_role("img", name=PLOT)
    courtside.sees(page.locator("#curves path, #curves polyline"), image)
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
    with page.expect_download() as download:
        page.locator("#policies").get_by_role("link", name=POLICY).click()
    assert download.value.path().read_bytes() == stored(stack, runs, NEWEST[mode], POLICY)

    for team, name in (("Home", NEWEST[mode]), ("Visitors", "first-evening")):
        page.get_by_role("group", name=team).get_by_label("Run").select_option(label=name)
        expect(page.get_by_role("group", name=team).get_by_label("Policy").locator("option")).not_to_have_count(0)
    page.get_by_label("Pace").select_option(label="fast")
    with page.expect_response("**/api/game?*") as response:
        page.get_by_role("button", name="Play").click()
    game = response.value.json()
    expect(page.get_by_label("Possessions").get_by_role("listitem").nth(2)).to_be_visible()
    page.locator("#game-section").scroll_into_view_if_needed()
    photograph(courtside, "game")
    page.get_by_label("Pace").select_option(label="at once")
    expect(page.locator("#court")).to_have_attribute("data-state", "ended")
    home, visitors = game["possessions"][-1]["score"]
    expect(page.get_by_label("Score")).to_have_text(f"Home {home} : {visitors} Visitors")
    expect(page.get_by_label("Possessions").get_by_role("listitem")).to_have_count(len(game["possessions"]))
