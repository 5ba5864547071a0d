// Row of real digits, each a button with picture, label and distance.

import { context2d, find } from "../dom.js";
import { classOf } from "../format/names.js";
import { formatNumber } from "../format/numbers.js";
import { greyValues, paint } from "../layers/paint.js";

/**
 * @import { ImageSource, SeenPayload } from "../types.js"
 *
 * @typedef {{index: number, distance: number}} Neighbour
 */

/**
 * @param {HTMLElement} element filled by this module
 * @param {(index: number) => void} choose called with the index of the digit that is pressed
 * @returns {(payload: SeenPayload, neighbours: Neighbour[]) => void} shows these images; cheap enough for every frame,
 *   since only changes touch the page
 */
export function createDigitRow(element, choose) {
  element.classList.add("lp-digits");
  /** @type {{index: number, images: ImageSource}[]} */
  const shown = []; // by button
  const add = () => {
    const at = element.children.length;
    const button = document.createElement("button");
    button.type = "button";
    button.innerHTML = `<canvas width="28" height="28"></canvas><span></span>`;
    button.addEventListener("click", () => choose(shown[at].index));
    element.append(button);
  };
  const describe = (/** @type {HTMLElement} */ button, /** @type {string} */ label, /** @type {Neighbour} */ { index, distance }) => {
    const text = `${label} · ${formatNumber(distance)}`;
    const caption = find(button, "span");
    if (caption.textContent === text && button.dataset.index === String(index)) return;
    caption.textContent = text;
    button.dataset.index = String(index);
    button.title = `Image ${index}, a ${label}, ${formatNumber(distance)} away: go there`;
  };
  const picture = (
    /** @type {HTMLCanvasElement} */ canvas, /** @type {number} */ at, /** @type {number} */ index,
    /** @type {SeenPayload} */ { images, imageShape },
  ) => {
    const before = shown[at];
    if (before?.index === index && before.images === images) return;
    const now = { index, images };
    shown[at] = now;
    const fill = (/** @type {Uint8Array} */ bytes) => {
      if (shown[at] === now) paint(canvas, greyValues(bytes), imageShape);
    };
    const bytes = images.bytes(index);
    if (bytes) return fill(bytes);
    context2d(canvas).clearRect(0, 0, canvas.width, canvas.height);
    images.load(index).then(fill).catch(() => {}); // it stays dark
  };
  return (payload, neighbours) => {
    while (element.children.length < neighbours.length) add();
    while (element.children.length > neighbours.length) element.lastChild?.remove();
    shown.length = Math.min(shown.length, neighbours.length);
    neighbours.forEach((neighbour, at) => {
      const button = /** @type {HTMLElement} */ (element.children[at]);
      describe(button, classOf(payload, neighbour.index).name, neighbour);
      picture(/** @type {HTMLCanvasElement} */ (button.firstChild), at, neighbour.index, payload);
    });
  };
}
