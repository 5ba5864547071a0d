// Looking for the place whose decoded picture comes closest to a given one.

import { distance } from "./distance.js";

const LEAST_STEP = 1e-3; // units of the plane
const DIRECTIONS = [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [1, -1], [-1, 1], [-1, -1]];

/**
 * The place nearest in pictures to a target: the best of `starts`, then pattern search from there (Hooke & Jeeves
 * 1961): go where it is better, and halve the step where it is not.
 * @param {function(number[]): ArrayLike<number>} decode place [u, v] ↦ picture (D)
 * @param {number[][]} starts
 * @param {ArrayLike<number>} target (D)
 * @param {number} firstStep units of the plane
 * @returns {Generator<undefined, {place: number[], distance: number}>} yields after every decoding
 */
export function* searching(decode, starts, target, firstStep) {
  let best = { place: starts[0], distance: Infinity };
  const look = (place) => {
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
