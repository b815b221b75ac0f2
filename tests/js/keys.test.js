// The one key table: no key twice, an action for each, and labels that do not take a command's key.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { commandFor, COMMANDS, eventKey, labelKeys, shownKey } from "../../annotator/ui/frontend/keys.js";

test("no key has two commands", () => {
  const keys = COMMANDS.flatMap((command) => command.keys);
  assert.deepEqual(
    keys.filter((key, index) => keys.indexOf(key) !== index),
    [],
  );
});

test("every command has help, a group and an action", () => {
  const source = readFileSync(new URL("../../annotator/ui/frontend/commands.js", import.meta.url), "utf8");
  for (const command of COMMANDS) {
    assert.ok(command.help && command.group, command.id);
    assert.match(source, new RegExp(`\\n  ${command.id}[:,]`), `${command.id} has an action`);
  }
});

const press = (key, modifiers = {}) => ({
  key,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  shiftKey: false,
  getModifierState: () => false,
  ...modifiers,
});

const EVENTS = [
  ["a letter", press("a"), "a"],
  ["a letter under caps lock", press("A"), "a"],
  ["shift and a letter", press("U", { shiftKey: true }), "Shift+U"],
  ["control", press("z", { ctrlKey: true }), "Ctrl+z"],
  ["control and shift", press("Z", { ctrlKey: true, shiftKey: true }), "Ctrl+Shift+Z"],
  ["command key of a Mac", press("z", { metaKey: true }), "Ctrl+z"],
  ["a character that needs shift", press("?", { shiftKey: true }), "?"],
  [
    "a bracket made with AltGr",
    press("[", { ctrlKey: true, altKey: true, getModifierState: (name) => name === "AltGraph" }),
    "[",
  ],
  ["arrows", press("ArrowRight", { altKey: true, shiftKey: true }), "Alt+Shift+ArrowRight"],
];
for (const [name, event, expected] of EVENTS)
  test(`key of an event: ${name}`, () => assert.equal(eventKey(event), expected));

test("keys of the table are found again by the event that makes them", () => {
  assert.equal(commandFor(eventKey(press("Z", { ctrlKey: true, shiftKey: true }))).id, "redo");
  assert.equal(commandFor(eventKey(press("Enter", { ctrlKey: true }))).id, "done");
  assert.equal(commandFor("y"), null);
});

test("a label cannot take a command's key, nor two labels one key", () => {
  const labels = {
    devices: [
      { id: "x", key: "1" },
      { id: "y", key: "a" },
      { id: "z", key: "1" },
    ],
    voices: [{ id: "own", key: "o" }],
    polarities: [{ id: "-", key: null }],
  };
  assert.deepEqual(
    [...labelKeys(labels)].map(([key, { kind, label }]) => [key, kind, label.id]),
    [
      ["1", "device", "x"],
      ["o", "voice", "own"],
    ],
  );
});

test("keys are shown for people", () => {
  assert.deepEqual(["Ctrl+z", "Alt+ArrowRight", "+", "a", "Delete"].map(shownKey), [
    "Ctrl+Z",
    "Alt+→",
    "+",
    "a",
    "Del",
  ]);
});
