/** The side panel: the inspector, and below it the lists of spans, suggestions and frames as tabs. */

import { h, icon, percent, reconcile, uniqueId } from "./dom.js";
import { FramesSection } from "./frames.js";
import { Inspector } from "./inspector.js";
import { codeChip } from "./labels.js";
import { nameOf } from "./model.js";

export class Panel {
  constructor(editor) {
    this.editor = editor;
    this.inspector = new Inspector(editor);
    this.frames = new FramesSection({
      labels: editor.labels,
      setFrames: (frames) => editor.actions.setFrames(frames),
      highlight: (evidence) => editor.highlight(evidence),
      revealPlace: (start) => editor.revealPlace(start),
    });
    this.spans = h("ul.fa-rows", { "aria-label": "Your labels" });
    this.suggestions = h("ul.fa-rows", { "aria-label": "Suggestions not yet decided" });
    this.spansEmpty = h("p.fa-empty");
    this.suggestionsEmpty = h("p.fa-empty");
    this.tabs = new Tabs(
      [
        ["spans", "Labels", [this.spansEmpty, this.spans]],
        ["suggestions", "Suggestions", [this.suggestionsEmpty, this.suggestions]],
        ["frames", "Article frames", [this.frames.element]],
      ],
      () => this.drawTab(),
    );
    this.element = h(
      "aside.fa-panel",
      { "aria-label": "Labels of this article" },
      this.sheetHandle(),
      h("div.fa-panel-parts", {}, this.inspector.element, this.tabs.element),
    );
  }

  sheetHandle() {
    const button = h(
      "button.fa-sheet-handle",
      {
        "aria-expanded": "true",
        onclick: () => {
          const isClosed = this.element.classList.toggle("is-closed");
          button.setAttribute("aria-expanded", String(!isClosed));
        },
      },
      icon("down"),
      "Labels and frames",
    );
    return button;
  }

  /** Draw the present state. */
  update(model, current) {
    this.inspector.update(model, current);
    this.tabs.count("spans", model.spans.length);
    this.tabs.count("suggestions", model.pending.length);
    this.tabs.count("frames", model.state.frames.length);
    this.present = { model, current };
    this.drawTab();
  }

  /** Draw the list that is in view; the others wait until they are. */
  drawTab() {
    if (!this.present) return;
    const { model, current } = this.present;
    if (this.tabs.current === "frames") this.frames.update(model.state.frames, model.frameSuggestions);
    else if (this.tabs.current === "spans") {
      this.drawList(this.spans, "span", model.spans, current);
      this.spansEmpty.textContent = model.spans.length ? "" : "Nothing labelled yet. Zero is a valid answer.";
    } else {
      this.drawList(this.suggestions, "suggestion", model.pending, current);
      this.suggestionsEmpty.textContent = model.pending.length ? "" : this.whyNoSuggestions(model);
    }
  }

  whyNoSuggestions(model) {
    if (!this.editor.settings.show_suggestions) return "Suggestions are hidden.";
    if (model.likely) return "All suggestions are decided.";
    if (model.hiddenByProbability)
      return `${model.hiddenByProbability} suggestions lie below the lowest probability shown. Lower it under “Suggestions” above.`;
    return "No suggestions for this article.";
  }

  drawList(list, kind, items, current) {
    reconcile(list, items, {
      key: (item) => item.id,
      signature: (item) =>
        `${item.start}|${item.end}|${item.device}|${item.frames?.length}|${item.voice}|${item.target}|${item.polarity}|${item.note ?? ""}|${current?.id === item.id}`,
      build: (item) => this.row(kind, item, current?.id === item.id),
    });
    const row = current?.kind === kind ? list._rows?.get(current.id)?.node : null;
    if (row && this.revealed !== current.id) requestAnimationFrame(() => scrollWithin(this.tabs.page, row));
    this.revealed = current?.id;
  }

  row(kind, item, isCurrent) {
    const { labels } = this.editor;
    const polarity = item.polarity ? nameOf(labels.polarities, item.polarity) : "";
    const about = [
      nameOf(labels.voices, item.voice),
      item.target && `${polarity ? `${polarity.toLowerCase()} ` : ""}${item.target}`,
      kind === "span" && item.note && `“${item.note}”`,
    ]
      .filter(Boolean)
      .join(" · ");
    return h(
      `li.fa-row${isCurrent ? ".is-current" : ""}`,
      {},
      h(
        "button.fa-row-button",
        {
          "aria-current": isCurrent ? "true" : null,
          [`data-${kind}-row`]: item.id,
          onclick: () => this.editor.select(kind, item.id, { reveal: true }),
        },
        codeChip(labels, item.device),
        h(
          "span.fa-row-text",
          {},
          h("span.fa-row-quote", { dir: "auto" }, item.quote),
          h("span.fa-row-about", {}, about || nameOf(labels.devices, item.device)),
        ),
        item.probability !== undefined && h("span.fa-row-probability", {}, percent(item.probability)),
      ),
    );
  }

  /** Save what is being typed. */
  flush() {
    this.inspector.form?.flush();
  }

  focusField(name) {
    if (!this.inspector.form) return false;
    this.element.classList.remove("is-closed");
    this.inspector.form.focus(name);
    return true;
  }
}

/** Scroll only `container`, and only if `row` is not in view. */
function scrollWithin(container, row) {
  const frame = container.getBoundingClientRect();
  const box = row.getBoundingClientRect();
  if (box.top >= frame.top && box.bottom <= frame.bottom) return;
  container.scrollTop += box.top - (frame.top + frame.height / 2);
}

/** Tabs after the ARIA pattern: one tab stop, arrow keys switch. */
class Tabs {
  constructor(entries, onShow) {
    this.pages = new Map();
    this.onShow = onShow;
    this.bar = h("div.fa-tabs", { role: "tablist", "aria-label": "Lists" });
    this.element = h("div.fa-tabbed", {}, this.bar);
    for (const [id, name, content] of entries) {
      const page = h("div.fa-tabpage", { role: "tabpanel", id: uniqueId("page"), hidden: true, tabindex: -1 }, content);
      const count = h("span.fa-tab-count");
      const tab = h(
        "button.fa-tab",
        { role: "tab", id: uniqueId("tab"), "aria-controls": page.id, "data-tab-id": id, onclick: () => this.show(id) },
        name,
        count,
      );
      page.setAttribute("aria-labelledby", tab.id);
      this.pages.set(id, { tab, page, count });
      this.bar.append(tab);
      this.element.append(page);
    }
    this.bar.addEventListener("keydown", (event) => {
      const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!move) return;
      const ids = [...this.pages.keys()];
      this.show(ids[(ids.indexOf(this.current) + move + ids.length) % ids.length]);
      this.pages.get(this.current).tab.focus();
      event.preventDefault();
      event.stopPropagation();
    });
    this.show(entries[0][0]);
  }

  show(id) {
    this.current = id;
    for (const [name, { tab, page }] of this.pages) {
      const isOn = name === id;
      tab.setAttribute("aria-selected", String(isOn));
      tab.tabIndex = isOn ? 0 : -1;
      page.hidden = !isOn;
    }
    this.page = this.pages.get(id).page;
    this.onShow();
  }

  count(id, number) {
    this.pages.get(id).count.textContent = number ? String(number) : "";
  }
}
