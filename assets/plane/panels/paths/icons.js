// Icons of pins and film, 16×16, in the colour of the text.

/** @type {Record<string, string>} */
const PATHS = {
  up: "M8 13V3M4 7l4-4 4 4",
  down: "M8 3v10M4 9l4 4 4-4",
  remove: "M4 4l8 8M12 4l-8 8",
  play: "M4.500 2.500v11l9-5.500z",
  pause: "M5 3v10M11 3v10",
};

/**
 * An icon as SVG markup.
 * @param {string} name
 */
export function icon(name) {
  const path = `<path d="${PATHS[name]}"/>`;
  return `<svg class="lp-paths-sign lp-paths-${name}" viewBox="0 0 16 16" aria-hidden="true">${path}</svg>`;
}
