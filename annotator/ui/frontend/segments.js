/**
 * Words, paragraphs and letters of a text, in UTF-16 units.
 *
 * The word pattern is that of `annotator/segments.py`; `tests/data/segments.json` keeps the two alike.
 */

const WORD = /(?:\p{L}\.){2,}(?:[\-‑][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*|[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}\u200d_]|[.,'’\-‑&/](?=[\p{L}\p{N}]))*/gu;
const PARAGRAPH = /[^\r\n]+/g;
const EDGE = /[\p{P}\p{Z}\p{C}]/u;

/** Opening mark → the mark that closes it. */
const PAIRS = new Map([..."“” ‘’ «» „“ \"\" () []".split(" ")].map(([open, close]) => [open, close]));

const graphemes =
  typeof Intl !== "undefined" && Intl.Segmenter ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

/** Every word of `text` as [start, end), without edge punctuation. */
export function words(text) {
  return Array.from(text.matchAll(WORD), (match) => ({ start: match.index, end: match.index + match[0].length }));
}

/** Every run without line breaks that holds something other than white space. */
export function paragraphs(text) {
  const found = [];
  for (const match of text.matchAll(PARAGRAPH)) {
    if (match[0].trim()) found.push({ start: match.index, end: match.index + match[0].length });
  }
  return found;
}

/** The words that begin or end inside the lines that [start, end) touches. */
function wordsAround(text, start, end) {
  const from = lineStart(text, start);
  const to = lineEnd(text, end);
  return words(text.slice(from, to)).map((word) => ({ start: word.start + from, end: word.end + from }));
}

/** Widen a span to whole words at both ends; ends inside no word stay where they are. */
export function snapToWords(text, span) {
  let { start, end } = span;
  for (const word of wordsAround(text, start, end)) {
    if (word.start < span.start && span.start < word.end) start = word.start;
    if (word.start < span.end && span.end < word.end) end = word.end;
  }
  return { start, end };
}

/**
 * Drop white space and punctuation at both ends, but keep pairs of quotation marks and brackets whole; null when
 * nothing else is covered. As `trim_span` in `annotator/spans.py`.
 */
export function trimSpan(text, span) {
  let { start } = span;
  let end = Math.min(span.end, text.length);
  if ([...text.slice(start, end)].every((character) => EDGE.test(character))) return null;
  for (;;) {
    const first = String.fromCodePoint(text.codePointAt(start));
    if (!EDGE.test(first) || (PAIRS.has(first) && text.slice(start + 1, end).includes(PAIRS.get(first)))) break;
    start += first.length;
  }
  for (;;) {
    const last = lastCharacter(text, end);
    if (!EDGE.test(last) || openers(last).some((mark) => text.slice(start, end - 1).includes(mark))) break;
    end -= last.length;
  }
  return withPartners(text, start, end);
}

function withPartners(text, start, end) {
  const covered = text.slice(start, end);
  const count = (mark) => covered.split(mark).length - 1;
  const [after, before] = [text.charAt(end), text.charAt(start - 1)];
  const isLeftOpen = (mark) => (mark === after ? count(mark) % 2 === 1 : count(mark) > count(after));
  if (after && openers(after).some(isLeftOpen)) return { start, end: end + 1 };
  const closing = PAIRS.get(before) ?? before;
  if (closing !== before && count(closing) > count(before)) return { start: start - 1, end };
  return { start, end };
}

function openers(closing) {
  return [...PAIRS].filter(([, partner]) => partner === closing).map(([mark]) => mark);
}

/** Widen a span so that it cuts no letter, accent or emoji in two. */
export function wholeGraphemes(text, span) {
  return { start: graphemeAt(text, span.start).start, end: graphemeEnd(text, span.end) };
}

/** The grapheme that covers `offset` (or begins there). */
export function graphemeAt(text, offset) {
  const from = lineStart(text, offset);
  for (const piece of segmentsOf(text.slice(from, lineEnd(text, offset)))) {
    const start = from + piece.index;
    const end = start + piece.segment.length;
    if (offset < end) return { start, end };
  }
  return { start: offset, end: Math.min(offset + 1, text.length) };
}

function graphemeEnd(text, offset) {
  if (offset <= lineStart(text, offset) || offset >= text.length || offset === lineEnd(text, offset)) return offset;
  const piece = graphemeAt(text, offset);
  return piece.start < offset ? piece.end : offset;
}

function segmentsOf(line) {
  if (graphemes) return graphemes.segment(line);
  let index = 0;
  return Array.from(line, (segment) => {
    const piece = { segment, index };
    index += segment.length;
    return piece;
  });
}

function lastCharacter(text, end) {
  const unit = text.charCodeAt(end - 1);
  const isLow = unit >= 0xdc00 && unit <= 0xdfff && end > 1;
  return isLow ? text.slice(end - 2, end) : text[end - 1];
}

function lineStart(text, offset) {
  return Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1), -1) + 1;
}

function lineEnd(text, offset) {
  let end = offset;
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end += 1;
  return end;
}

/**
 * What a selection means: whole letters always; unless `exact`, whole words without edge punctuation.
 * Null when nothing is left.
 */
export function chosenSpan(text, span, { exact = false } = {}) {
  const whole = wholeGraphemes(text, span);
  if (whole.start >= whole.end) return null;
  if (exact) return whole;
  const trimmed = trimSpan(text, whole);
  return trimmed && trimSpan(text, snapToWords(text, trimmed));
}
