// Nothing is lost: what is unacknowledged is kept, sent again, and reaches its own article.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OFFLINE_MS, Outbox, RESEND_MS } from "../../annotator/ui/frontend/outbox.js";
import { Store } from "../../annotator/ui/frontend/store.js";

class FakeStorage {
  values = new Map();
  getItem = (key) => this.values.get(key) ?? null;
  setItem = (key, value) => this.values.set(key, value);
  removeItem = (key) => this.values.delete(key);
}

/** A clock whose timers run when time is moved on. */
class Clock {
  time = 0;
  timers = [];
  now = () => this.time;
  setTimer = (callback, ms) => {
    const timer = { callback, at: this.time + ms };
    this.timers.push(timer);
    return timer;
  };
  clearTimer = (timer) => (this.timers = this.timers.filter((one) => one !== timer));
  advance(ms) {
    const until = this.time + ms;
    for (let due; (due = this.timers.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)[0]);) {
      this.clearTimer(due);
      this.time = due.at;
      due.callback();
    }
    this.time = until;
  }
}

function setUp() {
  const clock = new Clock();
  const storage = new FakeStorage();
  const outbox = new Outbox({ storage, now: clock.now, setTimer: clock.setTimer, clearTimer: clock.clearTimer });
  const sent = [];
  const sender = (value) => sent.push(value);
  outbox.attach(sender, "doc-1");
  return { clock, storage, outbox, sent, sender };
}

const edit = (id, instance = "doc-1") => ({ id, instance, action: "edit", changes: [] });
const ids = (message) => message.operations.map((one) => one.id);

test("an edit is sent at once, with everything unacknowledged", () => {
  const { outbox, sent } = setUp();
  outbox.push(edit("a"));
  outbox.push(edit("b"));
  assert.deepEqual(sent.map(ids), [["a"], ["a", "b"]]);
  assert.ok(sent[1].sequence > sent[0].sequence);
});

test("unacknowledged edits are sent again every two seconds, acknowledged ones are not", () => {
  const { outbox, sent, clock } = setUp();
  outbox.push(edit("a"));
  clock.advance(RESEND_MS);
  clock.advance(RESEND_MS);
  assert.equal(sent.length, 3);
  outbox.acknowledge({ ack: ["a"] });
  clock.advance(10 * RESEND_MS);
  assert.equal(sent.length, 3);
});

test("an edit made while the answer was under way stays", () => {
  const { outbox } = setUp();
  outbox.push(edit("a"));
  outbox.push(edit("b"));
  outbox.acknowledge({ ack: ["a"] });
  assert.deepEqual(
    outbox.pending("doc-1").map((one) => one.id),
    ["b"],
  );
  assert.equal(outbox.saveState, "saving");
  outbox.acknowledge({ ack: ["b"] });
  assert.equal(outbox.saveState, "saved");
});

test("a refused edit leaves the outbox", () => {
  const { outbox } = setUp();
  outbox.push(edit("a"));
  outbox.acknowledge({ refused: [{ id: "a", reason: "no" }] });
  assert.ok(outbox.isEmpty);
});

test("without an answer the state becomes offline, and an answer mends it", () => {
  const { outbox, clock } = setUp();
  let told = "";
  outbox.subscribe(() => (told = outbox.saveState));
  outbox.push(edit("a"));
  clock.advance(OFFLINE_MS + RESEND_MS + 1);
  assert.equal(told, "offline");
  outbox.acknowledge({ ack: ["a"] });
  assert.equal(told, "saved");
});

test("a sender that throws loses nothing", () => {
  const { outbox, sent, sender, clock } = setUp();
  const warn = console.warn;
  console.warn = () => {};
  outbox.attach(() => {
    throw new Error("socket closed");
  }, "doc-1");
  outbox.push(edit("a"));
  console.warn = warn;
  outbox.attach(sender, "doc-1");
  clock.advance(RESEND_MS);
  assert.deepEqual(ids(sent.at(-1)), ["a"]);
});

test("edits wait for a carrier and leave as soon as one is mounted", () => {
  const { outbox, sent, sender } = setUp();
  outbox.detach(sender);
  outbox.push(edit("a"));
  assert.equal(sent.length, 0);
  outbox.attach(sender, "");
  assert.deepEqual(sent.map(ids), [["a"]]);
});

test("edits of an article left behind keep its name", () => {
  const { outbox, sent, sender } = setUp();
  outbox.push(edit("a", "doc-1"));
  outbox.attach(sender, "doc-2");
  outbox.push(edit("b", "doc-2"));
  assert.deepEqual(
    sent.at(-1).operations.map((one) => one.instance),
    ["doc-1", "doc-2"],
  );
  assert.deepEqual(
    outbox.pending("doc-2").map((one) => one.id),
    ["b"],
  );
});

test("unsent edits survive a reload of the page, wishes do not", () => {
  const { outbox, storage, clock } = setUp();
  outbox.push(edit("a"));
  outbox.intend({ kind: "next" });
  const reloaded = new Outbox({ storage, now: clock.now, setTimer: clock.setTimer, clearTimer: clock.clearTimer });
  const sent = [];
  reloaded.attach((value) => sent.push(value), "doc-1");
  assert.deepEqual(ids(sent[0]), ["a"]);
  assert.deepEqual(sent[0].intents, []);
});

test("what is acknowledged is gone after a reload", () => {
  const { outbox, storage } = setUp();
  outbox.push(edit("a"));
  outbox.acknowledge({ ack: ["a"] });
  assert.equal(new Outbox({ storage }).size, 0);
});

test("storage that is damaged or full does not stop the work", () => {
  const damaged = {
    getItem: () => "{",
    setItem: () => {
      throw new Error("quota");
    },
    removeItem: () => {},
  };
  const warn = console.warn;
  console.warn = () => {};
  const clock = new Clock();
  const outbox = new Outbox({ storage: damaged, setTimer: clock.setTimer, clearTimer: clock.clearTimer });
  outbox.push(edit("a"));
  console.warn = warn;
  assert.equal(outbox.size, 1);
});

test("a newer wish of its kind replaces the older; done wishes go and are not repeated", () => {
  const { outbox, sent, clock } = setUp();
  outbox.intend({ kind: "open", document_id: "x" });
  const id = outbox.intend({ kind: "open", document_id: "y" });
  assert.deepEqual(
    sent.at(-1).intents.map((one) => one.document_id),
    ["y"],
  );
  outbox.acknowledge({ intentsDone: [id] });
  clock.advance(RESEND_MS);
  assert.deepEqual(sent.at(-1).intents, [], "the last value sent repeats no wish");
  const count = sent.length;
  clock.advance(10 * RESEND_MS);
  assert.equal(sent.length, count);
});

test("sending again waits while a page switch is under way", () => {
  const { outbox, sent, clock } = setUp();
  outbox.push(edit("a"));
  clock.advance(RESEND_MS - 100);
  outbox.hold(800);
  clock.advance(200);
  assert.equal(sent.length, 1);
  clock.advance(1000);
  assert.equal(sent.length, 2);
});

const SPAN = { start: 0, end: 3, quote: "The", device: "doubt", frames: [], voice: null, target: null, polarity: null };
const server = (state = {}, more = {}) => ({
  instance: "doc-1",
  state: { spans: {}, frames: [], status: null, decisions: {}, ...state },
  history: [],
  ...more,
});
const label = { action: "label", changes: [{ entity: "span", key: "s", before: null, after: SPAN }] };

test("the store shows an edit at once and drops it when refused", () => {
  const { outbox } = setUp();
  const store = new Store(outbox);
  const reasons = [];
  store.subscribe(({ refused }) => reasons.push(...(refused ?? []).map((one) => one.reason)));
  store.receive(server());
  assert.equal(store.commit("doc-1", label), null);
  assert.deepEqual(Object.keys(store.view("doc-1").state.spans), ["s"]);
  store.receive(server({}, { refused: [{ id: outbox.operations[0].id, reason: "quote differs" }] }));
  assert.deepEqual(store.view("doc-1").state.spans, {});
  assert.deepEqual(reasons, ["quote differs"]);
});

test("the store keeps an edit through its acknowledgement without showing it twice", () => {
  const { outbox } = setUp();
  const store = new Store(outbox);
  store.receive(server());
  store.commit("doc-1", label);
  const [operation] = outbox.operations;
  store.receive(server({ spans: { s: SPAN } }, { history: [operation] }));
  assert.deepEqual(Object.keys(store.view("doc-1").state.spans), ["s"]);
  assert.ok(outbox.isEmpty, "an operation in the history is acknowledged");
  assert.equal(store.view("doc-1").undo.at(-1).id, operation.id);
});

test("undo over what is not saved yet brings back the former state", () => {
  const { outbox } = setUp();
  const store = new Store(outbox);
  store.receive(server());
  store.commit("doc-1", label);
  store.step("doc-1", "undo");
  assert.deepEqual(store.view("doc-1").state.spans, {});
  store.step("doc-1", "redo");
  assert.deepEqual(Object.keys(store.view("doc-1").state.spans), ["s"]);
  assert.deepEqual(
    outbox.operations.map((one) => one.action),
    ["label", "undo", "redo"],
  );
});

test("an edit that cannot be made is not sent", () => {
  const { outbox, sent } = setUp();
  const store = new Store(outbox);
  store.receive(server({ spans: { s: SPAN } }));
  assert.match(
    store.commit("doc-1", { action: "label", changes: [{ entity: "span", key: "t", before: null, after: SPAN }] }),
    /already marked/,
  );
  assert.equal(sent.length, 0);
});
