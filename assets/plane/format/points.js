// The points of a view, where there are more of them than the browser is given: which they are, and what is missing.

import { parseSafetensors } from "./safetensors.js";

/**
 * @typedef {[number[], number[]]} View [[left, right], [bottom, top]]
 * @typedef {object} Points
 * @property {string} key names its content
 * @property {?View} view of which they are; null: of the whole plane
 * @property {View} extent of all points, in sight or not
 * @property {number} total how many there are, and @property {number} within how many of them lie in the view
 * @property {number} shown how many of those are here; some of the others are, too
 * @property {Float32Array} x and @property {Float32Array} y (n) where they are in the plane
 * @property {Int32Array} images (n) whose they are, as indices of the payload's images
 * @property {Int32Array} ids (n) which of all points they are, ascending
 *
 * @param {Uint8Array} bytes as `points_payload` in `vae/export.py` packs them
 * @returns {Points}
 */
export function readPoints(bytes) {
  const { metadata, tensors } = parseSafetensors(bytes);
  const { x, y, images, ids } = tensors;
  return { ...JSON.parse(metadata.points), x: x.values, y: y.values, images: images.values, ids: ids.values };
}

/** What is shown and what is not, as a reader is told. */
export function countText({ total, within, shown }) {
  const [all, here, drawn] = [total, within, shown].map((n) => n.toLocaleString("en"));
  if (shown < within && within === total) return `${drawn} of ${all} points, chosen at random. Zoom in to see more.`;
  if (shown < within) return `${drawn} of the ${here} points in this view, chosen at random. Zoom in to see more.`;
  if (within === total) return `All ${all} points.`;
  if (within === 0) return `None of the ${all} points is in this view.`;
  return within === 1 ? `The one point in this view, of ${all}.` : `All ${here} points in this view, of ${all}.`;
}
