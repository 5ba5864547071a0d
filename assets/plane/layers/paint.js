// Grey values on a canvas.

import { context2d } from "../dom.js";

/**
 * Paint a picture; the canvas takes its size.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} pixels (height · width); black is 0 or less, white 1 or more
 * @param {number[]} shape [height, width]
 */
export function paint(canvas, pixels, [height, width]) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  paintTile(context2d(canvas), pixels, [height, width], [0, 0]);
}

/**
 * Paint a picture at a corner of a larger canvas.
 * @param {CanvasRenderingContext2D} context
 * @param {ArrayLike<number>} pixels
 * @param {number[]} shape [height, width]
 * @param {number[]} corner [left, top]
 */
export function paintTile(context, pixels, [height, width], [left, top]) {
  const image = new ImageData(width, height);
  const rgba = image.data.fill(255);
  for (let i = 0; i < pixels.length; i++) rgba[4 * i] = rgba[4 * i + 1] = rgba[4 * i + 2] = Math.round(255 * pixels[i]);
  context.putImageData(image, left, top);
}

/**
 * Grey values in [0, 1] of bytes 0…255.
 * @param {Uint8Array} bytes
 */
export function greyValues(bytes) {
  return Float32Array.from(bytes, (byte) => byte / 255);
}
