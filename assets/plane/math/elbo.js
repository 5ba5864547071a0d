// Evidence lower bound of one image, in nats (Kingma & Welling 2013, eq. 10).

/** @import { Payload } from "../types.js" */

/**
 * KL(N(mu, diag exp(logvar)) ‖ N(0, I)) in closed form.
 * @param {ArrayLike<number>} mu (J)
 * @param {ArrayLike<number>} logvar (J)
 */
export function gaussianKl(mu, logvar) {
  let sum = 0;
  for (let j = 0; j < mu.length; j++) sum += Math.exp(logvar[j]) + mu[j] * mu[j] - 1 - logvar[j];
  return sum / 2;
}

/**
 * z = mu + sigma·eps, (J) each.
 * @param {ArrayLike<number>} mu
 * @param {ArrayLike<number>} logvar
 * @param {ArrayLike<number>} eps
 */
export function reparameterised(mu, logvar, eps) {
  return Float32Array.from(mu, (value, j) => value + Math.exp(logvar[j] / 2) * eps[j]);
}

/**
 * Estimator B of the ELBO: closed-form KL, reconstruction averaged over draws of z.
 * @param {Pick<Payload, "logProb">} payload
 * @param {ArrayLike<number>} x (D) grey values in [0, 1]
 * @param {ArrayLike<number>} mu (J)
 * @param {ArrayLike<number>} logvar (J)
 * @param {ArrayLike<number>[]} epsRows L draws from N(0, I), (J) each
 * @returns {{reconstruction: number, kl: number, elbo: number}} elbo = reconstruction − kl
 */
export function elboTerms({ logProb }, x, mu, logvar, epsRows) {
  const logProbs = epsRows.map((eps) => logProb(x, reparameterised(mu, logvar, eps)));
  const reconstruction = logProbs.reduce((sum, value) => sum + value, 0) / epsRows.length;
  const kl = gaussianKl(mu, logvar);
  return { reconstruction, kl, elbo: reconstruction - kl };
}
