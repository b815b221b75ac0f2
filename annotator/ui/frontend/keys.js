/**
 * Every key, once: what the handlers obey and what the help shows.
 *
 * `keys` are written as `eventKey` writes them. Keys work only while the annotator has focus (WCAG 2.1.4)
 * and each has a button too. `alsoWhileTyping` marks those that work inside a text field.
 */

export const COMMANDS = [
  {
    id: "word",
    group: "Select",
    keys: ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"],
    help: "Go to the next or last word, or a line down or up",
  },
  {
    id: "extendWord",
    group: "Select",
    keys: ["Shift+ArrowRight", "Shift+ArrowLeft", "Shift+ArrowDown", "Shift+ArrowUp"],
    help: "Extend the selection by a word or a line",
  },
  { id: "letter", group: "Select", keys: ["Alt+ArrowRight", "Alt+ArrowLeft"], help: "Go by letter" },
  {
    id: "extendLetter",
    group: "Select",
    keys: ["Alt+Shift+ArrowRight", "Alt+Shift+ArrowLeft"],
    help: "Extend by letter",
  },
  { id: "paragraph", group: "Select", keys: ["Home", "End"], help: "First or last word of the paragraph" },
  {
    id: "cycle",
    group: "Select",
    keys: ["."],
    help: "Select the span at the selection; again for the next one below it",
  },
  { id: "clear", group: "Select", keys: ["Escape"], help: "Drop the selection; leave a field", alsoWhileTyping: true },
  { id: "startBack", group: "Current span", keys: ["["], help: "Begin one word earlier" },
  { id: "startForth", group: "Current span", keys: ["{"], help: "Begin one word later" },
  { id: "endForth", group: "Current span", keys: ["]"], help: "End one word later" },
  { id: "endBack", group: "Current span", keys: ["}"], help: "End one word earlier" },
  { id: "focusFrames", group: "Current span", keys: ["f"], help: "Choose its frames" },
  { id: "focusTarget", group: "Current span", keys: ["w"], help: "Say whom it evaluates (target)" },
  { id: "focusNote", group: "Current span", keys: ["m"], help: "Write a note" },
  { id: "remove", group: "Current span", keys: ["Delete", "Backspace"], help: "Delete it" },
  { id: "nextSuggestion", group: "Suggestions", keys: ["n", "j"], help: "Next suggestion" },
  { id: "previousSuggestion", group: "Suggestions", keys: ["p", "k"], help: "Previous suggestion" },
  { id: "accept", group: "Suggestions", keys: ["a"], help: "Accept" },
  { id: "edit", group: "Suggestions", keys: ["e"], help: "Accept and edit" },
  { id: "reject", group: "Suggestions", keys: ["x"], help: "Reject; on a span of yours: delete" },
  { id: "toggleSuggestions", group: "Suggestions", keys: ["h"], help: "Hide or show suggestions" },
  { id: "undo", group: "Article", keys: ["u", "Ctrl+z"], help: "Undo" },
  { id: "redo", group: "Article", keys: ["Shift+U", "Ctrl+Shift+Z", "Ctrl+y"], help: "Redo" },
  { id: "done", group: "Article", keys: ["Ctrl+Enter"], help: "Done, next article", alsoWhileTyping: true },
  { id: "skip", group: "Article", keys: ["Shift+S"], help: "Skip this article" },
  { id: "nextArticle", group: "Article", keys: ["Shift+N"], help: "Next article, status unchanged" },
  { id: "previousArticle", group: "Article", keys: ["Shift+P"], help: "Previous article" },
  { id: "guidelines", group: "Help", keys: ["g"], help: "Guidelines" },
  { id: "help", group: "Help", keys: ["?"], help: "These keys" },
];

const BY_KEY = new Map(COMMANDS.flatMap((command) => command.keys.map((key) => [key, command])));

/** A key event in the notation of the table; characters that need Shift ("?", "{") carry no "Shift+". */
export function eventKey(event) {
  const isAltGraph = event.getModifierState?.("AltGraph");
  const control = (event.ctrlKey || event.metaKey) && !isAltGraph;
  const alt = event.altKey && !isAltGraph;
  const isLetter = event.key.length === 1 && event.key.toLowerCase() !== event.key.toUpperCase();
  const shift = event.shiftKey && (event.key.length > 1 || isLetter);
  const key = isLetter ? (shift ? event.key.toUpperCase() : event.key.toLowerCase()) : event.key;
  return `${control ? "Ctrl+" : ""}${alt ? "Alt+" : ""}${shift ? "Shift+" : ""}${key}`;
}

/** The command of a key, or null. */
export function commandFor(key) {
  return BY_KEY.get(key) ?? null;
}

/**
 * The keys that give labels: `{key: {kind, label}}`. A key the commands own is not taken.
 *
 * @param labels the codebook as sent by the server
 */
export function labelKeys(labels) {
  const found = new Map();
  for (const [kind, list] of [
    ["device", labels.devices],
    ["voice", labels.voices],
    ["polarity", labels.polarities],
  ]) {
    for (const label of list ?? []) {
      if (label.key && !BY_KEY.has(label.key) && !found.has(label.key)) found.set(label.key, { kind, label });
    }
  }
  return found;
}

const SHOWN = {
  ArrowRight: "→",
  ArrowLeft: "←",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  Delete: "Del",
  " ": "Space",
};

/** A key for people: "Ctrl+Z", "→". */
export function shownKey(key) {
  const parts = key === "+" ? ["+"] : key.split("+");
  return parts
    .map((part) => SHOWN[part] ?? (part.length === 1 && parts.length > 1 ? part.toUpperCase() : part))
    .join("+");
}

/** The first key of a command, for tooltips. */
export function keyOf(id) {
  return shownKey(COMMANDS.find((command) => command.id === id).keys[0]);
}
