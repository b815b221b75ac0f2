// Guidelines come from files: only text may come out of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBlocks, parseInline } from "../../annotator/ui/frontend/markdown.js";

test("blocks", () => {
  const source =
    "# Title\n\nOne\ntwo\n\n- a\n  - b\n- c\n\n1. first\n\n> said\n\n```\n<b>\n```\n\n| A | B |\n|---|---|\n| 1 | x \\| y |";
  assert.deepEqual(parseBlocks(source), [
    { kind: "heading", level: 1, text: "Title" },
    { kind: "paragraph", text: "One two" },
    {
      kind: "list",
      ordered: false,
      items: [
        { depth: 0, ordered: false, text: "a" },
        { depth: 1, ordered: false, text: "b" },
        { depth: 0, ordered: false, text: "c" },
      ],
    },
    { kind: "list", ordered: true, items: [{ depth: 0, ordered: true, text: "first" }] },
    { kind: "quote", text: "said" },
    { kind: "code", text: "<b>" },
    { kind: "table", head: ["A", "B"], rows: [["1", "x | y"]] },
  ]);
});

test("inline marks", () => {
  assert.deepEqual(parseInline("a **b** *c* `d` _e_"), [
    { kind: "text", text: "a " },
    { kind: "strong", text: "b" },
    { kind: "text", text: " " },
    { kind: "em", text: "c" },
    { kind: "text", text: " " },
    { kind: "code", text: "d" },
    { kind: "text", text: " " },
    { kind: "em", text: "e" },
  ]);
});

const HARMLESS = [
  ["markup", "<img src=x onerror=alert(1)>"],
  ["a script", "<script>alert(1)</script>"],
  ["a script link", "[click](javascript:alert(1))"],
  ["names with underscores", "presupposed_judgement and loaded_language"],
  ["a lone star", "2 * 3 * 4"],
];
for (const [name, source] of HARMLESS) {
  test(`${name} stays text`, () =>
    assert.deepEqual([...new Set(parseInline(source).map((part) => part.kind))], ["text"]));
}

test("a link shows its address instead of going there", () => {
  assert.deepEqual(parseInline("[law](https://x.example)"), [{ kind: "text", text: "law (https://x.example)" }]);
});

test("windows line ends and unfinished blocks do not hang", () => {
  assert.equal(parseBlocks("# a\r\n\r\n```\r\nopen").length, 2);
  assert.equal(parseBlocks("| not a table\n| at all").length, 2);
  assert.deepEqual(parseBlocks(undefined), []);
});
