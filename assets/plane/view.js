// What part of the plane is in sight: everything, until the user takes hold of it.

import { viewRanges } from "./geometry.js";

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
