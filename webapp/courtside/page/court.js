// The half court, and a game on it. Lengths are metres; the baseline is at the top.

import { drawn, moved } from "./dom.js";

const RIM = 0.225;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class CourtView {
  constructor(svg, court) {
    this.svg = svg;
    this.cell = court.cell_metres;
    this.basket = this.metres(court.basket);
    const [width, depth] = [court.width * this.cell, court.depth * this.cell];
    moved(svg, { viewBox: `0 0 ${width} ${depth}` });
    this.players = [0, 1].map((team) => player(team));
    this.ball = drawn("circle", { class: "ball", r: 0.28 });
    this.word = drawn("text", { class: "word", "text-anchor": "middle" });
    const lines = markings(width, depth, this.basket, court.three_metres);
    svg.replaceChildren(...lines, ...grid(court, this.cell), ...this.players, this.ball, this.word);
  }

  metres([x, y]) {
    return [(x + 0.5) * this.cell, (y + 0.5) * this.cell];
  }

  // A possession between its frames `number` and `number + 1`; `part` of the way 0..1.
  show(possession, number, part, shoot) {
    const frame = possession.frames[number];
    const next = possession.frames[number + 1] ?? frame;
    const way = calm.matches ? Math.round(part) : part;
    const holder = between(this.metres(frame.ball), this.metres(next.ball), way);
    const defender = between(this.metres(frame.defender), this.metres(next.defender), way);
    place(this.players[possession.team], holder);
    place(this.players[1 - possession.team], defender);
    this.players[possession.team].classList.remove("reaches");
    this.players[1 - possession.team].classList.toggle("reaches", frame.defence === shoot);
    const last = number >= possession.frames.length - 2;
    const to = last ? this.end(possession, holder, defender) : holder;
    const [x, y] = between([holder[0] + 0.35, holder[1] + 0.2], to === holder ? [holder[0] + 0.35, holder[1] + 0.2] : to, way);
    moved(this.ball, { cx: x, cy: y });
    this.say(last && part >= 1 ? possession : null);
  }

  // Where the ball goes in the last tick.
  end(possession, holder, defender) {
    if (possession.outcome === "scored") return this.basket;
    if (possession.outcome === "missed") return [this.basket[0] + 0.9, this.basket[1] + 0.7];
    return possession.outcome === "stolen" ? defender : holder;
  }

  say(possession) {
    const words = { scored: `+${possession?.points}`, missed: "off the rim", stolen: "steal", clock: "shot clock" };
    this.word.textContent = possession ? words[possession.outcome] : "";
    moved(this.word, { x: this.basket[0], y: this.basket[1] + 2.2 });
  }
}

function between([ax, ay], [bx, by], part) {
  return [ax + (bx - ax) * part, ay + (by - ay) * part];
}

function place(node, [x, y]) {
  node.setAttribute("transform", `translate(${x} ${y})`);
}

function player(team) {
  const letter = drawn("text", { "text-anchor": "middle", y: 0.22 }, team ? "V" : "H");
  return drawn("g", { class: `player team-${team}`, "data-player": team ? "away" : "home" }, drawn("circle", { r: 0.6 }), letter);
}

function markings(width, depth, [x, y], three) {
  const line = (attributes) => drawn("path", { class: "court-line", ...attributes });
  const half = Math.sqrt(three ** 2 - y ** 2);
  return [
    drawn("rect", { class: "floor", width, height: depth }),
    drawn("rect", { class: "paint", x: x - 2.45, width: 4.9, height: 5.8 }),
    line({ d: `M${x - half} 0A${three} ${three} 0 0 0 ${x + half} 0` }),
    line({ d: `M${x - 1.8} 5.8A1.8 1.8 0 0 0 ${x + 1.8} 5.8` }),
    line({ d: `M${x - 1.8} ${depth}A1.8 1.8 0 0 1 ${x + 1.8} ${depth}` }),
    line({ d: `M${x - 0.9} 1.2H${x + 0.9}` }),
    drawn("circle", { class: "rim", cx: x, cy: y, r: RIM }),
  ];
}

function grid(court, cell) {
  const line = (x1, y1, x2, y2) => drawn("line", { class: "cell", x1, y1, x2, y2 });
  const [width, depth] = [court.width * cell, court.depth * cell];
  const down = Array.from({ length: court.width - 1 }, (_, n) => line((n + 1) * cell, 0, (n + 1) * cell, depth));
  const across = Array.from({ length: court.depth - 1 }, (_, n) => line(0, (n + 1) * cell, width, (n + 1) * cell));
  return [...down, ...across];
}
