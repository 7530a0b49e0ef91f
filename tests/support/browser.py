"""A real browser in front of a server that has no Internet: what a page says, asks for and gets is watched."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Response, Route, expect, sync_playwright

SECONDS = 20.0
"""For a page to show what it should, on a busy machine."""
SIZE = {"width": 1200, "height": 750}
COLOURS = 128
# A page's complaint (a regular expression) → why nobody loses by it. Anything else fails the test.
HARMLESS: dict[str, str] = {
    r"users/current": "the page asks who is logged in; without logins MLflow has no such route (404), and shows nobody",
    r"ResizeObserver loop": "Chromium's word for a chart that is resized once more in the next frame; nothing is lost",
    r"model-versions/get-artifact\?path=MLmodel": "the page looks for a schema; a policy of ours has none",
}
# What somebody has chosen once who trains models: MLflow begins with its view for language
# models, an assistant that is open, and a dialog over the registry.
CHOSEN = {
    "mlflow.workflowType_v1": '"machine_learning"',
    "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": "true",
    "mlflow.assistant.panelOpen_v1": "false",
    "_mlflow_model_registry_promo_modal_dismissed_v1": "true",
}

# Pages that are open now, whose state a failed test shows.
visits: list[Visit] = []


def chromium() -> str:
    """The path of the browser; AssertionError with what to install where there is none."""
    done = subprocess.run(
        [str(Path(__file__).parent / "chromium.sh")], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless one, for as long as the block; no name is resolved for it, so it reaches 127.0.0.1 only."""
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium(),
            # Chromium's sandbox refuses to be started by root; the pages are our own server's.
            chromium_sandbox=os.getuid() != 0,
            args=["--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
        )
        try:
            yield started
        finally:
            started.close()


class Visit:
    """A page with cookies and storage of its own; `wrong` is what it did that it should not have, in order.

    That is an error on its console or in its scripts, an answer of 400 or more, and a request to anybody but `origin`
    (which is not let through); what `HARMLESS` names is left out.
    """

    def __init__(self, browser: Browser, origin: str, folder: Path) -> None:
        self.origin, self.folder = origin, folder
        self.said: list[str] = []
        self.wrong: list[str] = []
        self.context = browser.new_context(
            viewport={"width": SIZE["width"], "height": SIZE["height"]},
            device_scale_factor=1,
            color_scheme="light",
            reduced_motion="reduce",
            locale="en-US",
            timezone_id="UTC",
            service_workers="block",
        )
        self.context.set_default_timeout(SECONDS * 1000)
        # Chromium drops what it has under way (ERR_NETWORK_CHANGED) when Docker makes or removes a network for another
        # test, so Playwright asks in its place.
        self.context.route("**/*", lambda route: route.fulfill(response=route.fetch(max_redirects=0)))
        self.context.route(re.compile(f"^(?!{re.escape(origin)}/)"), self._outside)
        for name, value in CHOSEN.items():
            self.context.add_init_script(f"localStorage.setItem({json.dumps(name)}, {json.dumps(value)})")
        self.page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._complain(f"script: {error}"))
        self.page.on("response", self._response)
        visits.append(self)

    def close(self) -> None:
        """Take the page away; what it still had under way with it."""
        visits.remove(self)
        self.context.unroute_all(behavior="ignoreErrors")
        self.context.close()

    def open(self, path: str) -> None:
        """Go to a path of the server; a route of MLflow's page begins with `/#/`."""
        self.page.goto(f"{self.origin}{path}")

    def sees(self, *locators: Locator) -> None:
        """Wait until the page shows each of them."""
        for locator in locators:
            expect(locator.first).to_be_visible()

    def _console(self, message: ConsoleMessage) -> None:
        self.said.append(f"{message.type}: {message.text}")
        if message.type == "error":
            self._complain(f"console: {message.text} ({message.location.get('url', '')})")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self._complain(f"answer: {response.status} to {response.request.method} {response.url}")

    def _outside(self, route: Route) -> None:
        self._complain(f"outside: {route.request.method} {route.request.url}")
        route.abort("internetdisconnected")

    def _complain(self, what: str) -> None:
        self.said.append(what)
        if not any(re.search(harmless, what) for harmless in HARMLESS):
            self.wrong.append(what)

    def report(self) -> str:
        """For a test that failed: where the page is, what it said, and where its picture is."""
        try:
            picture = self.folder / f"page-{visits.index(self)}.png"
            self.page.screenshot(path=picture)
            return "\n".join([self.page.url, str(picture), *self.said])
        except Error as error:
            return f"no picture: {error}"


@contextmanager
def visiting(browser: Browser, origin: str, folder: Path) -> Iterator[Visit]:
    """A visit for the length of a block; AssertionError in the end for what the page did wrong."""
    visit = Visit(browser, origin, folder)
    try:
        yield visit
        assert not visit.wrong, "\n".join(visit.wrong)
    finally:
        visit.close()


def picture(visit: Visit, path: Path) -> None:
    """Write what a page shows as a small PNG."""
    shown = Image.open(io.BytesIO(visit.page.screenshot(animations="disabled"))).convert("RGB")
    shown.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
