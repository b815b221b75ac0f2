/** Building DOM: text only ever becomes a text node, never markup. */

/**
 * Make an element.
 *
 * @param {string} tag such as "button.fa-button.is-quiet"
 * @param {object} props attributes; `on*` are listeners, `style` an object of CSS properties, false/null left out
 * @param children strings become text nodes; null and false are left out
 */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  if (name === "button") element.type = "button";
  for (const [key, value] of Object.entries(props ?? {})) setProp(element, key, value);
  append(element, children);
  return element;
}

function setProp(element, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
  else if (key === "style") for (const [name, css] of Object.entries(value)) element.style.setProperty(name, css);
  else if (key === "value") element.value = value;
  else element.setAttribute(key, value === true ? "" : value);
}

export function append(element, children) {
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

export function replaceChildren(element, ...children) {
  element.replaceChildren();
  return append(element, children);
}

/**
 * Make the children of `list` show `items`, rebuilding only those whose signature changed.
 *
 * @param key item → stable name; @param signature item → text that changes when it must be rebuilt
 */
export function reconcile(list, items, { key, signature, build }) {
  const known = list._rows ?? new Map();
  const rows = new Map();
  let place = list.firstChild;
  for (const item of items) {
    const name = key(item);
    const mark = signature(item);
    const row = known.get(name);
    let node = row?.node;
    if (!row || row.mark !== mark) {
      const fresh = build(item);
      const hadFocus = node?.contains(document.activeElement);
      if (node) {
        if (place === node) place = node.nextSibling;
        node.replaceWith(fresh);
        if (hadFocus) (fresh.matches("button,[tabindex]") ? fresh : fresh.querySelector("button,[tabindex]"))?.focus();
      }
      node = fresh;
    }
    rows.set(name, { node, mark });
    if (node === place) place = node.nextSibling;
    else list.insertBefore(node, place);
  }
  for (const [name, row] of known) if (!rows.has(name)) row.node.remove();
  list._rows = rows;
}

const ICONS = {
  undo: "M4 7h9a5 5 0 0 1 0 10H8M4 7l4-4M4 7l4 4",
  redo: "M18 7H9a5 5 0 0 0 0 10h5M18 7l-4-4M18 7l-4 4",
  previous: "M13 5l-6 6 6 6",
  next: "M9 5l6 6-6 6",
  check: "M4 12l5 5L18 6",
  close: "M5 5l12 12M17 5L5 17",
  edit: "M4 18l1-4L15 4l3 3L8 17l-4 1zM13 6l3 3",
  trash: "M4 6h14M9 6V4h4v2M6 6l1 13h8l1-13M9.500 9.500v6M12.500 9.500v6",
  up: "M5 13l6-6 6 6",
  down: "M5 9l6 6 6-6",
  book: "M11 5c-2-1.500-5-1.500-7-1v13c2-.5 5-.5 7 1 2-1.500 5-1.500 7-1V4c-2-.5-5-.5-7 1zm0 0v13",
  keyboard: "M3 6h16v10H3zM6 9h.01M9 9h.01M12 9h.01M15 9h.01M7 13h8",
  eye: "M2 11s3.500-6 9-6 9 6 9 6-3.500 6-9 6-9-6-9-6zm9 2.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  sliders: "M4 6h8m4 0h2M4 11h2m4 0h8M4 16h9m4 0h1M14 4v4M8 9v4M15 14v4",
  link: "M9 13l4-4M8 10l-2.500 2.500a3 3 0 0 0 4.200 4.200L12 14M14 12l2.500-2.500a3 3 0 0 0-4.200-4.200L10 8",
};
const SVG = "http://www.w3.org/2000/svg";

/** A line icon, hidden from assistive technology: its button carries the name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 22 22");
  svg.setAttribute("class", "fa-icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button with an icon and no text. */
export function iconButton(name, label, onclick, props = {}) {
  return h("button.fa-iconbutton", { "aria-label": label, title: label, onclick, ...props }, icon(name));
}

let serial = 0;

/** An element id no other mount uses. */
export function uniqueId(prefix) {
  serial += 1;
  return `fa-${prefix}-${serial}`;
}

/** "72%" for a probability; never 100 % for something uncertain. */
export function percent(probability) {
  return `${Math.min(99, Math.max(1, Math.round(probability * 100)))}%`;
}

/** Show in the browser's top layer where that exists. */
export function openLayer(element) {
  element.hidden = false;
  if (element.isConnected && element.showPopover && !element.matches(":popover-open")) element.showPopover();
}

export function closeLayer(element) {
  if (element.isConnected && element.hidePopover && element.matches(":popover-open")) element.hidePopover();
  element.hidden = true;
}
