// Positions of the points: means of the posteriors, or draws from them.

import { standardNormals } from "./normal.js";

/** @import { Gaussians, Points, ShownPoints } from "../types.js" */

/**
 * The points to draw.
 * @param {Gaussians & {labels: Uint8Array, points: ?Points}} payload
 * @param {{positions: string, seed: number}} options see `positions`
 * @returns {ShownPoints}
 */
export function shownPoints(payload, options) {
  const { points, labels } = payload;
  if (!points) return { ...positions(payload, options.positions, options.seed), labels, images: null, ids: null };
  const { x, y, images, ids } = points;
  return { x, y, labels: Uint8Array.from(images, (image) => labels[image]), images, ids };
}

/**
 * The image of a point.
 * @param {Pick<ShownPoints, "images">} points
 * @param {number} index
 */
export function imageOf({ images }, index) {
  return images ? images[index] : index;
}

/**
 * @param {Gaussians} gaussians (N)
 * @param {string} kind "means", or "samples": mean + L·eps, where L·Lᵀ is the covariance and eps ~ N(0, I)
 * @param {number} seed of eps
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
