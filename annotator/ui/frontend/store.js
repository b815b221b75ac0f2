/**
 * What is shown: the server's state of each article plus the edits it has not acknowledged yet.
 *
 * The carrier brings `server` (state and history); editors subscribe to their article's name (`instance`).
 */

import { applyOperation, EMPTY, inverse, replay, undoStacks } from "./operations.js";
import { newId, outbox as tabOutbox } from "./outbox.js";

const KEPT_INSTANCES = 4;

export class Store {
  constructor(outbox) {
    this.outbox = outbox;
    this.servers = new Map();
    this.rules = new Map();
    this.listeners = new Set();
    this.reportedRefusals = new Set();
    this.views = new Map();
    this.isReceiving = false;
    outbox.subscribe(() => this.isReceiving || this.notify());
  }

  /** Take the carrier's data: acknowledge, then replace the article's server state. */
  receive(data) {
    const known = new Set((data.history ?? []).map((operation) => operation.id));
    const ack = [...(data.ack ?? [])];
    for (const operation of this.outbox.operations) if (known.has(operation.id)) ack.push(operation.id);
    if (data.instance) this.keep(data);
    const refused = (data.refused ?? []).filter((one) => !this.reportedRefusals.has(one.id));
    for (const one of refused) this.reportedRefusals.add(one.id);
    this.isReceiving = true;
    this.outbox.acknowledge({ ack, refused: data.refused ?? [], intentsDone: data.intents_done ?? [] });
    this.isReceiving = false;
    this.notify({ refused });
  }

  keep(data) {
    this.servers.delete(data.instance);
    this.servers.set(data.instance, { state: { ...EMPTY, ...data.state }, history: data.history ?? [] });
    if (this.servers.size > KEPT_INSTANCES) this.servers.delete(this.servers.keys().next().value);
  }

  /** Whether the server has told the state of this article yet. */
  isReady(instance) {
    return this.servers.has(instance);
  }

  /** The displayed state, and what can be undone and redone. */
  view(instance) {
    const server = this.servers.get(instance) ?? { state: EMPTY, history: [] };
    const pending = this.outbox.pending(instance);
    const last = this.views.get(instance);
    if (last && last.server === server && sameList(last.pending, pending)) return last.view;
    const known = new Set(server.history.map((operation) => operation.id));
    const unknown = pending.filter((operation) => !known.has(operation.id));
    const state = replay(server.state, unknown, this.rules.get(instance));
    const view = { state, ...undoStacks([...server.history, ...unknown]) };
    this.views.set(instance, { server, pending, view });
    if (this.views.size > KEPT_INSTANCES) this.views.delete(this.views.keys().next().value);
    return view;
  }

  /**
   * Make one edit: show it at once, send it at once.
   *
   * @param edit `{action, changes, undoes?}`
   * @returns {string|null} why it cannot be made, or null
   */
  commit(instance, edit, agentVersion = "") {
    const changes = edit.changes.map((change) => ({
      entity: change.entity,
      key: change.key ?? "",
      before: change.before ?? null,
      after: change.after ?? null,
    }));
    const { refused } = applyOperation(this.view(instance).state, { changes }, this.rules.get(instance));
    if (refused) return refused;
    this.outbox.push({
      id: newId(),
      action: edit.action,
      changes,
      undoes: edit.undoes ?? null,
      client_time: new Date().toISOString(),
      agent_version: agentVersion.slice(0, 200),
      instance,
    });
    return null;
  }

  /** Undo or redo the last edit; returns `{operation, refused}` or null when there is none. */
  step(instance, direction, agentVersion) {
    const operation = this.view(instance)[direction].at(-1);
    if (!operation) return null;
    return { operation, refused: this.commit(instance, inverse(operation), agentVersion) };
  }

  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  notify(news = {}) {
    for (const listener of this.listeners) listener(news);
  }
}

function sameList(one, other) {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/** The tab's one store. */
export const store = new Store(tabOutbox);
