/** The upper part of the side panel: what is selected, and what can be done with it. */

import { h, icon, iconButton, percent, replaceChildren } from "./dom.js";
import { facts } from "./hovercard.js";
import { keyOf } from "./keys.js";
import { definition, deviceName } from "./labels.js";
import { labelOf } from "./model.js";
import { deviceToolbar } from "./palette.js";
import { SpanForm } from "./span_form.js";

export class Inspector {
  constructor(editor) {
    this.editor = editor;
    this.shown = null;
    this.title = h("h2.fa-panel-title");
    this.left = h("span.fa-left-count");
    this.walk = h(
      "span.fa-left",
      {},
      iconButton("previous", `Previous suggestion (${keyOf("previousSuggestion")})`, () => editor.actions.walk(-1)),
      this.left,
      iconButton("next", `Next suggestion (${keyOf("nextSuggestion")})`, () => editor.actions.walk(1)),
    );
    this.body = h("div.fa-inspector-body");
    this.element = h(
      "section.fa-inspector",
      { "aria-label": "Selection" },
      h("div.fa-panel-head", {}, this.title, this.walk),
      this.body,
    );
  }

  /** Show the current span, the current suggestion, or the legend. */
  update(model, current) {
    const span = current?.kind === "span" ? model.state.spans[current.id] : null;
    const suggestion = current?.kind === "suggestion" ? model.pending.find((one) => one.id === current.id) : null;
    this.left.textContent = `${model.pending.length} of ${model.likely} left`;
    this.walk.hidden = !model.pending.length;
    if (span) this.showSpan(current.id, span);
    else if (suggestion) this.showSuggestion(suggestion);
    else this.showLegend(model);
  }

  swap(name, title, build) {
    if (this.shown === name) return;
    this.flush();
    this.form = null;
    const hadFocus = this.body.contains(document.activeElement);
    this.shown = name;
    this.title.textContent = title;
    replaceChildren(this.body, build());
    if (hadFocus) this.editor.focusArticle();
  }

  flush() {
    const { form } = this;
    this.form = null;
    form?.flush();
  }

  showSpan(id, span) {
    let made = null;
    this.swap(`span ${id}`, "Your label", () => {
      made = new SpanForm(this.editor, id);
      return made.element;
    });
    this.form = made ?? this.form;
    this.form?.update(span);
  }

  showSuggestion(suggestion) {
    this.swap(`suggestion ${suggestion.id}`, "Suggestion", () => suggestionCard(this.editor, suggestion));
  }

  showLegend(model) {
    const counts = new Map();
    for (const span of model.spans) counts.set(span.device, (counts.get(span.device) ?? 0) + 1);
    const pending = model.pending.length;
    const name = `legend ${pending > 0} ${this.editor.labels.devices.map((one) => counts.get(one.id) ?? 0).join()}`;
    this.swap(name, "Devices", () => this.legend(counts, pending));
  }

  legend(counts, pending) {
    const { editor } = this;
    const explained = h("div.fa-explained", {});
    const explain = (device) => device && replaceChildren(explained, definition(device));
    return [
      h("p.fa-quiet", {}, "Select words in the article, then press a number or a device below."),
      deviceToolbar(editor.labels, {
        label: "Devices",
        onChoose: (id) => editor.actions.applyDevice(id),
        counts,
        onExplain: explain,
      }),
      explained,
      pending > 0 &&
        h(
          "button.fa-button.is-wide",
          { onclick: () => editor.actions.walk(1) },
          "Go through the suggestions",
          h("kbd", { "aria-hidden": "true" }, keyOf("nextSuggestion")),
        ),
    ];
  }
}

/** A suggestion, with its three answers as three buttons. */
function suggestionCard(editor, suggestion) {
  const { labels } = editor;
  const device = labelOf(labels.devices, suggestion.device);
  const answer = (name, key, look, glyph, act) =>
    h(
      `button.fa-button.${look}`,
      { onclick: act, "data-answer": key },
      icon(glyph),
      name,
      h("kbd", { "aria-hidden": "true" }, keyOf(key)),
    );
  return h(
    "div.fa-suggestion",
    { "data-suggestion-card": suggestion.id },
    h("blockquote.fa-quote", { dir: "auto" }, suggestion.quote),
    h(
      "div.fa-suggestion-head",
      {},
      deviceName(labels, suggestion.device),
      h(
        "span.fa-meter",
        { title: "Calibrated probability that an annotator would mark this" },
        h("span.fa-bar", { style: { "--p": suggestion.probability } }),
        percent(suggestion.probability),
      ),
    ),
    h(
      "div.fa-answers",
      {},
      answer("Accept", "accept", "is-accept", "check", () => editor.actions.accept(suggestion.id)),
      answer("Edit", "edit", "is-edit", "edit", () => editor.actions.acceptAndEdit(suggestion.id)),
      answer("Reject", "reject", "is-reject", "close", () => editor.actions.reject(suggestion.id)),
    ),
    device && definition(device, { withExample: false }),
    h("dl.fa-facts", {}, facts(labels, suggestion)),
  );
}
