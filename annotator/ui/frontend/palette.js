/** The devices as a toolbar: floating at a selection, and as the legend in the side panel. */

import { h, replaceChildren } from "./dom.js";
import { codeChip, grouped, MANY_LABELS, matching } from "./labels.js";

/** Arrow keys inside a toolbar: one tab stop, ← → (and Home, End) move between its buttons. */
export function toolbarKeys(event) {
  const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!move && event.key !== "Home" && event.key !== "End") return;
  const buttons = [...event.currentTarget.querySelectorAll("button:not([disabled])")];
  const index = buttons.indexOf(document.activeElement);
  if (index < 0) return;
  const to =
    event.key === "Home"
      ? 0
      : event.key === "End"
        ? buttons.length - 1
        : (index + move + buttons.length) % buttons.length;
  for (const button of buttons) button.tabIndex = -1;
  buttons[to].tabIndex = 0;
  buttons[to].focus();
  event.preventDefault();
  event.stopPropagation();
}

/** One button per device; `isShort` shows the code only. */
function deviceButton(labels, device, { onChoose, isShort, count }) {
  return h(
    "button.fa-device",
    {
      "data-device": device.id,
      "aria-label": device.key ? `${device.name}, key ${device.key}` : device.name,
      onclick: () => onChoose(device.id),
      tabindex: -1,
    },
    h("kbd", { "aria-hidden": "true" }, device.key ?? "·"),
    codeChip(labels, device.id),
    !isShort && h("span.fa-device-name", {}, device.name),
    count !== undefined && h("span.fa-count", { "aria-hidden": "true" }, count || ""),
  );
}

/** The buttons of all devices, under headings and with search when there are many. */
export function deviceToolbar(labels, { label, onChoose, isShort = false, counts = null, onExplain = () => {} }) {
  const isMany = labels.devices.length > MANY_LABELS;
  const bar = h("div.fa-devices", { role: "toolbar", "aria-label": label, onkeydown: toolbarKeys });
  if (isShort && !isMany) bar.classList.add("is-short");
  const options = { onChoose, isShort: isShort && !isMany };
  const draw = (query) => {
    const found = matching(labels.devices, query);
    replaceChildren(
      bar,
      grouped(found).map((group) => [
        isMany && group.name && h("p.fa-group", {}, group.name),
        group.labels.map((device) =>
          deviceButton(labels, device, { ...options, count: counts?.get(device.id) ?? (counts ? 0 : undefined) }),
        ),
      ]),
      !found.length && h("p.fa-quiet", {}, "No label matches."),
    );
    bar.querySelector("button")?.setAttribute("tabindex", "0");
  };
  const explain = (event) => {
    const id = event.target.closest?.("[data-device]")?.dataset.device;
    onExplain(labels.devices.find((device) => device.id === id) ?? null);
  };
  bar.addEventListener("pointerover", explain);
  bar.addEventListener("focusin", explain);
  draw("");
  if (!isMany) return bar;
  const search = h("input.fa-input", { type: "search", placeholder: "Search labels", "aria-label": "Search labels" });
  search.addEventListener("input", () => draw(search.value));
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    bar.querySelector("button")?.click();
  });
  return h("div.fa-devices-many", {}, search, bar);
}

/** The floating palette beside a selection. */
export class Palette {
  constructor({ onChoose }) {
    this.onChoose = onChoose;
    this.element = h("div.fa-palette", { hidden: true });
    this.hint = h("p.fa-palette-hint");
    this.element.addEventListener("pointerdown", (event) => event.target.closest("input") || event.preventDefault());
  }

  build(labels) {
    this.bar = deviceToolbar(labels, {
      label: "Label the selection",
      onChoose: this.onChoose,
      isShort: true,
      onExplain: (device) => this.explain(device),
    });
    this.element.classList.toggle("is-many", labels.devices.length > MANY_LABELS);
    replaceChildren(this.element, this.bar, this.hint);
    this.explain(null);
  }

  explain(device) {
    if (device) replaceChildren(this.hint, h("strong", {}, device.name), ` ${device.definition}`);
    else replaceChildren(this.hint, "Choose how the wording works, or press its number.");
    this.hint.classList.toggle("is-idle", !device);
  }

  /** Show below (or above) a range, inside `container`. */
  show(range, container) {
    const boxes = range.getClientRects();
    if (!boxes.length) return;
    const frame = container.getBoundingClientRect();
    const last = boxes[boxes.length - 1];
    this.explain(null);
    this.element.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const isBelow = last.bottom + height + 24 < innerHeight;
    const top = isBelow ? last.bottom + 12 : boxes[0].top - height - 12;
    const left = Math.min(Math.max(last.left, frame.left), Math.max(frame.left, frame.right - width));
    this.element.style.top = `${top - frame.top}px`;
    this.element.style.left = `${left - frame.left}px`;
  }

  hide() {
    this.element.hidden = true;
  }
}
