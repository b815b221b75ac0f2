/** A throw-away layer over the text (evidence of a frame), by the CSS Custom Highlight API where it exists. */

const NAME = "fa-evidence";

/** Highlight these DOM ranges instead of the last ones. */
export function highlight(ranges) {
  if (!globalThis.CSS?.highlights || typeof Highlight === "undefined") return;
  const drawn = ranges.filter(Boolean);
  if (drawn.length) CSS.highlights.set(NAME, new Highlight(...drawn));
  else CSS.highlights.delete(NAME);
}
