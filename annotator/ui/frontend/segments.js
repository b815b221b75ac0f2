/**
 * Words, paragraphs and letters of a text, in UTF-16 units.
 *
 * The word pattern is that of `annotator/segments.py`; `tests/data/segments.json` keeps the two alike.
 */

const WORD = /(?:\p{L}\.){2,}|[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}\u200d_]|[.,'’\-‑&/](?=[\p{L}\p{N}]))*/gu;
const PARAGRAPH = /[^\r\n]+/g;
const EDGE = /[\p{P}\p{Z}\p{C}]/u;

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

/** Drop white space and punctuation at both ends; null when nothing else is covered. */
export function trimSpan(text, span) {
  let { start, end } = span;
  end = Math.min(end, text.length);
  while (start < end) {
    const character = String.fromCodePoint(text.codePointAt(start));
    if (!EDGE.test(character)) break;
    start += character.length;
  }
  while (end > start) {
    const character = lastCharacter(text, end);
    if (!EDGE.test(character)) break;
    end -= character.length;
  }
  return start < end ? { start, end } : null;
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
