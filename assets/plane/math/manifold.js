// Regular grids of places to decode.

import { normalQuantile } from "./normal.js";

/** @import { Place, Ranges } from "../types.js" */

/**
 * Kingma & Welling's grid (2013, figure 4): both coordinates are Φ⁻¹((i + ½)/n), so that each place stands for the same
 * share of the prior.
 * @param {number} n places along a side
 * @returns {Place[]} n·n, row by row from the top left
 */
export function manifoldPlaces(n) {
  const values = Array.from({ length: n }, (_, i) => normalQuantile((i + 0.5) / n));
  return values.toReversed().flatMap((v) => values.map((u) => [u, v]));
}

/**
 * Centres of `columns` × `rows` equal cells, row by row from the top left.
 * @param {Ranges} ranges
 * @param {number} columns
 * @param {number} rows
 * @returns {Place[]}
 */
export function gridPlaces([[left, right], [bottom, top]], columns, rows) {
  return Array.from({ length: columns * rows }, (_, i) => [
    left + ((i % columns) + 0.5) * ((right - left) / columns),
    top - (Math.floor(i / columns) + 0.5) * ((top - bottom) / rows),
  ]);
}
