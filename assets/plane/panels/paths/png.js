// A film strip as a PNG.

import { paintTile } from "../../layers/paint.js";

const ENLARGEMENT = 4; // px a pixel
const WIDEST = 16_000; // px; browsers refuse much wider canvases

/**
 * @param {Float32Array[]} frames grey values in [0, 1]
 * @param {number[]} shape [height, width] of each
 * @returns {Promise<Blob>} the frames side by side, every pixel a square; in several rows where one would be too wide
 */
export function stripPng(frames, shape) {
  const [height, width] = shape;
  const columns = Math.min(frames.length, Math.max(1, Math.floor(WIDEST / (ENLARGEMENT * width))));
  const small = canvas(columns * width, Math.ceil(frames.length / columns) * height);
  frames.forEach((pixels, i) => {
    paintTile(small.getContext("2d"), pixels, shape, [(i % columns) * width, Math.floor(i / columns) * height]);
  });
  const large = canvas(ENLARGEMENT * small.width, ENLARGEMENT * small.height);
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, large.width, large.height);
  return new Promise((resolve, reject) => {
    large.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser made no picture of the strip"))));
  });
}

function canvas(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}
