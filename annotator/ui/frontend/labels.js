/** Small pieces that show a label: a code chip, its definition. */

import { h } from "./dom.js";
import { codeOf, labelOf } from "./model.js";
import { deviceStyle } from "./theme.js";

/** The coloured code of a device: "NC". */
export function codeChip(labels, device) {
  return h("span.fa-code", { style: deviceStyle(labels, device), "aria-hidden": "true" }, codeOf(labels, device));
}

/** Code and name of a device. */
export function deviceName(labels, device) {
  return h("span.fa-devicename", {}, codeChip(labels, device), labelOf(labels.devices, device)?.name ?? device);
}

/** The definition of a label with its first example, the marked words underlined. */
export function definition(label, { withExample = true } = {}) {
  const example = withExample ? label.examples?.[0] : null;
  return h("div.fa-definition", {}, h("p", {}, label.definition), example && exampleLine(example));
}

export function exampleLine(example) {
  const at = example.marked ? example.text.indexOf(example.marked) : -1;
  if (at < 0) return h("p.fa-example", {}, example.text);
  return h(
    "p.fa-example",
    {},
    example.text.slice(0, at),
    h("u", {}, example.marked),
    example.text.slice(at + example.marked.length),
  );
}

/** Groups of labels in codebook order: `[{name, labels}]`; one nameless group when none are named. */
export function grouped(labels) {
  const groups = [];
  for (const label of labels) {
    const name = label.group || "";
    let group = groups.find((one) => one.name === name);
    if (!group) groups.push((group = { name, labels: [] }));
    group.labels.push(label);
  }
  return groups;
}

/** Labels whose name, code or definition holds every word of the query. */
export function matching(labels, query) {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  return labels.filter((label) => {
    const text = `${label.name} ${label.code} ${label.id} ${label.definition}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** From this many labels on, lists get a search field and headings. */
export const MANY_LABELS = 15;
