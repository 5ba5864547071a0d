// Sampled points of a view: coverage, counts, and the images they belong to.

/** @import { Points, Ranges } from "../types.js" */

const SAME = 1e-3; // of a view's width; views that differ by less count as equal

/**
 * Whether the server has nothing to add for a view.
 * @param {Points} points
 * @param {?Ranges} view null: the whole plane
 */
export function covers(points, view) {
  const whole = points.within === points.total;
  if (view === null || holds(view, points.extent)) return whole;
  if (points.shown === points.within && (whole || (points.view !== null && holds(points.view, view)))) return true;
  return points.view !== null && isSame(points.view, view);
}

/**
 * Numbers of points for a view that `covers` accepts; if all points of a larger view are here, they are counted.
 * @param {Points} points
 * @param {?Ranges} view null: the whole plane
 */
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

/**
 * The images of some points, each once, ascending.
 * @param {{images: ArrayLike<number>}} points
 * @param {ArrayLike<number>} indices
 */
export function imagesOf({ images }, indices) {
  return Int32Array.from(new Set(Array.from(indices, (i) => images[i]))).sort();
}

/**
 * Indices of `wanted` in `ids`, both ascending; ids that are missing are left out.
 * @param {ArrayLike<number>} ids
 * @param {ArrayLike<number>} wanted
 */
export function indicesOfIds(ids, wanted) {
  const found = [];
  for (let i = 0, k = 0; i < ids.length && k < wanted.length; ) {
    if (ids[i] === wanted[k]) found.push(i);
    if (ids[i] <= wanted[k]) i++;
    else k++;
  }
  return Int32Array.from(found);
}
