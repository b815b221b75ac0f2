/** The list of articles in the sidebar. */

import { h, reconcile, uniqueId } from "./dom.js";
import { statusOf } from "./model.js";
import { outbox } from "./outbox.js";
import { applyTheme } from "./theme.js";

export class Queue {
  constructor(parent) {
    this.list = h("ul.fa-queue-list", { "aria-label": "Articles" });
    this.empty = h("p.fa-empty");
    this.more = h("button.fa-button.is-wide", { onclick: () => outbox.intend({ kind: "more" }) }, "Show more");
    this.root = h("nav.fa-root.fa-queue", { "aria-label": "Queue" }, this.list, this.empty, this.more);
    this.root.addEventListener("keydown", (event) => this.key(event));
    parent.append(this.root);
  }

  destroy() {
    this.root.remove();
  }

  update({ rows, total, filtered }) {
    applyTheme(this.root, null);
    reconcile(this.list, rows, {
      key: (row) => row.id,
      signature: (row) => JSON.stringify(row),
      build: (row) => this.row(row),
    });
    this.list.hidden = !rows.length;
    this.empty.hidden = rows.length > 0;
    this.empty.textContent = filtered
      ? "No article matches these filters. Clear a filter to see more."
      : "No articles yet. Add some on the page “Add articles”, or drop files there.";
    this.more.hidden = rows.length >= total;
    this.more.textContent = `Show more (${total - rows.length} left)`;
    const current = rows.find((row) => row.current)?.id ?? null;
    if (current && current !== this.current) this.list._rows.get(current)?.node.scrollIntoView?.({ block: "nearest" });
    this.current = current;
  }

  row(row) {
    const { id, name, glyph } = statusOf(row.status);
    const about = [row.outlet, row.published].filter(Boolean).join(" · ");
    const titleId = uniqueId("row");
    const counted = row.spans === 1 ? "1 label" : `${row.spans} labels`;
    return h(
      `li.fa-queue-row${row.current ? ".is-current" : ""}`,
      {},
      h(
        "button.fa-queue-button",
        { "aria-current": row.current ? "true" : null, "data-document": row.id, onclick: () => this.open(row.id) },
        h("span.fa-glyph", { "data-status": id, "aria-hidden": "true", title: name }, glyph),
        h(
          "span.fa-queue-text",
          {},
          h("span.fa-queue-title", { id: titleId, dir: "auto", title: row.title }, row.title || "Untitled article"),
          h(
            "span.fa-queue-about",
            {},
            h("span.fa-hidden", {}, `${name}. `),
            h("span.fa-queue-where", {}, about),
            row.spans > 0 && h("span.fa-queue-count", {}, counted),
          ),
        ),
      ),
    );
  }

  open(id) {
    if (id !== this.current) outbox.intend({ kind: "open", document_id: id });
  }

  key(event) {
    if (event.key.length === 1) event.stopPropagation();
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!move) return;
    const buttons = [...this.list.querySelectorAll("button")];
    const index = buttons.indexOf(document.activeElement);
    if (index < 0) return;
    buttons[Math.min(buttons.length - 1, Math.max(0, index + move))].focus();
    event.preventDefault();
  }
}
