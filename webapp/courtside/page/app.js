// The page: which experiment, which runs, and whether the server is there.

import { ask } from "./ask.js";
import { colourOf, drawCurves, shown } from "./curves.js";
import { byId, choices, element } from "./dom.js";
import { begin as beginGame, filesOf, forget, offerRuns } from "./game.js";
import { showRun } from "./run.js";

const POLL_MS = 3000;
const COMPARED_AT_FIRST = 4;
const MOST_COMPARED = 20;
const FAVOURITE = "eval/win_rate_first";

const state = { runs: [], compared: null, chosen: null, there: null };

async function loadExperiments() {
  const found = await ask("/api/experiments");
  choices(byId("experiment"), found.map(({ id, name }) => [id, name]), found.find(({ name }) => name !== "Default")?.id);
  await loadRuns();
}

async function loadRuns() {
  const experiment = byId("experiment").value;
  const found = experiment ? await ask("/api/runs", { experiment }) : { runs: [], more: false };
  if (experiment !== byId("experiment").value) return;
  const ids = new Set(found.runs.map(({ id }) => id));
  state.compared = new Set(state.compared ? [...state.compared].filter((id) => ids.has(id)) : [...ids].slice(0, COMPARED_AT_FIRST));
  state.runs = found.runs;
  forget(state.runs.filter(({ status }) => status === "RUNNING").map(({ id }) => id));
  byId("runs-note").textContent = found.more
    ? `The newest ${found.runs.length}; older ones are on MLflow's own page.`
    : found.runs.length ? "" : "No runs here yet: train/train.py makes some.";
  offerMetrics();
  drawTable();
  await Promise.all([loadCurves(), offerRuns(state.runs)]);
}

function offerMetrics() {
  const all = [...new Set(state.runs.flatMap(({ metrics }) => Object.keys(metrics)))];
  const late = (name) => (name.startsWith("system/") ? 1 : 0);
  all.sort((a, b) => late(a) - late(b) || a.localeCompare(b));
  choices(byId("metric"), all.map((name) => [name, name]), FAVOURITE);
}

function drawTable() {
  const metric = byId("metric").value;
  byId("metric-column").textContent = metric;
  const colours = new Map(compared().map(({ id }, number) => [id, colourOf(number)]));
  const focused = document.activeElement;
  const kept = focused?.closest("#runs tr")?.dataset.run;
  byId("runs").tBodies[0].replaceChildren(...state.runs.map((run) => row(run, metric, colours.get(run.id))));
  if (kept) byId("runs").querySelector(`tr[data-run="${CSS.escape(kept)}"] ${focused.localName}`)?.focus();
}

function row(run, metric, colour) {
  const name = run.name || run.id;
  const box = element("input", { type: "checkbox", "aria-label": `Compare ${name}` });
  box.checked = state.compared.has(run.id);
  box.addEventListener("change", () => compare(run.id, box.checked));
  const open = element("button", { type: "button", class: "link" }, name);
  open.addEventListener("click", () => choose(run.id));
  const started = run.started ? new Date(run.started).toLocaleString([], { dateStyle: "short", timeStyle: "short" }) : "";
  const mark = element("span", { class: `swatch ${colour ?? "none"}` });
  const cells = [element("label", {}, box, mark), open, run.status, started, shown(run.metrics[metric])];
  return element("tr", { "data-run": run.id, "data-status": run.status }, ...cells.map((cell) => element("td", {}, cell)));
}

function compared() {
  return state.runs.filter(({ id }) => state.compared.has(id)).slice(0, MOST_COMPARED);
}

function compare(id, wanted) {
  if (wanted) state.compared.add(id);
  else state.compared.delete(id);
  drawTable();
  told(loadCurves());
}

async function loadCurves() {
  const [metric, runs] = [byId("metric").value, compared()];
  const asked = metric && runs.length ? await ask("/api/curves", { metric, run: runs.map(({ id }) => id) }) : [];
  if (metric !== byId("metric").value || runs.map(({ id }) => id).join() !== compared().map(({ id }) => id).join()) return;
  const names = new Map(runs.map((run) => [run.id, run.name || run.id]));
  drawCurves(byId("curves"), byId("legend"), metric, asked.map(({ run, points }) => ({ name: names.get(run), points })));
  const many = state.compared.size > MOST_COMPARED ? `The newest ${MOST_COMPARED} of those that are ticked.` : "";
  byId("curves-note").textContent = runs.length ? many : "Tick runs to compare them.";
}

function choose(id) {
  state.chosen = id;
  const run = state.runs.find((each) => each.id === id);
  if (run) told(showRun(run, filesOf(id)));
}

async function refresh() {
  forget();
  await loadExperiments();
  if (state.chosen) choose(state.chosen);
}

// Errors are shown where the state of the server is.
async function told(promise) {
  try {
    await promise;
    byId("server-gone").hidden = state.there === true;
  } catch (error) {
    gone(error.message);
  }
}

function gone(sentence) {
  byId("server-gone").textContent = sentence;
  byId("server-gone").hidden = false;
}

async function poll() {
  let says = null;
  try {
    const seen = await ask("/health/server");
    says = seen.says;
    byId("server-state").textContent = `Tracking server ${seen.url}${seen.answers ? "" : " is not available"}`;
  } catch (error) {
    says = error.message;
    byId("server-state").textContent = "The web app does not answer.";
  }
  const there = says === null;
  byId("server-state").dataset.state = there ? "there" : "gone";
  const back = there && state.there !== true;
  state.there = there;
  if (!there) gone(says);
  else if (back) await told(refresh());
  else if (state.runs.some(({ status }) => status === "RUNNING")) await told(loadRuns());
  setTimeout(poll, POLL_MS);
}

byId("experiment").addEventListener("change", () => {
  state.compared = null;
  told(loadRuns());
});
byId("metric").addEventListener("change", () => {
  drawTable();
  told(loadCurves());
});
byId("refresh").addEventListener("click", () => told(refresh()));
beginGame();
poll();
