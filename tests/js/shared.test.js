// The tables shared with Python: tests/unit/test_shared_cases.py runs the same ones.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { OffsetMap } from "../../annotator/ui/frontend/offsets.js";
import { applyOperation, inverse, spanRecord, undoStacks } from "../../annotator/ui/frontend/operations.js";
import { paragraphs, snapToWords, trimSpan, words } from "../../annotator/ui/frontend/segments.js";

const table = (name) => JSON.parse(readFileSync(new URL(`../data/${name}.json`, import.meta.url), "utf8"));
const SEGMENTS = table("segments");
const OPERATIONS = table("operations");

for (const { id, text, codepoint, utf16 } of table("offsets")) {
  test(`offset converts both ways: ${id}`, () => {
    const map = new OffsetMap(text);
    assert.equal(map.toUtf16(codepoint), utf16);
    assert.equal(map.toCodepoint(utf16), codepoint);
  });
}

for (const { id, text, words: expected } of SEGMENTS.words) {
  test(`words match table: ${id}`, () => {
    assert.deepEqual(
      words(text).map((word) => text.slice(word.start, word.end)),
      expected,
    );
  });
}

for (const { id, text, paragraphs: expected } of SEGMENTS.paragraphs) {
  test(`paragraphs match table: ${id}`, () => {
    assert.deepEqual(
      paragraphs(text).map((one) => text.slice(one.start, one.end)),
      expected,
    );
  });
}

/** A function of UTF-16 spans, called with and answering in code points as the table does. */
function inCodepoints(text, [start, end], change) {
  const map = new OffsetMap(text);
  const span = change(text, { start: map.toUtf16(start), end: map.toUtf16(end) });
  return span && text.slice(span.start, span.end);
}

for (const { id, text, span, snapped } of SEGMENTS.snap) {
  test(`snap matches table: ${id}`, () => assert.equal(inCodepoints(text, span, snapToWords), snapped));
}

for (const { id, text, span, trimmed } of SEGMENTS.trim) {
  test(`trim matches table: ${id}`, () => assert.equal(inCodepoints(text, span, trimSpan), trimmed));
}

for (const one of OPERATIONS.apply) {
  test(`apply matches table: ${one.id}`, () => {
    const rules = { allow_overlap: one.allow_overlap ?? true, article_frames_max: OPERATIONS.article_frames_max };
    const refused = [];
    let state = one.state;
    for (const operation of one.operations) {
      const result = applyOperation(state, operation, rules);
      if (result.refused) refused.push(operation.id);
      state = result.state;
    }
    assert.deepEqual(refused, one.refused);
    assert.deepEqual(normal(state), normal(one.after));
  });
}

function normal(state) {
  const spans = Object.fromEntries(Object.entries(state.spans).map(([key, span]) => [key, spanRecord(span)]));
  return { ...state, spans };
}

for (const { id, operation, inverse: expected } of OPERATIONS.inverse) {
  test(`inverse matches table: ${id}`, () => assert.deepEqual(inverse(operation), expected));
}

for (const { id, operations, undo, redo } of OPERATIONS.stacks) {
  test(`undo stacks match table: ${id}`, () => {
    const log = operations.map((entry) =>
      Array.isArray(entry)
        ? { id: entry[0], undoes: entry[1], action: entry[2] ?? "edit" }
        : { id: entry, undoes: null, action: "edit" },
    );
    const stacks = undoStacks(log);
    assert.deepEqual(
      stacks.undo.map((one) => one.id),
      undo,
    );
    assert.deepEqual(
      stacks.redo.map((one) => one.id),
      redo,
    );
  });
}
