/**
 * The article: one `<p>` per paragraph, spans as nested `<mark>`s, only changed paragraphs drawn again.
 *
 * Every text node carries its place in the source text (`node._o`, UTF-16 units). Line breaks are never
 * drawn, so CRLF cannot shift anything. Code tags are generated content: no text is added to the article.
 */

import { h } from "./dom.js";
import { assignLanes, cutSegments, drawingOrder } from "./lanes.js";
import { paragraphs } from "./segments.js";
import { deviceStyle } from "./theme.js";

export const LANES_SHOWN = 3;
const MANY_PARAGRAPHS = 40;
const LETTERS_PER_LINE = 78;
/** Pixels kept between a revealed span and the bars above and below. */
const MARGIN = 40;

/**
 * @typedef {object} Item what is drawn: `{id, kind: "span"|"suggestion", start, end (UTF-16), device, tag, note}`
 */
export class Article {
  /**
   * @param element where to draw; @param text as stored; @param labels the codebook
   * @param bounds gives `{top, bottom}` of the part of the window that no bar covers
   */
  constructor(element, text, labels, bounds = () => ({ top: 0, bottom: innerHeight })) {
    this.bounds = bounds;
    this.element = element;
    this.text = text;
    this.labels = labels;
    this.paragraphs = paragraphs(text);
    this.signatures = [];
    this.marks = new Map();
    this.current = null;
    const isLong = this.paragraphs.length > MANY_PARAGRAPHS;
    this.nodes = this.paragraphs.map((place, index) => {
      const node = h("p.fa-p", { dir: "auto", "data-p": index });
      if (isLong) {
        node.classList.add("is-lazy");
        const lines = Math.ceil((place.end - place.start) / LETTERS_PER_LINE);
        node.style.setProperty("contain-intrinsic-block-size", `auto ${lines * 2.05}em`);
      }
      return node;
    });
    element.replaceChildren(...this.nodes);
    this.draw([]);
  }

  /** Draw these items; returns how many paragraphs were drawn again. */
  draw(items) {
    const ordered = [...items].sort(drawingOrder);
    const lanes = assignLanes(ordered);
    const shifts = tagShifts(ordered);
    let drawn = 0;
    let from = 0;
    this.paragraphs.forEach((place, index) => {
      while (from < ordered.length && ordered[from].end <= place.start) from += 1;
      const inside = [];
      for (let i = from; i < ordered.length && ordered[i].start < place.end; i += 1) {
        if (ordered[i].end > place.start) inside.push(ordered[i]);
      }
      const signature = inside
        .map((item) => `${itemSignature(item)}|${lanes.get(item.id)}|${shifts.get(item.id)}`)
        .join("\n");
      if (this.signatures[index] === signature) return;
      this.signatures[index] = signature;
      this.drawParagraph(this.nodes[index], place, inside, { lanes, shifts });
      drawn += 1;
    });
    this.items = ordered;
    if (drawn) this.select(this.current);
    return drawn;
  }

  drawParagraph(node, place, items, layout) {
    for (const old of node.querySelectorAll("mark")) this.forget(old);
    const fragment = document.createDocumentFragment();
    const open = [];
    for (const segment of cutSegments(place.start, place.end, items)) {
      let shared = 0;
      while (shared < open.length && open[shared].item === segment.over[shared]) shared += 1;
      open.length = shared;
      for (const item of segment.over.slice(shared)) {
        const mark = this.markFor(item, segment, place, layout);
        (open.at(-1)?.mark ?? fragment).append(mark);
        open.push({ item, mark });
      }
      const text = document.createTextNode(this.text.slice(segment.start, segment.end));
      text._o = segment.start;
      (open.at(-1)?.mark ?? fragment).append(text);
    }
    node.replaceChildren(fragment);
  }

  markFor(item, segment, place, { lanes, shifts }) {
    const lane = lanes.get(item.id);
    const mark = h("mark", {
      class: `fa-mark is-${item.kind}${item.isLexicon ? " is-lexicon" : ""}`,
      style: deviceStyle(this.labels, item.device),
    });
    mark.dataset[item.kind] = item.id;
    mark.style.setProperty("--lane", Math.min(lane, LANES_SHOWN - 1));
    if (lane >= LANES_SHOWN) mark.classList.add("is-beyond");
    if (segment.start === Math.max(item.start, place.start)) {
      mark.classList.add("is-start");
      mark.dataset.tag = lane < LANES_SHOWN ? item.tag : `+${lane - LANES_SHOWN + 1}`;
      const shift = shifts.get(item.id);
      if (shift) mark.style.setProperty("--shift", shift);
    }
    if (item.start < place.start || segment.start > item.start) mark.classList.add("is-continued");
    const known = this.marks.get(item.id);
    if (known) known.push(mark);
    else this.marks.set(item.id, [mark]);
    return mark;
  }

  forget(mark) {
    const id = idOf(mark);
    const left = (this.marks.get(id) ?? []).filter((other) => other !== mark);
    if (left.length) this.marks.set(id, left);
    else this.marks.delete(id);
  }

  /** Outline one item as the current one. */
  select(id) {
    for (const mark of this.outlined ?? []) mark.classList.remove("is-current");
    this.outlined = id ? [...(this.marks.get(id) ?? [])] : [];
    for (const mark of this.outlined) mark.classList.add("is-current");
    this.current = id;
  }

  /** Scroll an item into view if it is not. */
  reveal(id) {
    const mark = this.marks.get(id)?.[0];
    if (mark && !this.isInView(mark.getBoundingClientRect()))
      mark.scrollIntoView({ block: "center", inline: "nearest" });
  }

  /** Scroll a place (UTF-16) into view if it is not. */
  revealPlace(offset) {
    const range = this.rangeOf(offset, offset + 1);
    const box = range?.getBoundingClientRect();
    if (!box || (box.height && this.isInView(box))) return;
    const node = range.startContainer.parentElement;
    if (box.height > 0) scrollToRange(range, node);
    else node.scrollIntoView({ block: "center" });
  }

  isInView(box) {
    const { top, bottom } = this.bounds();
    return box.top >= top + MARGIN && box.bottom <= bottom - MARGIN;
  }

  /** Ids of the items under an element, innermost first. */
  idsAt(element) {
    const ids = [];
    for (
      let mark = element?.closest?.("mark");
      mark && this.element.contains(mark);
      mark = mark.parentElement?.closest("mark")
    ) {
      if (!ids.includes(idOf(mark))) ids.push(idOf(mark));
    }
    return ids;
  }

  /** A DOM range over [start, end) in UTF-16 units, or null. */
  rangeOf(start, end) {
    const from = this.positionOf(start, false);
    const to = this.positionOf(end, true);
    if (!from || !to) return null;
    const range = document.createRange();
    range.setStart(from.node, from.offset);
    range.setEnd(to.node, to.offset);
    return range;
  }

  /** The text node and offset in it of a place; at a seam the node before (`atEnd`) or after it. */
  positionOf(offset, atEnd) {
    let index = this.paragraphs.findIndex((place) => (atEnd ? offset <= place.end : offset < place.end));
    if (index < 0) index = this.paragraphs.length - 1;
    if (index < 0) return null;
    const walker = document.createTreeWalker(this.nodes[index], NodeFilter.SHOW_TEXT);
    let last = null;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const end = node._o + node.data.length;
      if (offset < end || (atEnd && offset === end)) return { node, offset: Math.max(0, offset - node._o) };
      last = node;
    }
    return last && { node: last, offset: last.data.length };
  }
}

function idOf(mark) {
  return mark.dataset.span ?? mark.dataset.suggestion;
}

function itemSignature(item) {
  return `${item.kind}|${item.id}|${item.start}|${item.end}|${item.device}|${item.tag}`;
}

/** Widths in letters of a tag: of one letter of the article's text, and of a tag's frame. */
const TEXT_LETTER = 1.42;
const TAG_FRAME = 1.5;

/** How far, in letters, each tag must move along so that it does not cover the tag before it. */
function tagShifts(ordered) {
  const shifts = new Map();
  let usedUntil = -1;
  for (const item of ordered) {
    const place = item.start * TEXT_LETTER;
    const shift = Math.max(0, usedUntil - place);
    shifts.set(item.id, Math.round(shift * 10) / 10);
    usedUntil = place + shift + item.tag.length + TAG_FRAME;
  }
  return shifts;
}

/** Scroll by a marker at the range: long paragraphs cannot be centred as a whole. */
function scrollToRange(range, paragraph) {
  const box = range.getBoundingClientRect();
  let scroller = paragraph.parentElement;
  while (
    scroller &&
    !(scroller.scrollHeight > scroller.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(scroller).overflowY))
  )
    scroller = scroller.parentElement;
  (scroller ?? document.scrollingElement).scrollBy({ top: box.top - innerHeight / 2 });
}
