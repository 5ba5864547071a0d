// Polylines through the plane: lengths, resampling, simplification.

import { distance } from "./distance.js";

/** @import { Place } from "../types.js" */

/**
 * Length of a polyline, in units of the plane.
 * @param {Place[]} places
 */
export function polylineLength(places) {
  return places.slice(1).reduce((sum, [u, v], i) => sum + Math.hypot(u - places[i][0], v - places[i][1]), 0);
}

/**
 * Σ‖x_{k+1} − x_k‖₂ of the pictures at the places.
 * @param {(place: Place) => Float32Array} decodeAt may reuse its array
 * @param {Place[]} places
 */
export function pictureLength(decodeAt, places) {
  let sum = 0;
  /** @type {?Float32Array} */
  let before = null;
  for (const place of places) {
    const picture = decodeAt(place);
    if (before) sum += distance(before, picture);
    before = Float32Array.from(picture);
  }
  return sum;
}

/**
 * n places at equal distances along a polyline, including its ends.
 * @param {Place[]} places
 * @param {number} n
 * @returns {Place[]}
 */
export function resampled(places, n) {
  const total = polylineLength(places);
  const result = [places[0]];
  let passed = 0;
  for (let i = 0; i + 1 < places.length && result.length < n - 1; i++) {
    const [[u0, v0], [u1, v1]] = [places[i], places[i + 1]];
    const step = Math.hypot(u1 - u0, v1 - v0);
    for (; result.length < n - 1; ) {
      const wanted = (total * result.length) / (n - 1);
      if (wanted > passed + step) break;
      const part = step > 0 ? (wanted - passed) / step : 0;
      result.push([u0 + part * (u1 - u0), v0 + part * (v1 - v0)]);
    }
    passed += step;
  }
  while (result.length < n) result.push(places[places.length - 1]);
  return result;
}

/**
 * A polyline with fewer places, none of those left out further than `tolerance` from it (Douglas & Peucker 1973).
 * @param {Place[]} places
 * @param {number} tolerance
 * @returns {Place[]}
 */
export function simplified(places, tolerance) {
  if (places.length < 3) return places;
  const [first, last] = [places[0], places[places.length - 1]];
  let [furthest, most] = [0, tolerance];
  for (let i = 1; i < places.length - 1; i++) {
    const off = offLine(places[i], first, last);
    if (off > most) [furthest, most] = [i, off];
  }
  if (!furthest) return [first, last];
  const [before, after] = [places.slice(0, furthest + 1), places.slice(furthest)];
  return [...simplified(before, tolerance), ...simplified(after, tolerance).slice(1)];
}

/**
 * Distance of a place from a line segment.
 * @param {Place} place
 * @param {Place} from
 * @param {Place} to
 */
function offLine([u, v], [u0, v0], [u1, v1]) {
  const [du, dv] = [u1 - u0, v1 - v0];
  const square = du * du + dv * dv;
  const part = square > 0 ? Math.min(1, Math.max(0, ((u - u0) * du + (v - v0) * dv) / square)) : 0;
  return Math.hypot(u - u0 - part * du, v - v0 - part * dv);
}
