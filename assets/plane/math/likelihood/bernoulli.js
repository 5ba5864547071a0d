// Bernoulli likelihood: pixels black or white. For grey values, log p is the customary cross-entropy.

import { uniforms } from "../normal.js";
import { sigmoid } from "../sigmoid.js";

export const bernoulli = { logProb, sample, deviation };

/**
 * Σ x·l − log(1 + eˡ) (Kingma & Welling 2013, appendix C.1), in nats.
 * @param {ArrayLike<number>} x (D) grey values in [0, 1]
 * @param {ArrayLike<number>} logits (D)
 */
function logProb(x, logits) {
  let sum = 0;
  for (let d = 0; d < x.length; d++) {
    const l = logits[d];
    sum += x[d] * l - Math.max(l, 0) - Math.log1p(Math.exp(-Math.abs(l)));
  }
  return sum;
}

/** A draw of zeros and ones. */
function sample(logits, logScale, seed) {
  const uniform = uniforms(seed);
  return Float32Array.from(logits, (l) => (uniform() < sigmoid(l) ? 1 : 0));
}

function deviation(logits) {
  return Float32Array.from(logits, (l) => Math.sqrt(sigmoid(l) * sigmoid(-l)));
}

/**
 * Entropy of each pixel in bits, from 0 (certain) to 1 (p = ½).
 * @param {Float32Array} mean (D) probabilities of white
 */
export function entropies(mean) {
  const bits = new Float32Array(mean.length);
  for (let d = 0; d < mean.length; d++) bits[d] = -(xLog2(mean[d]) + xLog2(1 - mean[d]));
  return bits;
}

function xLog2(p) {
  return p > 0 ? p * Math.log2(p) : 0;
}
