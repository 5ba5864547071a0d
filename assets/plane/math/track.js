// A path with a measure: where one is after a fraction of its length.

import { distance } from "./distance.js";

/**
 * @typedef {{length: number, at: function(number): number[]}} Track at: fraction of the length, 0…1 ↦ place
 * @param {number[][]} places [u, v], at least two
 * @param {ArrayLike<number>} steps the length of each piece between two of them, in whatever it is measured
 * @returns {Track} where nothing has a length, all pieces count the same
 */
export function createTrack(places, steps) {
  const length = ends(steps).at(-1);
  const reached = length > 0 ? ends(steps) : ends(Array.from(steps, () => 1));
  return {
    length,
    at(fraction) {
      const wanted = Math.min(1, Math.max(0, fraction)) * reached.at(-1);
      const i = pieceAt(reached, wanted);
      const part = (wanted - reached[i]) / (reached[i + 1] - reached[i] || 1);
      return places[i].map((from, axis) => from + part * (places[i + 1][axis] - from));
    },
  };
}

/** Lengths of the steps as seen from the first place on: for each place, how far it is. */
function ends(steps) {
  const sums = new Float64Array(steps.length + 1);
  for (let i = 0; i < steps.length; i++) sums[i + 1] = sums[i] + steps[i];
  return sums;
}

/** The first piece that reaches `wanted`. */
function pieceAt(reached, wanted) {
  let [low, high] = [0, reached.length - 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reached[middle + 1] >= wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The distances in z between each place and the next. */
export function stepsInZ(places, toLatent) {
  const z = places.map(toLatent);
  return z.slice(1).map((point, i) => distance(z[i], point));
}

/** The pieces of the way through these places, and back to the first if it is closed: pairs of places. */
export function legs(places, closed) {
  const ends = places.slice(1).map((place, i) => [places[i], place]);
  return closed && places.length > 1 ? [...ends, [places.at(-1), places[0]]] : ends;
}

/** n + 1 places on the straight line between two. */
export function line([from, to], n) {
  return Array.from({ length: n + 1 }, (_, i) => from.map((start, axis) => start + (i / n) * (to[axis] - start)));
}

/** One way of several that begin where the one before ends. */
export function joined(ways) {
  return ways.flatMap((way, i) => (i ? way.slice(1) : way));
}
