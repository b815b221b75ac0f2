/** What the page shows, computed from the article, the codebook, the settings and the present state; pure. */

import { percent } from "./dom.js";

/**
 * @param data the editor's data; @param view from the store; @param offsets an `OffsetMap` of the text
 * @param settings `{minimum_probability, show_suggestions}`
 */
export function buildModel(data, view, offsets, settings) {
  const { state } = view;
  const known = data.suggestions?.spans ?? [];
  const likely = onePerPlace(known.filter((one) => one.probability >= settings.minimum_probability));
  const made = new Set(Object.values(state.spans).map(place));
  const undecided = likely.filter((one) => !state.decisions[one.id] && !made.has(place(one)));
  const pending = settings.show_suggestions ? undecided.sort(byPlace) : [];
  const spans = Object.entries(state.spans)
    .map(([id, span]) => ({ ...span, id }))
    .sort(byPlace);
  const items = [];
  for (const span of spans) items.push(drawn("span", span, offsets, codeOf(data.labels, span.device)));
  for (const one of pending) items.push(drawn("suggestion", one, offsets, suggestionTag(data.labels, one)));
  return {
    state,
    undo: view.undo.at(-1) ?? null,
    redo: view.redo.at(-1) ?? null,
    spans,
    pending,
    likely: likely.length,
    hiddenByProbability: known.filter((one) => one.probability < settings.minimum_probability).length,
    items: items.filter((item) => item.start !== null && item.end !== null),
    frameSuggestions: settings.show_suggestions ? (data.suggestions?.frames ?? []) : [],
  };
}

/** What makes two spans the same mark; a suggestion of what the annotator has marked already is not shown. */
function place(span) {
  return `${span.start} ${span.end} ${span.device}`;
}

/** Where several suggesters propose the same mark, the surest stands for all; the others are its `twins`. */
function onePerPlace(suggestions) {
  const groups = new Map();
  for (const one of suggestions) groups.set(place(one), [...(groups.get(place(one)) ?? []), one]);
  return [...groups.values()].map((group) => {
    if (group.length === 1) return group[0];
    const [surest, ...twins] = group.sort((one, other) => other.probability - one.probability);
    return { ...surest, twins };
  });
}

export function byPlace(one, other) {
  return one.start - other.start || one.end - other.end || (one.id < other.id ? -1 : 1);
}

function drawn(kind, span, offsets, tag) {
  return {
    id: span.id,
    kind,
    start: offsets.toUtf16(span.start),
    end: offsets.toUtf16(span.end),
    device: span.device,
    tag,
    isLexicon: span.agent === "lexicon",
  };
}

export function labelOf(list, id) {
  return (list ?? []).find((label) => label.id === id) ?? null;
}

export function nameOf(list, id) {
  return labelOf(list, id)?.name ?? id ?? "";
}

export function codeOf(labels, device) {
  return labelOf(labels.devices, device)?.code || (device ?? "?").slice(0, 2).toUpperCase();
}

/** "NC 72%", and "lex" where a word list and no model proposes it. */
export function suggestionTag(labels, suggestion) {
  const tag = `${codeOf(labels, suggestion.device)} ${percent(suggestion.probability)}`;
  return suggestion.agent === "lexicon" ? `${tag} lex` : tag;
}

/** Who made a suggestion, for people. */
export function agentName(suggestion) {
  const kind = suggestion.agent === "lexicon" ? "Lexicon" : "Model";
  const name = suggestion.agent_version ? `${kind} ${suggestion.agent_version}` : kind;
  return [name, ...(suggestion.twins ?? []).map(agentName)].join("; ");
}

/** The suggesters in view, for the log: "" when suggestions are hidden or there are none. */
export function versionsInView(data, settings) {
  if (!settings.show_suggestions) return "";
  const all = [...(data.suggestions?.spans ?? []), ...(data.suggestions?.frames ?? [])];
  return [...new Set(all.map((one) => one.agent_version).filter(Boolean))].sort().join(", ");
}

/** The voice proposed for [start, end): the range that covers most of it, else the first voice. */
export function proposedVoice(data, start, end) {
  const voices = data.labels.voices ?? [];
  if (!voices.length) return null;
  let best = null;
  let most = (end - start) / 2;
  for (const range of data.voice_ranges ?? []) {
    const shared = Math.min(end, range.end) - Math.max(start, range.start);
    if (shared >= most && shared > 0) {
      most = shared;
      best = range.voice;
    }
  }
  return labelOf(voices, best) ? best : voices[0].id;
}

/** The pending suggestion after (1) or before (-1) a place; goes round at the ends. */
export function neighbour(pending, currentId, place, direction) {
  if (!pending.length) return null;
  const index = pending.findIndex((one) => one.id === currentId);
  if (index >= 0) return pending[(index + direction + pending.length) % pending.length];
  if (direction > 0) return pending.find((one) => one.start >= place) ?? pending[0];
  return pending.findLast((one) => one.start < place) ?? pending.at(-1);
}

/** Targets for type-ahead: those used in this article first. */
export function knownTargets(data, model) {
  const used = model.spans.map((span) => span.target).filter(Boolean);
  const proposed = (data.suggestions?.spans ?? []).map((one) => one.target).filter(Boolean);
  return [...new Set([...used, ...(data.targets ?? []), ...proposed])];
}

export const STATUS = {
  todo: { name: "To do", glyph: "○" },
  draft: { name: "Draft", glyph: "◐" },
  submitted: { name: "Done", glyph: "●" },
  discarded: { name: "Skipped", glyph: "⊘" },
};

export function statusOf(status) {
  return { id: status ?? "todo", ...(STATUS[status ?? "todo"] ?? STATUS.todo) };
}
