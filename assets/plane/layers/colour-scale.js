// What the colours of a backdrop mean: a strip of them with its two ends, in a corner of the plane.

import { formatNumber } from "../format/numbers.js";

/** @returns {function(?object): void} shows {title, low, high, colours}, or nothing */
export function createScale(element) {
  element.innerHTML = `<span></span><div><output></output><i></i><output></output></div>`;
  const [title, { children: [low, strip, high] }] = element.children;
  return (scale) => {
    element.hidden = !scale;
    if (!scale) return;
    title.textContent = scale.title;
    low.textContent = short(scale.low);
    high.textContent = short(scale.high);
    strip.style.background = `linear-gradient(to right, ${scale.colours.join(", ")})`;
  };
}

function short(value) {
  return value === Math.round(value) ? String(value) : formatNumber(value, value < 1 ? 2 : 1);
}
