// Refinement of a path by bisection where the picture changes fast.

import { distance } from "./distance.js";
import { line } from "./track.js";

/**
 * @import { Place } from "../types.js"
 *
 * A path; steps: ‖Δx‖₂ from each place to the next.
 * @typedef {{places: Place[], steps: number[]}} RefinedPath
 */

const LONGEST_STEP = 0.25; // ‖Δx‖₂ of grey values in [0, 1]; lengths then come out less than 1 % too short
const MOST_HALVINGS = 8; // of a piece, for a picture that jumps

/**
 * @param {Place[]} places
 * @param {(place: Place) => Float32Array} decode may reuse its array
 * @returns {Generator<void, RefinedPath>} yields after every decoding
 */
export function* refined(places, decode) {
  /** @type {RefinedPath} */
  const path = { places: [places[0]], steps: [] };
  let last = yield* decoded(places[0], decode);
  for (const place of places.slice(1)) {
    const next = yield* decoded(place, decode);
    yield* bisect(last, next, MOST_HALVINGS, path, decode);
    last = next;
  }
  return path;
}

/**
 * Append the way from one place to another to a path.
 * @returns {Generator<void, void>}
 */
function* bisect(from, to, halvings, path, decode) {
  const step = distance(from.picture, to.picture);
  if (step <= LONGEST_STEP || halvings === 0) {
    path.places.push(to.place);
    path.steps.push(step);
    return;
  }
  const middle = yield* decoded(line([from.place, to.place], 2)[1], decode);
  yield* bisect(from, middle, halvings - 1, path, decode);
  yield* bisect(middle, to, halvings - 1, path, decode);
}

/** @returns {Generator<void, {place: Place, picture: Float32Array}>} */
function* decoded(place, decode) {
  const picture = decode(place).slice();
  yield;
  return { place, picture };
}
