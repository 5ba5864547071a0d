// What is known of the image under the pointer: its picture, its reconstruction, its label, its −ELBO and its KL.

import { beside } from "./beside.js";
import { elboTerms } from "../math/elbo.js";
import { standardNormals } from "../math/normal.js";
import { formatNumber } from "../format/numbers.js";
import { SPLITS } from "../format/names.js";
import { greyValues, paint } from "./paint.js";

const GAP = { mouse: 16, pen: 16, touch: 40 }; // px from the pointer; a finger hides more
const N_DRAWS = 8; // of z for the −ELBO, the same ones every time
const BUDGET = 2; // ms for the −ELBO while the pointer moves; a slower one waits until the pointer rests
const REST = 120; // ms on one point

const SKELETON = `
  <div>
    <figure><canvas width="28" height="28"></canvas><figcaption>image</figcaption></figure>
    <figure><canvas width="28" height="28"></canvas><figcaption>reconstruction</figcaption></figure>
  </div>
  <span></span><small></small>`;

/** @param {HTMLElement} element filled by this module; it lies within the plane, at its upper left corner */
export function createHoverCard(element) {
  element.innerHTML = SKELETON;
  const [original, reconstruction] = element.querySelectorAll("canvas");
  const [title, figures] = element.querySelectorAll("span, small");
  let shown = null; // {payload, index}
  let timer = 0;
  let cost = 0; // ms, of the newest −ELBO: of some likelihoods it is far more than the decoding

  const fill = (payload, index) => {
    shown = { payload, index };
    title.textContent = `${payload.labels[index]} · ${SPLITS[payload.split]} image ${index}`;
    figures.textContent = "−ELBO …"; // it keeps its lines
    const started = performance.now();
    paint(reconstruction, payload.decodeLatent(row(payload.mu, payload, index)), payload.imageShape);
    const decoding = performance.now() - started;
    const bytes = payload.images.bytes(index);
    if (bytes) return fillRest(bytes, Math.max(cost, N_DRAWS * decoding) > BUDGET);
    original.getContext("2d").clearRect(0, 0, original.width, original.height);
    const { images } = payload;
    images.load(index).then((loaded) => isShown(payload, index) && fillRest(loaded, false)).catch(() => {
      if (isShown(payload, index)) figures.textContent = "its picture did not come";
    });
  };
  const fillRest = (bytes, later) => {
    const { payload, index } = shown;
    const x = greyValues(bytes);
    paint(original, x, payload.imageShape);
    clearTimeout(timer);
    if (!later) return showFigures(payload, index, x);
    timer = setTimeout(() => isShown(payload, index) && showFigures(payload, index, x), REST);
  };
  const showFigures = (payload, index, x) => {
    const [mu, logvar] = [payload.mu, payload.logvar].map((values) => row(values, payload, index));
    const started = performance.now();
    const { elbo, kl } = elboTerms(payload, x, mu, logvar, draws(payload.latentDim));
    cost = performance.now() - started;
    figures.textContent = `−ELBO ${formatNumber(-elbo, 1)} nats\nof which KL ${formatNumber(kl, 1)}`;
  };
  const isShown = (payload, index) => shown?.payload === payload && shown.index === index;

  return {
    /** Show image `index` of a payload near a pointer event, inside of the element `within`. */
    show(payload, index, event, within) {
      if (!isShown(payload, index)) fill(payload, index);
      element.hidden = false;
      const box = within.getBoundingClientRect();
      const pointer = [event.clientX - box.left, event.clientY - box.top];
      const size = [element.offsetWidth, element.offsetHeight];
      const corner = beside(pointer, size, [box.width, box.height], GAP[event.pointerType] ?? GAP.mouse);
      element.style.translate = corner.map((value) => `${value}px`).join(" ");
    },
    hide() {
      clearTimeout(timer);
      shown = null;
      element.hidden = true;
    },
  };
}

function row(values, { latentDim: J }, i) {
  return values.subarray(i * J, (i + 1) * J);
}

const kept = new Map(); // J → draws

function draws(J) {
  if (!kept.has(J)) {
    const all = standardNormals(N_DRAWS * J, 1);
    kept.set(J, Array.from({ length: N_DRAWS }, (_, l) => all.subarray(l * J, (l + 1) * J)));
  }
  return kept.get(J);
}
