/**
 * The outbox: every edit that the server has not acknowledged yet.
 *
 * One per browser tab. Each send carries the whole outbox; the server applies an operation once, by id.
 * What is unacknowledged is kept in `sessionStorage`, sent again every two seconds, and survives a page
 * switch, a reload of the page and a restart of the server. Edits carry the article they belong to
 * (`instance`), so they reach it even after another article was opened.
 */

export const RESEND_MS = 2000;
export const OFFLINE_MS = 5000;
const STORAGE_KEY = "framing-annotator.outbox";

/** A new id, unique for ever; `crypto.randomUUID` exists only on https and localhost. */
export function newId() {
  if (globalThis.crypto.randomUUID) return globalThis.crypto.randomUUID();
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  /** @param surroundings `{storage, now, setTimer, clearTimer}`; tests pass their own. */
  constructor({ storage = null, now = Date.now, setTimer = null, clearTimer = null } = {}) {
    this.storage = storage;
    this.now = now;
    this.setTimer = setTimer ?? ((callback, ms) => setTimeout(callback, ms));
    this.clearTimer = clearTimer ?? ((timer) => clearTimeout(timer));
    this.operations = [];
    this.intents = [];
    this.sequence = 0;
    this.instance = "";
    this.sender = null;
    this.listeners = new Set();
    this.timer = null;
    this.waitingSince = null;
    this.holdUntil = 0;
    this.sentIntents = false;
    /** Asks for a run of the whole page; set by the waker. */
    this.wake = null;
    this.restore();
  }

  /** Add one edit and send it at once. */
  push(operation) {
    this.operations.push(operation);
    this.changed();
  }

  /** Add a wish that is no edit (open an article, change a setting). A newer wish of its kind replaces it. */
  intend(intent) {
    const wish = { id: newId(), ...intent };
    this.intents = this.intents.filter((other) => other.kind !== wish.kind || other.name !== wish.name);
    this.intents.push(wish);
    this.changed();
    return wish.id;
  }

  /** Take the server's answer: what it has applied, what it has refused, which wishes are done. */
  acknowledge({ ack = [], refused = [], intentsDone = [] }) {
    const settled = new Set([...ack, ...refused.map((one) => one.id)]);
    const done = new Set(intentsDone);
    const before = this.size;
    this.operations = this.operations.filter((operation) => !settled.has(operation.id));
    this.intents = this.intents.filter((intent) => !done.has(intent.id));
    if (this.size === before) return;
    this.waitingSince = this.isEmpty ? null : this.now();
    this.save();
    if (this.isEmpty && this.sentIntents) this.later(() => this.clearSent(), 400);
    this.notify();
  }

  /** Attach the live component through which sends go; detach with the same function. */
  attach(sender, instance) {
    const isNew = this.sender !== sender;
    this.sender = sender;
    this.instance = instance;
    if (isNew && !this.isEmpty) this.send();
  }

  detach(sender) {
    if (this.sender === sender) this.sender = null;
  }

  /** Put re-sends off: while a page switch is under way they would carry the old page's address. */
  hold(ms) {
    this.holdUntil = this.now() + ms;
  }

  get size() {
    return this.operations.length + this.intents.length;
  }

  get isEmpty() {
    return this.size === 0;
  }

  /** `saved`, `saving`, or `offline` when an answer is overdue. */
  get saveState() {
    if (!this.operations.length) return "saved";
    return this.now() - (this.waitingSince ?? this.now()) > OFFLINE_MS ? "offline" : "saving";
  }

  /** Unacknowledged edits of one article, in order. */
  pending(instance) {
    return this.operations.filter((operation) => operation.instance === instance);
  }

  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed() {
    this.waitingSince ??= this.now();
    this.save();
    this.send();
    this.notify();
  }

  notify() {
    for (const listener of this.listeners) listener(this);
  }

  send() {
    this.sequence += 1;
    this.sentIntents = this.intents.length > 0;
    if (this.sender) {
      try {
        this.sender({
          sequence: this.sequence,
          instance: this.instance,
          operations: [...this.operations],
          intents: [...this.intents],
        });
      } catch (error) {
        console.warn("The edit could not be sent yet; it is kept and sent again.", error);
      }
    }
    this.later(() => this.tick(), RESEND_MS);
  }

  tick() {
    this.timer = null;
    if (this.isEmpty) return;
    if (this.now() < this.holdUntil) this.later(() => this.tick(), this.holdUntil - this.now() + 50);
    else {
      this.send();
      if (this.now() - this.waitingSince > OFFLINE_MS) this.wake?.();
    }
    this.notify();
  }

  /** Streamlit repeats the last value with every later message: do not let it repeat an old wish. */
  clearSent() {
    this.timer = null;
    if (!this.isEmpty || !this.sender) return;
    this.send();
    this.clearTimer(this.timer);
    this.timer = null;
  }

  later(callback, ms) {
    if (this.timer !== null) this.clearTimer(this.timer);
    this.timer = this.setTimer(callback, ms);
  }

  save() {
    try {
      if (this.isEmpty) this.storage?.removeItem(STORAGE_KEY);
      else this.storage?.setItem(STORAGE_KEY, JSON.stringify({ operations: this.operations, intents: this.intents }));
    } catch (error) {
      console.warn("This tab cannot keep unsent edits over a reload.", error);
    }
  }

  restore() {
    try {
      const kept = JSON.parse(this.storage?.getItem(STORAGE_KEY) ?? "null");
      this.operations = kept?.operations ?? [];
      // Wishes are not kept: after a reload nobody expects the page to jump.
    } catch {
      this.operations = [];
    }
    if (this.operations.length) this.waitingSince = this.now();
  }
}

function tabStorage() {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

/** The tab's one outbox. */
export const outbox = new Outbox({ storage: typeof document === "undefined" ? null : tabStorage() });

if (typeof window !== "undefined" && typeof document !== "undefined") {
  window.addEventListener("beforeunload", (event) => {
    if (outbox.operations.length) event.preventDefault();
  });
  document.addEventListener(
    "click",
    (event) => {
      if (event.target.closest?.('[data-testid="stSidebarNav"] a, [data-testid="stTopNavLink"]')) outbox.hold(800);
    },
    true,
  );
}
