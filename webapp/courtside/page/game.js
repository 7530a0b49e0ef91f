// The game: which policies play, and the possessions one after another.

import { ask } from "./ask.js";
import { CourtView } from "./court.js";
import { byId, choices, element } from "./dom.js";

const TEAMS = [["home", "Home"], ["away", "Visitors"]];
const OUTCOMES = {
  scored: (points) => `scored ${points}`,
  missed: () => "missed",
  stolen: () => "lost the ball",
  clock: () => "let the shot clock run out",
};
const NOBODY = "No run of this experiment has a policy of train/train.py.";
const AFTER_MS = 700;

let showing = null;
let best = new Map();
const known = new Map();

// The files of a run: asked for once, and again after `forget`.
export function filesOf(run) {
  if (!known.has(run)) {
    const asked = ask(`/api/runs/${encodeURIComponent(run)}/files`);
    asked.catch(() => known.delete(run));
    known.set(run, asked);
  }
  return known.get(run);
}

// For these runs, or for all.
export function forget(runs = [...known.keys()]) {
  for (const run of runs) known.delete(run);
}

// Runs that can play; the newest at home, the one before it as visitors.
export async function offerRuns(runs) {
  const able = runs.filter((run) => run.policy);
  best = new Map(able.map((run) => [run.id, run.policy]));
  const pairs = able.map((run) => [run.id, run.name || run.id]);
  choices(byId("home-run"), pairs, pairs[0]?.[0]);
  choices(byId("away-run"), pairs, pairs[1]?.[0] ?? pairs[0]?.[0]);
  const note = byId("game-note");
  if (!able.length) note.textContent = NOBODY;
  else if (note.textContent === NOBODY) note.textContent = "";
  await Promise.all(TEAMS.map(([team]) => offerPolicies(team)));
}

async function offerPolicies(team) {
  const [run, select] = [byId(`${team}-run`).value, byId(`${team}-policy`)];
  try {
    const files = run ? await filesOf(run) : { policies: [], note: null };
    if (run !== byId(`${team}-run`).value) return;
    choices(select, files.policies.map((path) => [path, path === best.get(run) ? `${path} (best)` : path]), files.policies[0]);
    if (files.note) byId("game-note").textContent = files.note;
    byId("play").disabled = TEAMS.some(([each]) => !byId(`${each}-policy`).value);
  } catch (error) {
    byId("game-note").textContent = error.message;
  }
}

async function play(event) {
  event.preventDefault();
  stop();
  const note = byId("game-note");
  note.textContent = "Playing …";
  const query = { seed: byId("seed").value || 1 };
  for (const [team] of TEAMS) {
    query[`${team}_run`] = byId(`${team}-run`).value;
    query[team] = byId(`${team}-policy`).value;
  }
  try {
    const game = await ask("/api/game", query);
    note.textContent = "";
    show(game);
  } catch (error) {
    note.textContent = error.message;
  }
}

function show(game) {
  byId("commentary").replaceChildren();
  score([0, 0]);
  const court = byId("court");
  showing = { game, view: new CourtView(court, game.court), possession: 0, frame: 0, part: 0, last: null, wait: 0, paused: false };
  court.dataset.state = "playing";
  byId("pause").disabled = false;
  byId("pause").textContent = "Pause";
  schedule(showing);
}

function schedule(state) {
  state.request = requestAnimationFrame((now) => step(state, now));
}

function stop() {
  if (showing) cancelAnimationFrame(showing.request);
  showing = null;
  byId("pause").disabled = true;
}

function step(state, now) {
  const pace = Number(byId("pace").value);
  const passed = state.last === null ? 0 : Math.min(200, now - state.last);
  state.last = now;
  if (pace === 0) {
    while (state.possession < state.game.possessions.length) end(state);
  } else if (state.wait > 0) {
    state.wait -= passed;
    if (state.wait <= 0) end(state);
  } else {
    advance(state, passed / pace, pace);
  }
  if (state.possession >= state.game.possessions.length) return finish(state);
  schedule(state);
}

function advance(state, ticks, pace) {
  const possession = state.game.possessions[state.possession];
  state.part += ticks;
  while (state.part >= 1 && state.frame < possession.frames.length - 2) {
    state.part -= 1;
    state.frame += 1;
  }
  const over = state.part >= 1;
  state.view.show(possession, state.frame, Math.min(1, state.part), state.game.shoot);
  byId("now").textContent = described(state, possession);
  if (over) state.wait = Math.min(AFTER_MS, 3 * pace);
}

function described(state, possession) {
  const { offence, defence } = possession.frames[state.frame];
  const [ball, other] = possession.team ? ["Visitors", "Home"] : ["Home", "Visitors"];
  const done = (action, act) => (action === state.game.shoot ? act : action === 0 ? "stands" : "moves");
  return `Tick ${state.frame + 1} · ${ball} (ball): ${done(offence, "shoots")} · ${other}: ${done(defence, "reaches")}`;
}

function end(state) {
  const possession = state.game.possessions[state.possession];
  state.view.show(possession, possession.frames.length - 2, 1, state.game.shoot);
  const [, name] = TEAMS[possession.team];
  const text = `${name} ${OUTCOMES[possession.outcome](possession.points)} · ${possession.score.join(" : ")}`;
  byId("commentary").append(element("li", { class: `team-${possession.team}`, "data-outcome": possession.outcome }, text));
  byId("commentary").scrollTop = byId("commentary").scrollHeight;
  score(possession.score);
  Object.assign(state, { possession: state.possession + 1, frame: 0, part: 0, wait: 0 });
}

function finish(state) {
  const [home, away] = state.game.possessions.at(-1).score;
  byId("now").textContent = home === away ? "A draw." : `${home > away ? "Home wins." : "Visitors win."}`;
  byId("court").dataset.state = "ended";
  stop();
}

function score([home, away]) {
  const board = byId("score");
  board.textContent = `Home ${home} : ${away} Visitors`;
  Object.assign(board.dataset, { home, away });
}

function pause() {
  if (!showing) return;
  showing.paused = !showing.paused;
  showing.last = null;
  byId("pause").textContent = showing.paused ? "Resume" : "Pause";
  byId("court").dataset.state = showing.paused ? "paused" : "playing";
  if (showing.paused) cancelAnimationFrame(showing.request);
  else schedule(showing);
}

export function begin() {
  byId("game-form").addEventListener("submit", play);
  byId("pause").addEventListener("click", pause);
  for (const [team] of TEAMS) byId(`${team}-run`).addEventListener("change", () => offerPolicies(team));
}
