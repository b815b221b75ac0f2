/**
 * What each thing an annotator does changes; pure, from a state to `{action, changes}`.
 *
 * Any edit of an untouched, done or skipped article also makes it a draft, in the same operation, so that
 * undo brings both back together.
 */

import { spanRecord, valueOf } from "./operations.js";

function change(state, entity, key, after) {
  return { entity, key, before: valueOf(state, entity, key), after };
}

function edit(state, action, changes) {
  if (state.status !== "draft") changes = [...changes, change(state, "status", "", "draft")];
  return { action, changes };
}

/** A new span of the annotator's own. */
export function label(state, id, span) {
  return edit(state, "label", [change(state, "span", id, spanRecord(span))]);
}

/** Other values for some fields of a span; a suggestion it was accepted from then counts as edited, but for a note. */
export function revise(state, id, fields, action = "edit") {
  const made = [change(state, "span", id, spanRecord({ ...state.spans[id], ...fields }))];
  const touched = Object.keys(fields).some((field) => field !== "note");
  return edit(state, action, touched ? [...made, ...redecided(state, id, ["accepted"], "edited")] : made);
}

/** Delete a span; a suggestion it came from then counts as rejected, and does not come back. */
export function remove(state, id) {
  const made = [change(state, "span", id, null)];
  return edit(state, "delete", [...made, ...redecided(state, id, ["accepted", "edited"], "rejected")]);
}

/** Another outcome for the suggestion a span came from, where it has one of `from`. */
function redecided(state, id, from, outcome) {
  const { suggestion_id: suggestion } = state.spans[id] ?? {};
  return suggestion && from.includes(state.decisions[suggestion])
    ? [change(state, "decision", suggestion, outcome)]
    : [];
}

/** The span that accepting a suggestion makes. */
export function acceptedSpan(suggestion, { frames_max: most, voice }) {
  return spanRecord({
    start: suggestion.start,
    end: suggestion.end,
    quote: suggestion.quote,
    device: suggestion.device,
    frames: (suggestion.frames ?? []).slice(0, most).map((frame) => frame.label),
    voice: suggestion.voice ?? voice ?? null,
    target: suggestion.target ?? null,
    polarity: suggestion.polarity ?? null,
    suggestion_id: suggestion.id,
  });
}

/**
 * Accept a suggestion (`accepted`), or accept it in order to change it (`edited`).
 *
 * Where the annotator has marked just that already, the span only remembers the suggestion.
 */
export function accept(state, id, suggestion, { outcome = "accepted", ...choices }) {
  const twin = Object.entries(state.spans).find(
    ([, span]) => span.start === suggestion.start && span.end === suggestion.end && span.device === suggestion.device,
  );
  const spanId = twin ? twin[0] : id;
  const span = twin ? { ...twin[1], suggestion_id: suggestion.id } : acceptedSpan(suggestion, choices);
  const made = edit(state, outcome === "edited" ? "edit suggestion" : "accept", [
    change(state, "span", spanId, spanRecord(span)),
    ...decisions(state, suggestion, outcome),
  ]);
  return { ...made, spanId };
}

/** Reject a suggestion; it does not come back. */
export function reject(state, suggestion) {
  return edit(state, "reject", decisions(state, suggestion, "rejected"));
}

/** The answer holds for every suggester that proposed just this (`twins`). */
function decisions(state, suggestion, outcome) {
  return [suggestion, ...(suggestion.twins ?? [])].map((one) => change(state, "decision", one.id, outcome));
}

/** Set the article's frames, most important first. */
export function setFrames(state, frames) {
  return edit(state, "frames", [change(state, "frames", "", frames.length ? [...frames] : null)]);
}

/** Mark the article as done (`submitted`) or skipped (`discarded`). */
export function setStatus(state, status) {
  const action = { submitted: "done", discarded: "skip", draft: "reopen" }[status];
  return { action, changes: [change(state, "status", "", status)] };
}
