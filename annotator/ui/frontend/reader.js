/** A text with its suggestions, to read only: the page that tries out a text. */

import { Article } from "./article.js";
import { h, percent, reconcile } from "./dom.js";
import { FramesSection } from "./frames.js";
import { highlight } from "./highlight.js";
import { HoverCard } from "./hovercard.js";
import { codeChip } from "./labels.js";
import { buildModel, nameOf } from "./model.js";
import { OffsetMap } from "./offsets.js";
import { EMPTY } from "./operations.js";
import { applyTheme } from "./theme.js";

export class Reader {
  constructor(parent) {
    this.root = h("div.fa-root.fa-reader");
    parent.append(this.root);
  }

  destroy() {
    highlight([]);
    this.root.remove();
  }

  update(data) {
    applyTheme(this.root, data.labels);
    const mark = JSON.stringify([data.document.id, data.document.text, data.labels.codebook]);
    this.data = data;
    this.labels = data.labels;
    if (mark !== this.mark) this.build();
    this.mark = mark;
    const view = { state: EMPTY, undo: [], redo: [] };
    const settings = { minimum_probability: data.minimum ?? 0, show_suggestions: true };
    this.model = buildModel(data, view, this.offsets, settings);
    this.article.draw(this.model.items);
    this.frames.update(
      [],
      (data.suggestions?.frames ?? []).filter((one) => one.probability >= (data.minimum ?? 0)),
    );
    this.drawRows();
  }

  build() {
    const { data } = this;
    this.offsets = new OffsetMap(data.document.text);
    const text = h("article.fa-article", { "aria-label": "Text with suggestions" });
    this.article = new Article(text, data.document.text, data.labels);
    this.card = new HoverCard(data.labels, (ids) => this.model.pending.filter((one) => ids.includes(one.id)));
    this.card.watch(this.article);
    text.addEventListener("click", (event) => this.choose(this.article.idsAt(event.target)[0] ?? null, false));
    this.frames = new FramesSection(this, { isReadOnly: true });
    this.rows = h("ul.fa-rows", { "aria-label": "Suggested phrases" });
    this.empty = h("p.fa-empty");
    const panel = h(
      "aside.fa-panel",
      { "aria-label": "Suggestions" },
      h(
        "div.fa-panel-scroll",
        {},
        h("section.fa-reader-section", {}, h("h2.fa-panel-title", {}, "Frames of the text"), this.frames.element),
        h("section.fa-reader-section", {}, h("h2.fa-panel-title", {}, "Loaded phrases"), this.empty, this.rows),
      ),
    );
    this.root.replaceChildren(
      h("div.fa-app", {}, h("div.fa-body", {}, h("div.fa-column", {}, text), panel)),
      this.card.element,
    );
  }

  drawRows() {
    const { pending } = this.model;
    this.empty.textContent = pending.length
      ? ""
      : "No loaded phrase found at this probability. Wire copy often has none.";
    reconcile(this.rows, pending, {
      key: (one) => one.id,
      signature: (one) => `${one.start}|${one.device}|${one.probability}|${this.current === one.id}`,
      build: (one) =>
        h(
          `li.fa-row${this.current === one.id ? ".is-current" : ""}`,
          {},
          h(
            "button.fa-row-button",
            { "aria-current": this.current === one.id ? "true" : null, onclick: () => this.choose(one.id, true) },
            codeChip(this.labels, one.device),
            h(
              "span.fa-row-text",
              {},
              h("span.fa-row-quote", { dir: "auto" }, one.quote),
              h("span.fa-row-about", {}, about(this.labels, one)),
            ),
            h("span.fa-row-probability", {}, percent(one.probability)),
          ),
        ),
    });
  }

  choose(id, reveal) {
    this.current = id;
    this.article.select(id);
    this.drawRows();
    if (id && reveal) this.article.reveal(id);
  }

  highlight(evidence) {
    highlight(
      evidence.map((one) => this.article.rangeOf(this.offsets.toUtf16(one.start), this.offsets.toUtf16(one.end))),
    );
  }

  revealPlace(start) {
    this.article.revealPlace(this.offsets.toUtf16(start));
  }
}

function about(labels, one) {
  const frames = (one.frames ?? []).slice(0, labels.span_frames_max).map((frame) => nameOf(labels.frames, frame.label));
  return [nameOf(labels.devices, one.device), nameOf(labels.voices, one.voice), one.target, ...frames]
    .filter(Boolean)
    .join(" · ");
}
