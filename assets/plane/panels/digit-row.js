// A row of real digits, each a button with its picture, its label and a number.

import { greyValues, paint } from "../layers/paint.js";
import { formatNumber } from "../format/numbers.js";

/**
 * @param {HTMLElement} element filled by this module
 * @param {function(number): void} choose called with the index of the digit that is pressed
 * @returns {function(object, {index: number, distance: number}[]): void} shows these images of a payload; cheap
 *   enough for every frame: what stays the same is not touched
 */
export function createDigits(element, choose) {
  element.classList.add("lp-digits");
  const shown = []; // by button: {index, images}
  const add = () => {
    const at = element.children.length;
    const button = document.createElement("button");
    button.type = "button";
    button.innerHTML = `<canvas width="28" height="28"></canvas><span></span>`;
    button.addEventListener("click", () => choose(shown[at].index));
    element.append(button);
  };
  const describe = (button, label, { index, distance }) => {
    const text = `${label} · ${formatNumber(distance)}`;
    const caption = button.lastChild;
    if (caption.textContent === text && button.dataset.index === String(index)) return;
    caption.textContent = text;
    button.dataset.index = index;
    button.title = `Image ${index}, a ${label}, ${formatNumber(distance)} away: go there`;
  };
  const picture = (canvas, at, { index }, { images, imageShape }) => {
    const before = shown[at];
    if (before?.index === index && before.images === images) return;
    const now = { index, images };
    shown[at] = now;
    const fill = (bytes) => shown[at] === now && paint(canvas, greyValues(bytes), imageShape);
    const bytes = images.bytes(index);
    if (bytes) return fill(bytes);
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    images.load(index).then(fill).catch(() => {}); // it stays dark
  };
  return (payload, digits) => {
    while (element.children.length < digits.length) add();
    while (element.children.length > digits.length) element.lastChild.remove();
    shown.length = Math.min(shown.length, digits.length);
    digits.forEach((digit, at) => {
      const button = element.children[at];
      describe(button, payload.labels[digit.index], digit);
      picture(button.firstChild, at, digit, payload);
    });
  };
}
