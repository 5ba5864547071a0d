// Card at the point under the pointer: picture, reconstruction, label, −ELBO and KL.

import { context2d, find, findAll } from "../dom.js";
import { classOf, SPLITS } from "../format/names.js";
import { formatNumber } from "../format/numbers.js";
import { elboTerms } from "../math/elbo.js";
import { standardNormals } from "../math/normal.js";
import { beside } from "./beside.js";
import { greyValues, paint } from "./paint.js";

/** @import { SeenPayload } from "../types.js" */

/** @type {Record<string, number>} */
const GAPS = { mouse: 16, pen: 16, touch: 40 }; // px from the pointer; a finger hides more
const N_DRAWS = 8; // of z for the −ELBO, always the same
const BUDGET = 2; // ms for the −ELBO while the pointer moves; a slower one waits until the pointer rests
const REST = 120; // ms on one point

const SKELETON = `
  <div>
    <figure><canvas width="28" height="28"></canvas><figcaption>image</figcaption></figure>
    <figure><canvas width="28" height="28"></canvas><figcaption>reconstruction</figcaption></figure>
  </div>
  <span></span><small></small>`;

/** @param {HTMLElement} element filled by this module; a child of the plane, at its upper left corner */
export function createHoverCard(element) {
  element.innerHTML = SKELETON;
  const [original, reconstruction] = findAll(element, "canvas", HTMLCanvasElement);
  const [title, figures] = [find(element, "span"), find(element, "small")];
  /** @type {?{payload: SeenPayload, index: number}} */
  let shown = null;
  let timer = 0;
  let cost = 0; // ms of the last −ELBO, which may take far longer than decoding

  const fill = (/** @type {SeenPayload} */ payload, /** @type {number} */ index) => {
    shown = { payload, index };
    title.textContent = `${classOf(payload, index).name} · ${SPLITS[payload.split]} image ${index}`;
    figures.textContent = "−ELBO …"; // keeps its lines
    const started = performance.now();
    paint(reconstruction, payload.decodeLatent(row(payload.mu, payload, index)), payload.imageShape);
    const decoding = performance.now() - started;
    const bytes = payload.images.bytes(index);
    if (bytes) return fillRest(payload, index, bytes, Math.max(cost, N_DRAWS * decoding) > BUDGET);
    context2d(original).clearRect(0, 0, original.width, original.height);
    payload.images.load(index).then((loaded) => isShown(payload, index) && fillRest(payload, index, loaded, false)).catch(() => {
      if (isShown(payload, index)) figures.textContent = "its picture did not come";
    });
  };
  const fillRest = (
    /** @type {SeenPayload} */ payload, /** @type {number} */ index, /** @type {Uint8Array} */ bytes,
    /** @type {boolean} */ later,
  ) => {
    const x = greyValues(bytes);
    paint(original, x, payload.imageShape);
    clearTimeout(timer);
    if (!later) return showFigures(payload, index, x);
    timer = setTimeout(() => isShown(payload, index) && showFigures(payload, index, x), REST);
  };
  const showFigures = (
    /** @type {SeenPayload} */ payload, /** @type {number} */ index, /** @type {Float32Array} */ x,
  ) => {
    const [mu, logvar] = [payload.mu, payload.logvar].map((values) => row(values, payload, index));
    const started = performance.now();
    const { elbo, kl } = elboTerms(payload, x, mu, logvar, draws(payload.latentDim));
    cost = performance.now() - started;
    figures.textContent = `−ELBO ${formatNumber(-elbo, 1)} nats\nof which KL ${formatNumber(kl, 1)}`;
  };
  const isShown = (/** @type {SeenPayload} */ payload, /** @type {number} */ index) =>
    shown?.payload === payload && shown.index === index;

  return {
    /**
     * @param {SeenPayload} payload
     * @param {number} index of the image
     * @param {PointerEvent} event beside which the card goes
     * @param {HTMLElement} within the card stays inside it
     */
    show(payload, index, event, within) {
      if (!isShown(payload, index)) fill(payload, index);
      element.hidden = false;
      const box = within.getBoundingClientRect();
      const pointer = [event.clientX - box.left, event.clientY - box.top];
      const size = [element.offsetWidth, element.offsetHeight];
      const corner = beside(pointer, size, [box.width, box.height], GAPS[event.pointerType] ?? GAPS.mouse);
      element.style.translate = corner.map((value) => `${value}px`).join(" ");
    },
    hide() {
      clearTimeout(timer);
      shown = null;
      element.hidden = true;
    },
  };
}

/**
 * Row i of a matrix (N, J).
 * @param {Float32Array} values
 * @param {{latentDim: number}} payload
 * @param {number} i
 */
function row(values, { latentDim: J }, i) {
  return values.subarray(i * J, (i + 1) * J);
}

/** @type {Map<number, Float32Array[]>} */
const kept = new Map(); // J → draws

/** @param {number} J */
function draws(J) {
  let rows = kept.get(J);
  if (!rows) {
    const all = standardNormals(N_DRAWS * J, 1);
    kept.set(J, (rows = Array.from({ length: N_DRAWS }, (_, l) => all.subarray(l * J, (l + 1) * J))));
  }
  return rows;
}
