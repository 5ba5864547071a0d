// The geodesics between places, each looked for once.

import { geodesic } from "../../model/geodesic.js";

const MAX_KEPT = 500; // of them
const kept = new Map(); // payload and pair → places, oldest first

/**
 * @returns {{has: function(number[][][], object): boolean, find: function(number[][][], object, function(number): void):
 *   Generator}} of pairs of places seen in a payload; `find` works on them step by step, calls back with how much is
 *   done (0…1), and returns each one's places from the first to the second
 */
export function createGeodesics() {
  const keyOf = (pair, { key, chart }) => JSON.stringify([key, chart, pair]);

  function* find(pair, payload, onProgress) {
    const key = keyOf(pair, payload);
    if (!kept.has(key)) {
      const places = yield* searching(pair, payload, onProgress);
      kept.set(key, places);
      if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value);
    }
    return kept.get(key);
  }

  return {
    has: (pairs, payload) => pairs.every((pair) => kept.has(keyOf(pair, payload))),
    *find(pairs, payload, onProgress) {
      const ways = [];
      for (const pair of pairs) {
        ways.push(yield* find(pair, payload, (share) => onProgress((ways.length + share) / pairs.length)));
      }
      return ways;
    },
  };
}

function* searching([from, to], payload, onProgress) {
  const steps = geodesic(payload, from, to);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    onProgress(value);
    yield;
  }
}
