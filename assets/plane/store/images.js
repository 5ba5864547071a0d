// Pictures of the data set, in sheets of tiles that are loaded on demand.

import { context2d, createCanvas } from "../dom.js";

/** @import { ImageSource, Sheets } from "../types.js" */

/** @type {Map<string, ImageSource>} */
const sources = new Map(); // by the address of the first sheet

/**
 * The source of these sheets, created on first use.
 * @param {Sheets} sheets
 */
export function imageSource(sheets) {
  const name = sheets.addresses[0];
  let source = sources.get(name);
  if (!source) sources.set(name, (source = createSource(sheets)));
  return source;
}

/**
 * @param {Sheets} sheets
 * @returns {ImageSource}
 */
function createSource({ addresses, columns, perSheet, shape: [height, width] }) {
  /** @type {Map<number, Promise<Uint8Array>>} */
  const loading = new Map(); // by number of the sheet
  /** @type {Map<number, Uint8Array>} */
  const loaded = new Map(); // by number of the sheet: grey values, image by image
  const size = height * width;
  const load = (/** @type {number} */ sheet) => {
    let promise = loading.get(sheet);
    if (!promise) {
      promise = greyTiles(addresses[sheet], columns, [height, width]);
      promise.then((values) => loaded.set(sheet, values)).catch(() => loading.delete(sheet)); // so that a retry can load it
      loading.set(sheet, promise);
    }
    return promise;
  };
  const cut = (/** @type {Uint8Array} */ values, /** @type {number} */ i) =>
    values.subarray((i % perSheet) * size, ((i % perSheet) + 1) * size);
  const sheetOf = (/** @type {number} */ i) => Math.floor(i / perSheet);
  return {
    bytes(i) {
      const values = loaded.get(sheetOf(i));
      if (!values) load(sheetOf(i)).catch(() => {});
      return values ? cut(values, i) : null;
    },
    load: async (i) => cut(await load(sheetOf(i)), i),
  };
}

/** Grey values of a sheet, image by image. */
async function greyTiles(address, columns, /** @type {number[]} */ [height, width]) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = createCanvas(image.naturalWidth, image.naturalHeight);
  const context = context2d(canvas, { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const values = new Uint8Array(canvas.width * canvas.height);
  let k = 0;
  for (let top = 0; top < canvas.height; top += height) {
    for (let left = 0; left < columns * width; left += width) {
      for (let y = top; y < top + height; y++) {
        for (let x = left; x < left + width; x++) values[k++] = data[4 * (y * canvas.width + x)];
      }
    }
  }
  return values;
}
