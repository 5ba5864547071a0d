// Charts: maps between the plane and the latent space.

/** @import { Chart, Gaussians, Place } from "../types.js" */

/**
 * The plane of the first two latent coordinates, all others 0; with one latent dimension, a line.
 * @param {number} latentDim J
 * @returns {Chart}
 */
export function firstCoordinates(latentDim) {
  const unit = (/** @type {number} */ i) => Array.from({ length: latentDim }, (_, j) => Number(i === j));
  const titles = ["z₁", latentDim > 1 ? "z₂" : ""];
  return { origin: new Array(latentDim).fill(0), axes: [unit(0), unit(1)], titles };
}

/**
 * The z (J) at a place, in a new array.
 * @param {Chart} chart
 * @param {Place} place
 */
export function toLatent({ origin, axes: [a, b] }, [u, v]) {
  return Float32Array.from(origin, (value, j) => value + u * a[j] + v * b[j]);
}

/**
 * The place of z (J), projected orthogonally onto the plane.
 * @param {Chart} chart
 * @param {ArrayLike<number>} z
 * @returns {Place}
 */
export function toPlane({ origin, axes }, z) {
  return axes.map((axis) => axis.reduce((sum, part, j) => sum + part * (z[j] - origin[j]), 0));
}

/**
 * N Gaussians N(mu, diag exp(logvar)), projected onto the plane.
 * @param {Chart} chart
 * @param {Float32Array} mu (N, J), row-major
 * @param {Float32Array} logvar (N, J), row-major
 * @returns {Gaussians}
 */
export function gaussiansInPlane({ origin, axes: [a, b] }, mu, logvar) {
  const J = origin.length;
  const n = mu.length / J;
  const [x, y, xx, xy, yy] = Array.from({ length: 5 }, () => new Float32Array(n));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < J; j++) {
      const offset = mu[i * J + j] - origin[j];
      const variance = Math.exp(logvar[i * J + j]);
      x[i] += a[j] * offset;
      y[i] += b[j] * offset;
      xx[i] += a[j] * a[j] * variance;
      xy[i] += a[j] * b[j] * variance;
      yy[i] += b[j] * b[j] * variance;
    }
  }
  return { x, y, xx, xy, yy };
}
