// One run: its plots, its policies to download, its params.

import { fileAddress } from "./ask.js";
import { byId, element } from "./dom.js";

let asked = null;

export async function showRun(run, coming) {
  asked = run.id;
  byId("run-title").textContent = run.name || run.id;
  byId("run-section").dataset.run = run.id;
  byId("params").replaceChildren(
    ...Object.entries(run.params).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
  const files = await coming;
  if (asked !== run.id) return;
  byId("run-note").textContent = files.note ?? (files.plots.length ? "" : "It has logged no plot.");
  byId("plots").replaceChildren(...files.plots.map((path) => picture(run, path)));
  byId("policies-title").hidden = !files.policies.length;
  byId("policies").replaceChildren(...files.policies.map((path) => element("li", {}, download(run, path))));
}

function picture(run, path) {
  // A new address each time: a plot changes while its run continues.
  const image = element("img", { src: `${fileAddress(run.id, path)}&at=${Date.now()}`, alt: path, "data-path": path });
  image.addEventListener("load", () => {
    image.dataset.state = "shown";
  });
  image.addEventListener("error", () => {
    byId("run-note").textContent = `${path} could not be shown.`;
  });
  return element("figure", {}, image, element("figcaption", {}, path));
}

function download(run, path) {
  return element("a", { href: fileAddress(run.id, path), download: "", "data-path": path }, path);
}
