// Colours: the ten classes', and those of the page that a component stands in.

// Ten colours that stay apart for colour-blind eyes: M. A. Petroff, "Accessible Color Sequences for Data
// Visualization" (2021, arXiv:2107.02270).
export const CLASS_COLOURS = [
  "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
];

/** Streamlit's theme as it is at this element now. */
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
  };
}
