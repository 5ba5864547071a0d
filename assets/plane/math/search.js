// Looking for the place whose decoded picture comes closest to a given one.

const LEAST_STEP = 1e-3; // units of the plane
const DIRECTIONS = [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [1, -1], [-1, 1], [-1, -1]];

/** ‖a − b‖₂ of two pictures. */
export function pictureDistance(a, b) {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] - b[d]) ** 2;
  return Math.sqrt(sum);
}

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
    const distance = pictureDistance(decode(place), target);
    if (distance < best.distance) best = { place, distance };
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
