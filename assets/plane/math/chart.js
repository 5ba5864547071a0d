// How the plane lies in the latent space: z = origin + u·axes[0] + v·axes[1] at the place (u, v).

/**
 * A chart as the server describes it; its axes are orthonormal.
 * @typedef {{origin: number[], axes: [number[], number[]], titles: [string, string]}} Chart
 */

/** @returns {Chart} the first two coordinates, all others 0; of one coordinate, a line */
export function firstCoordinates(latentDim) {
  const unit = (i) => Array.from({ length: latentDim }, (_, j) => Number(i === j));
  const titles = ["z₁", latentDim > 1 ? "z₂" : ""];
  return { origin: new Array(latentDim).fill(0), axes: [unit(0), unit(1)], titles };
}

/** The z (J) that a place [u, v] of the plane stands for, a new array. */
export function toLatent({ origin, axes: [a, b] }, [u, v]) {
  return Float32Array.from(origin, (value, j) => value + u * a[j] + v * b[j]);
}

/** The place [u, v] at which z (J) is seen, in the plane or straight above it. */
export function toPlane({ origin, axes }, z) {
  return axes.map((axis) => axis.reduce((sum, part, j) => sum + part * (z[j] - origin[j]), 0));
}

/**
 * Where N Gaussians N(mu, diag exp(logvar)) are seen in the plane.
 * @param {Chart} chart
 * @param {Float32Array} mu (N, J), row by row
 * @param {Float32Array} logvar (N, J), row by row
 * @returns {{x: Float32Array, y: Float32Array, xx: Float32Array, xy: Float32Array, yy: Float32Array}} means, and
 *   covariance matrices [[xx, xy], [xy, yy]]
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
