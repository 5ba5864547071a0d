// Colours and type of the page.

import { context2d } from "../dom.js";

/** @import { Theme } from "../types.js" */

/**
 * The page's current theme at an element.
 * @param {Element} element
 * @returns {Theme}
 */
export function pageTheme(element) {
  const style = getComputedStyle(element);
  const read = (/** @type {string} */ name, /** @type {string} */ fallback) => style.getPropertyValue(`--st-${name}`).trim() || fallback;
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

/** @type {?CanvasRenderingContext2D} */
let parsing = null;

/**
 * Red, green and blue, 0…255 each, of any CSS colour.
 * @param {string} colour
 */
export function colourParts(colour) {
  parsing ??= context2d(document.createElement("canvas"));
  parsing.fillStyle = "#000000";
  parsing.fillStyle = colour; // reads as #rrggbb, or as rgba(…) where it is not opaque
  const fillStyle = String(parsing.fillStyle);
  if (!fillStyle.startsWith("#")) return (fillStyle.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  return [1, 3, 5].map((from) => Number.parseInt(fillStyle.slice(from, from + 2), 16));
}
