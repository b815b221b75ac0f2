/**
 * Code points ⇄ UTF-16 units. Python counts "🪧" as one, the browser as two.
 *
 * Everything stored or sent is in code points; everything that touches the DOM is in UTF-16 units.
 * Convert here and nowhere else. `tests/data/offsets.json` is the table that Python is tested with too.
 */

/** First index whose value is not less than `wanted`. */
function lowerBound(values, wanted) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class OffsetMap {
  /** @param {string} text exactly as stored */
  constructor(text) {
    this.text = text;
    /** UTF-16 offsets of the characters that take two units. */
    this.wide = [];
    for (const match of text.matchAll(/[\u{10000}-\u{10ffff}]/gu)) this.wide.push(match.index);
    this.wideCodepoints = this.wide.map((place, rank) => place - rank);
    /** Number of code points. */
    this.length = text.length - this.wide.length;
  }

  /** Code point offset of a UTF-16 offset, 0 to the end inclusive; null when it is outside or splits a pair. */
  toCodepoint(utf16) {
    if (!(utf16 >= 0 && utf16 <= this.text.length)) return null;
    const before = lowerBound(this.wide, utf16);
    if (before && this.wide[before - 1] + 1 === utf16) return null;
    return utf16 - before;
  }

  /** UTF-16 offset of a code point offset, 0 to `length` inclusive; null when it is outside. */
  toUtf16(codepoint) {
    if (!(codepoint >= 0 && codepoint <= this.length)) return null;
    return codepoint + lowerBound(this.wideCodepoints, codepoint);
  }

  /** The text of a span given in code points. */
  slice(start, end) {
    return this.text.slice(this.toUtf16(start), this.toUtf16(end));
  }
}
