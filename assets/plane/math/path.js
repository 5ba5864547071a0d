// Ways through the plane, as lists of places.

import { distance } from "./distance.js";

/** The length of the way through the places, in units of the plane. */
export function polylineLength(places) {
  return places.slice(1).reduce((sum, [u, v], i) => sum + Math.hypot(u - places[i][0], v - places[i][1]), 0);
}

/** Σ‖x_{k+1} − x_k‖₂ of the pictures at the places; `decodeAt` may reuse its array. */
export function pictureLength(decodeAt, places) {
  let sum = 0;
  let before = null;
  for (const place of places) {
    const picture = decodeAt(place);
    if (before) sum += distance(before, picture);
    before = Float32Array.from(picture);
  }
  return sum;
}

/** n places at equal distances along the way, its first and its last among them. */
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
  while (result.length < n) result.push(places.at(-1));
  return result;
}

/** The way with fewer places, none of those left out further than `tolerance` from it (Douglas & Peucker 1973). */
export function simplified(places, tolerance) {
  if (places.length < 3) return places;
  const [first, last] = [places[0], places.at(-1)];
  let [furthest, most] = [0, tolerance];
  for (let i = 1; i < places.length - 1; i++) {
    const off = offLine(places[i], first, last);
    if (off > most) [furthest, most] = [i, off];
  }
  if (!furthest) return [first, last];
  const [before, after] = [places.slice(0, furthest + 1), places.slice(furthest)];
  return [...simplified(before, tolerance), ...simplified(after, tolerance).slice(1)];
}

function offLine([u, v], [u0, v0], [u1, v1]) {
  const [du, dv] = [u1 - u0, v1 - v0];
  const square = du * du + dv * dv;
  const part = square > 0 ? Math.min(1, Math.max(0, ((u - u0) * du + (v - v0) * dv) / square)) : 0;
  return Math.hypot(u - u0 - part * du, v - v0 - part * dv);
}
