// Overlapping spans get different lanes; segments say which spans cover them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assignLanes, cutSegments, drawingOrder } from "../../annotator/ui/frontend/lanes.js";

const span = (id, start, end) => ({ id, start, end });
const lanes = (...spans) => Object.fromEntries(assignLanes(spans.sort(drawingOrder)));

const LANES = [
  ["apart", [span("a", 0, 3), span("b", 5, 8)], { a: 0, b: 0 }],
  ["adjacent", [span("a", 0, 3), span("b", 3, 8)], { a: 0, b: 0 }],
  ["overlapping", [span("a", 0, 5), span("b", 3, 8)], { a: 0, b: 1 }],
  ["nested: the outer nearest the text", [span("b", 2, 4), span("a", 0, 9)], { a: 0, b: 1 }],
  ["same start: the longer nearest the text", [span("a", 0, 3), span("b", 0, 9)], { b: 0, a: 1 }],
  ["same range", [span("a", 0, 5), span("b", 0, 5)], { a: 0, b: 1 }],
  ["a lane is used again", [span("a", 0, 5), span("b", 3, 8), span("c", 5, 9)], { a: 0, b: 1, c: 0 }],
  ["four deep", [span("a", 0, 9), span("b", 1, 9), span("c", 2, 9), span("d", 3, 9)], { a: 0, b: 1, c: 2, d: 3 }],
];
for (const [name, spans, expected] of LANES) test(`lanes: ${name}`, () => assert.deepEqual(lanes(...spans), expected));

test("no two overlapping spans share a lane", () => {
  const spans = Array.from({ length: 300 }, (_, i) =>
    span(`s${i}`, (i * 37) % 500, ((i * 37) % 500) + 1 + ((i * 13) % 29)),
  ).sort(drawingOrder);
  const given = assignLanes(spans);
  for (const one of spans) {
    for (const other of spans) {
      if (one.id < other.id && one.start < other.end && other.start < one.end)
        assert.notEqual(given.get(one.id), given.get(other.id));
    }
  }
});

const covered = (start, end, ...spans) =>
  cutSegments(start, end, spans.sort(drawingOrder)).map((one) => [
    one.start,
    one.end,
    one.over.map((item) => item.id).join(""),
  ]);

test("segments are cut where the cover changes", () => {
  assert.deepEqual(covered(0, 10, span("a", 2, 6), span("b", 4, 8)), [
    [0, 2, ""],
    [2, 4, "a"],
    [4, 6, "ab"],
    [6, 8, "b"],
    [8, 10, ""],
  ]);
});

test("a span over a paragraph break covers its part of both", () => {
  const long = span("a", 5, 25);
  assert.deepEqual(covered(0, 10, long), [
    [0, 5, ""],
    [5, 10, "a"],
  ]);
  assert.deepEqual(covered(12, 30, long), [
    [12, 25, "a"],
    [25, 30, ""],
  ]);
});

test("a paragraph without spans is one segment", () => assert.deepEqual(covered(3, 9), [[3, 9, ""]]));
