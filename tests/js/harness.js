/** A host for the front end: Streamlit's calling convention over a server in memory. */

import framingAnnotator from "../../annotator/ui/frontend/index.js";
import { applyOperation, EMPTY } from "../../annotator/ui/frontend/operations.js";
import { findPhrases, LABELS, makeSuggestions, makeText } from "./harness_data.js";

const query = new URLSearchParams(location.search);
const number = (name, fallback) => Number(query.get(name) ?? fallback);
document.body.dataset.hostTheme = query.get("theme") ?? "light";

class Host {
  constructor() {
    this.delay = number("delay", 60);
    this.isOffline = false;
    this.refuseNext = null;
    this.log = new Map();
    this.states = new Map();
    this.answer = { ack: [], refused: [], intents_done: [] };
    this.index = 1;
    this.settings = { minimum_probability: 0.3, show_suggestions: true };
    this.sends = 0;
  }

  instance() {
    return JSON.stringify(["demo", `doc-${this.index}`, 1, "ana"]);
  }

  document() {
    const empty = query.has("empty");
    const text = query.get("text") ?? makeText(number("words", 420));
    return {
      id: `doc-${this.index}`,
      revision: 1,
      title:
        this.index === 1
          ? "Harbour talks collapse as Marenian regime tightens its grip on the strait"
          : `Another article, number ${this.index}`,
      outlet: "Eldis Courier",
      published: "2025-03-18",
      url: "https://www.eldis-courier.example/harbour/talks-collapse",
      event: "Strait of Velia",
      text: empty ? "" : text,
      words: text.split(/\s+/).length,
    };
  }

  state() {
    const key = this.instance();
    if (!this.states.has(key)) {
      const spans = {};
      for (const [i, one] of findPhrases(this.document().text, number("spans", 0)).entries()) {
        const { start, end, quote, device, voice, target, polarity } = one;
        spans[`x${i}`] = { start, end, quote, device, frames: ["Economic"], voice, target, polarity };
      }
      this.states.set(key, { ...EMPTY, spans, status: Object.keys(spans).length ? "draft" : null });
    }
    return this.states.get(key);
  }

  receive(outbox) {
    this.sends += 1;
    setTimeout(() => this.isOffline || this.process(outbox), this.delay);
  }

  process(outbox) {
    this.answer = { ack: [], refused: [], intents_done: [] };
    for (const operation of outbox.operations) this.apply(operation);
    for (const intent of outbox.intents) this.intend(intent);
    this.mountAll();
  }

  apply(operation) {
    const log = this.log.get(operation.instance) ?? [];
    if (log.some((one) => one.id === operation.id)) return void this.answer.ack.push(operation.id);
    const state = this.states.get(operation.instance) ?? EMPTY;
    const result = this.refuseNext ? { refused: this.refuseNext } : applyOperation(state, operation, LABELS);
    this.refuseNext = null;
    if (result.refused) return void this.answer.refused.push({ id: operation.id, reason: result.refused });
    this.states.set(operation.instance, result.state);
    this.log.set(operation.instance, [...log, operation]);
    return void this.answer.ack.push(operation.id);
  }

  intend(intent) {
    if (intent.kind === "next" || intent.kind === "next_todo") this.index = Math.min(12, this.index + 1);
    if (intent.kind === "previous") this.index = Math.max(1, this.index - 1);
    if (intent.kind === "open") this.index = Number(intent.document_id.split("-")[1]);
    if (intent.kind === "setting") this.settings = { ...this.settings, [intent.name]: intent.value };
    this.answer.intents_done.push(intent.id);
  }

  mount(id, data) {
    framingAnnotator({
      data: structuredClone(data),
      parentElement: document.getElementById(id),
      setStateValue: this.setStateValue,
    });
  }

  setStateValue = (_name, value) => this.receive(structuredClone(value));

  mountAll() {
    const role = query.get("role") ?? "editor";
    const doc = this.document();
    const suggestions = query.has("nosuggestions")
      ? { spans: [], frames: [] }
      : makeSuggestions(doc.text, number("suggestions", 60));
    if (role === "reader")
      return this.mount("editor", { role, document: doc, labels: LABELS, suggestions, minimum: 0.3 });
    this.mount("carrier", {
      role: "carrier",
      instance: this.instance(),
      state: this.state(),
      history: (this.log.get(this.instance()) ?? []).slice(-200),
      ...this.answer,
    });
    this.mount("queue", this.queue());
    const quote = doc.text.indexOf("“These pirates");
    const voice_ranges = quote < 0 ? [] : [{ start: quote, end: quote + 52, voice: "quoted" }];
    this.mount("editor", {
      role: "editor",
      instance: this.instance(),
      document: doc,
      labels: query.has("many") ? manyLabels() : LABELS,
      suggestions,
      voice_ranges,
      targets: ["Marenian government", "Ministry", "Southern alliance"],
      settings: this.settings,
      annotator: "ana",
      guidelines:
        "# What to mark\n\nMark **wording**, not truth.\n\n- the *shortest* stretch\n- no `punctuation`\n\n| Case | Ruling |\n|---|---|\n| regime | mark it |\n| <b>rebels</b> | not marked |\n",
      position: { index: this.index, total: 12, todo: 12 - this.index },
    });
  }

  queue() {
    if (query.has("empty")) return { role: "queue", rows: [], total: 0, filtered: query.get("empty") === "filtered" };
    const rows = Array.from({ length: 9 }, (_, i) => ({
      id: `doc-${i + 1}`,
      title: i
        ? `Another article, number ${i + 1}, with a title that goes on for quite a while beyond two lines of the sidebar`
        : "Harbour talks collapse as Marenian regime tightens its grip on the strait",
      outlet: ["Eldis Courier", "State Radio", "Coast Wire"][i % 3],
      published: "2025-03-18",
      status: [null, "draft", "submitted", "discarded"][i % 4],
      spans: i * 3,
      current: i + 1 === this.index,
    }));
    return { role: "queue", rows, total: 12, filtered: false };
  }
}

function manyLabels() {
  const devices = Array.from({ length: 23 }, (_, i) => ({
    ...LABELS.devices[i % 7],
    id: `d${i}`,
    name: `Technique ${i + 1}`,
    code: `T${i + 1}`,
    key: i < 9 ? String(i + 1) : null,
    group: ["Attack", "Justification", "Distraction"][Math.floor(i / 8)],
  }));
  return { ...LABELS, devices };
}

window.host = new Host();
window.host.mountAll();
