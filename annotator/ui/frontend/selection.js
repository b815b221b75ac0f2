/**
 * Choosing words with mouse or keyboard.
 *
 * The browser's own selection is the one truth: it is read again when a label is applied, because
 * `selectionchange` comes late. After a mouse selection it is moved to the whole words that would be
 * labelled; with Alt held it stays as drawn.
 */

import { chosenSpan, graphemeAt, words } from "./segments.js";

export class TextSelection {
  /** @param article an `Article` */
  constructor(article) {
    this.article = article;
    this.words = null;
    /** Where the keyboard goes on from: `{anchor: unit, head: unit}` in UTF-16, or null. */
    this.caret = null;
    /** The span that was chosen letter by letter, so that no snapping is wanted. */
    this.exact = null;
    /** The selection as last shown, until it is dropped. */
    this.kept = null;
  }

  /** The present selection inside the article as drawn, UTF-16; null when there is none. */
  raw() {
    const selection = window.getSelection();
    if (!selection || !selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!range.intersectsNode(this.article.element)) return null;
    const start = this.offsetOf(range.startContainer, range.startOffset, true);
    const end = this.offsetOf(range.endContainer, range.endOffset, false);
    return start !== null && end !== null && start < end ? { start, end } : null;
  }

  /** What a label would be put on now. */
  chosen() {
    const raw = this.raw() ?? this.keptWhileSearching();
    if (!raw) return null;
    const exact = this.exact !== null && raw.start === this.exact.start && raw.end === this.exact.end;
    return chosenSpan(this.article.text, raw, { exact });
  }

  /** Typing into a search field for labels takes the browser's selection away; what was selected counts on. */
  keptWhileSearching() {
    return document.activeElement?.closest?.(".fa-devices-many") ? this.kept : null;
  }

  /** After a mouse selection: show what would be labelled. Returns it, or null. */
  settle({ exact = false } = {}) {
    const raw = this.raw();
    const span = raw && chosenSpan(this.article.text, raw, { exact });
    this.kept = null;
    if (!span) return null;
    this.exact = exact ? span : null;
    this.caret = { anchor: span, head: span };
    this.show(span);
    return span;
  }

  /** Select a span in the browser. */
  show(span) {
    this.kept = span;
    const range = this.article.rangeOf(span.start, span.end);
    if (range)
      window
        .getSelection()
        .setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
  }

  /** Drop the selection; the keyboard goes on from `after` (UTF-16) if given. */
  clear(after = null) {
    if (this.raw()) window.getSelection().removeAllRanges();
    this.exact = null;
    this.kept = null;
    this.caret = after ? { anchor: after, head: after, isSpent: true } : null;
  }

  /**
   * Move by one word (or letter).
   *
   * @param direction 1 forwards in the text, -1 backwards
   * @returns the new selection
   */
  move(direction, { extend = false, byLetter = false } = {}) {
    const caret = this.adopt();
    if (byLetter && extend && caret && !caret.isSpent) return this.extendLetter(caret, direction);
    const next = byLetter ? this.letterFrom(caret, direction) : this.wordFrom(caret, direction);
    if (!next) return caret && this.hull(caret);
    return this.place(next, { extend, caret, exact: byLetter || (extend && this.exact !== null) });
  }

  /** Move the free end of the selection by one letter; it never becomes empty. */
  extendLetter(caret, direction) {
    const { text } = this.article;
    const { start, end } = this.hull(caret);
    const isEnd = caret.head.start >= caret.anchor.start;
    const from = isEnd ? end : start;
    const letter = direction > 0 ? graphemeAt(text, from) : graphemeAt(text, Math.max(0, from - 1));
    const to = direction > 0 ? letter.end : letter.start;
    const span = isEnd ? { start, end: to } : { start: to, end };
    if (span.start >= span.end || /[\r\n]/.test(text.slice(Math.min(from, to), Math.max(from, to))))
      return { start, end };
    const fixed = isEnd ? { start, end: start } : { start: end, end };
    this.caret = { anchor: fixed, head: { start: to, end: to } };
    this.exact = span;
    this.show(span);
    return span;
  }

  /** Move to the word nearest on the line below (1) or above (-1). */
  moveLine(direction, { extend = false } = {}) {
    const caret = this.adopt();
    if (!caret) return this.move(direction);
    const range = this.article.rangeOf(caret.head.start, caret.head.end);
    if (!range) return null;
    range.startContainer.parentElement?.scrollIntoView({ block: "nearest" });
    const box = range.getBoundingClientRect();
    const step = Number.parseFloat(getComputedStyle(this.article.element).lineHeight) || box.height;
    const x = box.left + box.width / 2;
    for (let lines = 1; lines <= 4; lines += 1) {
      const offset = this.offsetAtPoint(x, box.top + box.height / 2 + direction * lines * step);
      const word = offset === null ? null : this.wordNear(offset);
      if (word && (direction > 0 ? word.start > caret.head.start : word.start < caret.head.start)) {
        return this.place(word, { extend, caret });
      }
    }
    return this.hull(caret);
  }

  /** Move to the first (-1) or last (1) word of the paragraph. */
  moveParagraph(direction) {
    const caret = this.adopt();
    const place = this.article.paragraphs.find((one) => one.end > (caret?.head.start ?? 0));
    if (!place) return null;
    const inside = this.allWords().filter((word) => word.start >= place.start && word.end <= place.end);
    const word = direction < 0 ? inside[0] : inside.at(-1);
    return word ? this.place(word, { caret }) : null;
  }

  place(unit, { extend = false, caret = null, exact = false }) {
    this.caret = { anchor: extend && caret && !caret.isSpent ? caret.anchor : unit, head: unit };
    const span = this.hull(this.caret);
    this.exact = exact ? span : null;
    this.show(span);
    this.article.nodes[this.paragraphIndex(unit.start)]?.classList.remove("is-lazy");
    return span;
  }

  hull({ anchor, head }) {
    return { start: Math.min(anchor.start, head.start), end: Math.max(anchor.end, head.end) };
  }

  /** The caret, taken from the browser's selection where that was moved by other means. */
  adopt() {
    const raw = this.raw();
    if (!raw) return this.caret;
    const hull = this.caret && this.hull(this.caret);
    if (!hull || hull.start !== raw.start || hull.end !== raw.end) this.caret = { anchor: raw, head: raw };
    return this.caret;
  }

  wordFrom(caret, direction) {
    const all = this.allWords();
    if (!caret) return this.firstVisibleWord() ?? all[0] ?? null;
    if (direction > 0) return all[firstIndex(all, (word) => word.start >= caret.head.end)] ?? null;
    return all[firstIndex(all, (word) => word.end > caret.head.start) - 1] ?? null;
  }

  letterFrom(caret, direction) {
    const { text } = this.article;
    if (!caret) return this.wordFrom(null, 1);
    let offset = direction > 0 ? caret.head.end : caret.head.start - 1;
    while (offset >= 0 && offset < text.length && /[\r\n]/.test(text[offset])) offset += direction;
    return offset < 0 || offset >= text.length ? null : graphemeAt(text, offset);
  }

  wordNear(offset) {
    const all = this.allWords();
    const index = firstIndex(all, (word) => word.end > offset);
    return all[Math.min(index, all.length - 1)] ?? null;
  }

  firstVisibleWord() {
    const { top } = this.article.bounds();
    const node = this.article.nodes.find((one) => one.getBoundingClientRect().bottom > top);
    const place = node && this.article.paragraphs[this.article.nodes.indexOf(node)];
    return place ? (this.wordNear(place.start) ?? null) : null;
  }

  allWords() {
    this.words ??= words(this.article.text);
    return this.words;
  }

  paragraphIndex(offset) {
    return this.article.paragraphs.findIndex((place) => offset < place.end);
  }

  offsetAtPoint(x, y) {
    const position = document.caretPositionFromPoint
      ? document.caretPositionFromPoint(x, y)
      : fromRange(document.caretRangeFromPoint?.(x, y));
    if (!position || !this.article.element.contains(position.offsetNode)) return null;
    return this.offsetOf(position.offsetNode, position.offset, true);
  }

  /** The place in the source text of a DOM position; end points on elements go to the nearest text. */
  offsetOf(node, offset, isStart) {
    if (node.nodeType === Node.TEXT_NODE && node._o !== undefined) return node._o + offset;
    const { element, paragraphs } = this.article;
    if (!element.contains(node)) {
      const isBefore =
        node.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING || node.contains(element);
      return isStart && isBefore ? 0 : (paragraphs.at(-1)?.end ?? null);
    }
    const range = document.createRange();
    range.setStart(node, offset);
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let last = null;
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      const isAfter = range.comparePoint(text, 0) >= 0;
      if (isAfter && isStart) return text._o;
      if (isAfter) return last ? last._o + last.data.length : text._o;
      last = text;
    }
    return last ? last._o + last.data.length : null;
  }
}

/** The first index at which `test` holds, by bisection; `list.length` when it never does. */
function firstIndex(list, test) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(list[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

function fromRange(range) {
  return range ? { offsetNode: range.startContainer, offset: range.startOffset } : null;
}

/** Whether the text runs right to left where a node stands: → then goes backwards. */
export function isRightToLeft(element) {
  return element ? getComputedStyle(element).direction === "rtl" : false;
}
