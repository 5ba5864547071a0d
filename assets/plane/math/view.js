// Views of the plane: growing with new points, pinching.

import { viewRanges } from "./geometry.js";

/** @import { Place, Ranges } from "../types.js" */

const CLOSEST = 1e-3; // units of the plane, width of the smallest view

/**
 * The view, grown to hold all points; it never shrinks.
 * @param {Ranges} view
 * @param {{x: ArrayLike<number>, y: ArrayLike<number>}} points
 * @returns {Ranges}
 */
export function grownView(view, points) {
  const needed = viewRanges(points);
  const enough = view.every(([low, high], axis) => low <= needed[axis][0] && needed[axis][1] <= high);
  if (enough) return view;
  return view.map(([low, high], axis) => [Math.min(low, needed[axis][0]), Math.max(high, needed[axis][1])]);
}

/**
 * Whether a change of Plotly's layout moves the view, as a drag does and a new size does not.
 * @param {object} changes
 */
export function movesView(changes) {
  return Object.keys(changes).some((name) => /^[xy]axis\.(range|autorange)/.test(name));
}

/**
 * The view after a pinch, which keeps the places under both fingers.
 * @param {Ranges} view when the second finger touched
 * @param {{width: number, height: number}} frame px
 * @param {number[][]} before the fingers then, px from the upper left corner of the axes
 * @param {number[][]} now the fingers now
 * @returns {Ranges}
 */
export function pinchedView([[left, right], [bottom, top]], { width, height }, before, now) {
  const spread = (/** @type {number[][]} */ [[ax, ay], [bx, by]]) => Math.hypot(ax - bx, ay - by);
  const middle = (/** @type {number[][]} */ [[ax, ay], [bx, by]]) => [(ax + bx) / 2, (ay + by) / 2];
  const zoom = Math.min(spread(now) / Math.max(1, spread(before)), (right - left) / CLOSEST);
  const perPixel = (right - left) / width / Math.max(1e-2, zoom);
  const [fromX, fromY] = middle(before);
  const [toX, toY] = middle(now);
  const u = left + (fromX / width) * (right - left);
  const v = top - (fromY / height) * (top - bottom);
  const newLeft = u - toX * perPixel;
  const newTop = v + toY * perPixel;
  return [[newLeft, newLeft + width * perPixel], [newTop - height * perPixel, newTop]];
}
