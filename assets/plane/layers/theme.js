// Colours and type: the ten classes', and those of the page that a component stands in.

// Ten colours that stay apart for colour-blind eyes: M. A. Petroff, "Accessible Color Sequences for Data
// Visualization" (2021, arXiv:2107.02270).
export const CLASS_COLOURS = [
  "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
];

/** The page's theme as it is at this element now; `size` of its type in px. */
export function pageTheme(element) {
  const style = getComputedStyle(element);
  const read = (name, fallback) => style.getPropertyValue(`--st-${name}`).trim() || fallback;
  return {
    text: read("text-color", "#31333f"),
    background: read("background-color", "#ffffff"),
    panel: read("secondary-background-color", "#f0f2f6"),
    border: read("border-color", "#d3d5da"),
    accent: read("primary-color", "#3b5bdb"),
    font: read("font", "sans-serif"),
    size: Number.parseFloat(style.getPropertyValue("--lp-type")) || 13,
  };
}

const parsing = typeof document === "undefined" ? null : document.createElement("canvas").getContext("2d");

/** Red, green and blue, 0…255 each, of any colour that CSS knows. */
export function colourParts(colour) {
  parsing.fillStyle = "#000000";
  parsing.fillStyle = colour; // reads as #rrggbb, or as rgba(…) where it is not opaque
  const { fillStyle } = parsing;
  if (!fillStyle.startsWith("#")) return fillStyle.match(/[\d.]+/g).slice(0, 3).map(Number);
  return [1, 3, 5].map((from) => Number.parseInt(fillStyle.slice(from, from + 2), 16));
}
