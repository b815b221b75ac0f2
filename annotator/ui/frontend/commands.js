/** What each command of the key table does. An action returns `false` to leave the key to the browser. */

import { openGuidelines, openHelp } from "./dialog.js";
import * as edits from "./edits.js";
import { outbox } from "./outbox.js";
import { isRightToLeft } from "./selection.js";
import { store } from "./store.js";
import { versionsInView } from "./model.js";

const inArticle = (editor, event) => !event || editor.article.element.contains(event.target);

/** Forwards is → in left-to-right text and ← in right-to-left text. */
function direction(editor, event) {
  const caret = editor.selection.caret?.head.start ?? editor.selection.raw()?.start;
  const paragraph = caret === undefined ? null : editor.article.nodes[editor.selection.paragraphIndex(caret)];
  const isForward = event.key === "ArrowRight" || event.key === "ArrowDown";
  const isSideways = event.key === "ArrowRight" || event.key === "ArrowLeft";
  return isForward !== (isSideways && isRightToLeft(paragraph)) ? 1 : -1;
}

function move(editor, event, options) {
  if (!inArticle(editor, event)) return false;
  const isLine = event.key === "ArrowDown" || event.key === "ArrowUp";
  const way = direction(editor, event);
  const span = isLine ? editor.selection.moveLine(way, options) : editor.selection.move(way, options);
  return reached(editor, span);
}

function reached(editor, span) {
  if (!span) return undefined;
  if (editor.current) editor.select(null, null);
  editor.palette.hide();
  editor.article.revealPlace(span.end - 1);
  editor.toasts.say(editor.data.document.text.slice(span.start, span.end), { isSilent: true });
  return undefined;
}

function step(editor, which) {
  const versions = versionsInView(editor.data, editor.settings);
  const done = store.step(editor.data.instance, which, versions);
  if (!done) return editor.toasts.show(`Nothing to ${which}.`);
  if (done.refused) return editor.toasts.show(`Cannot ${which}: ${done.refused}.`, { isProblem: true });
  const span = done.operation.changes.find((change) => change.entity === "span")?.key;
  const suggestion = done.operation.changes.find((change) => change.entity === "decision")?.key;
  if (span && editor.model.state.spans[span]) editor.select("span", span, { reveal: true });
  else if (suggestion && editor.model.pending.some((one) => one.id === suggestion))
    editor.select("suggestion", suggestion, { reveal: true });
  else editor.select(null, null);
  return editor.toasts.say(which === "undo" ? `Undone: ${done.operation.action}` : "Redone");
}

function finish(editor, status) {
  editor.panel.flush();
  if (editor.model.state.status !== status) {
    const said = status === "submitted" ? "Done" : "Skipped";
    if (!editor.commit(edits.setStatus(editor.model.state, status), said)) return;
  }
  go(editor, "next_todo");
}

function go(editor, kind) {
  editor.panel.flush();
  outbox.intend({ kind });
}

const current = (editor, kind) => (editor.current?.kind === kind ? editor.current.id : null);

function onSuggestion(act) {
  return (editor) => {
    const id = current(editor, "suggestion");
    if (id) act(editor, id);
    else editor.toasts.show("No suggestion is selected. Press n for the next one.");
  };
}

function onSpan(act) {
  return (editor) => {
    const id = current(editor, "span");
    if (id) act(editor, id);
    else editor.toasts.show("None of your spans is selected. Click one, or choose it in the list.");
  };
}

function cycle(editor) {
  const place =
    editor.selection.raw()?.start ?? editor.article.items.find((item) => item.id === editor.current?.id)?.start;
  const here = editor.article.items.filter((item) => place !== undefined && item.start <= place && place < item.end);
  if (!here.length) return editor.toasts.show("No span at the selection.");
  const next = here[(here.findIndex((item) => item.id === editor.current?.id) + 1) % here.length];
  return editor.select(next.kind, next.id);
}

function clear(editor, event) {
  const isElsewhere = event && !editor.article.element.contains(event.target);
  editor.card.hide();
  editor.palette.hide();
  if (isElsewhere) return editor.focusArticle();
  const hadSelection = editor.selection.raw();
  editor.selection.clear();
  if (!hadSelection) editor.select(null, null);
  return editor.focusArticle();
}

export const COMMAND_ACTIONS = {
  word: (editor, event) => move(editor, event, {}),
  extendWord: (editor, event) => move(editor, event, { extend: true }),
  letter: (editor, event) => move(editor, event, { byLetter: true }),
  extendLetter: (editor, event) => move(editor, event, { byLetter: true, extend: true }),
  paragraph: (editor, event) =>
    inArticle(editor, event) ? reached(editor, editor.selection.moveParagraph(event.key === "Home" ? -1 : 1)) : false,
  cycle,
  clear,
  startBack: onSpan((editor, id) => editor.actions.moveEdge(id, "start", -1)),
  startForth: onSpan((editor, id) => editor.actions.moveEdge(id, "start", 1)),
  endForth: onSpan((editor, id) => editor.actions.moveEdge(id, "end", 1)),
  endBack: onSpan((editor, id) => editor.actions.moveEdge(id, "end", -1)),
  focusFrames: onSpan((editor) => editor.panel.focusField("frames")),
  focusTarget: onSpan((editor) => editor.panel.focusField("target")),
  focusNote: onSpan((editor) => editor.panel.focusField("note")),
  remove: onSpan((editor, id) => editor.actions.removeSpan(id)),
  nextSuggestion: (editor) => void editor.actions.walk(1),
  previousSuggestion: (editor) => void editor.actions.walk(-1),
  accept: onSuggestion((editor, id) => editor.actions.accept(id)),
  edit: (editor) =>
    current(editor, "span")
      ? void editor.panel.focusField("device")
      : onSuggestion((_, id) => editor.actions.acceptAndEdit(id))(editor),
  reject: (editor) =>
    current(editor, "span")
      ? editor.actions.removeSpan(editor.current.id)
      : onSuggestion((_, id) => editor.actions.reject(id))(editor),
  toggleSuggestions: (editor) => {
    const isShown = !editor.settings.show_suggestions;
    editor.setSetting("show_suggestions", isShown);
    editor.toasts.say(isShown ? "Suggestions shown" : "Suggestions hidden");
  },
  undo: (editor) => void step(editor, "undo"),
  redo: (editor) => void step(editor, "redo"),
  done: (editor) => finish(editor, "submitted"),
  skip: (editor) => finish(editor, "discarded"),
  nextArticle: (editor) => go(editor, "next"),
  previousArticle: (editor) => go(editor, "previous"),
  guidelines: (editor) => void openGuidelines(editor.root, editor.labels, editor.data.guidelines),
  help: (editor) => void openHelp(editor.root, editor.labels, editor.labelKeys),
};
