// A way looked at closely: with more places where the picture changes fast.

import { distance } from "./distance.js";
import { line } from "./track.js";

const LONGEST_STEP = 0.25; // ‖Δx‖₂ of grey values in [0, 1]: lengths then come out less than 1 % too short
const MOST_HALVINGS = 8; // of a piece: a picture that jumps is not followed for ever

/**
 * @typedef {{places: number[][], steps: number[]}} Way steps: ‖Δx‖₂ from each place to the next
 * @param {number[][]} places [u, v]
 * @param {function(number[]): Float32Array} decode place ↦ picture; may reuse its array
 * @returns {Generator<void, Way>} works place by place
 */
export function* closely(places, decode) {
  const way = { places: [places[0]], steps: [] };
  let last = yield* look(places[0], decode);
  for (const place of places.slice(1)) {
    const next = yield* look(place, decode);
    yield* walk(last, next, MOST_HALVINGS, way, decode);
    last = next;
  }
  return way;
}

function* walk(from, to, halvings, way, decode) {
  const step = distance(from.picture, to.picture);
  if (step <= LONGEST_STEP || halvings === 0) {
    way.places.push(to.place);
    way.steps.push(step);
    return;
  }
  const middle = yield* look(line([from.place, to.place], 2)[1], decode);
  yield* walk(from, middle, halvings - 1, way, decode);
  yield* walk(middle, to, halvings - 1, way, decode);
}

function* look(place, decode) {
  const picture = decode(place).slice();
  yield;
  return { place, picture };
}
