// What a snapshot makes of the same few test digits, and of the same few draws from the prior.

import { greyValues, paintTile } from "../../layers/paint.js";
import { panel } from "../panel.js";

const COLUMNS = 8;
const GAP = 2; // px of a canvas between tiles
const PAIR_GAP = 8; // px between a row of reconstructions and the next row of originals
const N = 16; // tiles of a kind, and their size in px: what a canvas makes room for until it is painted
const SHAPE = [28, 28];

/** A message: {channel: of the plane whose payload it shows}. It is painted in the same frame as the plane. */
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
  const [reconstructions, samples] = parent.querySelectorAll("canvas");
  makeRoom(reconstructions, 2, N, SHAPE);
  makeRoom(samples, 1, N, SHAPE);
  let shown = null;
  const show = (payload) => {
    if (payload === shown) return;
    shown = payload;
    const { examples, examplesMu, priorZ, decodeLatent, imageShape } = payload;
    const draw = (z) => decodeLatent(z).slice(); // the next decoding reuses the array
    paintSheet(reconstructions, [examples.map(greyValues), examplesMu.map(draw)], imageShape);
    paintSheet(samples, [priorZ.map(draw)], imageShape);
  };
  return { listeners: { payload: show } };
});

/** Paint kinds of pictures, the same number of each: COLUMNS of the first kind, below them their fellows, and so on. */
function paintSheet(canvas, kinds, shape) {
  makeRoom(canvas, kinds.length, kinds[0].length, shape);
  const context = canvas.getContext("2d");
  const [height, width] = shape;
  kinds.forEach((pictures, kind) => {
    pictures.forEach((pixels, i) => {
      const top = Math.floor(i / COLUMNS) * bandHeight(kinds.length, height) + kind * (height + GAP);
      paintTile(context, pixels, shape, [(i % COLUMNS) * (width + GAP), top]);
    });
  });
}

function makeRoom(canvas, nKinds, n, [height, width]) {
  const size = {
    width: COLUMNS * (width + GAP) - GAP,
    height: Math.ceil(n / COLUMNS) * bandHeight(nKinds, height) - bandGap(nKinds),
  };
  for (const side of ["width", "height"]) {
    if (canvas[side] !== size[side]) canvas[side] = size[side]; // setting it clears the canvas
  }
}

function bandHeight(nKinds, height) {
  return nKinds * (height + GAP) - GAP + bandGap(nKinds);
}

function bandGap(nKinds) {
  return nKinds > 1 ? PAIR_GAP : GAP;
}
