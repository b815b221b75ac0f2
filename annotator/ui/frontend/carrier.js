/** The invisible mount that takes edits to the server and brings its answer back. */

import { outbox } from "./outbox.js";
import { store } from "./store.js";

export class Carrier {
  constructor(parent) {
    parent.dataset.faCarrier = "";
  }

  update(data, { setStateValue }) {
    if (this.setStateValue !== setStateValue) {
      outbox.detach(this.sender);
      this.setStateValue = setStateValue;
      this.sender = (value) => setStateValue("outbox", value);
    }
    store.receive(data);
    outbox.attach(this.sender, data.instance ?? "");
  }

  destroy() {
    outbox.detach(this.sender);
  }
}
