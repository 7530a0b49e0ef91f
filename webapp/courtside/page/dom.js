// Elements made of attributes and text. Text is never markup: the names of runs come from other people.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function drawn(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

export function moved(node, attributes) {
  return filled(node, attributes, []);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return node;
}

// Options of a select; what was chosen stays chosen if it is still there, and unchanged options are left alone.
export function choices(select, pairs, preferred) {
  const before = select.value;
  const now = Array.from(select.options, (option) => [option.value, option.text]);
  if (JSON.stringify(now) === JSON.stringify(pairs)) return;
  select.replaceChildren(...pairs.map(([value, text]) => element("option", { value }, text)));
  const values = pairs.map(([value]) => value);
  select.value = [before, preferred, values[0]].find((value) => values.includes(value)) ?? "";
}
