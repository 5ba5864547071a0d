// Film strip as a PNG.

import { context2d, createCanvas } from "../../dom.js";
import { pngOf } from "../../format/download.js";
import { paintTile } from "../../layers/paint.js";

const ENLARGEMENT = 4; // px a pixel
const WIDEST = 16_000; // px; browsers refuse much wider canvases

/**
 * The frames side by side, enlarged; in several rows if one would be too wide.
 * @param {Float32Array[]} frames grey values in [0, 1]
 * @param {number[]} shape [height, width] of each
 */
export function stripPng(frames, shape) {
  const [height, width] = shape;
  const columns = Math.min(frames.length, Math.max(1, Math.floor(WIDEST / (ENLARGEMENT * width))));
  const small = createCanvas(columns * width, Math.ceil(frames.length / columns) * height);
  frames.forEach((pixels, i) => {
    paintTile(context2d(small), pixels, shape, [(i % columns) * width, Math.floor(i / columns) * height]);
  });
  const large = createCanvas(ENLARGEMENT * small.width, ENLARGEMENT * small.height);
  const context = context2d(large);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, large.width, large.height);
  return pngOf(large);
}
