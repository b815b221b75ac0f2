/**
 * A small part of Markdown, for guidelines: headings, paragraphs, lists, tables, quotes, code, **strong**,
 * *emphasis*. Everything else is plain text. Only text nodes are made: markup in the source stays visible.
 */

import { h } from "./dom.js";

/** @param {string} source @returns {DocumentFragment} */
export function renderMarkdown(source) {
  const fragment = document.createDocumentFragment();
  for (const block of parseBlocks(source)) fragment.append(renderBlock(block));
  return fragment;
}

const LIST_ITEM = /^(\s*)(?:[-*+]|(\d+)[.)])\s+(.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** Source → blocks; pure. */
export function parseBlocks(source) {
  const lines = (source ?? "").replace(/\r\n?/g, "\n").split("\n");
  const blocks = [];
  let i = 0;
  while (i < lines.length) {
    const line = lines[i];
    const heading = /^(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
    if (!line.trim()) i += 1;
    else if (heading) {
      blocks.push({ kind: "heading", level: heading[1].length, text: heading[2] });
      i += 1;
    } else if (/^\s*```/.test(line)) i = takeCode(lines, i, blocks);
    else if (line.trim().startsWith("|") && TABLE_RULE.test(lines[i + 1] ?? "")) i = takeTable(lines, i, blocks);
    else if (LIST_ITEM.test(line)) i = takeList(lines, i, blocks);
    else if (/^\s*>/.test(line))
      i = takeWhile(
        lines,
        i,
        (one) => /^\s*>/.test(one),
        (some) => blocks.push({ kind: "quote", text: some.map((one) => one.replace(/^\s*>\s?/, "")).join(" ") }),
      );
    else
      i = takeWhile(lines, i, isPlain, (some) =>
        blocks.push({ kind: "paragraph", text: some.map((one) => one.trim()).join(" ") }),
      );
  }
  return blocks;
}

function isPlain(line, index) {
  return (
    line.trim() &&
    (index === 0 || !(/^#{1,6}\s|^\s*```|^\s*>/.test(line) || LIST_ITEM.test(line) || line.trim().startsWith("|")))
  );
}

function takeWhile(lines, from, test, use) {
  let i = from;
  while (i < lines.length && test(lines[i], i - from)) i += 1;
  if (i === from) i += 1;
  use(lines.slice(from, i));
  return i;
}

function takeCode(lines, from, blocks) {
  let i = from + 1;
  while (i < lines.length && !/^\s*```/.test(lines[i])) i += 1;
  blocks.push({ kind: "code", text: lines.slice(from + 1, i).join("\n") });
  return i + 1;
}

function takeTable(lines, from, blocks) {
  const rows = [];
  let i = from;
  for (; i < lines.length && lines[i].trim().startsWith("|"); i += 1) if (i !== from + 1) rows.push(cells(lines[i]));
  blocks.push({ kind: "table", head: rows[0], rows: rows.slice(1) });
  return i;
}

function cells(line) {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function takeList(lines, from, blocks) {
  const items = [];
  let i = from;
  const ordered = Boolean(LIST_ITEM.exec(lines[from])[2]);
  while (i < lines.length) {
    const item = LIST_ITEM.exec(lines[i]);
    if (item)
      items.push({ depth: Math.min(3, Math.floor(item[1].length / 2)), ordered: Boolean(item[2]), text: item[3] });
    else if (lines[i].trim() && /^\s/.test(lines[i])) items.at(-1).text += ` ${lines[i].trim()}`;
    else break;
    i += 1;
  }
  blocks.push({ kind: "list", ordered, items });
  return i;
}

function renderBlock(block) {
  if (block.kind === "heading") return h(`h${Math.min(6, block.level + 2)}`, {}, renderInline(block.text));
  if (block.kind === "code") return h("pre", {}, h("code", {}, block.text));
  if (block.kind === "quote") return h("blockquote", {}, renderInline(block.text));
  if (block.kind === "table") return renderTable(block);
  if (block.kind === "list") return renderList(block);
  return h("p", {}, renderInline(block.text));
}

function renderTable({ head, rows }) {
  return h(
    "table",
    {},
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        head.map((cell) => h("th", {}, renderInline(cell))),
      ),
    ),
    h(
      "tbody",
      {},
      rows.map((row) =>
        h(
          "tr",
          {},
          row.map((cell) => h("td", {}, renderInline(cell))),
        ),
      ),
    ),
  );
}

function renderList({ items }) {
  const root = h(items[0].ordered ? "ol" : "ul");
  const stack = [{ depth: items[0].depth, list: root }];
  for (const item of items) {
    while (stack.length > 1 && item.depth < stack.at(-1).depth) stack.pop();
    if (item.depth > stack.at(-1).depth && stack.at(-1).list.lastChild) {
      const inner = h(item.ordered ? "ol" : "ul");
      stack.at(-1).list.lastChild.append(inner);
      stack.push({ depth: item.depth, list: inner });
    }
    stack.at(-1).list.append(h("li", {}, renderInline(item.text)));
  }
  return root;
}

const INLINE =
  /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|(?<![\p{L}\p{N}])_([^_\s][^_]*)_(?![\p{L}\p{N}])|\[([^\]]+)\]\(([^)\s]+)\)/gu;

/** Inline marks → `[{kind, text}]`; pure. Links become their text and address, not an anchor. */
export function parseInline(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > from) parts.push({ kind: "text", text: text.slice(from, match.index) });
    const [, code, strong, strong2, emphasis, emphasis2, linkText, address] = match;
    if (code !== undefined) parts.push({ kind: "code", text: code });
    else if (strong ?? strong2) parts.push({ kind: "strong", text: strong ?? strong2 });
    else if (emphasis ?? emphasis2) parts.push({ kind: "em", text: emphasis ?? emphasis2 });
    else parts.push({ kind: "text", text: linkText === address ? linkText : `${linkText} (${address})` });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ kind: "text", text: text.slice(from) });
  return parts;
}

function renderInline(text) {
  return parseInline(text).map((part) =>
    part.kind === "text" ? part.text : h(part.kind, {}, part.kind === "code" ? part.text : renderInline(part.text)),
  );
}
