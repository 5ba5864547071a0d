// Search for the place whose decoded picture is closest to a target.

import { distance } from "./distance.js";

/** @import { Place } from "../types.js" */

const LEAST_STEP = 1e-3; // units of the plane
const DIRECTIONS = [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [1, -1], [-1, 1], [-1, -1]];

/**
 * Pattern search (Hooke & Jeeves 1961) from the best of `starts`: move where the picture is closer, halve the step where
 * no neighbour is.
 * @param {(place: Place) => ArrayLike<number>} decode place ↦ picture (D)
 * @param {Place[]} starts
 * @param {ArrayLike<number>} target (D)
 * @param {number} firstStep units of the plane
 * @returns {Generator<void, {place: Place, distance: number}>} yields after every decoding
 */
export function* searching(decode, starts, target, firstStep) {
  let best = { place: starts[0], distance: Infinity };
  const look = (/** @type {Place} */ place) => {
    const apart = distance(decode(place), target);
    if (apart < best.distance) best = { place, distance: apart };
  };
  for (const start of starts) {
    look(start);
    yield;
  }
  for (let step = firstStep; step > LEAST_STEP; ) {
    const before = best;
    const [u, v] = before.place;
    for (const [du, dv] of DIRECTIONS) {
      look([u + step * du, v + step * dv]);
      yield;
    }
    if (best === before) step /= 2;
  }
  return best;
}
