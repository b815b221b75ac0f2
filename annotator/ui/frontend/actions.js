/** What an annotator can do to spans, suggestions and frames; each makes one edit and says what it did. */

import * as edits from "./edits.js";
import { labelOf, nameOf, neighbour, proposedVoice } from "./model.js";
import { newId } from "./outbox.js";
import { words } from "./segments.js";

export class Actions {
  /** @param editor gives the model, the selection, and `commit`, `select`, `focusArticle` */
  constructor(editor) {
    this.editor = editor;
  }

  applyDevice(device) {
    const { editor } = this;
    const chosen = editor.selection.chosen();
    const span = editor.current?.kind === "span" ? editor.model.state.spans[editor.current.id] : null;
    if (chosen) this.label(chosen, device);
    else if (span && span.device !== device) this.revise(editor.current.id, { device });
    else if (editor.current?.kind === "suggestion") this.acceptAndEdit(editor.current.id, { device });
    else if (!span)
      editor.toasts.show("Select the words first: drag, double-click, or use the arrow keys in the article.");
    editor.palette.hide();
  }

  label(chosen, device) {
    const { editor } = this;
    const start = editor.offsets.toCodepoint(chosen.start);
    const end = editor.offsets.toCodepoint(chosen.end);
    const span = {
      start,
      end,
      quote: editor.data.document.text.slice(chosen.start, chosen.end),
      device,
      frames: [],
      voice: proposedVoice(editor.data, start, end),
      target: null,
      polarity: null,
    };
    const twin = editor.model.spans.find((one) => one.start === start && one.end === end && one.device === device);
    const id = twin?.id ?? newId();
    editor.selection.clear(chosen);
    const said = `Labelled “${span.quote}” as ${nameOf(editor.labels.devices, device)}`;
    if (twin) editor.select("span", id);
    else if (!editor.commit(edits.label(editor.model.state, id, span), said, { kind: "span", id })) return;
    editor.focusArticle();
  }

  revise(id, fields) {
    const { editor } = this;
    const span = editor.model.state.spans[id];
    if (!span) return;
    editor.commit(edits.revise(editor.model.state, id, fields), `Changed ${Object.keys(fields).join(", ")}`);
  }

  /** Move one edge of a span to the next or last word boundary. */
  moveEdge(id, edge, direction) {
    const { editor } = this;
    const span = editor.model.state.spans[id];
    if (!span) return;
    const { text } = editor.data.document;
    this.words ??= new WeakMap();
    if (!this.words.has(editor.offsets)) this.words.set(editor.offsets, words(text));
    const all = this.words.get(editor.offsets);
    const from = editor.offsets.toUtf16(span[edge]);
    const places = all.map((word) => word[edge]);
    const to = direction > 0 ? places.find((place) => place > from) : places.findLast((place) => place < from);
    if (to === undefined) return;
    const moved = { ...span, [edge]: editor.offsets.toCodepoint(to) };
    if (moved.start >= moved.end) return;
    const quote = editor.offsets.slice(moved.start, moved.end);
    editor.commit(
      edits.revise(editor.model.state, id, { start: moved.start, end: moved.end, quote }, "resize"),
      `Now “${quote}”`,
    );
  }

  removeSpan(id) {
    const { editor } = this;
    const span = editor.model.state.spans[id];
    if (!span) return;
    const start = editor.offsets.toUtf16(span.start);
    editor.focusArticle();
    editor.commit(edits.remove(editor.model.state, id), `Deleted “${span.quote}”`);
    editor.selection.clear({ start, end: start });
  }

  accept(id) {
    this.answer(id, (suggestion) => this.acceptEdit(suggestion, "accepted"), "Accepted", true);
  }

  reject(id) {
    const { editor } = this;
    this.answer(id, (suggestion) => edits.reject(editor.model.state, suggestion), "Rejected", true);
  }

  acceptAndEdit(id, fields = {}) {
    const { editor } = this;
    const edit = this.answer(
      id,
      (suggestion) => this.acceptEdit({ ...suggestion, ...fields }, "edited"),
      "Accepted, to be edited",
      false,
    );
    if (edit && !Object.keys(fields).length) editor.panel.focusField("device");
  }

  acceptEdit(suggestion, outcome) {
    const { editor } = this;
    return edits.accept(editor.model.state, newId(), suggestion, {
      outcome,
      frames_max: editor.labels.span_frames_max,
      voice: proposedVoice(editor.data, suggestion.start, suggestion.end),
    });
  }

  answer(id, make, said, goOn) {
    const { editor } = this;
    const suggestion = editor.model.pending.find((one) => one.id === id);
    if (!suggestion) return null;
    const next = neighbour(editor.model.pending, id, suggestion.start, 1);
    const edit = make(suggestion);
    const left = editor.model.pending.length - 1;
    const isMoreAhead = goOn && next.id !== id && next.start >= suggestion.start;
    const made = edit.spanId ? { kind: "span", id: edit.spanId } : null;
    const current = isMoreAhead ? { kind: "suggestion", id: next.id } : made;
    if (!editor.commit(edit, `${said} “${suggestion.quote}”. ${left} left.`, current)) return null;
    if (editor.current) editor.article.reveal(editor.current.id);
    return edit;
  }

  /** Go to the next (1) or last (-1) pending suggestion. */
  walk(direction) {
    const { editor } = this;
    const at = editor.current && editor.find(editor.current);
    const caret = editor.selection.raw()?.start ?? editor.selection.caret?.head.start;
    const place = at ? at.start : caret !== undefined ? (editor.offsets.toCodepoint(caret) ?? 0) : 0;
    const next = neighbour(editor.model.pending, editor.current?.id, place, direction);
    if (!next) return editor.toasts.show(editor.panel.whyNoSuggestions(editor.model));
    editor.selection.clear();
    editor.select("suggestion", next.id, { reveal: true });
    const device = nameOf(editor.labels.devices, next.device);
    return editor.toasts.say(
      `${device}: “${next.quote}”. ${editor.model.pending.length} of ${editor.model.likely} left.`,
    );
  }

  setFrames(frames) {
    const { editor } = this;
    editor.commit(
      edits.setFrames(editor.model.state, frames),
      frames.length ? `Frames: ${frames.map((id) => nameOf(editor.labels.frames, id)).join(", ")}` : "No frames",
    );
  }

  applyLabel({ kind, label }) {
    const { editor } = this;
    if (kind === "device") return this.applyDevice(label.id);
    const span = editor.current?.kind === "span" && editor.model.state.spans[editor.current.id];
    if (!span)
      return editor.toasts.show(`Select one of your spans first, then press ${label.key} for “${label.name}”.`);
    return this.revise(editor.current.id, {
      [kind]: labelOf(editor.labels[kind === "voice" ? "voices" : "polarities"], label.id).id,
    });
  }
}
