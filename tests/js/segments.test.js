// What a selection means: whole letters, whole words, no edge punctuation, unless it is to be exact.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OffsetMap } from "../../annotator/ui/frontend/offsets.js";
import { chosenSpan, graphemeAt, wholeGraphemes } from "../../annotator/ui/frontend/segments.js";

const chosen = (text, start, end, options) => {
  const span = chosenSpan(text, { start, end }, options);
  return span && text.slice(span.start, span.end);
};

const CASES = [
  ["part of a word becomes the word", "the illicit bases", 6, 8, {}, "illicit"],
  ["trailing space and comma go", "the bases, they", 4, 11, {}, "bases"],
  ["scare quotes stay when both are selected", "a “peace” plan", 2, 9, {}, "“peace”"],
  ["half a pair of quotes goes", "a “peace” plan", 2, 8, {}, "peace"],
  ["scare quotes stay when exact", "a “peace” plan", 2, 9, { exact: true }, "“peace”"],
  ["part of a word stays when exact", "the illicit bases", 6, 8, { exact: true }, "li"],
  ["half an emoji becomes the emoji", "🎉🎉 x", 1, 2, { exact: true }, "🎉"],
  ["half a fire fighter becomes whole", "👩🏽‍🚒 fights", 2, 4, { exact: true }, "👩🏽‍🚒"],
  ["an accent is not cut off", "re\u0301gime", 0, 2, { exact: true }, "re\u0301"],
  ["half a flag becomes a flag", "🇩🇪🇫🇷", 4, 6, { exact: true }, "🇫🇷"],
  ["only white space is nothing", "a   b", 1, 4, {}, null],
  ["only punctuation is nothing", "a – b", 1, 4, {}, null],
  ["over a line break", "one two\r\nthree four", 4, 14, {}, "two\r\nthree"],
  ["arabic", "قال النظام أغلق", 6, 8, {}, "النظام"],
];
for (const [name, text, start, end, options, expected] of CASES) {
  test(name, () => assert.equal(chosen(text, start, end, options), expected));
}

test("whole graphemes leave the end of the text and of a line alone", () => {
  assert.deepEqual(wholeGraphemes("ab\r\ncd", { start: 0, end: 2 }), { start: 0, end: 2 });
  assert.deepEqual(wholeGraphemes("ab", { start: 1, end: 2 }), { start: 1, end: 2 });
});

test("the letter at an offset is looked for in its own line", () => {
  assert.deepEqual(graphemeAt("ab\r\n👩🏽‍🚒", 4), { start: 4, end: 11 });
});

test("an offset inside a pair or outside the text is refused", () => {
  const map = new OffsetMap("a🪧b");
  assert.equal(map.toCodepoint(2), null);
  assert.equal(map.toCodepoint(5), null);
  assert.equal(map.toUtf16(4), null);
  assert.equal(map.toUtf16(-1), null);
});
