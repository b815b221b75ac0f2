/**
 * Edits as data: the same rules as `annotator/operations.py`, so that what is drawn before the server
 * answers is what the server will say. `tests/data/operations.json` keeps the two alike.
 *
 * A state is `{spans: {id: record}, frames: [id], status, decisions: {suggestion id: outcome}}`.
 * Functions are pure; a state is never changed in place.
 */

export const EMPTY = Object.freeze({ spans: {}, frames: [], status: null, decisions: {} });

/** The value of one entity, null when absent. */
export function valueOf(state, entity, key) {
  if (entity === "span") return state.spans[key] ?? null;
  if (entity === "frames") return state.frames.length ? state.frames : null;
  if (entity === "status") return state.status ?? null;
  return state.decisions[key] ?? null;
}

/** A span record in one form: unset optional fields left out, as Python writes it. */
export function spanRecord(span) {
  const record = {
    start: span.start,
    end: span.end,
    quote: span.quote,
    device: span.device,
    frames: [...(span.frames ?? [])],
    voice: span.voice ?? null,
    target: span.target ?? null,
    polarity: span.polarity ?? null,
  };
  if (span.note) record.note = span.note;
  if (span.suggestion_id) record.suggestion_id = span.suggestion_id;
  return record;
}

/** Whether two values of one entity mean the same. */
export function sameValue(entity, one, other) {
  return comparable(entity, one) === comparable(entity, other);
}

function comparable(entity, value) {
  if (entity === "span" && value && typeof value === "object") return JSON.stringify(spanRecord(value));
  if (Array.isArray(value)) return value.length ? JSON.stringify(value) : null;
  return value || null;
}

/**
 * Apply one operation.
 *
 * @param rules `{allow_overlap, article_frames_max}` of the codebook; without them only `before` is checked.
 * @returns `{state}` or `{state: unchanged, refused: reason}`; an operation is applied whole or not at all.
 */
export function applyOperation(state, operation, rules = {}) {
  let next = state;
  for (const change of operation.changes) {
    if (!sameValue(change.entity, valueOf(next, change.entity, change.key), change.before)) {
      return { state, refused: `this ${change.entity} was changed elsewhere` };
    }
    const refused = objection(next, change, rules);
    if (refused) return { state, refused };
    next = set(next, change);
  }
  return { state: next };
}

function set(state, { entity, key, after }) {
  if (entity === "frames") return { ...state, frames: [...(after ?? [])] };
  if (entity === "status") return { ...state, status: after ?? null };
  const field = entity === "span" ? "spans" : "decisions";
  const values = { ...state[field] };
  delete values[key];
  if (after) values[key] = entity === "span" ? spanRecord(after) : after;
  return { ...state, [field]: values };
}

/** Why a change may not be made, or null. */
export function objection(state, { entity, key, after }, rules) {
  if (entity === "frames" && after && rules.article_frames_max && after.length > rules.article_frames_max) {
    return `at most ${rules.article_frames_max} frames per article`;
  }
  if (entity !== "span" || !after) return null;
  for (const [otherKey, other] of Object.entries(state.spans)) {
    if (otherKey === key) continue;
    if (other.start === after.start && other.end === after.end && other.device === after.device) {
      return "already marked with this device";
    }
    if (rules.allow_overlap === false && after.start < other.end && other.start < after.end) {
      return `it overlaps “${other.quote}”, and this codebook does not allow overlapping spans`;
    }
  }
  return null;
}

/** Replay operations over a state; those that do not fit are passed over (the server will refuse them). */
export function replay(state, operations, rules = {}) {
  return operations.reduce((present, operation) => applyOperation(present, operation, rules).state, state);
}

/** The operation that undoes `operation`: `{action, undoes, changes}`, to be sent under a new id. */
export function inverse(operation) {
  return {
    action: operation.action === "undo" ? "redo" : "undo",
    undoes: operation.id,
    changes: [...operation.changes]
      .reverse()
      .map(({ entity, key, before, after }) => ({ entity, key, before: after ?? null, after: before ?? null })),
  };
}

/**
 * What can be undone and redone, the next one last in each list.
 *
 * A revision of the text empties both: earlier edits speak of places that are gone. The log may begin in
 * the middle: an undo of an edit that is not in it can still be redone.
 */
export function undoStacks(operations) {
  let undo = [];
  let redo = [];
  for (const operation of operations) {
    if (undo.length && operation.undoes === undo.at(-1).id) {
      undo.pop();
      redo.push(operation);
    } else if (redo.length && operation.undoes === redo.at(-1).id) {
      redo.pop();
      undo.push(operation);
    } else if (operation.action === "re-anchor") {
      undo = [];
      redo = [];
    } else if (operation.undoes && operation.action === "undo") {
      redo.push(operation);
    } else {
      undo.push(operation);
      redo = [];
    }
  }
  return { undo, redo };
}
