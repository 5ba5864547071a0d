// What part of the plane is in sight: everything, until the user takes hold of it.

import { viewRanges } from "./geometry.js";

const CLOSEST = 1e-3; // units of the plane across, the smallest view

/**
 * The ranges that hold what `view` holds and all points; `view` itself if that is enough. It never shrinks.
 * @param {[number[], number[]]} view ranges of x and of y
 * @param {{x: Float32Array, y: Float32Array}} points
 */
export function grownView(view, points) {
  const needed = viewRanges(points);
  const enough = view.every(([low, high], axis) => low <= needed[axis][0] && needed[axis][1] <= high);
  if (enough) return view;
  return view.map(([low, high], axis) => [Math.min(low, needed[axis][0]), Math.max(high, needed[axis][1])]);
}

/** Whether a change of plotly's layout moves the view: a drag or the wheel does, a new size does not. */
export function movesView(changes) {
  return Object.keys(changes).some((name) => /^[xy]axis\.(range|autorange)/.test(name));
}

/**
 * The view after two fingers have moved: the places that were under them are under them again.
 * @param {[number[], number[]]} view ranges of x and of y when the second finger came
 * @param {{width: number, height: number}} frame px
 * @param {number[][]} before where the fingers were then, px from the upper left corner of the axes
 * @param {number[][]} now where they are
 */
export function pinchedView([[left, right], [bottom, top]], { width, height }, before, now) {
  const spread = ([[ax, ay], [bx, by]]) => Math.hypot(ax - bx, ay - by);
  const middle = ([[ax, ay], [bx, by]]) => [(ax + bx) / 2, (ay + by) / 2];
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
