// The picture at the machine's exit: what the decoder says at the place that the plane shows.

import { paint } from "../../layers/paint.js";
import { entropies } from "../../math/likelihood/bernoulli.js";
import { formatZ } from "../../format/numbers.js";
import { panel } from "../panel.js";

const MODES = ["mean", "sample", "uncertainty"];
const MEAN = { name: "Mean", title: "The mean image of p(x|z)" };
const BLACK_OR_WHITE = {
  mean: MEAN,
  sample: {
    name: "Sample",
    title: "A draw from p(x|z): each pixel black or white, by its own chance",
    note: "each pixel by its chance",
  },
  uncertainty: { name: "Entropy", title: "How uncertain each pixel is, in bits" },
};
const GREY = {
  mean: MEAN,
  sample: {
    name: "Sample",
    title: "A draw from p(x|z): each pixel grey, by its own density",
    note: "each pixel by its density",
  },
  uncertainty: { name: "Spread", title: "How uncertain each pixel is: its standard deviation, where white is 1" },
};
const choices = new Map(); // channel → {mode, seed: of the sample}

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

/** A message: {channel, plain: whether the mean alone is offered}. */
export const mount = panel((parent) => {
  parent.innerHTML = SKELETON;
  const find = (selector) => parent.querySelector(selector);
  const [figure, canvas, place, whence, sum] = ["figure", "canvas", ".lp-place", ".lp-whence", ".lp-sum"].map(find);
  const [note, most] = ["[data-for=sample]", ".lp-legend span:last-child"].map(find);
  const buttons = [...parent.querySelectorAll("[data-mode]")];
  let words = null; // BLACK_OR_WHITE or GREY, as the pixels are
  let choice = null;
  let shown = null;

  const pictured = {
    mean: ({ pixels }) => pixels,
    sample: ({ payload, z }) => payload.sample(z, choice.seed), // of one seed, so that it does not flicker while z moves
    uncertainty: (at) => (words === GREY ? spread(at) : entropy(at)),
  };
  const entropy = ({ pixels }) => {
    const bits = entropies(pixels);
    most.textContent = "1 bit";
    sum.textContent = `${bits.reduce((total, value) => total + value, 0).toFixed(0)} bits in all`;
    return bits;
  };
  const spread = ({ payload, z }) => {
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
  const describe = (newWords) => {
    words = newWords;
    for (const button of buttons) {
      const { name, title } = words[button.dataset.mode];
      Object.assign(button, { textContent: name, title });
    }
    note.textContent = words.sample.note;
    if (choice) label();
  };
  const label = () => canvas.setAttribute("aria-label", `${words[choice.mode].title}, at the place shown`);
  const choose = (mode) => {
    choice.mode = mode;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    for (const element of parent.querySelectorAll("[data-for]")) element.hidden = element.dataset.for !== mode;
    label();
    show();
  };
  describe(BLACK_OR_WHITE);
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
        const fitting = shown.payload.likelihood.family === "bernoulli" ? BLACK_OR_WHITE : GREY;
        if (fitting !== words) describe(fitting);
        show();
      },
    },
  };
});
