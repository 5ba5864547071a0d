// Many pictures made one: their mean, and the sheet with all of them.

import { greyValues, paintTile } from "../../layers/paint.js";

const SLICE = 8; // ms of work at a time
const SCALE = 2; // pixels of the sheet's file a pixel of a picture

/**
 * @param {import("../../store/images.js").ImageSource} images
 * @param {number[]} shape [height, width]
 * @param {Int32Array} indices
 * @param {function(number, Float32Array): boolean} onProgress called between slices and at the end with the part of
 *   them that is summed up, and with the mean of these, (D) in [0, 1]; false ends the work
 */
export async function meanPicture(images, [height, width], indices, onProgress) {
  const sum = new Float64Array(height * width);
  let n = 0;
  const tell = () => onProgress(n / indices.length, Float32Array.from(sum, (value) => value / (255 * n)));
  await inSlices(images, indices, (bytes) => {
    for (let d = 0; d < sum.length; d++) sum[d] += bytes[d];
    n += 1;
  }, tell);
  tell();
}

/**
 * @param {number[]} shape [height, width]
 * @param {function(number): boolean} onProgress as above, with the part alone
 * @returns {Promise<?HTMLCanvasElement>} the pictures in rows, as near to a square as they go; null once it was ended
 */
export async function contactSheet(images, [height, width], indices, onProgress) {
  const columns = Math.ceil(Math.sqrt(indices.length));
  const rows = Math.ceil(indices.length / columns);
  const small = Object.assign(document.createElement("canvas"), { width: columns * width, height: rows * height });
  const context = small.getContext("2d");
  context.fillRect(0, 0, small.width, small.height);
  let k = 0;
  const whole = await inSlices(images, indices, (bytes) => {
    paintTile(context, greyValues(bytes), [height, width], [(k % columns) * width, Math.floor(k / columns) * height]);
    k += 1;
  }, () => onProgress(k / indices.length));
  return whole ? enlarged(small) : null;
}

function enlarged(small) {
  const size = { width: SCALE * small.width, height: SCALE * small.height };
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** Take the pictures one by one, with rests in between; returns whether it came to the end. */
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
