/** The side panel's form for one span of the annotator's own. Fields being typed in are left alone. */

import { h, iconButton, uniqueId } from "./dom.js";
import { keyOf } from "./keys.js";
import { codeChip, MANY_LABELS } from "./labels.js";
import { labelOf } from "./model.js";
import { LabelPicker, segmented } from "./picker.js";

const TYPING_PAUSE_MS = 900;

export class SpanForm {
  /** @param editor gives `labels`, `actions`, `targets()` and `focusArticle()` */
  constructor(editor, id) {
    this.editor = editor;
    this.id = id;
    this.unsaved = new Map();
    const { labels } = editor;
    this.quote = h("blockquote.fa-quote", { dir: "auto" });
    this.device = this.deviceField(labels);
    this.frames = new LabelPicker({
      labels: labels.frames,
      name: "Frames",
      most: labels.span_frames_max,
      onChange: (frames) => this.set({ frames }),
    });
    this.voice = labels.voices?.length
      ? segmented({ labels: labels.voices, name: "Voice", onChange: (voice) => this.set({ voice }), isOptional: false })
      : null;
    this.polarity = labels.polarities?.length
      ? segmented({ labels: labels.polarities, name: "Polarity", onChange: (polarity) => this.set({ polarity }) })
      : null;
    this.target = labels.has_target ? this.targetField() : null;
    this.note = this.typed(h("textarea.fa-input", { rows: 1, placeholder: "Why, or what is unclear" }), "note");
    this.element = h(
      "div.fa-form",
      { "data-span-form": id },
      this.quote,
      this.edges(),
      this.device.element,
      this.explained,
      field(`Frames`, this.frames.element, this.frames.input, keyOf("focusFrames")),
      this.voice && field("Voice", this.voice.element),
      this.target && field("Target", this.target.box, this.target.input, keyOf("focusTarget")),
      this.polarity && field("Polarity", this.polarity.element),
      field("Note", this.note, this.note, keyOf("focusNote")),
    );
  }

  deviceField(labels) {
    this.explained = h("p.fa-explained");
    if (labels.devices.length > MANY_LABELS) return this.deviceSelect(labels);
    const buttons = labels.devices.map((device) =>
      h(
        "button.fa-devicechoice",
        {
          "aria-pressed": "false",
          "aria-label": device.name,
          "data-device": device.id,
          title: `${device.name}${device.key ? ` (key ${device.key})` : ""}`,
          onclick: () => this.set({ device: device.id }),
        },
        codeChip(labels, device.id),
      ),
    );
    const element = h("div.fa-devicechoices", { role: "group", "aria-label": "Device" }, buttons);
    return {
      element,
      update: (id) => buttons.forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.device === id))),
    };
  }

  deviceSelect(labels) {
    const options = labels.devices.map((device) => h("option", { value: device.id }, `${device.code} ${device.name}`));
    const element = h(
      "select.fa-input",
      { "aria-label": "Device", onchange: () => this.set({ device: element.value }) },
      options,
    );
    return { element, update: (id) => (element.value = id) };
  }

  targetField() {
    const list = h("datalist", { id: uniqueId("targets") });
    const input = this.typed(
      h("input.fa-input", {
        type: "text",
        list: list.id,
        placeholder: "Who or what is evaluated",
        autocomplete: "off",
      }),
      "target",
    );
    input.addEventListener("focus", () =>
      list.replaceChildren(
        ...this.editor
          .targets()
          .slice(0, 300)
          .map((name) => h("option", { value: name })),
      ),
    );
    return { box: h("div", {}, input, list), input };
  }

  /** A text field saved on leaving it, on Enter, and after a pause in typing. */
  typed(input, name) {
    let timer = null;
    const save = () => {
      clearTimeout(timer);
      this.unsaved.delete(name);
      const value = input.value.trim();
      if (this.span && value !== (this.span[name] ?? "")) this.set({ [name]: value });
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      this.unsaved.set(name, save);
      timer = setTimeout(save, TYPING_PAUSE_MS);
    });
    input.addEventListener("change", save);
    input.addEventListener("blur", save);
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.isComposing) return;
      event.preventDefault();
      save();
      this.editor.focusArticle();
    });
    return input;
  }

  /** Save what is being typed, before the form goes away. */
  flush() {
    for (const save of [...this.unsaved.values()]) save();
  }

  edges() {
    const button = (name, label, edge, direction, command) =>
      iconButton(name, `${label} (${keyOf(command)})`, () => this.editor.actions.moveEdge(this.id, edge, direction));
    return h(
      "div.fa-edges",
      {},
      h(
        "span.fa-edge",
        {},
        h("span.fa-edge-name", {}, "Start"),
        button("previous", "Begin one word earlier", "start", -1, "startBack"),
        button("next", "Begin one word later", "start", 1, "startForth"),
      ),
      h(
        "span.fa-edge",
        {},
        h("span.fa-edge-name", {}, "End"),
        button("previous", "End one word earlier", "end", -1, "endBack"),
        button("next", "End one word later", "end", 1, "endForth"),
      ),
      h("span.fa-edge-space"),
      iconButton("trash", `Delete this span (${keyOf("remove")})`, () => this.editor.actions.removeSpan(this.id), {
        class: "fa-iconbutton is-danger",
      }),
    );
  }

  set(fields) {
    this.editor.actions.revise(this.id, fields);
  }

  /** Show the present values. */
  update(span) {
    this.span = span;
    this.quote.textContent = span.quote;
    this.device.update(span.device);
    const device = labelOf(this.editor.labels.devices, span.device);
    this.explained.title = device?.definition ?? "";
    this.explained.replaceChildren(h("strong", {}, device?.name ?? span.device), ` ${device?.definition ?? ""}`);
    this.frames.update(span.frames ?? []);
    this.voice?.update(span.voice);
    this.polarity?.update(span.polarity);
    if (this.target && !this.unsaved.has("target")) this.target.input.value = span.target ?? "";
    if (!this.unsaved.has("note")) this.note.value = span.note ?? "";
  }

  focus(name) {
    if (name === "device")
      return this.device.element.querySelector("[aria-pressed=true]")?.focus() ?? this.device.element.focus();
    if (name === "frames") return this.frames.focus();
    const input = { target: this.target?.input, note: this.note }[name];
    input?.focus();
    return input?.select?.();
  }
}

function field(name, control, labelled = null, key = "") {
  const title = h(
    labelled ? "label.fa-field-name" : "span.fa-field-name",
    {},
    name,
    key && h("kbd", { "aria-hidden": "true" }, key),
  );
  if (labelled) {
    labelled.id ||= uniqueId("field");
    title.htmlFor = labelled.id;
  }
  return h("div.fa-field", {}, title, control);
}
