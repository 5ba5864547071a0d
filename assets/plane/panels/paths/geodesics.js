// Geodesics between places, each computed once.

import { geodesic } from "../../math/geodesic.js";
import { refined } from "../../math/refined-path.js";

/**
 * @import { Place, PlanePayload } from "../../types.js"
 * @import { RefinedPath } from "../../math/refined-path.js"
 */

const MAX_KEPT = 500;
/** @type {Map<string, RefinedPath>} */
const kept = new Map(); // by payload and pair, oldest first

/**
 * Whether the geodesics of all pairs are known.
 * @param {Place[][]} pairs
 * @param {PlanePayload} payload
 */
export function hasGeodesics(pairs, payload) {
  return pairs.every((pair) => kept.has(keyOf(pair, payload)));
}

/**
 * The geodesic of each pair, computed step by step where it is not known.
 * @param {Place[][]} pairs
 * @param {PlanePayload} payload
 * @param {(done: number) => void} onProgress the part done, 0…1
 * @returns {Generator<void, RefinedPath[]>}
 */
export function* findGeodesics(pairs, payload, onProgress) {
  /** @type {RefinedPath[]} */
  const paths = [];
  for (const [i, pair] of pairs.entries()) {
    const key = keyOf(pair, payload);
    const path = kept.get(key) ?? (yield* search(pair, payload, (done) => onProgress((i + done) / pairs.length)));
    keep(key, path);
    paths.push(path);
  }
  return paths;
}

/**
 * @param {Place[]} pair
 * @param {PlanePayload} payload
 */
function keyOf(pair, { key, chart }) {
  return JSON.stringify([key, chart, pair]);
}

/**
 * @param {string} key
 * @param {RefinedPath} path
 */
function keep(key, path) {
  kept.set(key, path);
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT) break;
    kept.delete(oldest);
  }
}

/**
 * @param {Place[]} pair
 * @param {PlanePayload} payload
 * @param {(done: number) => void} onProgress
 * @returns {Generator<void, RefinedPath>}
 */
function* search([from, to], payload, onProgress) {
  const steps = geodesic(payload, from, to);
  let step = steps.next();
  for (; !step.done; step = steps.next()) {
    onProgress(step.value.done);
    yield;
  }
  return yield* refined(step.value, payload.decode);
}
