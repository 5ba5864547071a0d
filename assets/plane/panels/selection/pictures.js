// Mean picture and contact sheet of selected images.

import { context2d, createCanvas } from "../../dom.js";
import { greyValues, paintTile } from "../../layers/paint.js";

/** @import { ImageSource } from "../../types.js" */

const SLICE = 8; // ms of work at a time
const SCALE = 2; // px of the contact sheet a pixel of a picture

/**
 * @param {ImageSource} images
 * @param {number[]} shape [height, width]
 * @param {Int32Array} indices
 * @param {(part: number, mean: Float32Array) => boolean} onProgress called between slices and at the end with the part
 *   done and its mean, (D) in [0, 1]; false cancels the work
 */
export async function meanPicture(images, [height, width], indices, onProgress) {
  const sum = new Float64Array(height * width);
  let n = 0;
  const report = () => onProgress(n / indices.length, Float32Array.from(sum, (value) => value / (255 * n)));
  await inSlices(images, indices, (bytes) => {
    for (let d = 0; d < sum.length; d++) sum[d] += bytes[d];
    n += 1;
  }, report);
  report();
}

/**
 * @param {ImageSource} images
 * @param {number[]} shape [height, width]
 * @param {Int32Array} indices
 * @param {(part: number) => boolean} onProgress as above
 * @returns {Promise<?HTMLCanvasElement>} the pictures in rows, as square as possible; null if the work was cancelled
 */
export async function contactSheet(images, [height, width], indices, onProgress) {
  const columns = Math.ceil(Math.sqrt(indices.length));
  const rows = Math.ceil(indices.length / columns);
  const small = createCanvas(columns * width, rows * height);
  const context = context2d(small);
  context.fillRect(0, 0, small.width, small.height);
  let k = 0;
  const whole = await inSlices(images, indices, (bytes) => {
    paintTile(context, greyValues(bytes), [height, width], [(k % columns) * width, Math.floor(k / columns) * height]);
    k += 1;
  }, () => onProgress(k / indices.length));
  return whole ? enlarged(small) : null;
}

/** @param {HTMLCanvasElement} small */
function enlarged(small) {
  const canvas = createCanvas(SCALE * small.width, SCALE * small.height);
  const context = context2d(canvas);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/**
 * Take the pictures one by one, in slices of time; returns whether it came to the end.
 * @param {ImageSource} images
 * @param {Int32Array} indices
 * @param {(bytes: Uint8Array) => void} take
 * @param {() => boolean} goesOn
 */
async function inSlices(images, indices, take, goesOn) {
  let until = performance.now() + SLICE;
  for (const index of indices) {
    take(images.bytes(index) ?? (await images.load(index)));
    if (performance.now() < until) continue;
    if (!goesOn()) return false;
    await new Promise((resolve) => setTimeout(resolve));
    until = performance.now() + SLICE;
  }
  return true;
}
