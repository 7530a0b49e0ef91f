// Learning curves over each other, as an SVG.

import { drawn, element } from "./dom.js";

const BOX = { left: 64, right: 704, top: 14, bottom: 284 };
const COLOURS = 8;

export const colourOf = (number) => `colour-${number % COLOURS}`;

// `series`: [{name, points: [[step, value], …]}], drawn in their order.
export function drawCurves(svg, legend, metric, series) {
  svg.replaceChildren();
  const rows = series.map(({ name, points }, number) => legendRow(name, points, number));
  legend.replaceChildren(...rows.map(({ row }) => row));
  svg.setAttribute("aria-label", `Learning curves of ${metric}: ${series.map(({ name }) => name).join(", ")}`);
  const all = series.flatMap(({ points }) => points);
  svg.dataset.points = all.length;
  svg.onpointermove = svg.onpointerleave = null;
  if (!all.length) return;
  const x = scale(all.map(([step]) => step), BOX.left, BOX.right);
  const y = scale(all.map(([, value]) => value), BOX.bottom, BOX.top);
  svg.append(...axes(x, y), ...series.flatMap(({ points }, number) => line(points, number, x, y)));
  readOut(svg, rows, series, x);
}

function legendRow(name, points, number) {
  const value = element("output", {}, points.length ? shown(points.at(-1)[1]) : "has none");
  const row = element("li", {}, element("span", { class: `swatch ${colourOf(number)}` }), `${name} `, value);
  return { row, value };
}

function line(points, number, x, y) {
  const path = points.map(([step, value]) => `${x.at(step).toFixed(1)},${y.at(value).toFixed(1)}`).join(" ");
  const common = { class: `curve ${colourOf(number)}`, "data-series": number };
  if (points.length !== 1) return points.length ? [drawn("polyline", { ...common, points: path })] : [];
  return [drawn("circle", { ...common, cx: x.at(points[0][0]), cy: y.at(points[0][1]), r: 3 })];
}

// The values of all runs where the pointer is.
function readOut(svg, rows, series, x) {
  const mark = drawn("line", { class: "mark", y1: BOX.top, y2: BOX.bottom, visibility: "hidden" });
  svg.append(mark);
  const tell = (step) => series.forEach(({ points }, number) => {
    if (points.length) rows[number].value.textContent = shown(step === null ? points.at(-1)[1] : nearest(points, step)[1]);
  });
  svg.onpointermove = (event) => {
    const box = svg.getBoundingClientRect();
    const across = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    const inside = Math.min(BOX.right, Math.max(BOX.left, across));
    mark.setAttribute("visibility", "visible");
    mark.setAttribute("x1", inside);
    mark.setAttribute("x2", inside);
    tell(x.back(inside));
  };
  svg.onpointerleave = () => {
    mark.setAttribute("visibility", "hidden");
    tell(null);
  };
}

function nearest(points, step) {
  return points.reduce((best, each) => (Math.abs(each[0] - step) < Math.abs(best[0] - step) ? each : best));
}

// From values to pixels and back, with round ticks.
function scale(values, from, to) {
  let low = values.reduce((a, b) => Math.min(a, b));
  let high = values.reduce((a, b) => Math.max(a, b));
  if (low === high) [low, high] = [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  const per = (to - from) / (high - low);
  return {
    ticks: ticks(low, high),
    at: (value) => from + (value - low) * per,
    back: (pixel) => low + (pixel - from) / per,
  };
}

function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((each) => each * power >= rough);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: Math.min(12, Math.max(0, count)) }, (_, number) => (first + number) * step);
}

function axes(x, y) {
  const grid = [];
  for (const value of y.ticks) {
    const at = y.at(value);
    grid.push(drawn("line", { class: "grid", x1: BOX.left, x2: BOX.right, y1: at, y2: at }));
    grid.push(drawn("text", { x: BOX.left - 6, y: at + 4, "text-anchor": "end" }, shown(value)));
  }
  for (const value of x.ticks) {
    grid.push(drawn("text", { x: x.at(value), y: BOX.bottom + 18, "text-anchor": "middle" }, shown(value)));
  }
  grid.push(drawn("text", { x: BOX.right, y: BOX.bottom + 34, "text-anchor": "end" }, "step"));
  return grid;
}

export function shown(value) {
  return value === null || value === undefined ? "" : String(Number(value.toPrecision(4)));
}
