// Where the points are put in the plane: at the means of their posteriors, or at draws from them.

import { standardNormals } from "./normal.js";

/**
 * What the plane shows as dots.
 * @param {object} payload
 * @param {{positions: string, seed: number}} options as below
 * @returns {{x: Float32Array, y: Float32Array, labels: Uint8Array, images: ?Int32Array, ids: ?Int32Array}} (n) each;
 *   images: whose they are, null: the one of the same index; ids: see `Points`
 */
export function shownPoints(payload, options) {
  const { points, labels } = payload;
  if (!points) return { ...positions(payload, options.positions, options.seed), labels, images: null, ids: null };
  const { x, y, images, ids } = points;
  return { x, y, labels: Uint8Array.from(images, (image) => labels[image]), images, ids };
}

/** The image of a point. */
export function imageOf({ images }, index) {
  return images ? images[index] : index;
}

/**
 * @param {{x: Float32Array, y: Float32Array, xx: Float32Array, xy: Float32Array, yy: Float32Array}} gaussians see
 *   `gaussiansInPlane`
 * @param {"means" | "samples"} kind samples: z = mu + L·eps with eps ~ N(0, I), where L·Lᵀ is the covariance in the plane
 * @param {number} seed of the draws
 * @returns {{x: Float32Array, y: Float32Array}} (N) each
 */
export function positions({ x, y, xx, xy, yy }, kind, seed) {
  if (kind === "means") return { x, y };
  const n = x.length;
  const eps = standardNormals(2 * n, seed);
  const drawn = { x: new Float32Array(n), y: new Float32Array(n) };
  for (let i = 0; i < n; i++) {
    const a = Math.sqrt(xx[i]); // Cholesky: [[a, 0], [b, c]]
    const b = a > 0 ? xy[i] / a : 0;
    const c = Math.sqrt(Math.max(0, yy[i] - b * b));
    drawn.x[i] = x[i] + a * eps[2 * i];
    drawn.y[i] = y[i] + b * eps[2 * i] + c * eps[2 * i + 1];
  }
  return drawn;
}
