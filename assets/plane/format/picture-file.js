// Pictures from outside (file, drop, paste), converted to ink on paper. Formats that can hold scripts are refused.

import { context2d, createCanvas } from "../dom.js";

const MOST_BYTES = 20e6;
const MOST_PIXELS = 24e6;
const WORKING_SIZE = 400; // px along the longer side; a larger picture is scaled down
const FRAME = 28; // px; a picture of that size with a dark border is taken as it is
const NOISE = 0.15; // of the strongest contrast; fainter pixels are paper
const LEAST_CONTRAST = 0.04;
const ACCEPTED = "Accepted: a PNG, JPEG, WebP, GIF or BMP picture of at most 20 MB and 24 megapixels.";

/** A picture that cannot be used; the message is for the user. */
export class PictureError extends Error {}

/**
 * @param {Blob & {name?: string}} file
 * @returns {Promise<{ink: Float32Array, shape: number[], framed: boolean, name: string, note: string}>} ink: from 0 (paper)
 *   to 1; framed: it has MNIST's frame already; note: a sentence for the user, or ""
 * @throws {PictureError} if it cannot be used
 */
export async function openPicture(file) {
  const name = file.name || "the picture";
  if (!file.size) throw new PictureError(`“${name}” is empty. ${ACCEPTED}`);
  if (file.size > MOST_BYTES) throw new PictureError(`“${name}” has ${megas(file.size)} MB. ${ACCEPTED}`);
  const head = new Uint8Array(await file.slice(0, 1 << 20).arrayBuffer());
  if (file.type.includes("svg") || head[0] === 0x3c) throw new PictureError(`“${name}” is text, not a picture. ${ACCEPTED}`);
  const address = URL.createObjectURL(file);
  try {
    const image = await loaded(address, name);
    const { naturalWidth: width, naturalHeight: height } = image;
    if (width * height > MOST_PIXELS) {
      throw new PictureError(`“${name}” has ${megas(width * height)} megapixels (${width} × ${height}). ${ACCEPTED}`);
    }
    const note = isAnimated(head) ? "It is animated: its first picture is used." : "";
    return { ...inkOf(image, name), name, note };
  } finally {
    URL.revokeObjectURL(address);
  }
}

/**
 * The picture as an element; its size is known before its pixels are decoded.
 * @param {string} address
 * @param {string} name
 * @returns {Promise<HTMLImageElement>}
 */
function loaded(address, name) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new PictureError(`“${name}” is not a picture that the browser can read. ${ACCEPTED}`));
    image.src = address;
  });
}

function inkOf(image, name) {
  const { naturalWidth: width, naturalHeight: height } = image;
  const scale = Math.min(1, WORKING_SIZE / Math.max(width, height));
  const shape = [height, width].map((side) => Math.max(1, Math.round(scale * side)));
  const light = lightness(image, shape);
  const paper = median(border(light, shape));
  if (shape[0] === FRAME && shape[1] === FRAME && paper < NOISE) return { ink: light, shape, framed: true };
  const contrast = light.map((value) => Math.abs(value - paper));
  const most = contrast.reduce((highest, value) => Math.max(highest, value), 0);
  if (most < LEAST_CONTRAST) throw new PictureError(`“${name}” is all of one colour: there is nothing to see in it.`);
  const ink = contrast.map((value) => Math.max(0, (value / most - NOISE) / (1 - NOISE)));
  return { ink, shape, framed: false };
}

/** Lightness 0…1 of every pixel; transparent ones on white or black, whichever gives more contrast. */
function lightness(image, /** @type {number[]} */ [height, width]) {
  const context = context2d(createCanvas(width, height), { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const on = (/** @type {number} */ ground) => Float32Array.from({ length: width * height }, (_, i) => {
    const [r, g, b, alpha] = data.subarray(4 * i, 4 * i + 4);
    const own = (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
    return ground + (alpha / 255) * (own - ground);
  });
  const [onWhite, onBlack] = [on(1), on(0)];
  return variance(onWhite) >= variance(onBlack) ? onWhite : onBlack;
}

function border(values, /** @type {number[]} */ [height, width]) {
  /** @type {number[]} */
  const found = [];
  for (let column = 0; column < width; column++) found.push(values[column], values[(height - 1) * width + column]);
  for (let row = 0; row < height; row++) found.push(values[row * width], values[(row + 1) * width - 1]);
  return found;
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function variance(values) {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return squares / values.length - (sum / values.length) ** 2;
}

/** Whether a file's first bytes belong to a GIF with a second picture; walks from block to block (GIF89a). */
function isAnimated(bytes) {
  if (String.fromCharCode(...bytes.subarray(0, 3)) !== "GIF") return false;
  const colours = (/** @type {number} */ flags) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0); // bytes of a colour table
  let at = 13 + colours(bytes[10]);
  for (let n = 0; at < bytes.length; ) {
    if (bytes[at] === 0x2c && ++n > 1) return true; // an image
    if (bytes[at] === 0x2c) at += 11 + colours(bytes[at + 9]);
    else if (bytes[at] === 0x21) at += 2; // an extension
    else return false;
    while (bytes[at]) at += bytes[at] + 1; // data, in pieces that begin with their length
    at += 1;
  }
  return false;
}

function megas(value) {
  return (value / 1e6).toFixed(value < 1e8 ? 1 : 0);
}
