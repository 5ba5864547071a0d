// The geodesics between places, each looked for once.

import { geodesic } from "../../math/geodesic.js";
import { closely } from "../../math/refined-path.js";

const MAX_KEPT = 500; // of them
const kept = new Map(); // payload and pair → way, oldest first

/**
 * @typedef {import("../../math/refined-path.js").Way} Way
 * @returns {{has: function(number[][][], object): boolean,
 *   find: function(number[][][], object, function(number): void): Generator<void, Way[]>}} of pairs of places seen in a
 *   payload; `find` works step by step, calls back with how much is done (0…1) and returns a way for each pair, looked
 *   at closely
 */
export function createGeodesics() {
  return {
    has: (pairs, payload) => pairs.every((pair) => kept.has(keyOf(pair, payload))),
    *find(pairs, payload, onProgress) {
      const ways = [];
      for (const [i, pair] of pairs.entries()) {
        const key = keyOf(pair, payload);
        if (!kept.has(key)) keep(key, yield* search(pair, payload, (done) => onProgress((i + done) / pairs.length)));
        ways.push(kept.get(key));
      }
      return ways;
    },
  };
}

function keyOf(pair, { key, chart }) {
  return JSON.stringify([key, chart, pair]);
}

function keep(key, way) {
  kept.set(key, way);
  if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value);
}

function* search([from, to], payload, onProgress) {
  const steps = geodesic(payload, from, to);
  let step = steps.next();
  for (; !step.done; step = steps.next()) {
    onProgress(step.value.done);
    yield;
  }
  return yield* closely(step.value, payload.decode);
}
