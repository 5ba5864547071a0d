// Gallery of a snapshot: reconstructions of a few test digits, and pictures decoded from a few draws of the prior.

import { context2d, findAll } from "../../dom.js";
import { greyValues, paintTile } from "../../layers/paint.js";
import { panel } from "../panel.js";

/** @import { SeenPayload } from "../../types.js" */

const COLUMNS = 8;
const GAP = 2; // px of a canvas between tiles
const PAIR_GAP = 8; // px between a row of reconstructions and the next row of originals
const N = 16; // tiles of a kind
const SHAPE = [28, 28]; // of a tile, until a payload says otherwise

/** A message's data: {channel}. Painted in the same frame as the plane. */
export const mount = panel((parent) => {
  parent.innerHTML = `
    <div class="lp-gallery">
      <figure>
        <figcaption><b>Reconstructions</b> each below its test digit</figcaption>
        <canvas role="img" aria-label="${N} test digits, each above its reconstruction"></canvas>
      </figure>
      <figure>
        <figcaption><b>Samples</b> decoded from draws of the prior</figcaption>
        <canvas role="img" aria-label="The pictures decoded from ${N} draws of the prior"></canvas>
      </figure>
    </div>`;
  const [reconstructions, samples] = findAll(parent, "canvas", HTMLCanvasElement);
  makeRoom(reconstructions, 2, N, SHAPE);
  makeRoom(samples, 1, N, SHAPE);
  /** @type {?SeenPayload} */
  let shown = null;
  const show = (/** @type {SeenPayload} */ payload) => {
    if (payload === shown) return;
    shown = payload;
    const { examples, examplesMu, priorZ, decodeLatent, imageShape } = payload;
    const draw = (/** @type {Float32Array} */ z) => decodeLatent(z).slice(); // the next decoding reuses the array
    paintSheet(reconstructions, [examples.map(greyValues), examplesMu.map(draw)], imageShape);
    paintSheet(samples, [priorZ.map(draw)], imageShape);
  };
  return { listeners: { payload: show } };
});

/**
 * Paint rows of COLUMNS pictures, alternating between kinds.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array[][]} kinds the same number of pictures each
 * @param {number[]} shape [height, width]
 */
function paintSheet(canvas, kinds, shape) {
  makeRoom(canvas, kinds.length, kinds[0].length, shape);
  const context = context2d(canvas);
  const [height, width] = shape;
  kinds.forEach((pictures, kind) => {
    pictures.forEach((pixels, i) => {
      const top = Math.floor(i / COLUMNS) * bandHeight(kinds.length, height) + kind * (height + GAP);
      paintTile(context, pixels, shape, [(i % COLUMNS) * (width + GAP), top]);
    });
  });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} nKinds
 * @param {number} n pictures of each kind
 * @param {number[]} shape [height, width]
 */
function makeRoom(canvas, nKinds, n, [height, width]) {
  const size = {
    width: COLUMNS * (width + GAP) - GAP,
    height: Math.ceil(n / COLUMNS) * bandHeight(nKinds, height) - bandGap(nKinds),
  };
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size); // it clears the canvas
}

function bandHeight(nKinds, height) {
  return nKinds * (height + GAP) - GAP + bandGap(nKinds);
}

function bandGap(nKinds) {
  return nKinds > 1 ? PAIR_GAP : GAP;
}
