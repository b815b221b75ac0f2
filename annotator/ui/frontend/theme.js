/** Light or dark, and the codebook's colours, from Streamlit's theme variables. */

/** Relative luminance 0 to 1 of `#rgb`, `#rrggbb`, `rgb()`; null when unreadable. Source: WCAG 2.2. */
export function luminance(color) {
  const channels = parseColor(color);
  if (!channels) return null;
  const [red, green, blue] = channels.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function parseColor(color) {
  const text = (color ?? "").trim();
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})(?:[0-9a-f]{2})?$/i.exec(text)?.[1];
  if (hex) {
    const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
    return [0, 2, 4].map((place) => Number.parseInt(full.slice(place, place + 2), 16));
  }
  const rgb = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/i.exec(text);
  return rgb ? rgb.slice(1, 4).map(Number) : null;
}

/** "light" or "dark", by the background the element stands on. */
export function themeOf(element) {
  const background = getComputedStyle(element).getPropertyValue("--st-background-color");
  const light = luminance(background);
  if (light === null) return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return light < 0.4 ? "dark" : "light";
}

const isColor = (value) => /^#[0-9a-f]{3,8}$/i.test(value ?? "");
const LINES = new Set(["solid", "double", "dotted", "dashed", "wavy"]);

/**
 * Put the theme and every device's colour on the root: marks only name `var(--fa-d<n>)`, so a change of
 * theme redraws nothing.
 */
export function applyTheme(root, labels) {
  const theme = themeOf(root);
  root.dataset.theme = theme;
  (labels?.devices ?? []).forEach((device, index) => {
    const color = device.color?.[theme];
    root.style.setProperty(`--fa-d${index}`, isColor(color) ? color : "var(--fa-quiet)");
  });
}

/** The CSS variables that draw a device: its colour and line style. */
export function deviceStyle(labels, id) {
  const index = labels.devices.findIndex((device) => device.id === id);
  const line = labels.devices[index]?.line;
  return { "--c": index < 0 ? "var(--fa-quiet)" : `var(--fa-d${index})`, "--line": LINES.has(line) ? line : "solid" };
}
