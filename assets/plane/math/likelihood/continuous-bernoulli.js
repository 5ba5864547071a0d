// Continuous Bernoulli likelihood: density ∝ e^(l·x) on [0, 1] (Loaiza-Ganem & Cunningham 2019).

import { uniforms } from "../normal.js";

const SMALL = 0.2; // |l| below which series are used; both they and the closed forms hold to 1e-11 there

export const continuousBernoulli = { logProb, sample, deviation };

/**
 * Mean of one pixel, 1/(1 − e⁻ˡ) − 1/l.
 * @param {number} l logit
 */
export function mean(l) {
  const square = l * l;
  if (square < SMALL * SMALL) {
    return 0.5 + l * (1 / 12 - square * (1 / 720 - square * (1 / 30240 - square / 1209600)));
  }
  return -1 / Math.expm1(-l) - 1 / l;
}

/**
 * Variance of one pixel, the derivative of its mean: 1/l² − 1/(2 sinh(l/2))².
 * @param {number} l logit
 */
export function variance(l) {
  const square = l * l;
  if (square < SMALL * SMALL) {
    return 1 / 12 - square * (1 / 240 - square * (1 / 6048 - square * (1 / 172800 - square / 5322240)));
  }
  const sinh = Math.sinh(l / 2);
  return 1 / square - 1 / (4 * sinh * sinh);
}

/**
 * Σ x·l − log((eˡ − 1)/l), in nats.
 * @param {ArrayLike<number>} x (D) grey values in [0, 1]
 * @param {ArrayLike<number>} logits (D)
 */
function logProb(x, logits) {
  let sum = 0;
  for (let d = 0; d < x.length; d++) {
    const l = logits[d];
    const size = Math.abs(l);
    sum += x[d] * l - Math.max(l, 0) + (size > 0 ? Math.log(size / -Math.expm1(-size)) : 0);
  }
  return sum;
}

/** A draw by the quantile function, log(1 + u·(eˡ − 1))/l. */
function sample(logits, logScale, seed) {
  const uniform = uniforms(seed);
  return Float32Array.from(logits, (l) => {
    const u = uniform();
    return l < 0 ? fromZero(u, -l) : 1 - fromZero(1 - u, l);
  });
}

function deviation(logits) {
  return Float32Array.from(logits, (l) => Math.sqrt(variance(l)));
}

/** Quantile of the density ∝ e^(−rate·x) on [0, 1]. */
function fromZero(u, rate) {
  return rate > 0 ? Math.min(1, -Math.log1p(u * Math.expm1(-rate)) / rate) : u;
}
