/**
 * The invisible mount that wakes a server which was restarted.
 *
 * The carrier's messages ask for a run of the carrier's fragment only. A new server session knows no
 * fragment before the first run of the whole page, answers nothing, and may wait for ever if the browser
 * did not ask for that run when it reconnected. This mount stands outside every fragment: its message does.
 */

import { outbox } from "./outbox.js";

const APART_MS = 50;

export class Waker {
  update(data, { setTriggerValue }) {
    // In a message of its own: one that carries the carrier's value too would be the fragment's again.
    this.wake = () => setTimeout(() => setTriggerValue("wake", Date.now()), APART_MS);
    outbox.wake = this.wake;
  }

  destroy() {
    if (outbox.wake === this.wake) outbox.wake = null;
  }
}
