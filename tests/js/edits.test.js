// What each action changes, and what the page shows for a state.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as edits from "../../annotator/ui/frontend/edits.js";
import { agentName, buildModel, neighbour, proposedVoice, versionsInView } from "../../annotator/ui/frontend/model.js";
import { OffsetMap } from "../../annotator/ui/frontend/offsets.js";
import { applyOperation, EMPTY, inverse } from "../../annotator/ui/frontend/operations.js";
import { luminance } from "../../annotator/ui/frontend/theme.js";

const TEXT = "🪧 The regime closed the port.";
const SUGGESTION = {
  id: "s1",
  start: 6,
  end: 12,
  quote: "regime",
  device: "name_calling",
  probability: 0.7,
  voice: "own",
  target: "Government",
  polarity: "-",
  frames: [
    { label: "Political", probability: 0.8 },
    { label: "Economic", probability: 0.6 },
    { label: "Morality", probability: 0.4 },
  ],
  agent: "model",
  agent_version: "m@1",
};
const WEAK = {
  ...SUGGESTION,
  id: "s2",
  start: 20,
  end: 28,
  quote: "the port",
  probability: 0.1,
  agent: "lexicon",
  agent_version: "l@1",
};
const DATA = {
  labels: { devices: [{ id: "name_calling", code: "NC" }], voices: [{ id: "own" }, { id: "quoted" }], polarities: [] },
  suggestions: { spans: [WEAK, SUGGESTION], frames: [] },
  voice_ranges: [{ start: 0, end: 10, voice: "quoted" }],
};
const SETTINGS = { minimum_probability: 0.3, show_suggestions: true };
const model = (state, settings = SETTINGS) =>
  buildModel(DATA, { state, undo: [], redo: [] }, new OffsetMap(TEXT), settings);
const after = (state, edit) => applyOperation(state, edit).state;
const CHOICES = { frames_max: 2, voice: "own" };

test("the first edit of an untouched article makes it a draft, the second leaves the status alone", () => {
  const first = edits.setFrames(EMPTY, ["Political"]);
  assert.deepEqual(first.changes.at(-1), { entity: "status", key: "", before: null, after: "draft" });
  assert.equal(edits.setFrames(after(EMPTY, first), []).changes.length, 1);
});

for (const status of ["submitted", "discarded"]) {
  test(`editing a ${status} article makes it a draft again`, () => {
    const edit = edits.reject({ ...EMPTY, status }, SUGGESTION);
    assert.deepEqual(edit.changes.at(-1), { entity: "status", key: "", before: status, after: "draft" });
  });
}

test("accepting copies the labels, the best frames only, and remembers the suggestion", () => {
  const state = after(EMPTY, edits.accept(EMPTY, "x", SUGGESTION, { ...CHOICES, outcome: "accepted" }));
  assert.deepEqual(state.spans.x, {
    start: 6,
    end: 12,
    quote: "regime",
    device: "name_calling",
    frames: ["Political", "Economic"],
    voice: "own",
    target: "Government",
    polarity: "-",
    suggestion_id: "s1",
  });
  assert.deepEqual(state.decisions, { s1: "accepted" });
});

const ACCEPTED = after(EMPTY, edits.accept(EMPTY, "x", SUGGESTION, { ...CHOICES, outcome: "accepted" }));

for (const [what, edit, outcome] of [
  ["another device", edits.revise(ACCEPTED, "x", { device: "doubt" }), "edited"],
  ["only a note", edits.revise(ACCEPTED, "x", { note: "hm" }), "accepted"],
  ["deleting it", edits.remove(ACCEPTED, "x"), "rejected"],
]) {
  test(`after accepting, ${what} leaves the suggestion ${outcome}; undo brings back the acceptance`, () => {
    const state = after(ACCEPTED, edit);
    assert.equal(state.decisions.s1, outcome);
    assert.deepEqual(after(state, inverse(edit)), ACCEPTED);
  });
}

test("accepting what is marked already links the two", () => {
  const own = {
    start: 6,
    end: 12,
    quote: "regime",
    device: "name_calling",
    frames: [],
    voice: "own",
    target: "",
    polarity: null,
  };
  const state = { ...EMPTY, spans: { mine: own }, status: "draft" };
  const edit = edits.accept(state, "x", SUGGESTION, CHOICES);
  assert.equal(edit.spanId, "mine");
  assert.deepEqual(after(state, edit).spans, { mine: { ...own, suggestion_id: "s1" } });
});

const UNDONE = [
  ["accept", EMPTY, edits.accept(EMPTY, "x", SUGGESTION, CHOICES)],
  ["edit a suggestion", EMPTY, edits.accept(EMPTY, "x", SUGGESTION, { ...CHOICES, outcome: "edited" })],
  ["reject", EMPTY, edits.reject(EMPTY, SUGGESTION)],
  ["frames", EMPTY, edits.setFrames(EMPTY, ["Political"])],
  ["done", EMPTY, edits.setStatus(EMPTY, "submitted")],
];
for (const [name, state, edit] of UNDONE) {
  test(`undo of ${name} brings back exactly the former state`, () => {
    assert.deepEqual(after(after(state, edit), inverse({ id: "o", ...edit })), state);
  });
}

test("suggestions below the lowest probability, decided or hidden are not drawn", () => {
  assert.deepEqual(
    model(EMPTY).pending.map((one) => one.id),
    ["s1"],
  );
  assert.deepEqual(model({ ...EMPTY, decisions: { s1: "rejected" } }).pending, []);
  assert.deepEqual(model(EMPTY, { ...SETTINGS, show_suggestions: false }).items, []);
  assert.deepEqual(
    model(EMPTY, { ...SETTINGS, minimum_probability: 0 }).pending.map((one) => one.id),
    ["s1", "s2"],
  );
});

test("items carry UTF-16 places and their tags", () => {
  const [item] = model(EMPTY).items;
  assert.equal(TEXT.slice(item.start, item.end), "regime");
  assert.equal(item.tag, "NC 70%");
  assert.equal(model(EMPTY, { ...SETTINGS, minimum_probability: 0 }).items[1].tag, "NC 10% lex");
});

test("where two suggesters agree the surest stands for both, and one answer decides both", () => {
  const twin = { ...SUGGESTION, id: "s3", probability: 0.9, agent: "lexicon", agent_version: "l@1" };
  const data = { ...DATA, suggestions: { spans: [SUGGESTION, twin], frames: [] } };
  const { pending, likely } = buildModel(data, { state: EMPTY, undo: [], redo: [] }, new OffsetMap(TEXT), SETTINGS);
  assert.deepEqual(
    pending.map((one) => one.id),
    ["s3"],
  );
  assert.equal(likely, 1);
  assert.equal(agentName(pending[0]), "Lexicon l@1; Model m@1");
  assert.deepEqual(after(EMPTY, edits.reject(EMPTY, pending[0])).decisions, { s3: "rejected", s1: "rejected" });
  const accepted = after(EMPTY, edits.accept(EMPTY, "x", pending[0], { ...CHOICES, outcome: "accepted" }));
  assert.deepEqual(accepted.decisions, { s3: "accepted", s1: "accepted" });
  assert.equal(accepted.spans.x.suggestion_id, "s3");
});

test("the voice of most of the words is proposed, else the first voice", () => {
  assert.equal(proposedVoice(DATA, 5, 12), "quoted");
  assert.equal(proposedVoice(DATA, 9, 15), "own");
  assert.equal(proposedVoice(DATA, 20, 24), "own");
  assert.equal(proposedVoice({ ...DATA, labels: { voices: [] } }, 0, 3), null);
});

test("the log names the suggesters in view, and none when they are hidden", () => {
  assert.equal(versionsInView(DATA, SETTINGS), "l@1, m@1");
  assert.equal(versionsInView(DATA, { ...SETTINGS, show_suggestions: false }), "");
});

test("walking goes round in text order, from the current suggestion or place", () => {
  const pending = [
    { id: "a", start: 1 },
    { id: "b", start: 5 },
    { id: "c", start: 9 },
  ];
  assert.equal(neighbour(pending, "c", 0, 1).id, "a");
  assert.equal(neighbour(pending, "a", 0, -1).id, "c");
  assert.equal(neighbour(pending, null, 4, 1).id, "b");
  assert.equal(neighbour(pending, null, 4, -1).id, "a");
  assert.equal(neighbour(pending, null, 99, 1).id, "a");
  assert.equal(neighbour([], null, 0, 1), null);
});

test("luminance reads the notations a theme may use", () => {
  assert.equal(luminance("#fff"), 1);
  assert.equal(luminance("rgb(0, 0, 0)"), 0);
  assert.ok(luminance("#14171c") < 0.02);
  assert.equal(luminance("none"), null);
});
