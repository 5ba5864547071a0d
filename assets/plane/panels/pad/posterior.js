// Posterior q(z|x) of a picture, and a draw from it.

import { gaussiansInPlane } from "../../math/chart.js";
import { reparameterised } from "../../math/elbo.js";
import { standardNormals } from "../../math/normal.js";

/** @import { PlanePayload, PosteriorDraw } from "../../types.js" */

/**
 * @param {PlanePayload} payload
 * @param {{pixels: Float32Array, index: number}} picture index: of the image, or −1
 * @param {number} seed of eps
 * @returns {?PosteriorDraw} null: there is no encoder, and the picture is none of the images
 */
export function posteriorOf(payload, { pixels, index }, seed) {
  const posterior = payload.encode ? payload.encode(pixels) : storedPosterior(payload, index);
  if (!posterior) return null;
  const [mu, logvar] = [posterior.mu.slice(), posterior.logvar.slice()];
  const eps = standardNormals(mu.length, seed);
  const z = reparameterised(mu, logvar, eps);
  const { xx, xy, yy } = gaussiansInPlane(payload.chart, mu, logvar);
  return { mu, logvar, eps, z, mean: payload.toPlane(mu), place: payload.toPlane(z), covariance: [xx[0], xy[0], yy[0]] };
}

/**
 * @param {PlanePayload} payload
 * @param {number} index
 */
function storedPosterior({ mu, logvar, latentDim: J }, index) {
  if (index < 0) return null;
  return { mu: mu.subarray(index * J, (index + 1) * J), logvar: logvar.subarray(index * J, (index + 1) * J) };
}
