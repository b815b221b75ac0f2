/** The card that explains a span or suggestion under the pointer. */

import { closeLayer, h, openLayer, percent, replaceChildren } from "./dom.js";
import { definition, deviceName } from "./labels.js";
import { agentName, labelOf, nameOf } from "./model.js";

const DELAY_MS = 350;

export class HoverCard {
  /** @param find ids → the spans or suggestions to explain */
  constructor(labels, find) {
    this.labels = labels;
    this.find = find;
    this.timer = null;
    this.element = h("div.fa-card", { popover: "manual", role: "tooltip", hidden: true });
  }

  /** Explain what the pointer rests on, after a moment. */
  watch(article) {
    article.element.addEventListener("pointerover", (event) => {
      if (event.pointerType === "touch" || event.buttons) return this.hide();
      const mark = event.target.closest?.("mark");
      if (!mark) return this.hide();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.show(this.find(article.idsAt(mark)), event.clientX, mark), DELAY_MS);
      return undefined;
    });
    article.element.addEventListener("pointerleave", () => this.hide());
    article.element.addEventListener("pointerdown", () => this.hide());
  }

  show(entries, x, mark) {
    if (!entries.length || !mark.isConnected) return;
    replaceChildren(
      this.element,
      entries.map((entry) => this.describe(entry, entries.length === 1)),
    );
    openLayer(this.element);
    const boxes = [...mark.getClientRects()];
    const box = boxes.find((one) => x >= one.left && x <= one.right) ?? boxes[0];
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const top = box.bottom + height + 16 < innerHeight ? box.bottom + 10 : Math.max(8, box.top - height - 14);
    this.element.style.top = `${top}px`;
    this.element.style.left = `${Math.max(8, Math.min(x - 24, innerWidth - width - 16))}px`;
  }

  hide() {
    clearTimeout(this.timer);
    closeLayer(this.element);
  }

  describe(entry, isOnly) {
    const { labels } = this;
    const device = labelOf(labels.devices, entry.device);
    return h(
      "div.fa-card-entry",
      {},
      h(
        "p.fa-card-title",
        {},
        deviceName(labels, entry.device),
        entry.probability !== undefined && h("span.fa-card-who", {}, `suggested, ${percent(entry.probability)}`),
      ),
      isOnly && device && definition(device, { withExample: false }),
      h("dl.fa-facts", {}, facts(labels, entry)),
    );
  }
}

/** Frames, voice, target, polarity and maker of a span or suggestion, as terms of a list. */
export function facts(labels, entry) {
  const frames = (entry.frames ?? [])
    .slice(0, labels.span_frames_max)
    .map((frame) =>
      typeof frame === "string"
        ? nameOf(labels.frames, frame)
        : `${nameOf(labels.frames, frame.label)} ${percent(frame.probability)}`,
    );
  const rows = [
    ["Frames", frames.join(" · ")],
    ["Voice", nameOf(labels.voices, entry.voice)],
    ["Target", entry.target],
    ["Polarity", nameOf(labels.polarities, entry.polarity)],
    ["Note", entry.note],
    ["From", entry.agent ? agentName(entry) : ""],
    ["Pattern", entry.rule],
  ];
  return rows.filter(([, value]) => value).map(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]);
}
