/** The bar above the article: what is open, what can be done with it as a whole. */

import { h, icon, iconButton, percent, replaceChildren, uniqueId } from "./dom.js";
import { keyOf } from "./keys.js";
import { statusOf } from "./model.js";

const SAVE_TEXT = {
  saved: "Saved",
  saving: "Saving…",
  offline: "Not saved: no connection. Kept in this tab, will be sent again.",
};

/** The status of an article as a pill: glyph and word, never colour alone. */
export function statusPill(status) {
  const { id, name, glyph } = statusOf(status);
  return h("span.fa-pill", { "data-status": id }, h("span", { "aria-hidden": "true" }, glyph), name);
}

export class Toolbar {
  /** @param editor gives the actions */
  constructor(editor) {
    this.editor = editor;
    this.heading = h("div.fa-heading");
    this.status = h("span");
    this.saved = h(
      "span.fa-saved",
      {},
      h("span.fa-saved-dot", { "aria-hidden": "true" }),
      (this.savedText = h("span")),
    );
    this.undo = iconButton("undo", `Undo (${keyOf("undo")})`, () => editor.run("undo"));
    this.redo = iconButton("redo", `Redo (${keyOf("redo")})`, () => editor.run("redo"));
    this.position = h("span.fa-position");
    this.settings = this.settingsMenu();
    this.done = h(
      "button.fa-button.is-primary",
      { onclick: () => editor.run("done"), title: `Mark as done and open the next (${keyOf("done")})` },
      icon("check"),
      "Done, next",
    );
    this.skip = h(
      "button.fa-button.fa-skip",
      { onclick: () => editor.run("skip"), title: `Skip this article (${keyOf("skip")})` },
      "Skip",
    );
    this.element = h("header.fa-toolbar", {}, this.heading, this.actions());
  }

  actions() {
    const { editor } = this;
    return h(
      "div.fa-actions",
      {},
      this.saved,
      h("span.fa-actiongroup", {}, this.undo, this.redo),
      h(
        "span.fa-actiongroup",
        {},
        this.settings,
        iconButton("book", `Guidelines (${keyOf("guidelines")})`, () => editor.run("guidelines")),
        iconButton("keyboard", `Keys (${keyOf("help")})`, () => editor.run("help")),
      ),
      h(
        "span.fa-actiongroup",
        {},
        iconButton("previous", `Previous article (${keyOf("previousArticle")})`, () => editor.run("previousArticle")),
        this.position,
        iconButton("next", `Next article (${keyOf("nextArticle")})`, () => editor.run("nextArticle")),
      ),
      this.skip,
      this.done,
    );
  }

  settingsMenu() {
    const { editor } = this;
    this.show = h("input", { type: "checkbox", role: "switch", onchange: () => editor.run("toggleSuggestions") });
    const id = uniqueId("minimum");
    this.minimum = h("input", {
      type: "range",
      id,
      min: 0,
      max: 0.95,
      step: 0.05,
      oninput: () => this.slide(false),
      onchange: () => this.slide(true),
    });
    this.minimumText = h("output", { for: id });
    const summary = h(
      "summary.fa-iconbutton",
      {
        "aria-label": `Suggestions: show or hide (${keyOf("toggleSuggestions")}), lowest probability`,
        title: "Suggestions",
      },
      icon("sliders"),
    );
    const menu = h(
      "details.fa-menu",
      {},
      summary,
      h(
        "div.fa-menu-body",
        {},
        h(
          "label.fa-switch",
          {},
          this.show,
          h("span", {}, "Show suggestions"),
          h("kbd", { "aria-hidden": "true" }, keyOf("toggleSuggestions")),
        ),
        h("div.fa-slider", {}, h("label", { for: id }, "Lowest probability shown"), this.minimumText, this.minimum),
        h("p.fa-quiet", {}, "Holds for the whole project."),
      ),
    );
    menu.addEventListener("focusout", (event) => {
      if (menu.open && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      summary.focus();
      event.stopPropagation();
    });
    return menu;
  }

  slide(isFinal) {
    this.editor.setSetting("minimum_probability", Number(this.minimum.value), isFinal);
  }

  /** A new article. */
  setDocument(doc, position) {
    const date = doc.published ? h("time", { datetime: doc.published }, longDate(doc.published)) : null;
    replaceChildren(
      this.heading,
      h("h1.fa-title", { dir: "auto", title: doc.title }, doc.title || "Untitled article"),
      h(
        "p.fa-meta",
        {},
        this.status,
        doc.outlet && h("span.fa-outlet", {}, doc.outlet),
        date,
        doc.event && h("span", {}, doc.event),
        doc.words !== undefined && h("span", {}, `${doc.words.toLocaleString("en")} words`),
        doc.url && h("span.fa-url", { title: doc.url }, doc.url.replace(/^https?:\/\/(www\.)?/, "")),
      ),
    );
    this.position.textContent = position?.total ? `${position.index} of ${position.total}` : "";
    this.position.title = position?.todo !== undefined ? `${position.todo} still to do` : "";
  }

  /** The present state. */
  update(model, settings) {
    if (this.shownStatus !== model.state.status || !this.status.firstChild) {
      this.shownStatus = model.state.status;
      replaceChildren(this.status, statusPill(model.state.status));
    }
    this.undo.disabled = !model.undo;
    this.redo.disabled = !model.redo;
    this.undo.title = model.undo ? `Undo: ${model.undo.action} (${keyOf("undo")})` : "Nothing to undo";
    this.redo.title = model.redo ? `Redo (${keyOf("redo")})` : "Nothing to redo";
    this.show.checked = settings.show_suggestions;
    if (document.activeElement !== this.minimum) this.minimum.value = settings.minimum_probability;
    const shown = settings.minimum_probability > 0 ? percent(settings.minimum_probability) : "0%";
    this.minimumText.textContent = shown;
    this.minimum.setAttribute("aria-valuetext", shown);
  }

  setSaveState(state) {
    if (this.saved.dataset.state === state) return;
    this.saved.dataset.state = state;
    this.savedText.textContent = SAVE_TEXT[state];
    this.saved.title = SAVE_TEXT[state];
  }
}

/** "29 August 2023"; the text itself when it is no date. */
export function longDate(text) {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(text ?? "");
  if (!match) return text ?? "";
  const date = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])));
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}
