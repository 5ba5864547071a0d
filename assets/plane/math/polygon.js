// Points inside a polygon.

/** @import { Place } from "../types.js" */

const BANDS = 256; // of the polygon's height; a point is tested against the sides in its band only

/**
 * Indices of the points inside a polygon, by the even-odd rule, ascending.
 * @param {Place[]} polygon corners in order; closed implicitly
 * @param {Float32Array} x
 * @param {Float32Array} y
 * @param {Uint8Array} labels
 * @param {Set<number>} hidden labels to leave out
 */
export function indicesInside(polygon, x, y, labels, hidden = new Set()) {
  const us = polygon.map(([u]) => u);
  const vs = polygon.map(([, v]) => v);
  const [left, right, bottom, top] = [Math.min(...us), Math.max(...us), Math.min(...vs), Math.max(...vs)];
  const bandOf = (v) => Math.min(BANDS - 1, Math.floor((BANDS * (v - bottom)) / (top - bottom)));
  const bands = sidesByBand(us, vs, bandOf);
  const inside = [];
  for (let i = 0; i < x.length; i++) {
    // A ray from a point level with the top crosses no side.
    if (!(x[i] >= left && x[i] <= right && y[i] >= bottom && y[i] < top) || hidden.has(labels[i])) continue;
    if (encloses(bands[bandOf(y[i])], x[i], y[i])) inside.push(i);
  }
  return Int32Array.from(inside);
}

/** Sides [u0, v0, u1, v1] that reach into each band, flattened; horizontal ones, which no ray crosses, are left out. */
function sidesByBand(us, vs, bandOf) {
  const bands = Array.from({ length: BANDS }, () => /** @type {number[]} */ ([]));
  for (let k = 0, j = us.length - 1; k < us.length; j = k++) {
    if (vs[k] === vs[j]) continue;
    const [first, last] = [bandOf(Math.min(vs[k], vs[j])), bandOf(Math.max(vs[k], vs[j]))];
    for (let band = first; band <= last; band++) bands[band].push(us[k], vs[k], us[j], vs[j]);
  }
  return bands;
}

/** Whether a ray from (x, y) to the right crosses an odd number of sides. */
function encloses(sides, x, y) {
  let odd = false;
  for (let k = 0; k < sides.length; k += 4) {
    const crosses = sides[k + 1] > y !== sides[k + 3] > y;
    if (!crosses) continue;
    if (x < sides[k] + ((y - sides[k + 1]) / (sides[k + 3] - sides[k + 1])) * (sides[k + 2] - sides[k])) odd = !odd;
  }
  return odd;
}
