// The geodesics between places, each looked for once.

import { geodesic } from "../../model/geodesic.js";
import { closely } from "./closely.js";

const MAX_KEPT = 500; // of them
const kept = new Map(); // payload and pair → way, oldest first

/**
 * Looks for geodesics between pairs of places that are seen in a payload.
 *
 * `find(lines, pairs, payload, onProgress)` works step by step, calls back with how much is done (0…1) and returns a way
 * for each pair, which is not longer in picture space than the straight line there: the nodes of a discrete geodesic may
 * leap over what changes between them. `lines`: the straight ways, looked at closely.
 * @returns {{has: function(number[][][], object): boolean, find: function(import("./closely.js").Way[], number[][][],
 *   object, function(number): void): Generator<void, import("./closely.js").Way[]>}}
 */
export function createGeodesics() {
  return {
    has: (pairs, payload) => pairs.every((pair) => kept.has(keyOf(pair, payload))),
    *find(lines, pairs, payload, onProgress) {
      const ways = [];
      for (const [i, pair] of pairs.entries()) {
        const key = keyOf(pair, payload);
        if (!kept.has(key)) keep(key, yield* search(pair, lines[i], payload, (done) => onProgress((i + done) / pairs.length)));
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

function* search([from, to], straight, payload, onProgress) {
  const steps = geodesic(payload, from, to);
  let step = steps.next();
  for (; !step.done; step = steps.next()) {
    onProgress(step.value.done);
    yield;
  }
  const found = yield* closely(step.value, payload.decode);
  return lengthOf(found) < lengthOf(straight) ? found : straight;
}

function lengthOf({ steps }) {
  return steps.reduce((sum, step) => sum + step, 0);
}
