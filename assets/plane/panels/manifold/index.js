// Kingma & Welling's manifold (2013, figure 4): pictures decoded on a grid of equal prior mass.

import { context2d, find } from "../../dom.js";
import { downloadPng } from "../../format/download.js";
import { formatNumber } from "../../format/numbers.js";
import { paintTile } from "../../layers/paint.js";
import { manifoldPlaces } from "../../math/manifold.js";
import { panel } from "../panel.js";

/** @import { Channel, SeenPayload } from "../../types.js" */

const SIDES = [10, 20, 30]; // pictures along a side
const USUAL = 20;
const SLICE = 12; // ms of decoding a frame

const SKELETON = `
  <figure class="lp-manifold">
    <figcaption>
      Every picture stands for the same share of the prior: z<sub>i</sub> = Φ⁻¹(u<sub>i</sub>), u evenly spaced in (0, 1)
      (Kingma &amp; Welling 2013, figure 4). Click one to go there.
    </figcaption>
    <div class="lp-row">
      <label>Pictures a side <select>${SIDES.map((n) => `<option>${n}</option>`).join("")}</select></label>
      <button type="button">Download as PNG</button>
      <output></output>
    </div>
    <canvas role="img" aria-label="A grid of decoded pictures, one for each of equally probable parts of the prior"></canvas>
  </figure>`;

/** A message's data: {channel}. A click signals `go`. */
export const mount = panel((parent) => {
  parent.innerHTML = SKELETON;
  const canvas = find(parent, "canvas", HTMLCanvasElement);
  const select = find(parent, "select", HTMLSelectElement);
  const [button, hint] = [find(parent, "button"), find(parent, "output")];
  select.value = String(USUAL);
  /** @type {Channel} */
  let channel;
  /** @type {?SeenPayload} */
  let payload = null;
  let turn = 0; // a newer payload cancels the painting of an older one
  let whole = false; // whether the painting is complete

  const paint = async () => {
    if (!payload) return;
    const { decode, imageShape } = payload;
    const mine = ++turn;
    whole = false;
    const n = Number(select.value);
    const [height, width] = imageShape;
    if (canvas.width !== n * width || canvas.height !== n * height) {
      Object.assign(canvas, { width: n * width, height: n * height });
    }
    const context = context2d(canvas);
    let from = performance.now();
    for (const [i, place] of manifoldPlaces(n).entries()) {
      const corner = [(i % n) * width, Math.floor(i / n) * height];
      paintTile(context, decode(place), imageShape, corner);
      if (performance.now() - from < SLICE) continue;
      await new Promise(requestAnimationFrame);
      if (mine !== turn) return;
      from = performance.now();
    }
    whole = true;
  };
  const save = async (/** @type {SeenPayload} */ { run }) => {
    while (!whole) await paint();
    await downloadPng(canvas, `${run}-manifold-${select.value}.png`);
  };
  const placeAt = (/** @type {MouseEvent} */ { clientX, clientY }) => {
    const n = Number(select.value);
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const [column, row] = [((clientX - left) / width) * n, ((clientY - top) / height) * n].map(Math.floor);
    return manifoldPlaces(n)[Math.min(n - 1, row) * n + Math.min(n - 1, column)];
  };
  // The panel may be hidden behind a tab; it is painted when it becomes visible.
  const watch = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && payload && !whole && paint());
  watch.observe(canvas);

  select.addEventListener("change", paint);
  button.addEventListener("click", () => payload && save(payload));
  canvas.addEventListener("pointermove", (event) => {
    hint.textContent = `z = (${placeAt(event).map((value) => formatNumber(value)).join(", ")})`;
  });
  canvas.addEventListener("click", (event) => channel.signal("go", { place: placeAt(event), pin: true }));
  return {
    connect: (connection) => (channel = connection),
    listeners: {
      payload(received) {
        payload = received;
        whole = false;
        if (canvas.checkVisibility()) paint();
      },
    },
    destroy() {
      turn += 1;
      watch.disconnect();
    },
  };
});
