// The points of a view, where there are more of them than the browser is given: which they are, and what is missing.

import { parseSafetensors } from "./safetensors.js";

const SAME = 1e-3; // of a view's width; two views that differ by less show the same

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

/**
 * Whether the server could show nothing in a view that is not here.
 * @param {Points} points
 * @param {?View} view null: the whole plane
 */
export function covers(points, view) {
  const whole = points.within === points.total;
  if (view === null || holds(view, points.extent)) return whole;
  if (points.shown === points.within && (whole || holds(points.view, view))) return true;
  return points.view !== null && isSame(points.view, view);
}

/** How many points there are in a view that is `covers`ed: of those of a larger one, all of which are here, its own. */
export function countsIn(points, view) {
  const { total, within, shown, x, y } = points;
  if (view === null || within === total || shown < within) return { total, within, shown };
  const [[left, right], [bottom, top]] = view;
  let own = 0;
  for (let i = 0; i < x.length; i++) if (x[i] >= left && x[i] <= right && y[i] >= bottom && y[i] <= top) own++;
  return { total, within: own, shown: own };
}

function holds(outer, inner) {
  return outer.every(([low, high], axis) => low <= inner[axis][0] && inner[axis][1] <= high);
}

function isSame(one, other) {
  return one.every(([low, high], axis) =>
    [low, high].every((end, k) => Math.abs(end - other[axis][k]) <= SAME * (high - low)));
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

/** The images of some points, (m) each once, ascending. */
export function imagesOf({ images }, indices) {
  return Int32Array.from(new Set(Array.from(indices, (i) => images[i]))).sort();
}

/** Where in the ascending `ids` those of `wanted` are, ascending too; what is not there is left out. */
export function indicesOfIds(ids, wanted) {
  const found = [];
  for (let i = 0, k = 0; i < ids.length && k < wanted.length; ) {
    if (ids[i] === wanted[k]) found.push(i);
    if (ids[i] <= wanted[k]) i++;
    else k++;
  }
  return Int32Array.from(found);
}
