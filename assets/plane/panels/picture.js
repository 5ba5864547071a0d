// The picture at the machine's exit: what the decoder says at the place that the plane shows.

import { paint } from "../drawing/paint.js";
import { uniforms } from "../model/normal.js";
import { bernoulliSample, entropies } from "../model/pixels.js";
import { formatZ } from "../model/place.js";
import { panel } from "./panel.js";

const MODES = {
  mean: { name: "Mean", title: "The mean image of p(x|z)" },
  sample: { name: "Sample", title: "A draw from p(x|z): each pixel black or white, by its own chance" },
  entropy: { name: "Entropy", title: "How uncertain each pixel is, in bits" },
};
const choices = new Map(); // channel → {mode, seed: of the sample}

const SKELETON = `
  <figure class="lp-picture">
    <canvas width="28" height="28" role="img"></canvas>
    <figcaption><output class="lp-place" aria-live="off"></output><span class="lp-whence"></span></figcaption>
    <div class="lp-modes" role="group" aria-label="What is shown of p(x|z)">
      ${Object.entries(MODES).map(([mode, { name, title }]) =>
        `<button type="button" data-mode="${mode}" title="${title}">${name}</button>`).join("")}
    </div>
    <div class="lp-picture-foot">
      <p class="lp-mode-note" data-for="sample">each pixel by its chance</p>
      <button type="button" class="lp-again" data-for="sample">Draw again</button>
      <p class="lp-bits" data-for="entropy"><span aria-hidden="true">0</span><i></i><span>1 bit</span></p>
      <p class="lp-mode-note lp-sum" data-for="entropy"></p>
    </div>
  </figure>`;

/** A message: {channel, plain: whether the mean alone is offered}. */
export const mount = panel((parent) => {
  parent.innerHTML = SKELETON;
  const find = (selector) => parent.querySelector(selector);
  const [figure, canvas, place, whence, sum] = ["figure", "canvas", ".lp-place", ".lp-whence", ".lp-sum"].map(find);
  const buttons = [...parent.querySelectorAll("[data-mode]")];
  let choice = null;
  let shown = null;
  let chances = null; // {seed, values}: uniform numbers, the same while z moves, so that a sample does not flicker

  const chancesFor = (n) => {
    const { seed } = choice;
    if (chances?.seed !== seed || chances.values.length !== n) {
      chances = { seed, values: Float32Array.from({ length: n }, uniforms(seed)) };
    }
    return chances.values;
  };
  const pictured = {
    mean: (pixels) => pixels,
    sample: (pixels) => bernoulliSample(pixels, chancesFor(pixels.length)),
    entropy(pixels) {
      const bits = entropies(pixels);
      sum.textContent = `${bits.reduce((total, value) => total + value, 0).toFixed(0)} bits in all`;
      return bits;
    },
  };
  const show = () => {
    if (!shown) return;
    paint(canvas, pictured[choice.mode](shown.pixels), shown.payload.imageShape);
    place.textContent = `z = ${formatZ(shown.z)}`;
    whence.textContent = shown.pinned ? "pinned" : "";
  };
  const choose = (mode) => {
    choice.mode = mode;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    for (const element of parent.querySelectorAll("[data-for]")) element.hidden = element.dataset.for !== mode;
    canvas.setAttribute("aria-label", `${MODES[mode].title}, at the place shown`);
    show();
  };
  for (const button of buttons) button.addEventListener("click", () => choose(button.dataset.mode));
  find(".lp-again").addEventListener("click", () => {
    choice.seed += 1;
    show();
  });
  return {
    update({ data: { channel, plain } }) {
      if (!choices.has(channel)) choices.set(channel, { mode: "mean", seed: 1 });
      choice = choices.get(channel);
      figure.classList.toggle("lp-only-mean", Boolean(plain));
      choose(plain ? "mean" : choice.mode);
    },
    listeners: {
      shown(value) {
        shown = value;
        show();
      },
    },
  };
});
