/** Dialogs: the keys, the guidelines. Native `<dialog>`: focus stays inside, Escape closes. */

import { h, iconButton } from "./dom.js";
import { COMMANDS, shownKey } from "./keys.js";
import { codeChip, exampleLine } from "./labels.js";
import { renderMarkdown } from "./markdown.js";

function dialog(root, title, body, className = "") {
  const opener = document.activeElement;
  const heading = h("h2", {}, title);
  const element = h("dialog.fa-dialog", { "aria-label": title });
  if (className) element.classList.add(className);
  const close = iconButton("close", "Close (Esc)", () => element.close());
  const content = h("div.fa-dialog-body", { tabindex: 0 }, body);
  element.append(h("div.fa-dialog-head", {}, heading, close), content);
  element.addEventListener("keydown", (event) => event.stopPropagation());
  element.addEventListener("click", (event) => event.target === element && element.close());
  element.addEventListener("close", () => {
    element.remove();
    opener?.focus?.({ preventScroll: true });
  });
  root.append(element);
  element.showModal();
  content.focus();
  return element;
}

/** All keys, from the one table, and the codebook's own. */
export function openHelp(root, labels, labelKeys) {
  const groups = [];
  for (const command of COMMANDS) {
    let group = groups.find((one) => one.name === command.group);
    if (!group) groups.push((group = { name: command.group, commands: [] }));
    group.commands.push(command);
  }
  const keys = (list) => list.map((key) => h("kbd", {}, shownKey(key)));
  const rows = groups.map((group) =>
    h(
      "section.fa-keys",
      {},
      h("h3", {}, group.name),
      h(
        "dl",
        {},
        group.commands.map((command) => [h("dt", {}, keys(command.keys)), h("dd", {}, command.help)]),
      ),
    ),
  );
  const own = h(
    "section.fa-keys",
    {},
    h("h3", {}, "Labels"),
    h(
      "dl",
      {},
      [...labelKeys].map(([key, { kind, label }]) => [
        h("dt", {}, keys([key])),
        h("dd", {}, kind === "device" && codeChip(labels, label.id), label.name),
      ]),
    ),
    h("p.fa-quiet", {}, "A number labels the selected words, or changes the current span."),
  );
  const mouse = h(
    "section.fa-keys",
    {},
    h("h3", {}, "Mouse"),
    h(
      "dl",
      {},
      h("dt", {}, "drag, double-click"),
      h("dd", {}, "Select; widened to whole words, without punctuation at the ends"),
      h("dt", {}, h("kbd", {}, "Alt"), "+ release"),
      h("dd", {}, "Keep the selection exactly as drawn"),
      h("dt", {}, "click again"),
      h("dd", {}, "The next of several overlapping spans"),
    ),
  );
  dialog(root, "Keys", h("div.fa-keygrid", {}, own, rows, mouse), "is-wide");
}

/** The guidelines, after a table of the devices. */
export function openGuidelines(root, labels, guidelines) {
  const devices = h(
    "dl.fa-labeltable",
    {},
    labels.devices.map((device) => [
      h("dt", {}, codeChip(labels, device.id), device.name),
      h("dd", {}, h("p", {}, device.definition), (device.examples ?? []).slice(0, 2).map(exampleLine)),
    ]),
  );
  const text = guidelines?.trim()
    ? renderMarkdown(guidelines)
    : h("p.fa-quiet", {}, "This codebook has no guidelines file. Put guidelines.md beside codebook.yaml.");
  dialog(root, "Guidelines", h("div.fa-prose", {}, text, h("h3", {}, "Devices at a glance"), devices), "is-prose");
}
