// Regular grids of places to decode.

import { normalQuantile } from "./normal.js";

/**
 * Kingma & Welling's grid (2013, figure 4): both coordinates are Φ⁻¹(u) with u at the middles of n equal parts of
 * (0, 1), so that each place stands for the same share of the prior.
 * @returns {number[][]} n·n places [u, v], row by row from the top left
 */
export function manifoldPlaces(n) {
  const values = Array.from({ length: n }, (_, i) => normalQuantile((i + 0.5) / n));
  return values.toReversed().flatMap((v) => values.map((u) => [u, v]));
}

/** The centres of `columns` × `rows` equal cells of the ranges [[left, right], [bottom, top]], from the top left. */
export function gridPlaces([[left, right], [bottom, top]], columns, rows) {
  return Array.from({ length: columns * rows }, (_, i) => [
    left + ((i % columns) + 0.5) * ((right - left) / columns),
    top - (Math.floor(i / columns) + 0.5) * ((top - bottom) / rows),
  ]);
}
