/** The article's frames: choose, order, and see the sentences that speak for each. */

import { h, iconButton, percent, reconcile, replaceChildren } from "./dom.js";
import { grouped, MANY_LABELS, matching } from "./labels.js";
import { labelOf, nameOf } from "./model.js";

export class FramesSection {
  /** @param owner gives `labels`, `highlight(ranges)`, `revealPlace(start)` and, unless read only, `setFrames(ids)` */
  constructor(owner, { isReadOnly = false } = {}) {
    this.owner = owner;
    this.isReadOnly = isReadOnly;
    this.query = "";
    this.chosen = h("ol.fa-chosen", { "aria-label": "The article's frames, most important first" });
    this.hint = h("p.fa-quiet");
    this.list = h("ul.fa-framelist", { "aria-label": "Frames" });
    this.explained = h("p.fa-explained.is-frame");
    const isMany = owner.labels.frames.length > MANY_LABELS;
    const search = h("input.fa-input", { type: "search", placeholder: "Search frames", "aria-label": "Search frames" });
    search.addEventListener("input", () => {
      this.query = search.value;
      this.draw();
    });
    this.element = h(
      "div.fa-frames",
      {},
      !isReadOnly && this.hint,
      !isReadOnly && this.chosen,
      isMany && search,
      this.list,
      this.explained,
    );
    this.explain(null);
  }

  /** @param frames chosen ids; @param suggestions `[{label, probability, evidence}]` */
  update(frames, suggestions) {
    this.present = { frames, suggestions };
    this.draw();
  }

  draw() {
    const { frames, suggestions } = this.present;
    const most = this.owner.labels.article_frames_max;
    const isFull = frames.length >= most;
    this.hint.textContent = frames.length
      ? `${frames.length} of at most ${most}, most important first.${isFull ? " To choose another, remove one." : ""}`
      : `Choose up to ${most} frames that carry the article, the most important first.`;
    if (!this.isReadOnly) this.drawChosen(frames);
    const bySuggestion = new Map(suggestions.map((one) => [one.label, one]));
    let labels = matching(this.owner.labels.frames, this.query);
    if (this.isReadOnly)
      labels = labels
        .filter((label) => bySuggestion.has(label.id))
        .sort((one, other) => bySuggestion.get(other.id).probability - bySuggestion.get(one.id).probability);
    const rows =
      this.owner.labels.frames.length > MANY_LABELS && !this.isReadOnly
        ? grouped(labels).flatMap((group) => [{ heading: group.name, id: `group ${group.name}` }, ...group.labels])
        : labels;
    reconcile(this.list, rows, {
      key: (row) => row.id,
      signature: (row) =>
        row.heading !== undefined
          ? row.heading
          : `${frames.includes(row.id)}|${isFull}|${bySuggestion.get(row.id)?.probability ?? ""}`,
      build: (row) =>
        row.heading !== undefined
          ? h("li.fa-group", {}, row.heading)
          : this.row(row, frames, bySuggestion.get(row.id), isFull),
    });
  }

  drawChosen(frames) {
    reconcile(this.chosen, frames, {
      key: (id) => id,
      signature: (id) => `${frames.indexOf(id)} of ${frames.length}`,
      build: (id) => {
        const at = frames.indexOf(id);
        const name = nameOf(this.owner.labels.frames, id);
        return h(
          "li.fa-chosen-frame",
          {},
          h("span.fa-chosen-name", {}, name),
          iconButton("up", `Move ${name} up`, () => this.move(id, -1), { disabled: at === 0 }),
          iconButton("down", `Move ${name} down`, () => this.move(id, 1), { disabled: at === frames.length - 1 }),
          iconButton("close", `Remove ${name}`, () => this.toggle(id)),
        );
      },
    });
    this.chosen.hidden = !frames.length;
  }

  row(label, frames, suggestion, isFull) {
    const isChosen = frames.includes(label.id);
    const box = this.isReadOnly
      ? null
      : h("input", { type: "checkbox", disabled: isFull && !isChosen, onchange: () => this.toggle(label.id) });
    if (box) box.checked = isChosen;
    const evidence = suggestion?.evidence ?? [];
    const row = h(
      "li.fa-frame",
      { "data-frame": label.id },
      this.isReadOnly
        ? h("span.fa-frame-name", {}, label.name)
        : h("label.fa-frame-name", {}, box, h("span", {}, label.name)),
      suggestion &&
        h(
          "span.fa-meter",
          {},
          h("span.fa-bar", { style: { "--p": suggestion.probability } }),
          percent(suggestion.probability),
        ),
      evidence.length > 0 && this.evidenceButton(label, evidence),
    );
    const on = () => {
      this.explain(label);
      this.owner.highlight(evidence);
    };
    const off = () => {
      if (row.matches(":hover") || row.contains(document.activeElement)) return;
      this.explain(null);
      this.owner.highlight([]);
    };
    row.addEventListener("pointerenter", on);
    row.addEventListener("focusin", on);
    row.addEventListener("pointerleave", off);
    row.addEventListener("focusout", () => setTimeout(off));
    return row;
  }

  evidenceButton(label, evidence) {
    let next = 0;
    const say = evidence.length === 1 ? "1 sentence" : `${evidence.length} sentences`;
    return h(
      "button.fa-evidence",
      {
        "aria-label": `Show the ${say} that speak for ${label.name}`,
        title: "Show in the article",
        onclick: () => {
          this.owner.highlight(evidence);
          this.owner.revealPlace(evidence[next % evidence.length].start);
          next += 1;
        },
      },
      String(evidence.length),
    );
  }

  explain(label) {
    if (label) replaceChildren(this.explained, h("strong", {}, label.name), ` ${label.definition}`);
    else
      replaceChildren(
        this.explained,
        this.isReadOnly
          ? "Point at a frame to see the sentences that speak for it."
          : "Point at a frame for its definition and its sentences.",
      );
  }

  toggle(id) {
    const { frames } = this.present;
    this.owner.setFrames(frames.includes(id) ? frames.filter((one) => one !== id) : [...frames, id]);
  }

  move(id, direction) {
    const frames = [...this.present.frames];
    const at = frames.indexOf(id);
    [frames[at], frames[at + direction]] = [frames[at + direction], frames[at]];
    this.owner.setFrames(frames);
    const name = labelOf(this.owner.labels.frames, id)?.name ?? id;
    const [up, down] =
      [...this.chosen.children].find((row) => row.firstChild.textContent === name)?.querySelectorAll("button") ?? [];
    const preferred = direction < 0 ? up : down;
    (preferred?.disabled ? (direction < 0 ? down : up) : preferred)?.focus();
  }
}
