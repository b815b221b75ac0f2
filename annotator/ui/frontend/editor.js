/** The annotator: wires the article, the side panel and the bar to the store. */

import { Actions } from "./actions.js";
import { Article } from "./article.js";
import { COMMAND_ACTIONS } from "./commands.js";
import { h } from "./dom.js";
import { HoverCard } from "./hovercard.js";
import { highlight } from "./highlight.js";
import { commandFor, eventKey, labelKeys } from "./keys.js";
import { buildModel, knownTargets, versionsInView } from "./model.js";
import { OffsetMap } from "./offsets.js";
import { outbox } from "./outbox.js";
import { Palette } from "./palette.js";
import { Panel } from "./panel.js";
import { TextSelection } from "./selection.js";
import { store } from "./store.js";
import { applyTheme } from "./theme.js";
import { Toasts } from "./toasts.js";
import { Toolbar } from "./toolbar.js";

const TYPING = "input:not([type=checkbox]):not([type=range]), textarea, select";

export class Editor {
  constructor(parent) {
    this.root = h("div.fa-root");
    this.toasts = new Toasts(this.root);
    parent.append(this.root);
    this.overrides = {};
    this.actions = new Actions(this);
    this.unsubscribe = store.subscribe((news) => this.hear(news));
    this.root.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("pointerup", (this.onPointerUp = (event) => this.pointerUp(event)));
  }

  destroy() {
    this.panel?.flush();
    this.unsubscribe();
    document.removeEventListener("pointerup", this.onPointerUp);
    highlight([]);
    this.root.remove();
  }

  /** Take the data of the server; a new article is drawn afresh. */
  update(data) {
    const isNew = data.instance !== this.data?.instance;
    const hasNewLabels = JSON.stringify(data.labels) !== JSON.stringify(this.data?.labels);
    if (isNew) this.panel?.flush();
    this.data = data;
    this.labels = data.labels;
    store.rules.set(data.instance, {
      allow_overlap: data.labels.allow_overlap,
      article_frames_max: data.labels.article_frames_max,
    });
    for (const name of Object.keys(this.overrides))
      if (data.settings?.[name] === this.overrides[name]) delete this.overrides[name];
    applyTheme(this.root, data.labels);
    if (isNew || hasNewLabels) this.build(isNew);
    this.toolbar.setDocument(data.document, data.position);
    this.model = null;
    this.render();
  }

  build(isNew) {
    const hadFocus = this.root.contains(document.activeElement) || document.activeElement === document.body;
    const { data } = this;
    this.offsets = new OffsetMap(data.document.text);
    this.labelKeys = labelKeys(data.labels);
    if (isNew) this.current = null;
    this.toolbar = new Toolbar(this);
    this.panel = new Panel(this);
    this.palette = new Palette({ onChoose: (id) => this.actions.applyDevice(id) });
    this.palette.build(data.labels);
    const text = h("article.fa-article", {
      tabindex: 0,
      "aria-label": "Article text",
      lang: data.document.language ?? null,
    });
    const nothing = !data.document.text.trim() && h("p.fa-empty", {}, "This article has no text.");
    this.column = h("div.fa-column", {}, nothing, text, this.palette.element);
    this.article = new Article(text, data.document.text, data.labels, () => this.uncovered());
    this.selection = new TextSelection(this.article);
    this.card = new HoverCard(data.labels, (ids) => this.entries(ids));
    this.card.watch(this.article);
    text.addEventListener("click", (event) => this.click(event));
    text.addEventListener("pointerdown", () => this.palette.hide());
    this.waiting = h("p.fa-waiting", { role: "status" }, "Loading your labels…");
    this.app = h("div.fa-app", {}, this.toolbar.element, h("div.fa-body", {}, this.column, this.panel.element));
    this.root.querySelector(".fa-app")?.remove();
    this.root.prepend(this.app);
    this.root.append(this.card.element);
    this.root.dataset.instance = data.instance;
    this.root.dataset.document = data.document.id;
    this.app.removeAttribute("aria-busy");
    if (isNew && hadFocus) this.focusArticle();
    if (isNew && this.wasShown) scrollToTop(this.root);
    this.wasShown = true;
  }

  /** The part of the window that neither the bar nor the side panel (as a sheet) covers. */
  uncovered() {
    const panel = this.panel.element.getBoundingClientRect();
    const isSheet = panel.left < this.column.getBoundingClientRect().right - 8;
    return { top: this.toolbar.element.getBoundingClientRect().bottom, bottom: isSheet ? panel.top : innerHeight };
  }

  get settings() {
    return { minimum_probability: 0, show_suggestions: true, ...this.data.settings, ...this.overrides };
  }

  hear(news) {
    if (!this.data) return;
    for (const refused of news.refused ?? []) this.toasts.show(`Not saved: ${refused.reason}`, { isProblem: true });
    this.render();
  }

  /** Draw what changed. */
  render() {
    const view = store.view(this.data.instance);
    const { settings } = this;
    const signature = JSON.stringify([settings, this.current]);
    if (view !== this.view || signature !== this.signature || !this.model) {
      if (view !== this.view || !this.model || JSON.stringify(settings) !== this.settingsDrawn) {
        this.model = buildModel(this.data, view, this.offsets, settings);
        this.article.draw(this.model.items);
      }
      this.view = view;
      this.signature = signature;
      this.settingsDrawn = JSON.stringify(settings);
      if (this.current && !this.find(this.current)) this.current = null;
      this.article.select(this.current?.id ?? null);
      this.panel.update(this.model, this.current);
      this.toolbar.update(this.model, settings);
    }
    this.root.classList.toggle("is-waiting", !store.isReady(this.data.instance));
    const saveState = outbox.saveState;
    this.root.dataset.saveState = saveState;
    this.toolbar.setSaveState(saveState);
    this.toasts.setSaveState(saveState);
  }

  find(current) {
    if (current.kind === "span") return this.model.state.spans[current.id] ?? null;
    return this.model.pending.find((one) => one.id === current.id) ?? null;
  }

  /**
   * Make an edit; tells what was done, or why it cannot be done.
   *
   * @param next `{kind, id}` to select with it, so that both are drawn at once
   */
  commit(edit, said, next = this.current) {
    const before = this.current;
    this.current = next;
    const refused = store.commit(this.data.instance, edit, versionsInView(this.data, this.settings));
    if (refused) {
      this.current = before;
      this.toasts.show(`Not possible: ${refused}.`, { isProblem: true });
    } else if (said) this.toasts.say(said);
    return !refused;
  }

  select(kind, id, { reveal = false } = {}) {
    this.current = id ? { kind, id } : null;
    this.palette.hide();
    this.render();
    if (reveal && id) this.article.reveal(id);
  }

  setSetting(name, value, isFinal = true) {
    this.overrides[name] = value;
    if (isFinal) outbox.intend({ kind: "setting", name, value });
    this.render();
  }

  highlight(evidence) {
    highlight(
      evidence.map((one) => this.article.rangeOf(this.offsets.toUtf16(one.start), this.offsets.toUtf16(one.end))),
    );
  }

  revealPlace(start) {
    this.article.revealPlace(this.offsets.toUtf16(start));
  }

  targets() {
    return knownTargets(this.data, this.model);
  }

  entries(ids) {
    return ids
      .map((id) => this.model.state.spans[id] ?? this.model.pending.find((one) => one.id === id))
      .filter(Boolean);
  }

  focusArticle() {
    if (document.activeElement !== this.article?.element) this.article?.element.focus({ preventScroll: true });
  }

  click(event) {
    if (this.selection.raw()) return;
    const ids = this.article.idsAt(event.target);
    if (!ids.length) return void this.select(null, null);
    const index = ids.indexOf(this.current?.id);
    const id = ids[(index + 1) % ids.length];
    this.select(this.model.state.spans[id] ? "span" : "suggestion", id);
  }

  pointerUp(event) {
    if (!this.selection || this.palette.element.contains(event.target)) return;
    const isHere = this.article.element.contains(event.target);
    // The browser settles its selection after pointerup.
    setTimeout(() => {
      if (!this.root.isConnected || !(isHere || this.selection.raw())) return;
      if (!isHere && !this.article.element.contains(window.getSelection().anchorNode)) return;
      const span = this.selection.settle({ exact: event.altKey });
      if (span) this.offerPalette(span);
      else this.palette.hide();
    });
  }

  offerPalette(span) {
    const range = this.article.rangeOf(span.start, span.end);
    if (range) this.palette.show(range, this.column);
  }

  run(id, event = null) {
    COMMAND_ACTIONS[id](this, event);
  }

  key(event) {
    if (event.defaultPrevented || event.isComposing) return;
    this.card?.hide();
    const key = eventKey(event);
    const isTyping = event.target.matches?.(TYPING);
    const command = commandFor(key);
    const own = this.labelKeys?.get(key);
    if (key.length === 1 || isTyping) event.stopPropagation();
    if (isTyping && !command?.alsoWhileTyping) return;
    if (own) this.actions.applyLabel(own);
    else if (!command || COMMAND_ACTIONS[command.id](this, event) === false) return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** Scroll the page that holds an element back to its top. */
function scrollToTop(element) {
  for (let parent = element.parentElement; parent; parent = parent.parentElement)
    if (parent.scrollTop) parent.scrollTop = 0;
}
