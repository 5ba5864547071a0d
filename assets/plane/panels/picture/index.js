// Output picture: mean, sample or uncertainty of p(x|z) at the place shown.

import { find, findAll } from "../../dom.js";
import { formatZ } from "../../format/numbers.js";
import { paint } from "../../layers/paint.js";
import { entropies } from "../../math/likelihood/bernoulli.js";
import { panel } from "../panel.js";

/**
 * @import { Shown } from "../../types.js"
 *
 * @typedef {"mean" | "sample" | "uncertainty"} Mode
 * @typedef {Record<Mode, {name: string, title: string, note?: string}>} Words
 */

/** @type {Mode[]} */
const MODES = ["mean", "sample", "uncertainty"];
const MEAN = { name: "Mean", title: "The mean image of p(x|z)" };
/** @type {Words} */
const BLACK_OR_WHITE = {
  mean: MEAN,
  sample: {
    name: "Sample",
    title: "A draw from p(x|z): each pixel black or white, by its own chance",
    note: "each pixel by its chance",
  },
  uncertainty: { name: "Entropy", title: "How uncertain each pixel is, in bits" },
};
/** @type {Words} */
const GREY = {
  mean: MEAN,
  sample: {
    name: "Sample",
    title: "A draw from p(x|z): each pixel grey, by its own density",
    note: "each pixel by its density",
  },
  uncertainty: { name: "Spread", title: "How uncertain each pixel is: its standard deviation, where white is 1" },
};
/** @type {Map<string, {mode: Mode, seed: number}>} */
const choices = new Map(); // by channel; seed: of the sample

const SKELETON = `
  <figure class="lp-picture">
    <canvas width="28" height="28" role="img"></canvas>
    <figcaption><output class="lp-place" aria-live="off"></output><span class="lp-whence"></span></figcaption>
    <div class="lp-modes" role="group" aria-label="What is shown of p(x|z)">
      ${MODES.map((mode) => `<button type="button" data-mode="${mode}"></button>`).join("")}
    </div>
    <div class="lp-picture-foot">
      <p class="lp-mode-note" data-for="sample"></p>
      <button type="button" class="lp-again" data-for="sample">Draw again</button>
      <p class="lp-legend" data-for="uncertainty"><span aria-hidden="true">0</span><i></i><span></span></p>
      <p class="lp-mode-note lp-sum" data-for="uncertainty"></p>
    </div>
  </figure>`;

/** A message's data: {channel, plain: whether only the mean is offered}. */
export const mount = panel((parent) => {
  parent.innerHTML = SKELETON;
  const canvas = find(parent, "canvas", HTMLCanvasElement);
  const [figure, place, whence] = ["figure", ".lp-place", ".lp-whence"].map((name) => find(parent, name));
  const [sum, note, most] = [".lp-sum", "[data-for=sample]", ".lp-legend span:last-child"].map((name) => find(parent, name));
  const buttons = MODES.map((mode) => find(parent, `[data-mode=${mode}]`));
  let words = BLACK_OR_WHITE;
  let choice = { mode: /** @type {Mode} */ ("mean"), seed: 1 };
  /** @type {?Shown} */
  let shown = null;

  /** @type {Record<Mode, (at: Shown) => Float32Array>} */
  const pictured = {
    mean: ({ pixels }) => pixels,
    sample: ({ payload, z }) => payload.sample(z, choice.seed), // one seed, so that it does not flicker while z moves
    uncertainty: (at) => (words === GREY ? spread(at) : entropy(at)),
  };
  const entropy = (/** @type {Shown} */ { pixels }) => {
    const bits = entropies(pixels);
    most.textContent = "1 bit";
    sum.textContent = `${bits.reduce((total, value) => total + value, 0).toFixed(0)} bits in all`;
    return bits;
  };
  const spread = (/** @type {Shown} */ { payload, z }) => {
    const deviations = payload.deviation(z);
    const greatest = deviations.reduce((a, b) => Math.max(a, b));
    most.textContent = greatest.toPrecision(2);
    sum.textContent = typeof payload.likelihood.logScale === "number" ? "one σ for all" : "σ, white = 1";
    return deviations.map((value) => value / greatest);
  };
  const show = () => {
    if (!shown) return;
    paint(canvas, pictured[choice.mode](shown), shown.payload.imageShape);
    place.textContent = `z = ${formatZ(shown.z)}`;
    whence.textContent = shown.pinned ? "pinned" : "";
  };
  const describe = (/** @type {Words} */ newWords) => {
    words = newWords;
    MODES.forEach((mode, i) => {
      const { name, title } = words[mode];
      Object.assign(buttons[i], { textContent: name, title });
    });
    note.textContent = words.sample.note ?? "";
    label();
  };
  const label = () => canvas.setAttribute("aria-label", `${words[choice.mode].title}, at the place shown`);
  const choose = (/** @type {Mode} */ chosen) => {
    choice.mode = chosen;
    MODES.forEach((mode, i) => buttons[i].setAttribute("aria-pressed", String(mode === chosen)));
    for (const element of findAll(parent, "[data-for]")) element.hidden = element.dataset.for !== chosen;
    label();
    show();
  };
  describe(BLACK_OR_WHITE);
  MODES.forEach((mode, i) => buttons[i].addEventListener("click", () => choose(mode)));
  find(parent, ".lp-again").addEventListener("click", () => {
    choice.seed += 1;
    show();
  });
  return {
    update({ data: { channel, plain } }) {
      choice = choices.get(channel) ?? { mode: "mean", seed: 1 };
      choices.set(channel, choice);
      figure.classList.toggle("lp-only-mean", Boolean(plain));
      choose(plain ? "mean" : choice.mode);
    },
    listeners: {
      shown(value) {
        shown = value;
        const fitting = shown.payload.likelihood.family === "bernoulli" ? BLACK_OR_WHITE : GREY;
        if (fitting !== words) describe(fitting);
        show();
      },
    },
  };
});
