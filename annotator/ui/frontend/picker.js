/** Choose a few labels from many: chips for the chosen ones, a search field with a list for the rest. */

import { h, icon, replaceChildren, uniqueId } from "./dom.js";
import { grouped, MANY_LABELS, matching } from "./labels.js";
import { labelOf } from "./model.js";

let isPointerDown = false;
if (typeof window !== "undefined" && window.addEventListener) {
  window.addEventListener("pointerdown", () => (isPointerDown = true), true);
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, () => (isPointerDown = false), true);
}

export class LabelPicker {
  /** @param options `{labels, name, most, onChange(ids)}` */
  constructor({ labels, name, most, onChange }) {
    this.labels = labels;
    this.name = name;
    this.most = most;
    this.onChange = onChange;
    this.chosen = [];
    this.active = -1;
    this.chips = h("ul.fa-chips", { "aria-label": `Chosen ${name.toLowerCase()}` });
    const listId = uniqueId("options");
    this.input = h("input.fa-input", {
      type: "text",
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": listId,
      "aria-autocomplete": "list",
      "aria-label": `Add to ${name.toLowerCase()}`,
      autocomplete: "off",
      placeholder: "Add …",
    });
    this.list = h("ul.fa-options", { id: listId, role: "listbox", "aria-label": name, hidden: true });
    this.hint = h("p.fa-option-hint", { hidden: true });
    this.element = h("div.fa-picker", {}, this.chips, h("div.fa-picker-field", {}, this.input, this.list, this.hint));
    this.listen();
  }

  listen() {
    this.input.addEventListener("focus", () => this.open());
    this.input.addEventListener("click", () => this.open());
    this.input.addEventListener("input", () => this.open());
    this.input.addEventListener("blur", () => this.left());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const id = event.target.closest("[role=option]")?.dataset.id;
      if (id) this.add(id);
    });
    this.list.addEventListener("pointerover", (event) => {
      const index = this.shown.findIndex((label) => label.id === event.target.closest("[role=option]")?.dataset.id);
      if (index >= 0) this.activate(index);
    });
  }

  key(event) {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && this.shown?.length) {
      if (this.list.hidden) this.open();
      this.activate((this.active + move + this.shown.length) % this.shown.length);
    } else if (event.key === "Enter" && this.shown?.[this.active] && !event.ctrlKey)
      this.add(this.shown[this.active].id);
    else if (event.key === "Backspace" && !this.input.value && this.chosen.length) this.remove(this.chosen.at(-1));
    else if (event.key === "Escape" && !this.list.hidden && this.input.value) {
      this.input.value = "";
      this.open();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  open() {
    const left = this.labels.filter((label) => !this.chosen.includes(label.id));
    this.shown = matching(left, this.input.value);
    const isGrouped = this.labels.length > MANY_LABELS;
    const groups = grouped(this.shown);
    this.shown = groups.flatMap((group) => group.labels);
    replaceChildren(
      this.list,
      groups.map((group) => [
        isGrouped && group.name && h("li.fa-group", { role: "presentation" }, group.name),
        group.labels.map((label) =>
          h(
            "li.fa-option",
            { role: "option", id: `${this.list.id}-${label.id}`, "data-id": label.id, "aria-selected": "false" },
            label.name,
          ),
        ),
      ]),
    );
    this.list.hidden = !this.shown.length;
    this.say(this.shown.length ? "" : "No label matches.");
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.activate(this.shown.length ? 0 : -1);
  }

  activate(index) {
    this.active = index;
    for (const option of this.list.querySelectorAll("[role=option]")) option.setAttribute("aria-selected", "false");
    const label = this.shown?.[index];
    const option = label && this.list.querySelector(`[data-id="${CSS.escape(label.id)}"]`);
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
    if (label && !this.list.hidden) this.say(label.definition);
  }

  say(text) {
    this.hint.textContent = text;
    this.hint.hidden = !text;
  }

  /** Close, but not under a pressed pointer: what is being clicked would move away before the click. */
  left() {
    if (!isPointerDown) return this.close();
    return window.addEventListener(
      "pointerup",
      () => setTimeout(() => document.activeElement !== this.input && this.close()),
      { once: true },
    );
  }

  close() {
    this.list.hidden = true;
    this.say("");
    this.input.value = "";
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  add(id) {
    if (this.chosen.length < this.most && !this.chosen.includes(id)) this.onChange([...this.chosen, id]);
    this.input.value = "";
    this.open();
  }

  remove(id) {
    this.onChange(this.chosen.filter((one) => one !== id));
    this.focus();
  }

  /** Focus the field; when no more may be added, the chips to remove. */
  focus() {
    (this.input.parentElement.hidden ? this.chips.querySelector("li:last-child button") : this.input)?.focus();
  }

  /** Show these as chosen. */
  update(chosen) {
    if (chosen.length === this.chosen.length && chosen.every((id, i) => id === this.chosen[i])) return;
    this.chosen = [...chosen];
    replaceChildren(
      this.chips,
      chosen.map((id) => {
        const name = labelOf(this.labels, id)?.name ?? id;
        const title = chosen.length < this.most ? "Remove" : `Remove (at most ${this.most} may be chosen)`;
        const button = h(
          "button.fa-chip-remove",
          { "aria-label": `Remove ${name}`, title, onclick: () => this.remove(id) },
          icon("close"),
        );
        return h("li.fa-chip", {}, h("span", {}, name), button);
      }),
    );
    this.chips.hidden = !chosen.length;
    this.input.placeholder = chosen.length ? "Add another …" : "Add …";
    const isFull = chosen.length >= this.most;
    const hadFocus = document.activeElement === this.input;
    this.input.parentElement.hidden = isFull;
    if (isFull && hadFocus) this.focus();
    else if (!this.list.hidden) this.open();
  }
}

/** One of few: buttons in a row, the chosen one pressed. Pressing it again takes the choice back. */
export function segmented({ labels, name, onChange, isOptional = true }) {
  const buttons = labels.map((label) =>
    h(
      "button.fa-segment",
      {
        "aria-pressed": "false",
        "data-value": label.id,
        title: label.key ? `${label.definition} (key ${label.key})` : label.definition,
        onclick: (event) => {
          const isOn = event.currentTarget.getAttribute("aria-pressed") === "true";
          onChange(isOn && isOptional ? null : label.id);
        },
      },
      label.name,
    ),
  );
  const element = h("div.fa-segments", { role: "group", "aria-label": name }, buttons);
  const update = (value) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.value === value));
  };
  return { element, update };
}
