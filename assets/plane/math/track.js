// Tracks: paths parametrised by a measure of length.

import { distance } from "./distance.js";

/** @import { Place } from "../types.js" */

/**
 * @typedef {{length: number, at: (fraction: number) => Place}} Track at: fraction of the length, 0…1 ↦ place
 * @param {Place[]} places at least two
 * @param {ArrayLike<number>} steps length of each piece, in any unit; if all are 0, pieces count the same
 * @returns {Track}
 */
export function createTrack(places, steps) {
  const lengths = cumulated(steps);
  const length = lengths[steps.length];
  const reached = length > 0 ? lengths : cumulated(Array.from(steps, () => 1));
  return {
    length,
    at(fraction) {
      const wanted = Math.min(1, Math.max(0, fraction)) * reached[steps.length];
      const i = pieceAt(reached, wanted);
      const part = (wanted - reached[i]) / (reached[i + 1] - reached[i] || 1);
      return places[i].map((from, axis) => from + part * (places[i + 1][axis] - from));
    },
  };
}

/** Distance of each place from the first one. */
function cumulated(steps) {
  const sums = new Float64Array(steps.length + 1);
  for (let i = 0; i < steps.length; i++) sums[i + 1] = sums[i] + steps[i];
  return sums;
}

/** Index of the first piece that reaches `wanted`. */
function pieceAt(reached, wanted) {
  let [low, high] = [0, reached.length - 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reached[middle + 1] >= wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Distances in z from each place to the next.
 * @param {Place[]} places
 * @param {(place: Place) => ArrayLike<number>} toLatent
 */
export function stepsInZ(places, toLatent) {
  const z = places.map(toLatent);
  return z.slice(1).map((point, i) => distance(z[i], point));
}

/**
 * Pairs of successive places, with the pair back to the first if the path is closed.
 * @param {Place[]} places
 * @param {boolean} closed
 * @returns {Place[][]}
 */
export function legs(places, closed) {
  const ends = places.slice(1).map((place, i) => [places[i], place]);
  return closed && places.length > 1 ? [...ends, [places[places.length - 1], places[0]]] : ends;
}

/**
 * n + 1 places on the straight line between two.
 * @param {Place[]} ends
 * @param {number} n
 * @returns {Place[]}
 */
export function line([from, to], n) {
  return Array.from({ length: n + 1 }, (_, i) => from.map((start, axis) => start + (i / n) * (to[axis] - start)));
}

/**
 * One path of several, each of which begins where the last one ends.
 * @param {Place[][]} paths
 */
export function joined(paths) {
  return paths.flatMap((path, i) => (i ? path.slice(1) : path));
}
