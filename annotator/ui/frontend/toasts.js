/** What was done and what went wrong: two polite live regions, and a note at the foot of the window. */

import { closeLayer, h, iconButton, openLayer } from "./dom.js";

const SHOWN_MS = 5000;
const PROBLEM_MS = 15000;

export class Toasts {
  constructor(root) {
    this.action = h("div.fa-hidden", { "aria-live": "polite", "data-live": "action" });
    this.saving = h("div.fa-hidden", { "aria-live": "polite", "data-live": "saving" });
    this.text = h("span");
    this.element = h(
      "div.fa-toast",
      { popover: "manual", hidden: true },
      this.text,
      iconButton("close", "Dismiss", () => this.hide()),
    );
    root.append(this.action, this.saving, this.element);
  }

  /** Tell assistive technology only. */
  say(text) {
    this.action.textContent = text;
  }

  /** Tell everybody. */
  show(text, { isProblem = false } = {}) {
    this.say(text);
    this.text.textContent = text;
    this.element.classList.toggle("is-problem", isProblem);
    openLayer(this.element);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.hide(), isProblem ? PROBLEM_MS : SHOWN_MS);
  }

  hide() {
    closeLayer(this.element);
  }

  /** Announce lost and regained connection; ordinary saving is too frequent to be read out. */
  setSaveState(state) {
    if (state === this.state) return;
    if (state === "offline")
      this.saving.textContent = "Not saved: no connection. Your edits are kept in this tab and will be sent again.";
    else if (state === "saved") this.saving.textContent = "Saved";
    this.state = state;
  }
}
