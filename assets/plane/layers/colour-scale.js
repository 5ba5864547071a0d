// Legend of a backdrop's colours: a strip with its two ends, in a corner of the plane.

import { find } from "../dom.js";
import { formatNumber } from "../format/numbers.js";

/** @import { ColourScale } from "./painters.js" */

/**
 * @param {HTMLElement} element filled by this module
 * @returns {(scale: ?ColourScale) => void} shows a scale, or none
 */
export function createColourScale(element) {
  element.innerHTML = `<span></span><div><output></output><i></i><output></output></div>`;
  const [title, strip] = [find(element, "span"), find(element, "i")];
  const [low, high] = [find(element, "output"), find(element, "output:last-child")];
  return (scale) => {
    element.hidden = !scale;
    if (!scale) return;
    title.textContent = scale.title;
    low.textContent = short(scale.low);
    high.textContent = short(scale.high);
    strip.style.background = `linear-gradient(to right, ${scale.colours.join(", ")})`;
  };
}

/** @param {number} value */
function short(value) {
  return value === Math.round(value) ? String(value) : formatNumber(value, value < 1 ? 2 : 1);
}
